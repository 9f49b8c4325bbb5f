"""The only writer: numbers, nonces, batches, and what happens when the database says no."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import identity
from hubbub.journal import ReadMark, Rename, write, writer
from hubbub.models import Membership, Message, Person, Room
from tests.cast import ANA, BEN, EVE, draft, refused, stored

pytestmark = pytest.mark.django_db(transaction=True)


def numbers(frames: Any) -> list[int]:
    return [frame.number for _, frame in frames]


# ── one batch ──


def test_messages_are_numbered_in_order_without_gaps() -> None:
    outcomes = [stored(o) for o in write([draft(ANA, "lobby", str(n)) for n in range(5)])]
    assert [o.message.seq for o in outcomes] == [1, 2, 3, 4, 5]
    assert [o.message.ordinal for o in outcomes] == [1, 2, 3, 4, 5]
    again = stored(write([draft(BEN, "lobby", "6")])[0])
    assert (again.message.seq, again.message.changed, again.message.ordinal) == (6, 6, 6)
    room = Room.objects.get(key="lobby")
    assert (room.seq, room.ordinal, room.last_at is not None) == (6, 6, True)


def test_each_room_has_numbers_of_its_own() -> None:
    outcomes = write([draft(ANA, name, "x") for name in ("one", "two", "one", "three", "two")])
    assert [(stored(o).message.room, stored(o).message.seq) for o in outcomes] == [
        ("one", 1), ("two", 1), ("one", 2), ("three", 1), ("two", 2),
    ]  # fmt: skip


def test_what_is_announced_is_what_is_stored() -> None:
    outcome = stored(write([draft(ANA, "Lobby", "*hi*", "n")])[0])
    ((key, frame),) = outcome.announcements
    told, row = json.loads(frame.payload), Message.objects.get()
    assert key == told["room"] == "lobby"
    assert (told["id"], told["seq"], told["message"], told["html"], told["nonce"]) == (
        row.id, row.seq, "*hi*", "<p><em>hi</em></p>", "n",
    )  # fmt: skip
    assert told["author"] == {"id": ANA.id.hex, "name": "Ana", "guest": True}
    assert Room.objects.get().name == "Lobby"


def test_the_id_of_a_message_that_is_gone_is_never_another_messages() -> None:
    last = stored(write([draft(ANA, "lobby", "one"), draft(ANA, "lobby", "two")])[1]).message
    Message.objects.get(pk=last.id).delete()
    again = [stored(o).message for o in write([draft(ANA, "lobby", "three"), draft(BEN, "lobby", "four")])]
    assert last.id < again[0].id < again[1].id
    assert {m.pk: m.text for m in Message.objects.filter(id__in=[m.id for m in again])} == {
        m.id: m.message for m in again
    }


def test_a_nonce_in_the_same_batch_is_stored_once() -> None:
    first, second = (stored(o) for o in write([draft(ANA, "lobby", "x", "n"), draft(ANA, "lobby", "x", "n")]))
    assert first.message == second.message
    assert second.announcements == ()
    assert Message.objects.count() == 1


def test_a_nonce_in_a_later_batch_is_answered_with_the_original() -> None:
    original = stored(write([draft(ANA, "lobby", "x", "n")])[0])
    again = stored(write([draft(ANA, "lobby", "something else", "n")])[0])
    assert again.message == original.message
    assert again.announcements == ()


def test_a_nonce_is_one_across_rooms_and_two_across_people() -> None:
    write([draft(ANA, "lobby", "x", "n")])
    elsewhere = stored(write([draft(ANA, "other", "y", "n")])[0])
    assert elsewhere.message.room == "lobby"
    assert stored(write([draft(BEN, "lobby", "z", "n")])[0]).message.message == "z"
    assert Message.objects.count() == 2
    assert Room.objects.get(key="other").seq == 0


def test_who_speaks_is_in_the_room_and_has_read_as_far_as_that() -> None:
    write([draft(ANA, "lobby", "1"), draft(BEN, "lobby", "2"), draft(ANA, "lobby", "3"), draft(BEN, "lobby", "4")])
    ana = Membership.objects.get(person_id=ANA.id)
    assert (ana.read_seq, ana.read_ordinal) == (3, 3)


def test_a_room_that_may_not_be_made_is_refused_and_the_others_are_not() -> None:
    no, yes = write([draft(ANA, "new", "x", create_room=False), draft(ANA, "lobby", "y")])
    assert refused(no).code == "no_such_room"
    assert stored(yes).message.seq == 1
    assert not Room.objects.filter(key="new").exists()


def test_names_that_differ_in_case_are_one_room() -> None:
    write([draft(ANA, "Lobby", "x"), draft(ANA, "LOBBY", "y")])
    write([draft(ANA, "lobby", "z")])
    assert list(Room.objects.values_list("name", "seq")) == [("Lobby", 3)]


# ── names ──


def test_a_new_name_takes_a_number_in_each_of_the_persons_rooms() -> None:
    write([draft(ANA, "one", "x"), draft(ANA, "two", "x"), draft(ANA, "two", "y"), draft(BEN, "three", "x")])
    renamed = stored(write([Rename(ANA, "Queen")])[0])
    assert {(key, frame.number) for key, frame in renamed.announcements} == {("one", 2), ("two", 3)}
    assert Room.objects.get(key="three").seq == 1
    assert Person.objects.get(id=ANA.id).name == "Queen"
    assert stored(write([draft(ANA, "one", "z")])[0]).message.author.name == "Queen"


def test_two_new_names_in_one_batch_take_two_numbers() -> None:
    write([draft(ANA, "lobby", "x"), draft(BEN, "lobby", "y")])
    outcomes = write([Rename(ANA, "A"), Rename(BEN, "B"), Rename(ANA, "C")])
    assert [numbers(stored(o).announcements) for o in outcomes] == [[3], [4], [5]]
    assert Room.objects.get().seq == 5
    assert Membership.objects.get(person_id=ANA.id).changed == 5


def test_a_word_and_a_new_name_in_one_batch_keep_the_numbers_in_order() -> None:
    write([draft(ANA, "lobby", "x")])
    said, renamed, also = (
        stored(o) for o in write([draft(ANA, "lobby", "y"), Rename(ANA, "A"), draft(ANA, "new", "z")])
    )
    announced = [*said.announcements, *also.announcements, *renamed.announcements]
    assert sorted(n for key, f in announced if key == "lobby" for n in [f.number]) == [2, 3]
    assert sorted(n for key, f in announced if key == "new" for n in [f.number]) == [1, 2]


def test_nobody_knows_the_new_name_of_who_never_spoke() -> None:
    assert stored(write([Rename(EVE, "Mallory")])[0]).announcements == ()
    assert not Person.objects.exists()


# ── reading ──


def test_a_read_position_moves_forward_and_never_back() -> None:
    write([draft(BEN, "lobby", str(n)) for n in range(5)])
    write([draft(ANA, "lobby", "mine")])
    write([draft(BEN, "lobby", str(n)) for n in range(5)])
    for seq, read, unread in ((8, 8, 3), (7, 8, 3), (99, 11, 0), (2, 11, 0)):
        outcome = stored(write([ReadMark(ANA, "lobby", seq)])[0])
        member = Membership.objects.get(person_id=ANA.id)
        assert (member.read_seq, member.room.ordinal - member.read_ordinal) == (read, unread)
        (told,) = outcome.reads
        assert (told.seq, told.unread, told.back) == (read, unread, False), "what is told is not what is stored"


def test_reading_where_nobody_spoke_does_nothing_and_says_so() -> None:
    [read] = stored(write([ReadMark(ANA, "nowhere", 3)])[0]).reads
    assert (read.room, read.seq, read.ordinal, read.unread) == ("nowhere", 0, 0, 0)
    assert not Membership.objects.exists()


def test_reading_takes_no_number() -> None:
    write([draft(ANA, "lobby", "x")])
    write([ReadMark(BEN, "lobby", 1)])
    assert Room.objects.get().seq == 1


# ── accounts ──


def account(name: str) -> identity.Identity:
    return identity.of_user(User.objects.create_user(name, password="x"))


def test_an_account_speaks_with_one_voice() -> None:
    ana = account("ana")
    write([draft(ana, "lobby", "x")])
    elsewhere = identity.of_user(User.objects.get(username="ana"))
    write([draft(replace(elsewhere, session="another"), "lobby", "y")])
    assert Person.objects.count() == 1
    assert not stored(write([draft(ana, "lobby", "z")])[0]).message.author.guest


def test_a_guest_whom_an_account_took_over_speaks_no_more_as_a_guest() -> None:
    write([draft(ANA, "lobby", "x")])
    Person.objects.filter(id=ANA.id).update(user=User.objects.create_user("ana"))
    gone, fine = write([draft(ANA, "lobby", "y"), draft(BEN, "lobby", "z")])
    assert refused(gone).code == "signed_out"
    assert stored(fine).message.seq == 2


def test_an_account_that_is_gone_does_not_take_the_others_down() -> None:
    ana = account("ana")
    User.objects.all().delete()
    gone, fine = writer._commit([draft(ana, "lobby", "y"), draft(BEN, "lobby", "z")])
    assert refused(gone).code == "signed_out"
    assert stored(fine).message.message == "z"


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.sampled_from(r"""{}",\'%s NULL é漢🙂;()""" + "\n\t")), min_size=1, max_size=5))
def test_whatever_is_said_is_stored_as_it_was_said(texts: list[str]) -> None:
    outcomes = write([draft(ANA, "lobby", text, f"{uuid4()}") for text in texts])
    rows = dict(Message.objects.values_list("id", "text"))
    assert [rows[stored(outcome).message.id] for outcome in outcomes] == texts


# ── any batch ──


people = st.sampled_from([ANA, BEN])
changes = st.one_of(
    st.builds(
        lambda who, room, nonce: draft(who, room, "x", nonce),
        people, st.sampled_from(["one", "two"]), st.sampled_from("abcdefgh"),
    ),
    st.builds(Rename, people, st.sampled_from(["A", "B"])),
    st.builds(ReadMark, people, st.sampled_from(["one", "two"]), st.integers(0, 9)),
)  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.lists(changes, min_size=1, max_size=6), max_size=6))
def test_whatever_is_written_each_rooms_log_is_gapless_and_each_nonce_is_there_once(batches: list[list[Any]]) -> None:
    for model in (Message, Membership, Room, Person):
        model.objects.all().delete()
    announced: dict[str, list[int]] = {"one": [], "two": []}
    answers: dict[tuple[Any, str], int] = {}
    for batch in batches:
        outcomes = [stored(outcome) for outcome in write(batch)]
        for change, outcome in zip(batch, outcomes, strict=True):
            for key, frame in outcome.announcements:
                announced[key].append(frame.number)
            if outcome.message is not None:
                assert answers.setdefault((change.author, change.nonce), outcome.message.id) == outcome.message.id
    assert Message.objects.count() == len(answers)
    for room in Room.objects.all():
        assert sorted(announced[room.key]) == list(range(1, room.seq + 1))
        ordinals = list(room.messages.order_by("seq").values_list("ordinal", flat=True))
        assert ordinals == list(range(1, room.ordinal + 1))
