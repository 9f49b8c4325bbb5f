"""Whom a form names: people by id, accounts by user name, and names as somebody types them; and what is offered while
they type.

Nobody is told of an account by a part of its name unless the host lists its accounts; an exact user name is enough.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase, JsonResponse, QueryDict
from django.views.decorators.http import require_safe

from hubbub import access, identity
from hubbub import people as known
from hubbub.errors import Refusal, no_such_person
from hubbub.identity import Identity
from hubbub.models import Membership, Person
from hubbub.models.room_name import name_and_key
from hubbub.views.page import LONGEST, page, words_of
from hubbub.views.place import person_id

MOST = 20  # names of one form
OFFERED = 8

Choice = dict[str, Any]


@page
@require_safe
def whom(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """`?q=typed`, with `&room=key` without those who are in that room: {people: [{field, value, name, person, guest,
    note}]}; `field` and `value` are what a form sends for them. Nobody for a guest."""
    found = [] if who.guest else _offers(who, words_of(request), _inside(who, request.GET.get("room", "")))
    return JsonResponse({"people": found})


def _inside(who: Identity, room: str) -> set[UUID]:
    """Who is in the room, for somebody who may know."""
    if not room:
        return set()
    try:
        head = access.head(who, name_and_key(room)[1])
    except Refusal:
        return set()
    return set(Membership.objects.filter(room_id=head.id or 0, standing="in").values_list("person_id", flat=True))


def _offers(who: Identity, typed: str, but: set[UUID]) -> list[Choice]:
    words = typed.strip()
    if not words:
        return []
    people = known.called(known.listed_for(who.id), words).exclude(pk__in={*but, who.id})
    offered = [choice_of(person) for person in people.order_by("name", "id")[:OFFERED]]
    strangers = known.strangers_called(words, OFFERED - len(offered))
    if (exact := known.account_named(words)) is not None and exact.pk not in {one.pk for one in strangers}:
        strangers = [exact, *strangers]
    return (offered + [one for account in strangers if (one := _unless_met(account, who, but, offered))])[:OFFERED]


def _unless_met(account: Any, who: Identity, but: set[UUID], offered: list[Choice]) -> Choice | None:
    """What stands for an account, unless that is somebody who is offered already or not to be."""
    met = Person.objects.filter(user_id=account.pk).first()
    if met is None:
        return _choice_of_account(account) if account.pk != who.user else None
    offer = choice_of(met)
    return None if met.pk in {*but, who.id} or offer in offered else offer


# ── what a form says ────────────────────────────────────────────────────────────────────────────────


class Named:
    """Whom a form names, as far as that is clear. `left` are the typed names that are not, `refusal` says why the first
    of them is not."""

    def __init__(self, who: Identity, form: QueryDict) -> None:
        """Reads `person` (ids), `user` (user names) and `name` (typed, several with commas between)."""
        self.people: list[Person] = []
        self.left: list[str] = []
        self.refusal: Refusal | None = Refusal("not_allowed", "Sign in to do that.") if who.guest else None
        if who.guest:
            return
        typed = [name.strip() for name in _typed(form).split(",") if name.strip()]
        for name in form.getlist("person")[:MOST]:
            self._add(lambda name=name: _by_id(name))  # type: ignore[misc]  # called at once
        for name in form.getlist("user")[:MOST]:
            self._add(lambda name=name: _by_user_name(name))  # type: ignore[misc]  # likewise
        for name in typed[:MOST]:
            if not self._add(lambda name=name: _by_name(who, name)):  # type: ignore[misc]  # likewise
                self.left.append(name)

    def _add(self, find: Callable[[], Person]) -> bool:
        try:
            found = find()
        except Refusal as refusal:
            self.refusal = self.refusal or refusal
            return False
        if found not in self.people:
            self.people.append(found)
        return True

    def check(self) -> list[Person]:
        """All of them. Refuses `no_such_person` when one is not clear."""
        if self.refusal:
            raise self.refusal
        return self.people


def named_again(who: Identity, form: QueryDict, refusal: Refusal, but: set[UUID] | None = None) -> dict[str, Any]:
    """What the form shows when it comes back after a refusal: who is chosen, what is typed, and whom that may mean but
    for those in `but`. Who is too fast is told of nobody."""
    if refusal.code == "rate_limited":
        return {"chosen": [], "candidates": [], "named": _typed(form)}
    named = Named(who, form)
    chosen = [choice_of(person) for person in named.people]
    meant = _meant(who, named.left[0]) if named.left else []
    out = {person.hex for person in but or ()}
    candidates = [one for one in meant if one not in chosen and one["person"] not in out]
    return {"chosen": chosen, "candidates": candidates, "named": ", ".join(named.left)}


def _typed(form: QueryDict) -> str:
    """The names, without NUL, which PostgreSQL takes for no text."""
    return form.get("name", "").replace("\0", "")


def _by_id(text: str) -> Person:
    id = person_id(text)
    found = Person.objects.filter(pk=id).first() if id else None
    if found is None:
        raise no_such_person()
    return found


def _by_user_name(name: str) -> Person:
    account = known.account_named(name)
    if account is None:
        raise Refusal("no_such_person", f"Nobody is called {name}.", field="name")
    return known.meet(account)


def _by_name(who: Identity, name: str) -> Person:
    """The one whom this name means: of those listed, or of all accounts by user name."""
    found = list(known.listed_for(who.id).filter(name__iexact=name)[:2])
    account = known.account_named(name)
    if account is not None and account.pk not in {person.user_id for person in found}:
        return _by_user_name(name) if not found else _unclear(name)
    if len(found) > 1:
        return _unclear(name)
    return found[0] if found else _by_user_name(name)


def _unclear(name: str) -> Person:
    raise Refusal("no_such_person", f"Several people are called {name}. Choose one in the list below.", field="name")


def _meant(who: Identity, name: str) -> list[Choice]:
    """Whom a name that is not clear may mean."""
    people = known.called(known.listed_for(who.id), name[:LONGEST]).exclude(pk=who.id).order_by("name", "id")
    meant = [choice_of(person) for person in people[:MOST]]
    account = known.account_named(name)
    if account is not None and (stranger := _unless_met(account, who, set(), meant)):
        meant.append(stranger)
    return meant


# ── as a form has them ──────────────────────────────────────────────────────────────────────────────


def choice_of(person: Person) -> Choice:
    """A person as a form's choice."""
    id = person.pk.hex
    return {
        "field": "person",
        "value": id,
        "name": person.name,
        "person": id,
        "guest": person.user_id is None,
        "note": "",
    }


def _choice_of_account(account: Any) -> Choice:
    """An account that is nobody here yet."""
    who, user_name = identity.of_user(account), account.get_username()
    note = user_name if user_name != who.name else ""
    return {"field": "user", "value": user_name, "name": who.name, "person": who.id.hex, "guest": False, "note": note}
