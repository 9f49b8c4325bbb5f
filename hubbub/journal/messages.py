"""The messages of a batch: nonces looked up, numbers taken, stored in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hubbub import errors, history
from hubbub.errors import Refusal
from hubbub.journal.changes import Draft, Outcome, Stored
from hubbub.journal.people import People
from hubbub.journal.rooms import LockedRoom, Rooms
from hubbub.journal.statements import MESSAGE, Statements
from hubbub.protocol import Message as MessageEvent
from hubbub.protocol import PersonView, encode, timestamp

TYPES = ("bigint", "uuid", "bigint", "bigint", "bigint", "text", "text", "text", "timestamptz")

Drafts = Sequence[tuple[int, Draft]]  # each with its place in the batch


class Messages:
    """Turns drafts into messages. Their rooms are locked and their authors met before."""

    def __init__(self, statements: Statements, rooms: Rooms, people: People, now: datetime) -> None:
        self.statements, self.rooms, self.people, self.now = statements, rooms, people, now
        self.at = timestamp(now)

    def say(self, drafts: Drafts) -> dict[int, Outcome]:
        """Store what is new of the drafts; an outcome for each, by its place."""
        known = self._known(drafts)
        outcomes: dict[int, Outcome] = {}
        fresh: dict[tuple[str, str], MessageEvent] = {}
        born: list[tuple[int, MessageEvent]] = []
        again: list[tuple[int, tuple[str, str]]] = []
        for place, draft in drafts:
            if (view := self.people.get(draft.author)) is None:
                outcomes[place] = errors.signed_out()
            elif (original := known.get((view.id, draft.nonce))) is not None:
                outcomes[place] = Stored(message=original)
            elif (view.id, draft.nonce) in fresh:
                again.append((place, (view.id, draft.nonce)))
            elif (room := self.rooms.locked.get(draft.key)) is None:
                outcomes[place] = Refusal("no_such_room", "There is no such room.", field="room")
            else:
                event = fresh[view.id, draft.nonce] = self._number(draft, view, room)
                born.append((place, event))
        self._insert(list(fresh.values()))
        self._join(list(fresh.values()))
        for place, event in born:
            outcomes[place] = Stored(((event.room, encode(event)),), event)
        for place, key in again:
            outcomes[place] = Stored(message=fresh[key])
        return outcomes

    def ordinal_at(self, room: int, seq: int) -> int:
        """The ordinal of the room's last message up to `seq`; 0 when there is none."""
        select = f"SELECT ordinal FROM {MESSAGE} WHERE room_id = %s AND seq <= %s ORDER BY seq DESC LIMIT 1"
        found = self.statements.rows(select, [room, seq])
        return int(found[0][0]) if found else 0

    def _known(self, drafts: Drafts) -> dict[tuple[str, str], MessageEvent]:
        """The stored messages whose (author, nonce) is asked for again. Read under the rooms' locks."""
        pairs = [
            (view.id, draft.nonce)
            for _, draft in drafts
            if draft.retried and (view := self.people.get(draft.author)) is not None
        ]
        if not pairs:
            return {}
        asked = [(self.statements.uuid(id), nonce) for id, nonce in pairs]
        source, parameters = self.statements.given(("uuid", "text"), asked)
        # CROSS JOIN keeps SQLite to this order of tables: one look into the index for each pair.
        found = self.statements.rows(
            f"SELECT m.id FROM {source} CROSS JOIN {MESSAGE} m"
            " WHERE m.author_id = given.column1 AND m.nonce = given.column2",
            parameters,
        )
        if not found:
            return {}
        events = history.messages([row[0] for row in found])
        return {(event.author.id, event.nonce): event for event in events}

    def _number(self, draft: Draft, author: PersonView, room: LockedRoom) -> MessageEvent:
        seq = room.next()
        room.ordinal += 1
        room.last_at = self.now
        return MessageEvent(
            room=room.key, seq=seq, changed=seq, ordinal=room.ordinal, id=0, author=author,
            message=draft.text, html=draft.html, at=self.at, nonce=draft.nonce,
        )  # fmt: skip

    def _insert(self, events: Sequence[MessageEvent]) -> None:
        """Store the messages, a statement for all, and give each event its id."""
        if not events:
            return
        at, uuid, rooms = self.statements.time(self.now), self.statements.uuid, self.rooms.locked
        messages = [
            (rooms[e.room].id, uuid(e.author.id), e.seq, e.changed, e.ordinal, e.nonce, e.message, e.html, at)
            for e in events
        ]
        source, parameters = self.statements.given(TYPES, messages)
        found = self.statements.rows(
            f"INSERT INTO {MESSAGE} (room_id, author_id, seq, changed, ordinal, nonce, text, html, at)"
            f" SELECT * FROM {source} RETURNING id, room_id, seq",
            parameters,
        )
        ids = {(room, seq): id for id, room, seq in found}
        for e in events:
            e.id = ids[rooms[e.room].id, e.seq]

    def _join(self, events: Sequence[MessageEvent]) -> None:
        """Who speaks in a room is in it, and has read as far as their own last word."""
        self.people.read({(e.author.id, self.rooms.locked[e.room].id): (e.seq, e.ordinal) for e in events})
