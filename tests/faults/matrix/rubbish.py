"""Malformed frames and handshakes by the ten thousand: the same process, bounded memory, a short log, undisturbed
company."""

from __future__ import annotations

import asyncio
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.faults.cluster import memory, now, runs
from tests.faults.figures import MEGABYTE
from tests.faults.matrix.row import Row
from tests.faults.rubbish import CLOSING, REFUSED, REFUSED_FIRST, Dice, broken_handshake, hurl, knock_badly, torn_off
from tests.faults.stage import Stage
from tests.servers import Server

TOGETHER = 4
WARM_UP = 20  # rounds: whatever is made once is made
GROWTH_MEGABYTES = 30
LOG_LINES = 100
ANSWER_SECONDS = 3


async def rubbish(stage: Stage) -> None:
    """Four hurl at once, while others talk."""
    alone, figures = stage.alone(), stage.figures
    server = alone.nodes[0]
    await asyncio.to_thread(_hurl_rounds, server, Dice(stage.seed), WARM_UP)
    async with stage.ordeal(alone, size=6, pace=0.1) as ordeal:
        pid, before, lines, began = server.pid, memory(server), len(_log(server)), now()
        await ordeal.talk(0)
        tally: Counter[str] = Counter()
        for _ in stage.turns():
            tally += await _hurl_at_once(server, stage)
        grown, said = (memory(server) - before) / MEGABYTE, _log(server)[lines:]
        figures.bar("the same process", runs(server) and server.pid == pid)
        figures.extreme("the company's longest wait for an answer", ordeal.longest_wait(began))
        figures.within("the company's longest wait for an answer", ordeal.longest_wait(began), ANSWER_SECONDS)
    wrong = sum(tally[what] for what in tally if what.startswith("wrongly"))
    figures.note(f"{tally.total():,} pieces, of which {tally['broken handshake']:,} handshakes; "
                 f"grew by {grown:.1f} MB; {len(said)} log lines")  # fmt: skip
    figures.bar(f"each was answered as it should be: {dict(tally)}", wrong == 0)
    figures.bar(f"grew by {grown:.0f} MB", grown < GROWTH_MEGABYTES)
    figures.bar(f"{len(said)} log lines", len(said) < LOG_LINES)


def _log(server: Server) -> list[str]:
    return server.log.read_text(errors="replace").splitlines()


async def _hurl_at_once(server: Server, stage: Stage) -> Counter[str]:
    """Some 5,000 pieces."""
    rounds = 5_000 // (REFUSED_FIRST + 2) // TOGETHER + 1
    loop = asyncio.get_running_loop()
    seeds = [stage.dice.randrange(1 << 30) for _ in range(TOGETHER)]
    with ThreadPoolExecutor(TOGETHER) as pool:
        work = [loop.run_in_executor(pool, _hurl_rounds, server, Dice(seed), rounds) for seed in seeds]
        return sum(await asyncio.gather(*work), Counter())


def _hurl_rounds(server: Server, dice: Dice, rounds: int) -> Counter[str]:
    """Rounds of 50 frames to be refused, one that ends the connection, and a handshake that never becomes one."""
    tally: Counter[str] = Counter()
    closing = list(CLOSING)
    for turn in range(rounds):
        frames = [dice.choice(REFUSED)(dice) for _ in range(REFUSED_FIRST)]
        last = closing[turn % len(closing)]
        path, subprotocol = dice.choice([("/ws/", "hubbub.v1"), ("/ws/chat/lobby/", "")])
        refused, code = hurl(server.port, frames, last(dice), path, subprotocol, hang_up=last is torn_off)
        tally["refused"] += refused
        well = refused in (REFUSED_FIRST, REFUSED_FIRST + 1) and code in CLOSING[last]
        tally[f"closed {code}" if well else f"wrongly {last.__name__}: {refused} refused, closed {code}"] += 1
        knock_badly(server.port, broken_handshake(dice, server.port))
        tally["broken handshake"] += 1
    return tally


ROWS = [
    Row("rubbish", "100,000 malformed frames and handshakes",
        "each answered by the book; the same process; ≤ 30 MB more; < 100 log lines; the others answered ≤ 3 s",
        rubbish, short=1, long=21),
]  # fmt: skip
