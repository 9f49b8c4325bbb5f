"""The messages of a batch: nonces looked up, numbers taken, stored together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from hubbub import errors, history, stored
from hubbub.access import OWNER
from hubbub.journal import mentions
from hubbub.journal.changes import Draft, Outcome, Stored
from hubbub.journal.gate import Gate
from hubbub.journal.people import People
from hubbub.journal.rooms import LockedRoom, Rooms
from hubbub.journal.statements import MESSAGE, Rows, Statements
from hubbub.protocol import Message as MessageEvent
from hubbub.protocol import PersonView, Quote, encode_born, timestamp
from hubbub.search import index

COLUMNS = "room_id, author_id, seq, changed, ordinal, nonce, text, html, at, mentions, reply_to_id"
TYPES = ("bigint", "uuid", "bigint", "bigint", "bigint", "text", "text", "text", "timestamptz", "text", "bigint")

Drafts = Sequence[tuple[int, Draft]]  # each with its place in the batch


class Messages:
    """Turns drafts into messages. Their rooms are locked and their authors met before."""

    def __init__(self, statements: Statements, rooms: Rooms, people: People, gate: Gate, now: datetime) -> None:
        self.statements, self.rooms, self.people, self.gate, self.now = statements, rooms, people, gate, now
        self.at = timestamp(now)

    def say(self, drafts: Drafts) -> dict[int, Outcome]:
        """Store what is new of the drafts; an outcome for each, by its place."""
        known, answered = self._known(drafts), self._answered(drafts)
        outcomes: dict[int, Outcome] = {}
        fresh: dict[tuple[str, str], MessageEvent] = {}
        born: list[tuple[int, MessageEvent]] = []
        again: list[tuple[int, tuple[str, str]]] = []
        self._look_up(drafts)
        for place, draft in drafts:
            room, view = self.rooms.get(draft.key), self.people.get(draft.author)
            if view is None:
                outcomes[place] = errors.signed_out()
                continue
            key = (view.id, draft.nonce)
            if room is not None and room.guarded and self.gate.shut(room, view):
                outcomes[place] = errors.no_such_room()
            elif key in known:
                outcomes[place] = Stored(message=known[key])
            elif key in fresh:
                again.append((place, key))
            elif room is None:
                outcomes[place] = errors.no_such_room()
            elif draft.reply_to is not None and (room.key, draft.reply_to) not in answered:
                outcomes[place] = errors.no_such_message("reply_to")
            elif room.guarded and (refusal := self.gate.refusal(room, view)):
                outcomes[place] = refusal
            else:
                quote = answered[room.key, draft.reply_to] if draft.reply_to is not None else None
                fresh[key] = event = self._number(draft, view, room, quote)
                born.append((place, event))
        events = list(fresh.values())
        self._insert(events)
        entered = self._join(events)
        self.gate.store()
        for place, event in born:
            outcomes[place] = stored = Stored(((event.room, encode_born(event)),), event)
            if entered and (event.author.id, event.room) in entered:
                entered.discard((event.author.id, event.room))
                stored.room, stored.entered = event.room, (event.author.id,)
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

    def _look_up(self, drafts: Drafts) -> None:
        """Who the authors are in those rooms that are guarded."""
        if any(room.guarded for room in self.rooms.locked.values()):
            wanted = [(self.rooms.get(draft.key), self.people.get(draft.author)) for _, draft in drafts]
            self.gate.look_up((room, person) for room, person in wanted if room and person)

    def _answered(self, drafts: Drafts) -> dict[tuple[str, int], Quote]:
        """What the drafts answer, by the room's key and the message's id. Read under the rooms' locks."""
        rooms: dict[str, set[int]] = {}
        for _, draft in drafts:
            if draft.reply_to is not None and (room := self.rooms.get(draft.key)):
                rooms.setdefault(room.key, set()).add(draft.reply_to)
        return {(key, id): quote for key, ids in rooms.items() for id, quote in stored.quotes(ids, key).items()}

    def _number(self, draft: Draft, author: PersonView, room: LockedRoom, quote: Quote | None) -> MessageEvent:
        seq = room.next()
        room.ordinal += 1
        room.last_at = self.now
        return MessageEvent(
            room=room.key, seq=seq, changed=seq, ordinal=room.ordinal, id=0, author=author,
            message=draft.text, html=draft.html, at=self.at, nonce=draft.nonce, mentions=list(draft.mentions),
            reply_to=quote,
        )  # fmt: skip

    def _insert(self, events: Sequence[MessageEvent]) -> None:
        """Store the messages and their words, all at once, and give each event its id."""
        if not events:
            return
        at, uuid = self.statements.time(self.now), self.statements.uuid
        rooms = {key: room.id for key, room in self.rooms.locked.items()}
        rows = [
            (
                rooms[e.room],
                uuid(e.author.id),
                e.seq,
                e.changed,
                e.ordinal,
                e.nonce,
                e.message,
                e.html,
                at,
                " ".join(e.mentions) if e.mentions else "",
                e.reply_to and e.reply_to.id,
            )
            for e in events
        ]
        for e, id in zip(events, self._store(rows), strict=True):
            e.id = id
        mentions.store(self.statements, [(rooms[e.room], e) for e in events if e.mentions])
        index.put(
            self.statements,
            [index.Entry(e.id, rooms[e.room], e.room, e.author.id, e.message, e.html) for e in events],
        )

    def _store(self, rows: Rows) -> list[int]:
        """Insert rows of COLUMNS; their ids, in the same order."""
        if self.statements.sqlite:
            return self.statements.insert_each(MESSAGE, COLUMNS, rows)
        source, parameters = self.statements.given(TYPES, rows)
        insert = f"INSERT INTO {MESSAGE} ({COLUMNS}) SELECT * FROM {source} RETURNING id, room_id, seq"
        ids = {(room, seq): id for id, room, seq in self.statements.rows(insert, parameters)}
        return [ids[row[0], row[2]] for row in rows]

    def _join(self, events: Sequence[MessageEvent]) -> set[tuple[str, str]]:
        """Who speaks in a room is in it, and has read as far as their own last word. An account whose word is the first
        that a room hears of owns it. Returns the (person, key of the room) of those who came in by it."""
        places = {(e.author.id, self.rooms.locked[e.room].id): (e.seq, e.ordinal) for e in events}
        came = self.people.read(places, speaking=True)
        for event in events:
            if event.seq == 1 and not event.author.guest:
                self.people.set_role(event.author, self.rooms.locked[event.room].id, OWNER)
        keys = {room.id: key for key, room in self.rooms.locked.items()} if came else {}
        return {(person, keys[room]) for person, room in came}
