"""A history checker in the manner of Jepsen: clients write down what they did and saw; afterwards all must agree.

A client writes `invoke` before it posts, then `ok`, `refused`, or `unknown` (the connection broke before the answer),
and `received` for every message that it shows. `disagreements` compares that with the database, room by room.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal, NamedTuple

from tests.stack import opened

SHOWN_AT_MOST = 20

Kind = Literal["lost", "twice", "out of order", "gap", "phantom", "misnumbered"]

STORED = (
    "SELECT r.key, m.seq, m.text, m.nonce FROM hubbub_message m JOIN hubbub_room r ON r.id = m.room_id"
    " ORDER BY m.room_id, m.seq"
)


class Told(NamedTuple):
    """A message as the database has it or as a client shows it. `text` names the post: no two posts say the same."""

    seq: int
    text: str
    nonce: str


class Disagreement(NamedTuple):
    """One thing that is wrong: which kind of fault, and a sentence."""

    kind: Kind
    sentence: str

    def __str__(self) -> str:
        return self.sentence


class Deed(NamedTuple):
    """One line of the history: when (seconds of the monotonic clock), what, and of which client, room and post."""

    at: float
    what: Literal["invoke", "ok", "refused", "unknown", "received"]
    room: str
    text: str
    client: str = ""
    seq: int = 0


Database = Mapping[str, Sequence[Told]]


class History:
    """What all clients did and saw."""

    def __init__(self) -> None:
        self.invoked: dict[str, str] = {}
        self.acknowledged: dict[str, int] = {}
        self.unknown_: set[str] = set()
        self.logs: dict[tuple[str, str], list[Told]] = defaultdict(list)
        self.deeds: list[Deed] = []

    def invoke(self, room: str, text: str) -> None:
        """A client is about to post `text`."""
        assert text not in self.invoked, "a test must never say the same twice"
        self.invoked[text] = room
        self._write("invoke", room, text)

    def ok(self, text: str, seq: int) -> None:
        """The server acknowledged it as the room's number `seq`."""
        self.unknown_.discard(text)
        self._write("ok", self.invoked[text], text, seq=seq)
        assert self.acknowledged.setdefault(text, seq) == seq, f"{text!r} was acknowledged as two messages"

    def refused(self, text: str) -> None:
        """The server refused it, for now: it may be sent again."""
        self._write("refused", self.invoked[text], text)

    def unknown(self, text: str) -> None:
        """The connection broke before the answer."""
        if text not in self.unknown_:
            self.unknown_.add(text)
            self._write("unknown", self.invoked[text], text)

    def received(self, client: str, room: str, told: Told) -> None:
        """A client shows a message below all others of the room."""
        self.logs[client, room].append(told)
        self._write("received", room, told.text, client, told.seq)

    def follow(self, client: str, room: str) -> None:
        """A client follows a room from its first message on."""
        self.logs.setdefault((client, room), [])

    def heads(self) -> dict[str, int]:
        """For each room the highest number that was acknowledged so far."""
        heads: dict[str, int] = {}
        for text, seq in self.acknowledged.items():
            room = self.invoked[text]
            heads[room] = max(heads.get(room, 0), seq)
        return heads

    def write(self, path: Path) -> None:
        """Keep it: one JSON object a line, in the order in which things happened."""
        path.write_text("".join(json.dumps(deed._asdict(), ensure_ascii=False) + "\n" for deed in self.deeds))

    def _write(self, what: Any, room: str, text: str, client: str = "", seq: int = 0) -> None:
        self.deeds.append(Deed(time.monotonic(), what, room, text, client, seq))


def disagreements(history: History, database: Database, *, settled: bool = True) -> list[Disagreement]:
    """What is wrong; empty when everything agrees.

    Unless `settled`, a client's log may still be shorter than the database, but is right as far as it goes.
    """
    wrong = [*_of_database(history, database), *_of_acknowledgements(history, database)]
    for (client, room), log in history.logs.items():
        truth = list(database.get(room, ()))
        if log != (truth if settled else truth[: len(log)]):
            wrong += _of_log(f"{client} in {room}", log, truth, settled)
    return wrong


def _of_database(history: History, database: Database) -> Iterable[Disagreement]:
    for room, stored in database.items():
        if [told.seq for told in stored] != list(range(1, len(stored) + 1)):
            yield Disagreement("misnumbered", f"{room}: the numbers are not 1 to {len(stored)}")
        for told in stored:
            if history.invoked.get(told.text) != room:
                yield Disagreement("phantom", f"{room}: phantom {told}, nobody posted that here")
    everything = [told for stored in database.values() for told in stored]
    for what, times in Counter(told.nonce for told in everything).items():
        if times > 1:
            yield Disagreement("twice", f"nonce {what!r} is stored {times} times")
    for what, times in Counter(told.text for told in everything).items():
        if times > 1:
            yield Disagreement("twice", f"{what!r} is stored {times} times")


def _of_acknowledgements(history: History, database: Database) -> Iterable[Disagreement]:
    numbers: dict[str, int] = {}
    for told in (told for stored in database.values() for told in stored):
        numbers.setdefault(told.text, told.seq)
    for text, seq in history.acknowledged.items():
        if text not in numbers:
            yield Disagreement("lost", f"lost: {text!r} was acknowledged as {seq} and is not stored")
        elif numbers[text] != seq:
            sentence = f"{text!r} was acknowledged as {seq} and is stored as {numbers[text]}"
            yield Disagreement("misnumbered", sentence)


def _of_log(whose: str, log: Sequence[Told], truth: Sequence[Told], settled: bool) -> Iterable[Disagreement]:
    for told, times in Counter(log).items():
        if times > 1:
            yield Disagreement("twice", f"{whose}: {told} is shown {times} times")
    for told in set(log) - set(truth):
        yield Disagreement("phantom", f"{whose}: phantom {told}, which the database does not have")
    for before, after in pairwise(log):
        if after.seq < before.seq:
            yield Disagreement("out of order", f"{whose}: {after.seq} stands after {before.seq}")
    seen = {told.seq for told in log}
    last = len(truth) if settled else max(seen, default=0)
    if gap := [seq for seq in range(1, last + 1) if seq not in seen]:
        yield Disagreement("gap", f"{whose}: {len(gap)} missing, from {gap[0]} to {gap[-1]} of {len(truth)}")


def by_room(rows: Iterable[tuple[str, int, str, str]]) -> Database:
    """The answer to `STORED`: the rooms, each in the order of its numbers."""
    rooms: dict[str, list[Told]] = defaultdict(list)
    for key, seq, text, nonce in rows:
        rooms[key].append(Told(seq, text, nonce))
    return rooms


def stored(data: Path) -> Database:
    """What is in a server's database."""
    with opened(data) as database:
        return by_room(database.execute(STORED))


def assert_agreement(history: History, database: Database, *, settled: bool = True) -> None:
    """Fail with what is wrong."""
    wrong = disagreements(history, database, settled=settled)
    assert not wrong, f"{len(wrong)} disagreements:\n" + "\n".join(map(str, wrong[:SHOWN_AT_MOST]))
