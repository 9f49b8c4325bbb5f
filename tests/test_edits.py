"""Saying it otherwise, and taking it back: who may, until when, and that nothing of it stays anywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hubbub import chat, history
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Draft
from hubbub.models import Act, EarlierText, Membership, Mention, Message, Person, Reaction
from hubbub.protocol import ERASES, Change
from tests.cast import ANA, BEN, EVE, draft, journal, say

pytestmark = pytest.mark.django_db(transaction=True)


def refusal(act: Any, *args: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args)
    return refused.value.code


def now(id: int) -> Any:
    (message,) = history.messages([id])
    return message


@pytest.fixture
def id() -> int:
    """What ana said in the lobby."""
    (said,) = say(ANA, "Lobby", "*first*")
    assert said.message is not None
    return said.message.id


def moderator(who: Identity, room: str) -> None:
    say(who, room, "hello")
    Membership.objects.filter(person_id=who.id).update(role="moderator")


# ── editing ──


def test_an_edit_takes_the_rooms_next_number_and_tells_the_present_state(id: int) -> None:
    edited = chat.edit_now(ANA, id, " **second** ")
    ((room, frame),) = edited.announcements
    message = now(id)
    assert isinstance(edited.message, Change)
    assert (room, frame.number, frame.ordinal, frame.mark) == ("lobby", 2, 0, 0)
    assert (message.seq, message.changed, message.message) == (1, 2, "**second**")
    assert message.html == "<p><strong>second</strong></p>"
    assert message.edited_at is not None
    assert history.since(history.head("lobby"), 1, 10) == [edited.message]


def test_the_earlier_texts_are_kept(id: int) -> None:
    for text in ("second", "third"):
        chat.edit_now(ANA, id, text)
    assert list(EarlierText.objects.order_by("id").values_list("text", flat=True)) == ["*first*", "second"]


def test_the_same_text_again_changes_nothing(id: int) -> None:
    again = chat.edit_now(ANA, id, "*first*")
    assert again.announcements == ()
    assert now(id).edited_at is None
    assert history.head("lobby").seq == 1


def test_only_who_said_it_edits_it(id: int) -> None:
    moderator(BEN, "lobby")
    assert refusal(chat.edit_now, BEN, id, "other words") == "not_yours"
    assert refusal(chat.edit_now, EVE, id, "other words") == "not_yours"
    assert now(id).message == "*first*"


def test_an_edit_must_say_something(id: int) -> None:
    assert refusal(chat.edit_now, ANA, id, " ") == "empty"
    assert refusal(chat.edit_now, ANA, id, "x" * 8001) == "too_long"
    assert refusal(chat.edit_now, ANA, id + 999, "x") == "no_such_message"


# ── an edit that stands on an older text ──


def base_of(id: int) -> int:
    return int(now(id).changed)


def test_an_edit_from_a_text_that_is_not_there_any_more_is_refused(id: int) -> None:
    seen = base_of(id)
    chat.edit_now(ANA, id, "by the phone", seen)
    assert refusal(chat.edit_now, ANA, id, "by the laptop", seen) == "edited_since"
    assert now(id).message == "by the phone"
    assert history.head("lobby").seq == 2
    chat.edit_now(ANA, id, "by the laptop", base_of(id))
    chat.edit_now(ANA, id, "by the phone again", base_of(id))
    assert refusal(chat.edit_now, ANA, id, "far behind", seen) == "edited_since"
    texts = EarlierText.objects.order_by("id").values_list("text", "until_seq")
    assert list(texts) == [("*first*", 2), ("by the phone", 3), ("by the laptop", 4)]


def test_what_changes_anything_but_the_text_is_no_fault(id: int) -> None:
    chat.edit_now(ANA, id, "second")
    seen = base_of(id)
    chat.react_now(BEN, id, "👍")
    chat.pin_now(BEN, id)
    say(BEN, "lobby", "something else")
    chat.edit_now(ANA, id, "third", seen)
    assert now(id).message == "third"


def test_what_it_says_already_stands_on_anything(id: int) -> None:
    seen = base_of(id)
    chat.edit_now(ANA, id, "second", seen)
    assert chat.edit_now(ANA, id, "second", seen).announcements == ()


def test_who_does_not_say_what_they_saw_goes_over_it(id: int) -> None:
    chat.edit_now(ANA, id, "second")
    chat.edit_now(ANA, id, "third")
    assert now(id).message == "third"


def test_a_text_from_before_the_numbers_were_kept_is_no_fault(id: int) -> None:
    seen = base_of(id)
    chat.edit_now(ANA, id, "second")
    EarlierText.objects.update(until_seq=0)
    chat.edit_now(ANA, id, "third", seen)
    assert now(id).message == "third"


def test_of_two_edits_in_one_batch_the_first_wins(id: int) -> None:
    seen = base_of(id)
    edits = [journal.Edit(ANA, id, text, text, base=seen) for text in ("by the phone", "by the laptop")]
    first, second = journal.write(edits)
    assert not isinstance(first, Refusal)
    assert isinstance(second, Refusal)
    assert second.code == "edited_since"
    assert now(id).message == "by the phone"


@pytest.mark.parametrize(("setting", "act"), [("EDIT_HOURS", "edit"), ("DELETE_HOURS", "delete")])
def test_the_time_for_it_may_be_over(id: int, setting: str, act: str) -> None:
    def do() -> Any:
        return chat.edit_now(ANA, id, "later") if act == "edit" else chat.delete_now(ANA, id)

    Message.objects.update(at=timezone.now() - timedelta(minutes=61))
    with override_settings(HUBBUB={setting: 1.0}):
        assert refusal(do) == "too_late"
    with override_settings(HUBBUB={setting: 1.1}):
        assert do().announcements


def test_a_moderator_deletes_after_the_time_too(id: int) -> None:
    moderator(BEN, "lobby")
    Message.objects.filter(id=id).update(at=timezone.now() - timedelta(days=9))
    with override_settings(HUBBUB={"DELETE_HOURS": 1.0}):
        chat.delete_now(BEN, id)
    assert now(id).deleted


# ── deleting ──


def test_a_deleted_message_keeps_its_place_and_nothing_else(id: int) -> None:
    chat.edit_now(ANA, id, "secret")
    chat.react_now(BEN, id, "👍")
    chat.pin_now(BEN, id)
    Mention.objects.create(room_id=history.head("lobby").id, person_id=ANA.id, message_id=id, ordinal=1)
    deleted = chat.delete_now(ANA, id)
    ((_, frame),) = deleted.announcements
    message = now(id)
    assert frame.mark & ERASES
    assert b"secret" not in frame.payload
    assert (message.seq, message.ordinal, message.changed, message.deleted) == (1, 1, frame.number, True)
    assert (message.message, message.html, message.reactions, message.pinned) == ("", "", [], False)
    assert message.edited_at is None
    assert not EarlierText.objects.exists()
    assert not Reaction.objects.exists()
    assert not Mention.objects.exists()


def test_the_text_is_nowhere_in_the_database() -> None:
    (said,) = say(ANA, "lobby", "a needle in it")
    (reply,) = [chat.post_now(draft(BEN, "lobby", "why?", reply_to=said.message.id))]
    chat.edit_now(ANA, said.message.id, "another needle")
    chat.delete_now(ANA, said.message.id)
    assert not [table for table, text in everything() if "needle" in text]
    assert now(reply.message.id).reply_to.deleted
    assert now(reply.message.id).reply_to.message == ""


def everything() -> list[tuple[str, str]]:
    """Each row of each table of ours as text, but for the index: SQLite keeps words until it merges (decision 45)."""
    connection = connections["default"]
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith("hubbub_") and not table.startswith("hubbub_search"):
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [(table, repr(row)) for row in cursor.fetchall()]
    assert len(found) > 3
    return found


def test_a_deletion_again_is_done_already(id: int) -> None:
    chat.delete_now(ANA, id)
    again = chat.delete_now(ANA, id)
    assert again.announcements == ()
    assert again.message is not None
    assert again.message.deleted


def test_nothing_more_is_done_to_a_deleted_message(id: int) -> None:
    chat.delete_now(ANA, id)
    assert refusal(chat.edit_now, ANA, id, "back") == "no_such_message"
    assert refusal(chat.react_now, ANA, id, "👍") == "no_such_message"
    assert refusal(chat.pin_now, ANA, id) == "no_such_message"


def test_only_its_author_and_moderators_delete_it(id: int) -> None:
    say(BEN, "lobby", "hello")
    assert refusal(chat.delete_now, BEN, id) == "not_yours"
    assert refusal(chat.delete_now, EVE, id) == "not_yours"
    moderator(BEN, "elsewhere")
    Membership.objects.filter(room__key="lobby").update(role="member")
    assert refusal(chat.delete_now, BEN, id) == "not_yours"
    Membership.objects.filter(person_id=BEN.id, room__key="lobby").update(role="owner")
    chat.delete_now(BEN, id)
    act = Act.objects.get()
    assert (act.verb, act.by_id, act.whom_id, act.detail) == ("delete", BEN.id, ANA.id, "")


def test_ones_own_deletion_is_no_act_of_moderation(id: int) -> None:
    Membership.objects.update(role="owner")
    chat.delete_now(ANA, id)
    assert not Act.objects.exists()


def test_a_retry_of_a_post_that_was_deleted_answers_with_the_original() -> None:
    first = chat.post_now(draft(ANA, "lobby", "said once", "nonce"))
    chat.delete_now(ANA, first.message.id)
    again = chat.post_now(draft(ANA, "lobby", "said once", "nonce"))
    assert again.announcements == ()
    assert again.message.id == first.message.id
    assert again.message.deleted
    assert Message.objects.count() == 1


def test_who_is_refused_leaves_no_trace_in_a_batch(id: int) -> None:
    outcomes = journal.write(
        [
            journal.Edit(BEN, id, "not mine", "<p>not mine</p>"),
            draft(BEN, "lobby", "a post"),
            journal.Edit(ANA, id, "mine", "<p>mine</p>"),
            journal.Deletion(EVE, id),
            journal.Reacting(EVE, id, "👍", True),
        ]
    )
    assert [type(outcome).__name__ for outcome in outcomes] == ["Refusal", "Stored", "Stored", "Refusal", "Stored"]
    numbers = [
        frame.number for outcome in outcomes if not isinstance(outcome, Refusal) for _, frame in outcome.announcements
    ]
    assert numbers == [2, 3, 4]
    assert history.head("lobby").seq == 4


# ── replies ──


def test_a_reply_quotes_the_first_line_of_the_original(id: int) -> None:
    chat.edit_now(ANA, id, "**bold** and ||hidden||\n\nmore")
    reply = chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id)).message
    quote = reply.reply_to
    assert (quote.id, quote.seq, quote.changed, quote.author.name) == (id, 1, 2, "Ana")
    assert (quote.message, quote.deleted) == ("bold and ▒▒▒", False)
    assert now(reply.id).reply_to == quote


def test_a_quote_is_always_the_original_as_it_stands(id: int) -> None:
    reply = chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id)).message
    chat.edit_now(ANA, id, "otherwise")
    assert now(reply.id).reply_to.message == "otherwise"
    assert now(reply.id).changed == reply.changed
    chat.rename_now(ANA, "Anastasia")
    assert now(reply.id).reply_to.author.name == "Anastasia"


def test_a_reply_to_something_deleted_is_said_and_says_so(id: int) -> None:
    chat.delete_now(ANA, id)
    reply = chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id)).message
    assert (reply.reply_to.deleted, reply.reply_to.message) == (True, "")


def test_only_a_message_of_the_same_room_is_answered(id: int) -> None:
    assert refusal(chat.post_now, draft(BEN, "elsewhere", "what?", reply_to=id)) == "no_such_message"
    assert refusal(chat.post_now, draft(BEN, "lobby", "what?", reply_to=id + 999)) == "no_such_message"
    assert not Message.objects.filter(room__key="elsewhere").exists()


def test_a_deleted_reply_answers_nothing_any_more(id: int) -> None:
    reply = chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id)).message
    chat.delete_now(BEN, reply.id)
    assert now(reply.id).reply_to is None


# ── what it costs ──


def test_a_page_of_plain_messages_takes_one_query(django_assert_num_queries: Any) -> None:
    say(ANA, "lobby", "one", "two", "three")
    head = history.head("lobby")
    with django_assert_num_queries(1):
        history.page(head, 50)


def test_a_page_with_replies_and_reactions_takes_one_more_for_each_kind(django_assert_num_queries: Any) -> None:
    ids = [said.message.id for said in say(ANA, "lobby", "one", "two", "three")]
    for id in ids:
        chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id))
        chat.react_now(BEN, id, "👍")
        chat.react_now(ANA, id, "🎉")
    head = history.head("lobby")
    with django_assert_num_queries(3):
        history.page(head, 50)


def test_only_a_reply_looks_for_what_it_answers(id: int) -> None:
    def queries(change: Draft) -> int:
        with CaptureQueriesContext(connections["default"]) as seen:
            journal.write([change])
        return len(seen)

    assert queries(draft(ANA, "lobby", "plain")) + 1 == queries(draft(ANA, "lobby", "reply", reply_to=id))


def test_who_is_refused_is_not_made_a_person(id: int) -> None:
    assert refusal(chat.edit_now, EVE, id, "x") == "not_yours"
    assert not Person.objects.filter(id=EVE.id).exists()
