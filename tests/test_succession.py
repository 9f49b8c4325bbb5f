"""A room that loses its last owner gets another: by whatever way it lost them, who that is, and who hears of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hubbub import access, chat, history, outside
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Act, Invitation, Membership, Person, Room
from hubbub.protocol import Member
from tests.cast import EVE, Cast, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What everybody in a room hears, in order."""
    said: list[dict[str, Any]] = []
    monkeypatch.setattr(
        outside, "publish", lambda frames: said.extend({"key": key, **json.loads(one.payload)} for key, one in frames)
    )
    return said


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What is said to one person alone: their id, and words."""
    said: list[tuple[str, str]] = []
    monkeypatch.setattr(
        outside, "tell_person", lambda person, event: said.append((person, getattr(event, "message", "")))
    )
    return said


@pytest.fixture(params=["private", "public"])
def room(cast: Cast, request: pytest.FixtureRequest) -> str:
    """Olga's room; ana came first, then ben, then mo, who moderates it."""
    return made(cast, request.param)


def made(cast: Cast, kind: str = "private") -> str:
    if kind == "private":
        key = chat.make_room_now(cast.olga, "Den", kind=kind, people=[cast.ana.id, cast.ben.id, cast.mo.id])
    else:
        key = chat.make_room_now(cast.olga, "den")
        for who in (cast.ana, cast.ben, cast.mo):
            chat.act_now(who, key, "join")
    chat.act_now(cast.olga, key, "role", whom=cast.mo.id, text="moderator")
    return key


def delete(name: str) -> None:
    User.objects.get(username=name).delete()


def switch_off(name: str) -> None:
    user = User.objects.get(username=name)
    user.is_active = False
    user.save()


def owners(key: str) -> list[str]:
    """Those who can do an owner's acts."""
    found = Membership.objects.filter(room__key=key, role="owner", standing="in", person__user__is_active=True)
    return sorted(found.values_list("person__name", flat=True))


def succession() -> list[tuple[str, str]]:
    return list(Act.objects.filter(verb="succeed").order_by("id").values_list("by__name", "whom__name"))


# ── who ──


@pytest.mark.parametrize("lose", [delete, switch_off])
def test_who_moderates_a_room_owns_it_when_the_last_owners_account_is_gone(cast: Cast, room: str, lose: Any) -> None:
    lose("olga")
    assert owners(room) == ["mo"]
    assert succession() == [("olga", "mo")]
    chat.act_now(cast.mo, room, "rename", text="Ours now")
    assert Room.objects.get(key=room).name == "Ours now"


def test_without_a_moderator_it_is_who_came_first(cast: Cast, room: str) -> None:
    chat.act_now(cast.olga, room, "role", whom=cast.mo.id, text="member")
    delete("olga")
    assert owners(room) == ["ana"]


def test_guests_and_accounts_that_are_switched_off_own_nothing(cast: Cast, room: str) -> None:
    for name in ("mo", "ana"):
        switch_off(name)
    say(EVE, "lobby", "so that she is known")
    Membership.objects.filter(person_id=cast.ben.id).update(standing="left")
    Membership.objects.create(person=Person.objects.get(pk=EVE.id), room=Room.objects.get(key=room))
    delete("olga")
    assert owners(room) == []
    assert succession() == []


def test_who_is_silenced_is_passed_over(cast: Cast, room: str) -> None:
    chat.act_now(cast.olga, room, "silence", whom=cast.mo.id, seconds=600)
    delete("olga")
    assert owners(room) == ["ana"]


def test_a_room_with_another_owner_keeps_to_that_one(cast: Cast, room: str) -> None:
    chat.act_now(cast.olga, room, "role", whom=cast.ben.id, text="owner")
    delete("olga")
    assert owners(room) == ["ben"]
    assert succession() == []


def test_the_new_owner_keeps_their_place_in_what_they_read(cast: Cast, room: str) -> None:
    say(cast.ana, room, "one", "two", "three")
    head = history.head(room)
    Membership.objects.filter(person_id=cast.mo.id).update(read_seq=head.seq - 1, read_ordinal=head.ordinal - 1)
    delete("olga")
    mo = Membership.objects.get(person_id=cast.mo.id)
    assert (mo.read_seq, mo.read_ordinal, mo.standing) == (head.seq - 1, head.ordinal - 1, "in")


def test_one_after_the_other_goes(cast: Cast, room: str) -> None:
    for name in ("olga", "mo", "ana"):
        delete(name)
    assert owners(room) == ["ben"]
    assert succession() == [("olga", "mo"), ("mo", "ana"), ("ana", "ben")]


def test_every_room_of_theirs_gets_its_own(cast: Cast) -> None:
    first, second = made(cast), made(cast)
    chat.act_now(cast.olga, second, "remove", whom=cast.mo.id)
    direct = chat.meet_now(cast.olga, [cast.ana.id])
    delete("olga")
    assert (owners(first), owners(second), owners(direct)) == (["mo"], ["ana"], [])


def test_who_is_left_of_a_deleted_account_has_no_role_and_can_be_put_out(cast: Cast, room: str) -> None:
    delete("mo")
    assert Membership.objects.get(room__key=room, person__name="mo").role == "member"
    olga = cast.olga.id
    delete("olga")
    assert owners(room) == ["ana"]
    assert Membership.objects.get(room__key=room, person_id=olga).role == "member"
    chat.act_now(cast.ana, room, "remove", whom=olga)


# ── how a room loses its owner ──


def test_an_owner_who_leaves_a_public_room_is_followed_and_owns_it_again_when_back(cast: Cast) -> None:
    room = made(cast, "public")
    chat.act_now(cast.olga, room, "leave")
    assert owners(room) == ["mo"]
    chat.act_now(cast.olga, room, "join")
    assert owners(room) == ["mo", "olga"]


@pytest.mark.parametrize("verb", ["remove", "ban", "role"])
def test_an_owner_whom_an_administrator_puts_out_is_followed(cast: Cast, room: str, verb: str) -> None:
    User.objects.create_user("root", is_staff=True)
    if room.startswith("-/"):
        chat.act_now(cast.olga, room, "add", whom=cast.root.id)
    chat.act_now(cast.root, room, verb, whom=cast.olga.id, text="member" if verb == "role" else "")
    assert owners(room) == ["mo"]
    assert list(Act.objects.order_by("-id").values_list("verb", flat=True)[:2]) == ["succeed", verb]


def test_a_room_whose_owner_was_lost_unseen_is_mended_by_the_next_act(cast: Cast, room: str) -> None:
    """An account deleted by hand in the database sends no signal."""
    Person.objects.filter(pk=cast.olga.id).update(user=None)
    assert owners(room) == []
    chat.act_now(cast.ben, room, "topic", text="anything")
    assert owners(room) == ["mo"]


def test_a_room_that_never_had_an_owner_gets_none(cast: Cast) -> None:
    say(EVE, "lobby", "mine, says a guest")
    say(cast.ana, "lobby", "hello")
    chat.act_now(cast.ana, "lobby", "topic", text="anything")
    assert owners("lobby") == []


def test_the_last_owner_among_guests_hears_what_to_do(cast: Cast) -> None:
    den = chat.make_room_now(cast.olga, "Den", kind="private")
    chat.accept_now(EVE, chat.invite_now(cast.olga, den))
    with pytest.raises(Refusal, match="Remove them first"):
        chat.act_now(cast.olga, den, "leave")
    chat.act_now(cast.olga, den, "remove", whom=EVE.id)
    chat.act_now(cast.olga, den, "leave")
    assert not access.may_read(cast.olga, den)


# ── who hears of it ──


@pytest.mark.parametrize("lose", [delete, switch_off])
def test_all_in_the_room_are_told_and_the_new_owner_in_words(
    cast: Cast, room: str, published: list[dict[str, Any]], told: list[tuple[str, str]], lose: Any
) -> None:
    lose("olga")
    [event] = [one for one in published if one["type"] == "member" and one.get("role") == "owner"
               and one["key"] == room and one["person"]["name"] == "mo"]  # fmt: skip
    assert [words for person, words in told if person == cast.mo.id.hex] == [
        "You own this room now: it has no other owner any more."
    ]
    documents = history.since(history.head(room), event["changed"] - 1, 10) or []
    assert next((one.person.name, one.role) for one in documents if isinstance(one, Member)) == ("mo", "owner")


def test_what_is_rolled_back_left_the_room_to_nobody(cast: Cast, room: str) -> None:
    from django.db import transaction

    with transaction.atomic():
        delete("olga")
        transaction.set_rollback(True)
    assert owners(room) == ["olga"]
    assert succession() == []


@pytest.mark.parametrize("lose", [delete, switch_off])
def test_the_links_of_an_account_that_is_gone_lead_nowhere(cast: Cast, lose: Any) -> None:
    den = made(cast)
    theirs, ours = chat.invite_now(cast.mo, den), chat.invite_now(cast.olga, den)
    lose("mo")
    assert list(Invitation.objects.values_list("token", flat=True)) == [ours]
    with pytest.raises(Refusal, match="no such room"):
        chat.accept_now(EVE, theirs)


def test_an_account_that_is_saved_again_while_it_is_off_hands_over_nothing_twice(cast: Cast, room: str) -> None:
    switch_off("olga")
    before = history.head(room)
    user = User.objects.get(username="olga")
    user.first_name, user.date_joined = "Olga", timezone.now()
    user.save()
    assert history.head(room) == before


def test_an_owner_who_is_switched_on_again_owns_the_room_beside_the_other(cast: Cast, room: str) -> None:
    switch_off("olga")
    User.objects.filter(username="olga").update(is_active=True)
    assert owners(room) == ["mo", "olga"]


def test_a_guest_who_was_an_owner_does_an_owners_acts_no_more(cast: Cast, room: str) -> None:
    """Whoever has the id of the account that was deleted can't speak as it."""
    olga = cast.olga
    delete("olga")
    with pytest.raises(Refusal):
        chat.act_now(olga, room, "archive")
    with pytest.raises(Refusal):
        chat.act_now(Identity(olga.id, olga.name), room, "role", whom=olga.id, text="owner")
