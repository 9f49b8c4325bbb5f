"""Several people do what only one can have, in the same moment and from threads of their own: one gets it, the others
hear why, and what is stored is as if they had come one after the other."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connections, transaction
from django.test import override_settings
from psycopg.errors import DeadlockDetected

from hubbub import chat, history, journal
from hubbub.chat import at_once as at_once_module
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Act, Alias, Invitation, Membership, Message, Person, Room
from hubbub.models.room_name import room_key
from tests.cast import Cast, say

pytestmark = pytest.mark.django_db(transaction=True)

TIMES = 4


def at_once(*deeds: Callable[[], Any]) -> list[Any]:
    """What each comes to: its answer, or the code of its refusal. Who is told to try again, does."""
    ready = Barrier(len(deeds))

    def do(deed: Callable[[], Any]) -> Any:
        ready.wait()
        try:
            return _patiently(deed)
        except Refusal as refusal:
            return refusal.code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as hands:
        return list(hands.map(do, deeds))


def _patiently(deed: Callable[[], Any]) -> Any:
    for _ in range(50):
        try:
            return deed()
        except Refusal as refusal:
            if refusal.code != "try_again":
                raise
    raise AssertionError("it never came to be")


@pytest.fixture
def _in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is told to try again, and nothing is tried twice unseen: they lock what they need in one order."""
    monkeypatch.setattr(at_once_module, "TRIES", 1)
    monkeypatch.setitem(globals(), "_patiently", lambda deed: deed())


def people(cast: Cast, count: int) -> Sequence[Identity]:
    return [getattr(cast, f"p{number}") for number in range(count)]


def test_the_same_people_who_meet_at_once_meet_in_one_room(cast: Cast) -> None:
    for number in range(TIMES):
        ana, ben = getattr(cast, f"ana{number}"), getattr(cast, f"ben{number}")
        met = at_once(*[partial(chat.meet_now, ana, [ben.id]), partial(chat.meet_now, ben, [ana.id])] * 3)
        assert len(set(met)) == 1
    assert Room.objects.filter(kind="direct").count() == TIMES


def test_a_name_is_one_rooms_whoever_makes_it_speaks_there_or_takes_it(cast: Cast) -> None:
    spellings = ["Café", "cafe\u0301", "CAFÉ", "ＣＡＦÉ"]
    ana, ben, eve = people(cast, 3)
    for number in range(TIMES):
        chat.make_room_now(ana, f"old {number}")
        names = [f"{spelling} {number}" for spelling in spellings]
        at_once(
            partial(chat.make_room_now, ben, names[0]),
            partial(chat.make_room_now, eve, names[1]),
            partial(chat.act_now, ana, f"old {number}", "rename", text=names[2]),
            partial(say, eve, names[3], "hello"),
        )
        key = room_key(names[0])
        found = [room for room in Room.objects.all() if key in (room.key, *aliases_of(room))]
        assert len(found) == 1, list(Room.objects.values_list("name", "key"))
        assert history.head(key).key == found[0].key


def aliases_of(room: Room) -> list[str]:
    return list(Alias.objects.filter(room=room).values_list("key", flat=True))


def test_the_last_two_owners_do_not_both_leave_nor_both_step_down(cast: Cast) -> None:
    ana, ben, eve = people(cast, 3)
    for verb, named in (("leave", {}), ("role", {"text": "member"})) * TIMES:
        den = chat.make_room_now(ana, "Den", kind="private", people=[ben.id, eve.id])
        chat.act_now(ana, den, "role", whom=ben.id, text="owner")
        answers = at_once(*(
            partial(chat.act_now, who, den, verb, whom=who.id if named else None, **named) for who in (ana, ben)
        ))  # fmt: skip
        assert answers.count("last_owner") == 1
        assert Membership.objects.filter(room__key=den, role="owner", standing="in").count() == 1


def test_the_last_use_of_a_link_is_one_persons(cast: Cast) -> None:
    """On nodes that know nothing of each other: the row of the room decides."""
    ana, *others = people(cast, 6)
    for uses in (1, 2) * TIMES:
        den = chat.make_room_now(ana, "Den", kind="private")
        token = chat.invite_now(ana, den, uses=uses)
        answers = at_once(*(partial(chat.accept_now, who, token) for who in others))
        assert sorted(answers) == sorted([den] * uses + ["no_such_room"] * (len(others) - uses))
        assert Membership.objects.filter(room__key=den, standing="in").count() == 1 + uses
        assert Invitation.objects.get(token=token).uses == uses


def test_who_comes_by_a_link_while_it_is_taken_back_is_in_or_is_not(cast: Cast) -> None:
    """And the log of acts says the same."""
    ana, eve = people(cast, 2)
    for _ in range(TIMES):
        den = chat.make_room_now(ana, "Den", kind="private")
        token = chat.invite_now(ana, den)
        answer, _taken = at_once(partial(chat.accept_now, eve, token), partial(chat.take_back_now, ana, den, token))
        inside = Membership.objects.filter(room__key=den, person_id=eve.id, standing="in").exists()
        assert inside == (answer == den)
        assert Act.objects.filter(room__key=den, verb="come_in").exists() == inside
        assert not Invitation.objects.filter(token=token).exists()


def test_when_all_who_could_own_a_room_go_at_once_the_last_one_has_it(cast: Cast) -> None:
    """Accounts are deleted by transactions of their own, each of which may leave the room to one that goes too."""
    for number in range(TIMES):
        gone = [getattr(cast, f"{name}{number}") for name in ("olga", "una", "mo")]
        stays = getattr(cast, f"stays{number}")
        den = chat.make_room_now(gone[0], "Den", kind="private", people=[*(who.id for who in gone[1:]), stays.id])
        chat.act_now(gone[0], den, "role", whom=gone[1].id, text="owner")
        chat.act_now(gone[0], den, "role", whom=gone[2].id, text="moderator")
        at_once(*(User.objects.get(pk=who.user).delete for who in gone))
        owned = Membership.objects.filter(room__key=den, role="owner", person__user__isnull=False)
        assert list(owned.values_list("person_id", flat=True)) == [stays.id]
        assert chat.act_now(stays, den, "rename", text="Mine now")


@override_settings(HUBBUB={"REACTIONS": 3, "PINS": 2})
def test_no_limit_of_a_message_or_room_is_passed_together(cast: Cast) -> None:
    ana, *others = people(cast, 7)
    ids = [stored.message.id for stored in say(ana, "lobby", *map(str, range(6))) if stored.message]
    emoji = "👍😄🎉👀🙏✅"
    answers = at_once(*(partial(chat.react_now, who, ids[0], one) for who, one in zip(others, emoji, strict=True)))
    assert answers.count("too_many") == 3
    assert len(history.messages([ids[0]])[0].reactions) == 3
    answers = at_once(*(partial(chat.pin_now, who, id) for who, id in zip(others, ids, strict=True)))
    assert answers.count("too_many") == 4
    assert Message.objects.filter(pinned_at__isnull=False).count() == 2


def test_two_moderators_who_put_each_other_out_do_not_both_succeed(cast: Cast) -> None:
    """Neither stands over the other; and whoever is banned by the owner meanwhile bans nobody any more."""
    olga, mo, ana = people(cast, 3)
    for number in range(TIMES):
        name = f"room {number}"
        chat.make_room_now(olga, name)
        for who in (mo, ana):
            say(who, name, "hello")
        chat.act_now(olga, name, "role", whom=mo.id, text="moderator")
        first, second = at_once(
            partial(chat.act_now, olga, name, "ban", whom=mo.id), partial(chat.act_now, mo, name, "ban", whom=ana.id)
        )
        standings = dict(Membership.objects.filter(room__name=name).values_list("person_id", "standing"))
        assert not isinstance(first, str)
        assert standings[mo.id] == "banned"
        assert standings[ana.id] == ("in" if second == "no_such_room" else "banned")


def test_who_posts_while_they_are_banned_with_all_they_said_leaves_nothing_behind(cast: Cast) -> None:
    olga, ana = people(cast, 2)
    for number in range(TIMES):
        name = f"room {number}"
        chat.make_room_now(olga, name)
        say(ana, name, "before")
        at_once(
            partial(chat.ban_now, olga, name, ana.id, erase=True),
            *(partial(say, ana, name, *(f"spam {number}" for number in range(5))) for _ in range(3)),
        )
        assert not Message.objects.filter(room__name=name, author_id=ana.id, deleted_at=None).exists()


def test_what_is_deleted_while_others_do_things_with_it_is_empty_afterwards(cast: Cast) -> None:
    ana, ben, eve = people(cast, 3)
    for _ in range(TIMES):
        [said] = say(ana, "lobby", "a secret")
        assert said.message is not None
        id = said.message.id
        at_once(
            partial(chat.delete_now, ana, id),
            partial(chat.edit_now, ana, id, "another secret"),
            partial(chat.react_now, ben, id, "👍"),
            partial(chat.pin_now, eve, id),
            partial(chat.post_now, chat.draft(ben, "lobby", "what", reply_to=id)),
        )
        [now] = history.messages([id])
        assert (now.deleted, now.message, now.html, now.reactions, now.pinned) == (True, "", "", [], False)
        answers = history.messages(Message.objects.filter(reply_to_id=id).values_list("id", flat=True))
        assert {(answer.reply_to.deleted, answer.reply_to.message) for answer in answers if answer.reply_to} <= {
            (True, "")
        }


@pytest.mark.usefixtures("_in_order")
def test_who_speaks_under_an_earlier_name_while_the_room_gets_another_waits_for_it(cast: Cast) -> None:
    ana, ben, eve = people(cast, 3)
    chat.make_room_now(ana, "name 0")
    for number in range(3 * TIMES):
        chat.act_now(ana, "name 0", "rename", text=f"name {number + 1}")
        answers = at_once(
            partial(chat.act_now, ana, "name 0", "rename", text=f"also {number}"),
            partial(say, ben, f"name {number + 1}", "hello"),
            partial(say, eve, f"name {number + 1}", "hello"),
            partial(chat.act_now, ana, f"name {number + 1}", "rename", text=f"and {number}"),
        )
        assert "try_again" not in answers
    assert Message.objects.filter(room__key="name 0").count() == 6 * TIMES


@pytest.mark.usefixtures("_in_order")
def test_a_guest_becomes_an_account_while_they_speak_and_take_another_name(cast: Cast) -> None:
    for number in range(3 * TIMES):
        guest, account = Identity(uuid.uuid4(), "Quiet Otter"), User.objects.create_user(f"otter{number}")
        say(guest, "lobby", "hello")
        answers = at_once(
            partial(chat.adopt_guest, guest, account),
            *(partial(say, guest, "lobby", "and more") for _ in range(2)),
            partial(chat.rename_now, guest, "Loud Otter"),
        )
        assert "try_again" not in answers
        assert Person.objects.get(pk=guest.id).user_id == account.pk


@pytest.mark.usefixtures("_in_order")
def test_of_several_new_names_at_once_one_is_the_last(cast: Cast) -> None:
    for number in range(3 * TIMES):
        who, names = getattr(cast, f"p{number}"), [f"Name {place}" for place in range(6)]
        answers = at_once(*(partial(chat.describe_now, who, name, "", "") for name in names))
        assert "try_again" not in answers
        assert Person.objects.get(pk=who.id).name in names


def test_what_the_database_gave_up_for_anothers_sake_is_written_again(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    [ana], given_up, write = people(cast, 1), [], journal.write

    def now_and_then(changes: Sequence[journal.Change]) -> Any:
        if len(given_up) % 2 == 0:
            given_up.append(changes)
            raise OperationalError("deadlock detected") from DeadlockDetected()
        given_up.append(changes)
        return write(changes)

    monkeypatch.setattr(journal, "write", now_and_then)
    assert say(ana, "lobby", "hello")
    assert Message.objects.count() == 1
    with pytest.raises(OperationalError), transaction.atomic():  # what came before it is undone as well
        say(ana, "lobby", "hello")
