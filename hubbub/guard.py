"""Who may still be here (G8): looks up the people behind open sockets and in guarded rooms, at once when something was
told of them and regularly for what nobody tells, and puts out who may not. Call from the node's event loop only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from hubbub import access, history, policy, sessions
from hubbub.audience import Audience
from hubbub.chores import Chores
from hubbub.conf import settings
from hubbub.errors import Goodbye
from hubbub.gather import Gather, Read
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.sessions import Bearer, Sessions

LOOK_SECONDS = 0.5  # between looks for those who came by a ticket, which says nothing of what happened since
UNHEARD_SECONDS = 2.0  # between checks of the sessions while the layer does not tell who was signed out elsewhere


class Guard:
    """`audiences` gives the rooms that are followed at this node by key, `heard` whether other nodes can be heard."""

    def __init__(
        self,
        chores: Chores,
        read: Read,
        here: Sessions,
        audiences: Callable[[], Mapping[str, Audience]],
        heard: Callable[[], bool],
    ) -> None:
        self._chores = chores
        self._read = read
        self._here = here
        self._audiences = audiences
        self._heard = heard
        self._proofs: Gather[Identity, Goodbye | None] = Gather(read, _ends_of)
        self._due: set[str] = set()

    def start(self) -> None:
        """Begin to look regularly."""
        self._chores.begin(self._check_sessions())
        self._chores.begin(self._check_rooms())
        if settings().policy:
            self._chores.begin(self._ask_policy())

    # ── who may still follow a room ──

    def look(self, key: str) -> None:
        """The room's own state or who may follow it changed: look it up, and put out who may not."""
        self._due.add(key)
        if len(self._due) == 1:
            self._chores.loop.call_soon(lambda: self._chores.begin(self._chores.survive(self._look_due())))

    async def _look_due(self) -> None:
        """Look up the rooms in which something changed; what can't be read now, the regular check reads."""
        keys, self._due = self._due, set()
        await self._put_out(keys)

    async def _check_rooms(self) -> None:
        while True:
            await asyncio.sleep(settings().session_check_seconds)
            guarded = [key for key, audience in self._audiences().items() if audience.guarded]
            await self._chores.survive(self._put_out(guarded))

    async def _put_out(self, keys: Iterable[str]) -> None:
        """Take the sockets of who may not read these rooms any more out of them."""
        following: dict[str, set[Bearer]] = {key: set() for key in keys}
        afar: dict[str, set[Bearer]] = {}
        for bearer in self._here.bearers if following else ():
            for key in following.keys() & bearer.rooms.keys():
                following[key].add(bearer)
            for key in following.keys() & bearer.afar if bearer.afar else ():
                afar.setdefault(key, set()).add(bearer)
        heads, gone = await self._read(_looked_at, _ids(following), _ids(afar)) if following else ([], set())
        for head in heads:
            if audience := self._audiences().get(head.key):
                audience.stands(head)
        for key, person in gone:
            for bearer in [*following[key], *afar.get(key, ())]:
                if bearer.identity.id == person and (key in bearer.rooms or key in bearer.afar):
                    bearer.put_out(key)

    # ── whose session lives ──

    async def prove(self, bearer: Bearer) -> None:
        """Close this socket now if whoever came by a ticket alone is signed out or somebody else by now. A crowd shares
        the look. Raises DatabaseError."""
        _end(bearer, await self._proofs.ask(bearer.identity))

    async def _check_sessions(self) -> None:
        last = self._chores.loop.time()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            often = settings().session_check_seconds
            due = self._chores.loop.time() - last > (often if self._heard() else min(often, UNHEARD_SECONDS))
            bearers = list(self._here.bearers) if due else self._here.take_fresh()
            last = self._chores.loop.time() if due else last
            if bearers:
                await self._chores.survive(self._end_ended(bearers))

    async def _end_ended(self, bearers: list[Bearer]) -> None:
        ends = await self._read(_ends_of, [bearer.identity for bearer in bearers])
        for bearer, end in zip(bearers, ends, strict=True):
            _end(bearer, end)

    async def _ask_policy(self) -> None:
        """Where guests are let in no more, those who are here go."""
        while True:
            await self._chores.survive(self._read(policy.refresh))
            if not policy.guests():
                for bearer in [bearer for bearer in self._here.bearers if bearer.identity.guest]:
                    bearer.goodbye(Goodbye.NO_GUESTS)
            await asyncio.sleep(policy.EVERY_SECONDS)


def _end(bearer: Bearer, end: Goodbye | None) -> None:
    bearer.proven = True
    if end == Goodbye.SIGNED_OUT:
        bearer.end_session()
    elif end:
        bearer.goodbye(end)


def _ends_of(identities: Sequence[Identity]) -> list[Goodbye | None]:
    """How the sockets of these are to end; None where they are to stay."""
    gone, moved = sessions.ended(identities), sessions.moved(identities)
    return [Goodbye.SIGNED_OUT if one in gone else Goodbye.NEW_IDENTITY if one in moved else None for one in identities]


def _looked_at(
    following: Mapping[str, set[UUID]], afar: Mapping[str, set[UUID]]
) -> tuple[list[Head], set[tuple[str, UUID]]]:
    """Where these rooms stand now, and who of those that follow them may not, or hears of them in brief and is not in
    them."""
    return history.heads(following), access.outsiders(following) | access.absent(afar)


def _ids(bearers: Mapping[str, Iterable[Bearer]]) -> dict[str, set[UUID]]:
    return {key: {bearer.identity.id for bearer in some} for key, some in bearers.items()}
