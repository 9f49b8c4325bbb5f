"""Every command that the protocol lets through, with whatever values it lets through, is answered; the socket lives on
and the server has no fault to report. A new command is among them by itself: they are made from the protocol's own
types."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import inspect

from hubbub.protocol import COMMANDS, AnyCommand
from tests.people import PASSWORD, Browser, dial
from tests.servers import Server

WILD = [
    "", " ", "\0", "a\0b", "\n", "a\n", "\u202eevil", "\u200b", "\ufdfa" * 64, "\U0010ffff", "%00", "'", '"', "\\", "/",
    "..", "-/", "-/" + "A" * 22, "0" * 32, "f" * 32, "0" * 32 + "\n", "all", "all\n", "nothing", "x" * 256, "x" * 64,
    "👍", ":tada:", "👩\u200d👩", "lobby", "LOBBY ", "den", "/topic \0", "/me", "/help", "/shrug \0", "//help", "/nope",
    "@room @here @ana", "@" * 500, "#lobby #nowhere", "||a||", "[" * 300, "x" * 9_000, "2020-01-01T00:00:00Z",
]  # fmt: skip
MOMENTS = [
    "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999-23:59",
    "2026-11-25T03:00:00+05:30",
]  # fmt: skip


def values(kind: inspect.Type, known: list[str]) -> st.SearchStrategy[Any]:
    """What a field of this type may hold, as the protocol says."""
    match kind:
        case inspect.Metadata():
            return values(kind.type, known)
        case inspect.StrType():
            other = st.from_regex(kind.pattern) if kind.pattern else st.text(max_size=kind.max_length or 80)
            some = st.sampled_from([text for text in [*WILD, *known] if _fits(text, kind)])
            return some | other.filter(lambda text: _fits(text, kind))
        case inspect.IntType():
            ends = [number for number in (kind.ge, kind.le) if number is not None]
            return st.sampled_from([*ends, 1, 2, 3]) | st.integers(kind.ge, kind.le)
        case inspect.BoolType():
            return st.booleans()
        case inspect.LiteralType():
            return st.sampled_from(kind.values)
        case inspect.DateTimeType():
            return st.sampled_from(MOMENTS)
        case inspect.NoneType():
            return st.none()
        case inspect.UnionType():
            return st.one_of(*(values(one, known) for one in kind.types))
    raise AssertionError(f"a new kind of field: say here what it may hold: {kind}")


def _fits(text: str, kind: inspect.StrType) -> bool:
    """As JSON can carry it, and as msgspec looks at it."""
    if text.encode("utf-8", "ignore").decode() != text:
        return False
    long_enough = (kind.min_length or 0) <= len(text) <= (kind.max_length or 10_000)
    return long_enough and (kind.pattern is None or re.search(kind.pattern, text) is not None)


def commands(known: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(*(_of(kind, known) for kind in COMMANDS))


def _of(kind: type, known: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    asked = [field for field in shape.fields if field.name != "ref"]
    needed = {field.name: values(field.type, known) for field in asked if field.required}
    other = {field.name: values(field.type, known) for field in asked if not field.required}
    return st.fixed_dictionaries({"type": st.just(shape.tag), **needed}, optional=other)


MAKE = f"""
import json
from django.contrib.auth.models import User
from hubbub import identity
from hubbub.api import direct_room, make_room, post_message
ana, ben = (User.objects.create_user(name, password={PASSWORD!r}) for name in ("ana", "ben"))
for user in (ana, ben):
    post_message("lobby", "hello", author=user)
rooms = [make_room(name, author=user, kind="private") for name, user in (("Den", ana), ("Hidden", ben))]
keys = [*rooms, direct_room(ana, ben)]
for key, user in zip(keys, (ana, ben, ana)):
    post_message(key, "only here", author=user)
print(json.dumps([*keys, *(identity.of_user(user).id.hex for user in (ana, ben))]))
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("commands") / "data", HUBBUB_RATE_LIMITS="off").start()
    yield server
    server.kill()


@pytest.fixture(scope="module")
def world(server: Server) -> tuple[Browser, list[str]]:
    """Ana, and texts that mean something there: the addresses of rooms, one of which is not hers, and people's ids."""
    known = json.loads(server.command("shell", "-v", "0", "-c", MAKE))
    return Browser(server).sign_in("ana"), known


async def all_answered(browser: Browser, asked: list[dict[str, Any]]) -> None:
    talk = await dial(browser.server, browser=browser)
    await talk.until("welcome")
    for number, command in enumerate(asked):
        ref = f"{number}"
        await talk.say(**command, ref=ref)
        kinds = ("ok", "refused", "joined", "history", "reactions", "pong")
        answer = await talk.until(*kinds, ref=ref)
        if answer["type"] == "refused":
            assert answer["code"] != "try_again", (command, answer)
            assert answer["message"].endswith((".", "?", "again.")), answer
    await talk.close()


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_command_that_is_one_is_answered(world: tuple[Browser, list[str]], data: st.DataObject) -> None:
    browser, known = world
    asked = data.draw(st.lists(commands(known), min_size=10, max_size=40))
    asyncio.run(all_answered(browser, asked))


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_each_wild_value_of_each_field_is_answered(world: tuple[Browser, list[str]], kind: type) -> None:
    browser, known = world
    shape = inspect.type_info(kind)
    assert isinstance(shape, inspect.StructType)
    plain = {"room": "lobby", "message": "hello", "id": 1, "seq": 1, "emoji": "👍", "person": known[-1], "nonce": "n"}
    whole = {field.name: plain[field.name] for field in shape.fields if field.required}
    asked = [
        {"type": shape.tag, **whole, field.name: value}
        for field in shape.fields
        if field.name != "ref"
        for value in [*WILD, *MOMENTS, 0, 1, 2**53, True, None]
        if accepted({"type": shape.tag, **whole, field.name: value})
    ]
    asyncio.run(all_answered(browser, asked))


def accepted(command: dict[str, Any]) -> bool:
    """Whether the protocol lets it through; what it refuses is tests/test_protocol.py's."""
    try:
        msgspec.json.decode(json.dumps(command), type=AnyCommand)
    except msgspec.ValidationError:
        return False
    return True


def test_the_server_has_no_fault_to_report(server: Server) -> None:
    assert not re.findall(r"^.*(?:ERROR|Traceback).*$", server.log.read_text(), re.MULTILINE)
