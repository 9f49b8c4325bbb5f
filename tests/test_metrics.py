"""`/metrics`: everything in the table is shown for every worker, and documented; nobody pays while nobody asks."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from websockets.asyncio.client import connect

from hubbub.server.exposition import expose
from hubbub.server.metrics import METRICS, snapshot
from tests.conftest import StartServer
from tests.databases import Redis
from tests.people import dial
from tests.servers import ROOT, Server

TOKEN = "a long and random token"
PATIENCE = 30.0


def scrape(server: Server, **headers: str) -> dict[tuple[str, ...], float]:
    """The samples: (name, then the label values in the order of their names) → value."""
    request = urllib.request.Request(f"{server.url}/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        text = answer.read().decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(s.name, *(value for _, value in sorted(s.labels.items()))): s.value for s in samples}


def status_of(server: Server, path: str = "/metrics", **headers: str) -> int:
    try:
        request = urllib.request.Request(f"{server.url}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


# ── the table ──


def test_every_metric_is_documented() -> None:
    told = (ROOT / "docs" / "watching.md").read_text().partition("### Every metric")[2].partition("\n### ")[0]
    shown = {m.name + {"counter": "_total", "info": "_info"}.get(m.kind, "") for m in METRICS} | {"hubbub_worker_up"}
    documented = set(re.findall(r"^\| `([a-z_]+)`", told, re.MULTILINE))
    assert documented == shown


def test_every_metric_of_an_alarm_exists() -> None:
    told = (ROOT / "docs" / "watching.md").read_text()
    known = {m.name for m in METRICS} | {"hubbub_worker_up"}
    used = {re.sub(r"_(total|info|bucket|sum|count)$", "", name) for name in re.findall(r"\bhubbub_\w+", told)}
    assert {"hubbub_posts", "hubbub_delivery_seconds"} <= used
    assert {name for name in used if name not in known and name not in ("hubbub_doctor",)} == set()


def test_every_label_has_its_name_and_every_metric_its_sentence() -> None:
    assert len({metric.name for metric in METRICS}) == len(METRICS)
    assert [metric.name for metric in METRICS if not metric.sentence.endswith(".")] == []


async def test_what_a_worker_shows_is_what_the_table_has() -> None:
    shown = await snapshot()
    assert list(shown) == [metric.name for metric in METRICS]
    again = json.loads(json.dumps(shown))  # as another worker gets it
    text, content_type = expose([("1", shown), ("2", again), ("3", None)], "")
    assert content_type.startswith("text/plain")
    families = {family.name: family for family in text_string_to_metric_families(text.decode())}
    assert {metric.name for metric in METRICS} - {name.removesuffix("_info") for name in families} == set()
    up = {sample.labels["worker"]: sample.value for sample in families["hubbub_worker_up"].samples}
    assert up == {"1": 1.0, "2": 1.0, "3": 0.0}


async def test_the_newer_format_is_spoken_when_asked_for() -> None:
    text, content_type = expose([("0", await snapshot())], "application/openmetrics-text; version=1.0.0")
    assert content_type.startswith("application/openmetrics-text")
    assert text.endswith(b"# EOF\n")


# ── a live server ──


async def test_what_happens_is_counted(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    async with connect(f"{server.ws}/ws/chat/lobby/") as plain:
        full = await dial(server)
        await full.join("lobby")
        for number in range(3):
            await full.post("lobby", f"word {number}", f"n{number}")
        await full.post("lobby", "word 0", "n0")
        await full.say(type="sing")
        await full.until("refused")
        for _ in range(3):
            await plain.recv()
        late = await dial(server)
        await late.join("lobby", since=1)
        await late.join("lobby", since=99, epoch="another life")
        now = await asyncio.to_thread(scrape, server)
        assert now["hubbub_sockets", "full", "0"] == 2
        assert now["hubbub_sockets", "room", "0"] == 1
        assert now["hubbub_people", "0"] == 3
        assert now["hubbub_rooms", "0"] == 1
        assert now["hubbub_posts_total", "socket", "0"] == 3
        assert now["hubbub_posts_again_total", "0"] == 1
        assert now["hubbub_refusals_total", "bad_frame", "0"] == 1
        assert now["hubbub_deliveries_total", "0"] >= 6
        assert now["hubbub_catch_ups_total", "0"] == 1
        assert now["hubbub_catch_up_frames_total", "0"] == 2
        assert now["hubbub_resets_total", "0"] == 1
        assert now["hubbub_delivery_seconds_count", "0"] == 3
        assert now["hubbub_commit_seconds_count", "0"] >= 2
        assert now["hubbub_delivery_seconds_bucket", "+Inf", "0"] == 3
        assert now["process_resident_memory_bytes", "0"] > 20e6
        assert now["hubbub_disk_free_bytes", "0"] > 0
        await late.close()
        await full.close()


async def test_a_goodbye_and_a_closed_door_are_counted(start_server: StartServer) -> None:
    server = start_server("fast")
    before = await asyncio.to_thread(scrape, server)
    assert before["hubbub_goodbyes_total", "4508", "0"] == 0, "told before the first one"
    talk = await dial(server)
    for _ in range(60):
        await talk.say(type="sing")
    assert await talk.goodbye() == 4400
    talk = await dial(server)
    await talk.socket.send("x" * 70_000)
    assert await talk.goodbye() == 1009
    assert await asyncio.to_thread(status_of, server, "/ws/", Upgrade="websocket", Connection="Upgrade") != 200
    with pytest.raises(Exception, match="403"):
        await dial(server, headers={"Origin": "http://elsewhere.example"})
    now = await asyncio.to_thread(scrape, server)
    assert now["hubbub_goodbyes_total", "4400", "0"] == 1
    assert now["hubbub_goodbyes_total", "1009", "0"] == 1
    assert now["hubbub_sockets_turned_away_total", "4403", "0"] == 1


def test_strangers_see_nothing_and_learn_nothing(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_METRICS_TOKEN=TOKEN)
    assert status_of(server) == 200
    assert status_of(server, **{"X-Forwarded-For": "127.0.0.1"}) == 404
    assert status_of(server, Host="chat.example.org") == 404
    assert status_of(server, Authorization="Bearer wrong") == 404
    assert status_of(server, **{"X-Forwarded-For": "198.51.100.1", "Authorization": f"Bearer {TOKEN}"}) == 200


def test_a_trusted_proxy_does_not_make_its_clients_loopback(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_TRUSTED_PROXIES="127.0.0.1")
    assert status_of(server, **{"X-Forwarded-For": "127.0.0.1"}) == 404
    assert status_of(server, **{"X-Forwarded-Proto": "https"}) == 404
    assert status_of(server) == 200


# ── several workers ──


@pytest.fixture(params=["short", "long"])
def meeting(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """Where workers meet; also where the path is too long for a unix socket."""
    folder = tmp_path / ("run" if request.param == "short" else "r" * 120)
    folder.mkdir(mode=0o700)
    return folder


@pytest.mark.stack("sqlite", "two processes share one data folder")
def test_whichever_worker_is_asked_shows_all(tmp_path: Path, meeting: Path) -> None:
    shared = {"HUBBUB_RUN": str(meeting), "HUBBUB_LOG": "json"}
    workers = [Server(tmp_path / "data", HUBBUB_WORKER=str(number), **shared) for number in (1, 2)]
    for worker in workers:
        worker.log = tmp_path / f"{worker.environment['HUBBUB_WORKER']}.log"
    try:
        for worker in workers:
            worker.start()
        for worker in workers:
            shown = scrape(worker)
            assert {key: value for key, value in shown.items() if key[0] == "hubbub_worker_up"} == {
                ("hubbub_worker_up", "1"): 1.0, ("hubbub_worker_up", "2"): 1.0,
            }  # fmt: skip
            assert shown["process_start_time_seconds", "1"] < shown["process_start_time_seconds", "2"]
        workers[1].process.send_signal(signal.SIGSTOP)  # type: ignore[union-attr]  # started above
        assert scrape(workers[0])["hubbub_worker_up", "2"] == 0, "a worker that hangs is seen to"
        workers[1].kill()
        assert scrape(workers[0])["hubbub_worker_up", "2"] == 0, "a worker that was killed too"
        workers[1].start()
        assert scrape(workers[0])["hubbub_worker_up", "2"] == 1
    finally:
        for worker in workers:
            worker.kill()


async def test_announcements_between_nodes_are_counted_and_timed(start_server: StartServer, tmp_path: Path) -> None:
    redis = Redis(tmp_path).start()
    try:
        shared: dict[str, Any] = {"HUBBUB_REDIS_URL": redis.url}
        north, south = start_server(**shared), start_server(**shared)
        async with connect(f"{north.ws}/ws/chat/bridge/") as ana:
            await ana.send('{"message": "hello"}')
            await ana.recv()
            async with asyncio.timeout(PATIENCE):
                while True:
                    said = await asyncio.to_thread(scrape, north)
                    if said["hubbub_announcement_seconds_count", "0"] and said["hubbub_announcements_sent_total", "0"]:
                        break
                    await asyncio.sleep(0.2)
        assert said["hubbub_layer_healthy", "0"] == 1
        assert 0 < said["hubbub_announcement_seconds_sum", "0"] < PATIENCE
        assert status_of(south) == 200
    finally:
        redis.kill()
