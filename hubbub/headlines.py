"""What happened in a room, in brief: the frames of its log as one event without any text, for wires that only count.

Everybody in the room gets the same, so it is made once for all of them, however many they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec import Struct

from hubbub.protocol import CALLS, Frame, Headline, Headlines, encode


class _Author(Struct):
    id: str


class _Seen(Struct):
    """What is of interest in the frame of any document."""

    type: str
    changed: int
    id: int = 0
    seq: int = 0
    ordinal: int = 0
    author: _Author | None = None
    mentions: list[str] = []


_seen = msgspec.json.Decoder(_Seen)


def called(announcements: Iterable[tuple[str, Frame]]) -> set[str]:
    """Whom the messages among what was announced call by name: ids of people."""
    said = [_seen.decode(frame.payload) for _, frame in announcements if frame.mark & CALLS]
    return {id for one in said for id in one.mentions if not id.startswith("@") and one.author and id != one.author.id}


def stand(room: str, seq: int, ordinal: int) -> Frame:
    """Where a room stands: what is told of it next goes on from there."""
    return encode(Headlines(room=room, since=seq, seq=seq, ordinal=ordinal))


def brief(room: str, since: int, seq: int, ordinal: int, frames: Sequence[Frame]) -> list[Frame]:
    """The documents in `frames`, which are all that the room's log has between `since` and `seq`, in brief. The room's
    own state is short, and comes before as it is."""
    seen = [(frame, _seen.decode(frame.payload)) for frame in frames]
    said = [
        Headline(
            id=one.id, seq=one.seq, ordinal=one.ordinal, changed=one.changed, author=one.author.id,
            mentions=one.mentions,
        )
        for _, one in seen
        if one.author is not None
    ]  # fmt: skip
    state = [frame for frame, one in seen if one.type == "room"][-1:]
    return [*state, encode(Headlines(room=room, since=since, seq=seq, ordinal=ordinal, said=said))]
