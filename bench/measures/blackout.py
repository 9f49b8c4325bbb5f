"""Blackout: how long does each client hear nothing when the server restarts? From its last delivery to the next."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Coroutine

import uvloop

from bench.crowd import Crowd
from bench.machine import cpu_seconds
from bench.run import Run
from bench.servers import Server, start_hubbub
from bench.table import Row

TARGET = "p50 ≤ 1.5 s, p99 ≤ 5 s"


def blackout(run: Run) -> list[Row]:
    """One node stopped in good order and started again; then two workers replaced one after another."""
    count = run.pick(2_000, 300)
    data = run.new_data()
    alone = _measure(run, count, start_hubbub(data), _restart)
    both = _measure(run, count, start_hubbub(run.new_data(), HUBBUB_WORKERS="2"), _renew)
    return [
        _row(f"{count:,} clients, one node restarted: silence of each", alone),
        _row(f"{count:,} clients, two workers replaced: silence of each", both),
    ]


Disturb = Callable[[Server], Coroutine[None, None, Server]]


def _measure(run: Run, count: int, server: Server, disturb: Disturb) -> list[float]:
    return uvloop.run(_silences(run, count, server, disturb))


async def _silences(run: Run, count: int, server: Server, disturb: Disturb) -> list[float]:
    crowd = Crowd(server.port, count, rooms=max(4, count // 50))
    try:
        await crowd.come()
        await asyncio.sleep(3)
        began = cpu_seconds([os.getpid()]), time.monotonic()
        server = await disturb(server)
        await crowd.all_back()
        busy = (cpu_seconds([os.getpid()]) - began[0]) / (time.monotonic() - began[1])
        gaps = sorted(gap for member in crowd.members for gap in member.gaps)
        wrong = sum(member.wrong for member in crowd.members)
        run.say(f"{len(gaps)} silences, p50 {_at(gaps, 0.5):.2f} s, p99 {_at(gaps, 0.99):.2f} s, {wrong} wrong numbers")
        run.say(f"the crowd itself used {busy:.0%} of a core meanwhile")
        if wrong:
            raise AssertionError(f"{wrong} messages were lost, doubled or out of order")
        return gaps
    finally:
        crowd.end()
        await asyncio.to_thread(server.stop)


async def _restart(server: Server) -> Server:
    data = server.log.with_suffix("")
    await asyncio.to_thread(server.stop)
    return await asyncio.to_thread(start_hubbub, data, server.port)


async def _renew(server: Server) -> Server:
    before = server.log.read_text().count("workers are new")
    server.process.send_signal(signal.SIGHUP)
    async with asyncio.timeout(90):
        while server.log.read_text().count("workers are new") == before:  # noqa: ASYNC110  only the log tells
            await asyncio.sleep(0.05)
    return server


def _row(what: str, gaps: list[float]) -> Row:
    middle, late = _at(gaps, 0.5), _at(gaps, 0.99)
    return Row(
        what,
        f"p50 {middle:.2f} s, p99 {late:.2f} s",
        f"longest {gaps[-1]:.2f} s",
        target=TARGET,
        met=middle <= 1.5 and late <= 5,
        samples={"p50_s": [middle], "p99_s": [late], "max_s": [gaps[-1]]},
    )


def _at(values: list[float], share: float) -> float:
    return values[min(len(values) - 1, int(share * len(values)))]
