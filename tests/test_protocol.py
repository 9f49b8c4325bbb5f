"""Bytes → Command, Event → Frame."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame as Parsed
from websockets.frames import Opcode
from websockets.streams import StreamReader

from hubbub.protocol import (
    COMMANDS,
    EVENTS,
    BadFrame,
    Command,
    Frame,
    History,
    IsTyping,
    Join,
    Member,
    Message,
    Ok,
    PersonView,
    Ping,
    Post,
    Synced,
    decode_command,
    decode_plain,
    encode,
    person_view,
    text_frame,
    timestamp,
)

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

ANA = PersonView("a" * 32, "Ana", True)
MESSAGE = Message(
    room="lobby", seq=7, changed=9, ordinal=5, id=1, author=ANA, message="hi", html="<p>hi</p>", at="…", nonce="n"
)
jsonish = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
almost = st.fixed_dictionaries(
    {"type": st.sampled_from([*(c.__name__.lower() for c in COMMANDS), "x"]) | jsonish},
    optional=dict.fromkeys(
        ("room", "message", "nonce", "ref", "since", "epoch", "before", "limit", "seq", "x"), jsonish
    ),
)  # fmt: skip


# ── in ──


def decoded_or_bad(frame: str | bytes) -> None:
    for decode in (decode_command, decode_plain):
        try:
            decode(frame)
        except BadFrame as refused:
            bad = refused
        else:
            continue
        assert bad.message.endswith(".")
        assert bad.ref is None or len(bad.ref) <= 64


@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(frame: bytes) -> None:
    decoded_or_bad(frame)


@given(st.text(max_size=200))
def test_no_text_does_more_than_be_refused(frame: str) -> None:
    decoded_or_bad(frame)


@given(almost | jsonish)
def test_no_json_does_more_than_be_refused(value: object) -> None:
    decoded_or_bad(json.dumps(value))
    decoded_or_bad(json.dumps(value).encode())


def test_a_text_that_is_no_utf8_inside_of_json_is_refused() -> None:
    for frame in (b'"\x80"', b'{"type":"ping","ref":"\x80"}', b'{"type":"\x80"}', b'{"message":"\x80"}'):
        decoded_or_bad(frame)


@pytest.mark.parametrize(
    "frame", ["[" * 100_000, '{"a":' * 50_000, '{"type":"ping","ref":' + "[" * 60_000, "\ud800", '"\\ud800"']
)
def test_no_depth_and_no_lone_surrogate_does_more_than_be_refused(frame: str) -> None:
    decoded_or_bad(frame)


@pytest.mark.parametrize(
    "command",
    [
        Join(room="lobby"), Join(room="lobby", since=3, epoch="e", ref="r"), Post(room="l", message="", nonce="n"),
        History(room="l"), History(room="l", before=4, limit=100), Ping(ref="x"), Ping(),
    ],
)  # fmt: skip
def test_a_command_comes_out_as_it_went_in(command: Command) -> None:
    assert decode_command(msgspec.json.encode(command)) == command


def test_every_command_has_a_type_and_takes_a_ref() -> None:
    for command in COMMANDS:
        fields = {field.encode_name for field in msgspec.structs.fields(command)}
        assert "ref" in fields
        assert command.__doc__


@pytest.mark.parametrize(
    ("frame", "field", "ref"),
    [
        ('{"type":"join","ref":"r"}', "room", "r"),
        ('{"type":"join","room":"","ref":"r"}', "room", "r"),
        ('{"type":"post","room":"l","nonce":"n"}', "message", None),
        ('{"type":"post","room":"l","message":"m","nonce":"' + "n" * 65 + '"}', "nonce", None),
        ('{"type":"ping","ref":"' + "r" * 65 + '"}', "ref", None),
        ('{"type":"ping","ref":7}', "ref", None),
        ('{"type":"read","room":"l","seq":1.5}', "seq", None),
        ('{"type":"read","room":"l","seq":true}', "seq", None),
        ('{"type":"join","room":"l","since":99999999999999999999}', "since", None),
        ('{"type":"ping","room":"l"}', "room", None),
        ('{"type":"leave","room":null}', "room", None),
        ('{"type":"list","of":"rooms\\n"}', "of", None),  # "$" in a pattern stands before a line's end, too
        ('{"type":7}', "type", None),
        ('{"type":"fly","ref":"r"}', "type", "r"),
        ("{}", "type", None),
    ],
)
def test_a_bad_frame_names_the_field(frame: str, field: str, ref: str | None) -> None:
    with pytest.raises(BadFrame) as bad:
        decode_command(frame)
    assert (bad.value.field, bad.value.ref) == (field, ref)


def test_a_nonce_is_visible_characters_that_every_database_takes() -> None:
    """PostgreSQL can't store U+0000: one such nonce would fail the whole batch that it is written with."""
    with pytest.raises(BadFrame) as bad:
        decode_command('{"type":"post","room":"l","message":"m","nonce":"a\\u0000b"}')
    assert bad.value.field == "nonce"


def test_the_plain_socket_takes_a_message_and_nothing_else() -> None:
    assert decode_plain('{"message": "hello"}') == "hello"
    for frame in ('{"message": 1}', '{"message": "m", "x": 1}', "{}", '"hello"', "hello"):
        with pytest.raises(BadFrame):
            decode_plain(frame)


# ── out ──


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65535, 65536, 70000])
def test_a_frame_is_what_the_standard_says(size: int) -> None:
    assert parsed(text_frame(b"x" * size)) == b"x" * size


@given(st.binary(max_size=300))
def test_any_payload_travels_in_a_frame(payload: bytes) -> None:
    assert parsed(text_frame(payload)) == payload


def parsed(wire: bytes) -> bytes:
    """What a client reads: one final, unmasked text frame and nothing after it."""
    stream = StreamReader()
    stream.feed_data(wire)
    stream.feed_eof()
    run = Parsed.parse(stream.read_exact, mask=False, max_size=None)
    try:
        next(run)
    except StopIteration as done:
        frame: Parsed = done.value
    assert frame.fin
    assert frame.opcode == Opcode.TEXT
    assert not any((frame.rsv1, frame.rsv2, frame.rsv3))
    assert stream.at_eof()
    return bytes(frame.data)


def test_a_document_carries_its_number() -> None:
    assert (encode(MESSAGE).number, encode(MESSAGE).ordinal) == (9, 5)
    member = encode(Member(room="lobby", changed=4, person=ANA))
    assert (member.number, member.ordinal) == (4, 0)
    assert encode(IsTyping(room="lobby", person=ANA)).number == 0


def test_a_message_has_exactly_the_fields_that_are_promised() -> None:
    frame = json.loads(encode(MESSAGE).payload)
    assert set(frame) == {
        "type", "room", "seq", "changed", "ordinal", "id", "author", "message", "html", "at", "nonce",
    }  # fmt: skip
    assert frame["type"] == "message"
    assert frame["author"] == {"id": "a" * 32, "name": "Ana", "guest": True}


def test_a_number_of_zero_is_told_and_what_is_unset_is_not() -> None:
    assert json.loads(encode(Synced(room="l", seq=0, ordinal=0)).payload) == {
        "type": "synced", "room": "l", "seq": 0, "ordinal": 0,
    }  # fmt: skip
    assert json.loads(encode(Ok()).payload) == {"type": "ok"}


def test_each_event_says_its_type() -> None:
    types = [msgspec.inspect.type_info(event).tag for event in EVENTS]
    assert len(set(types)) == len(types)
    assert {"welcome", "joined", "message", "change", "room", "member", "synced", "reset", "history", "ok", "refused",
            "here", "typing", "read", "attention", "told", "entered", "gone", "blocks", "listed", "reactions", "pong",
            "headlines", "called",
            } == set(types)  # fmt: skip


def test_a_frame_is_encoded_once_for_every_wire() -> None:
    frame = Frame(b'{"a":1}')
    assert frame.wire.endswith(frame.payload)


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC)))
def test_a_time_is_utc_with_milliseconds(at: datetime) -> None:
    told = timestamp(at)
    assert told.endswith("Z")
    assert datetime.fromisoformat(told) == at.replace(microsecond=at.microsecond // 1000 * 1000)


def test_a_time_of_another_zone_is_told_in_utc() -> None:
    there = timezone(timedelta(hours=5, minutes=30))
    assert timestamp(datetime(2026, 1, 1, 2, 0, tzinfo=there)) == "2025-12-31T20:30:00.000Z"


def test_a_person_is_32_hex_digits() -> None:
    assert person_view(UUID(int=1), "Ana", False) == PersonView("0" * 31 + "1", "Ana", False)
