"""What people do to rooms and to each other in them: who may, what others hear of it, and what the log of acts says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hubbub import access, chat, history, journal
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Erasure, Stored
from hubbub.journal.acts import RULES
from hubbub.models import Act, Alias, Membership, Message, Room
from hubbub.protocol import GUARDS
from tests.cast import EVE, Cast, draft, refused, say, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def den(cast: Cast) -> str:
    """A private room: olga owns it, mo moderates, ana and ben are in it."""
    key = chat.make_room_now(cast.olga, "Den", kind="private", people=[cast.mo.id, cast.ana.id, cast.ben.id])
    chat.act_now(cast.olga, key, "role", whom=cast.mo.id, text="moderator")
    return key


@pytest.fixture
def lobby(cast: Cast) -> str:
    """A public room: olga owns it, mo moderates, ana and ben are in it."""
    say(cast.olga, "lobby", "mine")
    for who in (cast.mo, cast.ana, cast.ben):
        say(who, "lobby", "hello")
    chat.act_now(cast.olga, "lobby", "role", whom=cast.mo.id, text="moderator")
    return "lobby"


def no(code: str, *args: Any, **named: Any) -> Refusal:
    with pytest.raises(Refusal) as raised:
        chat.act_now(*args, **named)
    assert raised.value.code == code, raised.value.message
    return raised.value


def told(stored: Stored) -> list[dict[str, Any]]:
    return [json.loads(frame.payload) for _, frame in stored.announcements]


def standing(who: Identity, key: str) -> tuple[str, str]:
    found = access.standing(who, key)
    return found.role, found.standing


# ── making ──


def test_who_makes_a_room_owns_it_and_others_are_told_what_it_is(cast: Cast) -> None:
    assert chat.make_room_now(cast.ana, "Garden  club", topic=" Roses ") == "Garden club"
    room = Room.objects.get()
    assert (room.key, room.name, room.topic, room.kind, room.guarded) == (
        "garden club", "Garden club", "Roses", "public", False,
    )  # fmt: skip
    assert standing(cast.ana, room.key) == ("owner", "in")
    documents = history.since(history.head(room.key), 0, 10)
    assert [(type(d).__name__, d.changed) for d in documents or ()] == [("RoomChange", 1), ("Member", 2)]


def test_a_private_room_has_an_address_and_its_people(cast: Cast, den: str) -> None:
    assert den.startswith("-/")
    assert [standing(who, den)[0] for who in (cast.olga, cast.mo, cast.ana)] == ["owner", "moderator", "member"]
    assert not access.may_read(cast.eve, den)
    other = chat.make_room_now(cast.eve, "Den", kind="private")
    assert other != den


def test_guests_make_no_rooms_and_meet_nobody(cast: Cast) -> None:
    say(EVE, "lobby", "hi")
    for make in (
        lambda: chat.make_room_now(EVE, "hers"),
        lambda: chat.make_room_now(EVE, "hers", kind="private"),
        lambda: chat.meet_now(EVE, [cast.ana.id]),
    ):
        with pytest.raises(Refusal) as raised:
            make()
        assert raised.value.code == "not_allowed"
    assert Room.objects.count() == 1


def test_a_name_is_one_rooms_whether_it_has_it_or_had_it(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.olga, lobby, "rename", text="Hall")
    for name in ("Lobby", "HALL", "hall"):
        with pytest.raises(Refusal) as raised:
            chat.make_room_now(cast.ana, name)
        assert raised.value.code == "name_taken"
    chat.make_room_now(cast.ana, "Garden")
    no("name_taken", cast.ana, "garden", "rename", text="Lobby")


def test_a_room_with_a_person_that_nobody_met_is_not_made(cast: Cast) -> None:
    with pytest.raises(Refusal) as raised:
        chat.make_room_now(cast.ana, "Den", kind="private", people=[UUID(int=99)])
    assert raised.value.code == "no_such_person"
    assert not Room.objects.exists()


def test_the_same_people_meet_in_the_same_room_whoever_begins(cast: Cast) -> None:
    first = chat.meet_now(cast.ana, [cast.ben.id, cast.cleo.id])
    assert chat.meet_now(cast.cleo, [cast.ana.id, cast.ben.id, cast.cleo.id]) == first
    assert chat.meet_now(cast.ana, [cast.ben.id]) != first
    names = {who.name: history.rooms_of([who.id], 50)[who.id][-1].name for who in (cast.ana, cast.ben, cast.cleo)}
    assert names == {"ana": "ben, cleo", "ben": "ana, cleo", "cleo": "ana, ben"}


def test_a_direct_room_is_between_some_but_not_alone_nor_a_crowd(cast: Cast) -> None:
    crowd = [getattr(cast, f"p{n}").id for n in range(9)]
    for people in ([], [cast.ana.id], crowd):
        with pytest.raises(Refusal) as raised:
            chat.meet_now(cast.ana, people)
        assert raised.value.code == "bad_people"
    with pytest.raises(Refusal) as raised:
        chat.meet_now(cast.ana, [UUID(int=99)])
    assert raised.value.code == "no_such_person"


def test_a_direct_room_has_no_roles_and_nobody_leaves_or_is_added(cast: Cast) -> None:
    key = chat.meet_now(cast.ana, [cast.ben.id])
    for verb in RULES.keys() - {"topic"}:
        no("not_allowed", cast.ana, key, verb, whom=cast.ben.id, text="member")


# ── the room itself ──


def test_a_renamed_room_is_found_by_all_its_names_and_keeps_its_key(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.olga, lobby, "rename", text="Hall")
    chat.act_now(cast.olga, lobby, "rename", text="Great Hall")
    heads = [history.head(key) for key in ("lobby", "hall", "great hall")]
    assert {(head.key, head.name) for head in heads} == {("lobby", "Great Hall")}
    chat.act_now(cast.olga, lobby, "rename", text="Hall")
    assert history.head("great hall").name == "Hall"
    assert Alias.objects.count() == 2


def test_what_changes_in_the_room_is_one_document_with_its_whole_state(cast: Cast, lobby: str) -> None:
    before = history.head(lobby).seq
    chat.act_now(cast.ana, lobby, "topic", text="Whatever comes")
    chat.act_now(cast.mo, lobby, "slow", seconds=30)
    last = told(chat.act_now(cast.olga, lobby, "archive"))
    assert last == [
        {
            "type": "room", "room": "lobby", "changed": before + 3, "name": "lobby", "kind": "public",
            "topic": "Whatever comes", "archived": True, "slow": 30,
        }
    ]  # fmt: skip
    documents = history.since(history.head(lobby), before, 10) or []
    assert [(type(d).__name__, d.changed) for d in documents] == [("RoomChange", before + 3)]


def test_what_stays_as_it_is_takes_no_number_and_no_line_in_the_log(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.ana, lobby, "topic", text="x")
    head, acts = history.head(lobby), Act.objects.count()
    chat.act_now(cast.ana, lobby, "topic", text="x")
    chat.act_now(cast.olga, lobby, "rename", text="lobby")
    chat.act_now(cast.olga, lobby, "unarchive")
    chat.act_now(cast.mo, lobby, "slow", seconds=0)
    chat.act_now(cast.mo, lobby, "unban", whom=cast.ana.id)
    assert (history.head(lobby), Act.objects.count()) == (head, acts)


@pytest.mark.parametrize(
    ("verb", "named", "code"),
    [
        ("topic", {"text": "x" * 251}, "too_long"),
        ("topic", {"text": "a\u202eb"}, "bad_topic"),
        ("rename", {"text": "a/b"}, "bad_room_name"),
        ("slow", {"seconds": -1}, "bad_time"),
        ("slow", {"seconds": 10**9}, "bad_time"),
    ],
)
def test_what_can_not_be_is_refused(cast: Cast, lobby: str, verb: str, named: dict[str, Any], code: str) -> None:
    no(code, cast.olga, lobby, verb, **named)


def test_an_archived_room_stays_as_it_is_until_it_is_opened_again(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.olga, lobby, "archive")
    no("archived", cast.ana, lobby, "topic", text="x")
    assert refused(journal.write([draft(cast.ana, lobby, "x")])[0]).code == "archived"
    chat.act_now(cast.olga, lobby, "unarchive")
    assert say(cast.ana, lobby, "again")
    assert not Room.objects.get().guarded


def test_a_slow_room_takes_one_message_of_each_and_any_of_its_moderators(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "slow", seconds=60)
    first, second, other, mo, again = journal.write(
        [draft(who, lobby, str(n)) for n, who in enumerate((cast.ana, cast.ana, cast.ben, cast.mo, cast.mo))]
    )
    assert all(stored(outcome).message for outcome in (first, other, mo, again))
    assert (refused(second).code, refused(second).retry_after) == ("rate_limited", 60)
    assert refused(journal.write([draft(cast.ana, lobby, "later")])[0]).code == "rate_limited"
    Membership.objects.update(said_at="2020-01-01T00:00Z")
    assert say(cast.ana, lobby, "later")


def test_a_clock_that_is_set_back_holds_nobody_up_in_a_slow_room(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "slow", seconds=60)
    assert say(cast.ana, lobby, "before")
    Membership.objects.update(said_at=timezone.now() + timedelta(hours=1))
    assert say(cast.ana, lobby, "after")
    assert refused(journal.write([draft(cast.ana, lobby, "at once")])[0]).retry_after == 60


# ── people ──


def test_a_private_room_is_entered_by_whom_somebody_in_it_adds(cast: Cast, den: str) -> None:
    no("no_such_room", cast.eve, den, "join")
    added = chat.act_now(cast.ana, den, "add", whom=cast.eve.id)
    assert added.entered == [cast.eve.id.hex]
    assert access.may_read(cast.eve, den)
    view = history.rooms_of([cast.eve.id], 50)[cast.eve.id][0]
    assert (view.room, view.kind, view.unread) == (den, "private", 0)


def test_who_comes_in_by_a_link_does_so_until_it_is_taken_back(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den)
    assert chat.accept_now(cast.eve, token) == den
    assert standing(cast.eve, den) == ("member", "in")
    chat.take_back_now(cast.mo, den, token)
    for who, link in ((cast.fay, token), (cast.fay, "made-up")):
        with pytest.raises(Refusal) as raised:
            chat.accept_now(who, link)
        assert raised.value.code == "no_such_room"
    with pytest.raises(Refusal) as raised:
        chat.invite_now(cast.ana, den)
    assert raised.value.code == "not_allowed"
    assert list(Act.objects.order_by("id").values_list("verb", flat=True)) == ["role", "invite", "come_in", "take_back"]


def test_a_link_of_another_room_or_for_somebody_banned_opens_nothing(cast: Cast, den: str) -> None:
    other = chat.make_room_now(cast.olga, "Other", kind="private")
    elsewhere, here = chat.invite_now(cast.olga, other), chat.invite_now(cast.olga, den)
    no("no_such_room", cast.eve, den, "join", text=elsewhere)
    chat.act_now(cast.mo, den, "ban", whom=cast.ana.id)
    with pytest.raises(Refusal) as raised:
        chat.accept_now(cast.ana, here)
    assert raised.value.code == "no_such_room"
    no("banned", cast.ben, den, "add", whom=cast.ana.id)


@pytest.mark.parametrize("verb", ["remove", "ban"])
def test_who_is_put_out_does_not_come_back_by_a_link_of_their_own(cast: Cast, den: str, verb: str) -> None:
    theirs, ours = chat.invite_now(cast.mo, den), chat.invite_now(cast.olga, den)
    chat.act_now(cast.olga, den, verb, whom=cast.mo.id)
    for who in (cast.mo, cast.eve):
        with pytest.raises(Refusal, match="no such room"):
            chat.accept_now(who, theirs)
    assert chat.accept_now(cast.eve, ours) == den


def test_a_removal_and_a_ban_are_told_with_the_mark_that_guards(cast: Cast, lobby: str) -> None:
    removed = chat.act_now(cast.mo, lobby, "remove", whom=cast.ana.id)
    banned = chat.act_now(cast.mo, lobby, "ban", whom=cast.ana.id)
    lifted = chat.act_now(cast.mo, lobby, "unban", whom=cast.ana.id)
    assert [frame["standing"] for stored in (removed, banned, lifted) for frame in told(stored)] == [
        "left", "banned", "left",
    ]  # fmt: skip
    assert all(frame.mark == GUARDS for stored in (removed, banned) for _, frame in stored.announcements)
    assert not Room.objects.get().guarded


def test_who_is_removed_from_a_public_room_may_return_and_who_is_banned_may_not(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "remove", whom=cast.ana.id)
    assert say(cast.ana, lobby, "back")
    chat.act_now(cast.mo, lobby, "ban", whom=cast.ana.id)
    assert Room.objects.get().guarded
    assert refused(journal.write([draft(cast.ana, lobby, "x")])[0]).code == "no_such_room"
    no("no_such_room", cast.ana, lobby, "join")
    chat.act_now(cast.mo, lobby, "unban", whom=cast.ana.id)
    chat.act_now(cast.ana, lobby, "join")
    assert standing(cast.ana, lobby) == ("member", "in")


def test_who_never_spoke_can_be_banned_too(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "ban", whom=cast.eve.id)
    assert not access.may_read(cast.eve, lobby)


def test_who_is_silenced_reads_on_and_speaks_again_afterwards(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "silence", whom=cast.ana.id, seconds=600)
    assert access.may_read(cast.ana, lobby)
    refusal = refused(journal.write([draft(cast.ana, lobby, "x")])[0])
    assert (refusal.code, 590 < refusal.retry_after <= 600) == ("silenced", True)
    no("silenced", cast.ana, lobby, "topic", text="so there")
    assert say(cast.ben, lobby, "I may")
    Membership.objects.update(silenced_until="2020-01-01T00:00Z")
    assert say(cast.ana, lobby, "again")
    chat.act_now(cast.mo, lobby, "silence", whom=cast.ana.id, seconds=600)
    chat.act_now(cast.mo, lobby, "unsilence", whom=cast.ana.id)
    assert say(cast.ana, lobby, "pardoned")
    assert not Room.objects.get().guarded


def test_a_private_room_keeps_an_owner_while_somebody_is_in_it(cast: Cast, den: str) -> None:
    no("last_owner", cast.olga, den, "leave")
    no("last_owner", cast.olga, den, "role", whom=cast.olga.id, text="member")
    chat.act_now(cast.olga, den, "role", whom=cast.ana.id, text="owner")
    chat.act_now(cast.olga, den, "leave")
    assert not access.may_read(cast.olga, den)
    for who in (cast.mo, cast.ben):
        chat.act_now(who, den, "leave")
    chat.act_now(cast.ana, den, "leave")
    assert not Membership.objects.filter(standing="in").exists()


def test_an_owner_whose_account_is_gone_is_none_to_leave_a_room_to(cast: Cast, den: str) -> None:
    chat.act_now(cast.olga, den, "role", whom=cast.ana.id, text="owner")
    User.objects.get(username="ana").delete()
    no("last_owner", cast.olga, den, "leave")
    no("last_owner", cast.olga, den, "role", whom=cast.olga.id, text="member")


def test_who_is_silenced_does_not_give_the_word_back_to_themselves(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.olga, lobby, "silence", whom=cast.mo.id, seconds=600)
    no("not_allowed", cast.mo, lobby, "unsilence", whom=cast.mo.id)
    chat.act_now(cast.olga, lobby, "unsilence", whom=cast.mo.id)
    assert say(cast.mo, lobby, "thanks")


def test_a_guest_gets_no_role(cast: Cast, lobby: str) -> None:
    say(EVE, lobby, "hi")
    no("not_allowed", cast.olga, lobby, "role", whom=EVE.id, text="moderator")


def test_a_new_name_is_told_with_part_and_standing_as_they_are(cast: Cast, lobby: str) -> None:
    chat.act_now(cast.mo, lobby, "ban", whom=cast.ana.id)
    chat.rename_now(cast.ana, "Ana Two")
    chat.rename_now(cast.mo, "Mo Two")
    documents = history.since(history.head(lobby), 0, 50) or []
    assert {(d.person.name, d.role, d.standing) for d in documents if type(d).__name__ == "Member"} == {
        ("Ana Two", "member", "banned"), ("Mo Two", "moderator", "in"),
    }  # fmt: skip


# ── banning with what was said ──


def test_a_ban_can_take_away_all_that_somebody_said_there(cast: Cast, lobby: str) -> None:
    for number in range(230):
        journal.write([draft(cast.ana, lobby, f"spam {number}")])
    say(cast.ana, "elsewhere", "kept")
    before = history.head(lobby)
    chat.ban_now(cast.mo, lobby, cast.ana.id, erase=True)
    texts = set(Message.objects.filter(author_id=cast.ana.id).values_list("room__key", "text"))
    assert texts == {("lobby", ""), ("elsewhere", "kept")}
    assert Message.objects.filter(room__key=lobby, text="hello").count() == 2  # mo's and ben's
    assert history.head(lobby).seq == before.seq + 1 + 231
    assert Act.objects.order_by("-id").values_list("verb", "detail")[0] == ("ban", "erased")


def test_what_somebody_said_is_taken_away_by_who_may_ban_them_alone(cast: Cast, lobby: str, den: str) -> None:
    say(cast.ana, den, "mine")
    for who, key, whom, code in (
        (cast.ben, lobby, cast.ana, "not_allowed"),
        (cast.mo, lobby, cast.olga, "not_allowed"),
        (cast.eve, den, cast.ana, "no_such_room"),
    ):
        outcome = journal.write([Erasure(who, key, whom.id)])[0]
        assert refused(outcome).code == code
    assert not Message.objects.filter(text="").exists()
