"""What happens in a room, in brief: nothing of what was said, all that counting needs, and once for everybody."""

from __future__ import annotations

import msgspec

from hubbub import headlines
from hubbub.protocol import Change, Frame, Member, Message, PersonView, RoomChange, encode

ANA = PersonView("a" * 32, "Ana", False)


def said(frame: Frame) -> dict[str, object]:
    return dict(msgspec.json.decode(frame.payload))


def message(number: int, kind: type[Message] = Message, seq: int = 0, **more: object) -> Frame:
    return encode(
        kind(
            room="lobby", seq=seq or number, changed=number, ordinal=(seq or number) - 1, id=number, author=ANA,
            message="a secret", html="<p>a secret</p>", at="…", nonce="n", **more,
        )
    )  # fmt: skip


def test_of_messages_only_what_counting_needs_is_told() -> None:
    frames = [message(4, mentions=["b" * 32, "@room"]), message(5), message(6, Change, seq=4)]
    (told,) = headlines.brief("lobby", 3, 6, 4, frames)
    assert said(told) == {
        "type": "headlines", "room": "lobby", "since": 3, "seq": 6, "ordinal": 4,
        "said": [
            {"id": 4, "seq": 4, "ordinal": 3, "changed": 4, "author": ANA.id, "mentions": ["b" * 32, "@room"]},
            {"id": 5, "seq": 5, "ordinal": 4, "changed": 5, "author": ANA.id},
            {"id": 6, "seq": 4, "ordinal": 3, "changed": 6, "author": ANA.id},
        ],
    }  # fmt: skip
    assert b"secret" not in told.payload
    assert told.number == 0


def test_the_rooms_own_state_comes_as_it_is_and_who_is_in_it_does_not() -> None:
    first, last = (encode(RoomChange(room="lobby", changed=n, name=f"Lobby {n}", kind="public")) for n in (4, 6))
    member = encode(Member(room="lobby", changed=5, person=ANA))
    state, told = headlines.brief("lobby", 3, 6, 2, [first, member, last])
    assert state is last
    assert said(told) == {"type": "headlines", "room": "lobby", "since": 3, "seq": 6, "ordinal": 2}


def test_where_a_room_stands_is_a_headline_of_nothing() -> None:
    assert said(headlines.stand("lobby", 7, 5)) == {
        "type": "headlines", "room": "lobby", "since": 7, "seq": 7, "ordinal": 5,
    }  # fmt: skip


def test_whom_messages_call_by_name_is_told_apart_from_who_said_them_and_from_everybody() -> None:
    born = message(1, mentions=["b" * 32, "@room", ANA.id])
    edited = message(2, Change, seq=1, mentions=["c" * 32])
    deleted = message(3, Change, seq=1, deleted=True)
    assert headlines.called([("lobby", frame) for frame in (born, edited, deleted, message(4))]) == {"b" * 32, "c" * 32}
    assert (
        headlines.called([("lobby", message(5)), ("lobby", encode(Member(room="lobby", changed=6, person=ANA)))])
        == set()
    )
