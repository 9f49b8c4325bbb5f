"""Log lines: whose they are, one line each, nothing of what people said, and not too many of a kind."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.server import logs
from hubbub.server.addresses import BadSetting
from hubbub.server.logs import Json, Reasons, Sparing, Text, logging_of, safe
from hubbub.trace import begin, nobody
from tests.conftest import StartServer
from tests.databases import wait_until
from tests.people import dial
from tests.servers import Server

RFC3339 = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
SECRET = "the secret words that somebody said"


def record(
    message: str, *arguments: object, level: int = logging.WARNING, error: bool = False, logger: str = "hubbub.test"
) -> logging.LogRecord:
    exc_info: Any = sys.exc_info() if error else None
    return logging.LogRecord(logger, level, __file__, 1, message, arguments, exc_info)


@pytest.fixture(params=["text", "json"])
def form(request: pytest.FixtureRequest) -> logging.Formatter:
    return {"text": Text(), "json": Json()}[request.param]


# ── the line ──


def test_a_line_of_text_says_when_what_and_whose() -> None:
    line = nobody().run(lambda: (begin("abc-1"), Text().format(record("Gone %d", 7)))[1])
    assert re.fullmatch(RFC3339 + r" WARNING hubbub\.test \[abc-1\]: Gone 7", line)


def test_a_line_of_json_has_these_fields_and_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_WORKER", "3")
    made = record("Gone %d", 7)
    made.request, made.cookies = "GET /chat/?ticket=secret", "sessionid=secret"
    fields = json.loads(nobody().run(lambda: (begin("abc-1"), Json().format(made))[1]))
    assert re.fullmatch(RFC3339, fields.pop("time"))
    assert fields == {
        "level": "WARNING", "logger": "hubbub.test", "message": "Gone 7", "id": "abc-1", "worker": "3"
    }  # fmt: skip


def test_the_nodes_own_work_has_no_id(form: logging.Formatter) -> None:
    line = nobody().run(form.format, record("A batch failed"))
    assert "[" not in line
    assert '"id"' not in line


def boom() -> None:
    try:
        raise ValueError(f"duplicate key\nDETAIL: Failing row contains ({SECRET})")
    except ValueError as error:
        raise RuntimeError(f"no\x1b[2J\nmore: {SECRET}") from error


def test_an_error_is_told_with_its_causes_and_without_its_rows(form: logging.Formatter) -> None:
    try:
        boom()
    except RuntimeError:
        line = form.format(record("It failed", error=True))
    assert "ValueError: duplicate key" in line
    assert "RuntimeError: no\\x1b[2J" in line.replace("\\\\", "\\")
    assert line.index("ValueError") < line.index("RuntimeError")
    assert "in boom" in line
    assert SECRET not in line
    assert "\x1b" not in line


def test_json_stays_one_line_with_an_error_in_it() -> None:
    try:
        boom()
    except RuntimeError:
        line = Json().format(record("It failed", error=True))
    assert "\n" not in line
    assert "RuntimeError" in json.loads(line)["exception"]


def test_an_error_that_caused_itself_ends(form: logging.Formatter) -> None:
    one, two = ValueError("one"), ValueError("two")
    one.__cause__, two.__cause__ = two, one
    made = logging.LogRecord("hubbub.test", logging.ERROR, __file__, 1, "m", (), (ValueError, one, None))
    assert "ValueError: two" in form.format(made)


@given(st.text())
def test_whatever_a_client_sends_is_one_line_that_does_nothing_to_a_terminal(text: str) -> None:
    for form in (Text(), Json()):
        line = form.format(record("Not found: %s", text))
        assert not logs._UNSAFE.search(line)
        assert len(line.splitlines()) == 1
        line.encode()


@pytest.mark.parametrize("bad", ["\x1b[31m", "\r\n", "\x9b2J", "\u202e", "\u2028", "\x00", "\ud800", "\x7f", "\u2066"])
def test_what_moves_a_cursor_or_turns_writing_round_is_escaped(bad: str) -> None:
    assert safe(f"a{bad}b") == f"a{bad.encode('unicode_escape').decode()}b"


def test_letters_of_every_script_stay(form: logging.Formatter) -> None:
    for text in ("Grüße", "会话", "שלום", "👋"):
        assert text in form.format(record(text))


def test_a_line_has_an_end() -> None:
    assert len(safe("x" * 100_000)) < 2100


def test_a_line_written_wrongly_is_written_all_the_same(form: logging.Formatter) -> None:
    assert "only %d" in form.format(record("only %d", "one", "two"))


# ── not too many ──


def test_of_a_kind_ten_a_minute_are_written_and_the_rest_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)
    sparing = Sparing()
    assert sum(sparing.filter(record("Not found: %s", n)) for n in range(500)) == 10
    assert sparing.filter(record("Something else"))
    now += 61
    late = record("Not found: %s", "x")
    assert sparing.filter(late)
    assert "(490 more like it were left out)" in Text().format(late)
    after = record("Not found: %s", "y")
    assert sparing.filter(after)
    assert "left out" not in Text().format(after)


def test_of_the_pool_one_line_a_minute_is_written_and_that_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(logs.time, "monotonic", lambda: now)
    assert logging_of("text", "info")["loggers"]["psycopg.pool"] == {"filters": ["reasons"]}
    reasons, sparing = Reasons(), Sparing()

    def written(text: str, *arguments: object) -> bool:
        line = record(text, *arguments, logger="psycopg.pool")
        return reasons.filter(line) and sparing.filter(line)

    assert not written("discarding closed connection: %s", "closed")
    assert written("error connecting in %r: %s", "pool-1", OSError("nobody listens"))
    assert not any(written(f"{number} %s", OSError("nobody listens")) for number in range(20))
    assert sparing.filter(record("of another logger"))
    now += 61
    assert written("error connecting in %r: %s", "pool-1", OSError("nobody listens"))


def test_what_was_asked_for_is_not_left_out() -> None:
    sparing = Sparing()
    assert all(sparing.filter(record("Open", level=logging.DEBUG)) for _ in range(500))


def test_kinds_without_number_do_not_fill_the_memory() -> None:
    sparing = Sparing()
    for number in range(5000):
        sparing.filter(record(f"made up {number}"))
    assert len(sparing._kinds) <= 1001


# ── settings ──


@pytest.mark.parametrize(("form", "level"), [("xml", "info"), ("text", "loud"), ("json", "10")])
def test_a_word_that_is_none_is_said(form: str, level: str) -> None:
    with pytest.raises(BadSetting, match="it should be"):
        logging_of(form, level)


@pytest.mark.parametrize(
    ("level", "ours", "others"),
    [("", "INFO", "WARNING"), ("debug", "DEBUG", "WARNING"), ("error", "ERROR", "ERROR")],
)
def test_the_level_is_ours_and_others_say_no_less_than_warnings(level: str, ours: str, others: str) -> None:
    made = logging_of("", level)
    assert (made["loggers"]["hubbub"]["level"], made["root"]["level"]) == (ours, others)


# ── a live server ──


def lines(server: Server) -> list[dict[str, Any]]:
    return [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]


async def test_each_line_of_a_socket_has_its_id_and_nothing_of_what_was_said(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_LOG="json", HUBBUB_LOG_LEVEL="debug", HUBBUB_WORKER="7")
    one, two = await dial(server), await dial(server)
    await one.join(SECRET)
    await one.post(SECRET, SECRET)
    for _ in range(60):
        await two.say(type=SECRET)
    assert await two.goodbye() == 4400
    await one.close()
    closed = lambda: any(line["message"] == "Closed" for line in lines(server))  # noqa: E731  shorter than a name
    await asyncio.to_thread(wait_until, closed, "no line told that it closed")
    said = [line for line in lines(server) if line["logger"] == "hubbub.socket"]
    opened = [line["id"] for line in said if line["message"] == "Open (full)"]
    assert len(set(opened)) == 2
    (goodbye,) = [line for line in said if line["message"].startswith("Goodbye")]
    assert goodbye["message"].startswith("Goodbye 4400")
    assert goodbye["level"] == "INFO"
    assert goodbye["id"] == opened[1]
    assert goodbye["worker"] == "7"
    assert next(line["id"] for line in said if line["message"] == "Closed") == opened[0]
    assert SECRET not in server.log.read_text()


def test_a_page_that_is_not_there_is_logged_with_the_id_that_it_was_answered_with(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_LOG="json")
    answered = [status(server, f"/nothing/%1b[31m%0aforged?ticket=secret{n}") for n in range(30)]
    found = [line for line in lines(server) if line["logger"] == "django.request"]
    assert [line["id"] for line in found] == [id for _, id in answered[:10]], "and ten are enough"
    assert all("\\x1b[31m\\nforged" in line["message"] for line in found)
    assert "secret" not in server.log.read_text()


def status(server: Server, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{server.url}{path}", timeout=20) as answer:
            return answer.status, answer.headers["X-Request-ID"]
    except urllib.error.HTTPError as error:
        return error.code, error.headers["X-Request-ID"]


async def test_text_is_what_there_is_by_default_and_closing_is_no_news(start_server: StartServer) -> None:
    server = start_server("fast")
    talk = await dial(server)
    await talk.post("lobby", SECRET)
    await talk.close()
    server.stop()
    assert "hubbub.socket" not in server.log.read_text()
    assert SECRET not in server.log.read_text()
