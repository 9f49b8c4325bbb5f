"""What blocking keeps from happening: two who can't write to each other alone, and who can't be brought into a room."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat
from hubbub.errors import Refusal, blocked_by_you, undeliverable
from hubbub.identity import Identity
from hubbub.models import Block, Message, Room
from tests.cast import Cast, say
from tests.test_views_about import browser, url

pytestmark = pytest.mark.django_db(transaction=True)

CLOSED = undeliverable().message  # what is said to who is blocked
OWN = blocked_by_you().message  # what is said to who blocks


def no(verb: object, *args: object, **named: object) -> str:
    """The sentence with which it is refused."""
    with pytest.raises(Refusal) as refusal:
        verb(*args, **named)  # type: ignore[operator]  # a verb of chat
    assert refusal.value.code == "not_allowed"
    return refusal.value.message


def test_neither_starts_a_conversation_nor_brings_the_other_into_a_room(cast: Cast) -> None:
    ana, ben, eve = cast.ana, cast.ben, cast.eve
    chat.block_now(ana, eve.id)
    den = chat.make_room_now(eve, "Den", kind="private")
    assert no(chat.meet_now, eve, [ana.id]) == CLOSED
    assert no(chat.meet_now, eve, [ben.id, ana.id]) == CLOSED
    assert no(chat.act_now, eve, den, "add", whom=ana.id) == CLOSED
    assert no(chat.make_room_now, eve, "Trap", kind="private", people=[ben.id, ana.id]) == CLOSED
    assert no(chat.meet_now, ana, [eve.id]) == OWN
    assert list(Room.objects.values_list("key", flat=True)) == [den]
    chat.meet_now(eve, [ben.id])  # what is between others is theirs
    chat.block_now(ana, eve.id, False)
    chat.act_now(eve, den, "add", whom=ana.id)
    assert chat.meet_now(eve, [ana.id]) == chat.meet_now(ana, [eve.id])


def test_in_the_room_of_the_two_neither_says_anything_in_any_way(cast: Cast) -> None:
    ana, eve = cast.ana, cast.eve
    key = chat.meet_now(ana, [eve.id])
    (theirs,) = say(eve, key, "hello")
    (mine,) = say(ana, key, "no")
    assert theirs.message
    assert mine.message
    chat.block_now(ana, eve.id)
    assert chat.meet_now(eve, [ana.id]) == key  # the room that there is can be read
    for who, sentence in ((eve, CLOSED), (ana, OWN)):
        said = (mine if who is ana else theirs).message.id
        assert no(say, who, key, "again") == sentence
        assert no(chat.react_now, who, mine.message.id, "👎", True) == sentence
        assert no(chat.pin_now, who, mine.message.id, True) == sentence
        assert no(chat.edit_now, who, said, "otherwise") == sentence
        assert no(chat.act_now, who, key, "topic", text="words too") == sentence
    assert sorted(Message.objects.values_list("text", flat=True)) == ["hello", "no"]
    assert Room.objects.get().topic == ""
    chat.delete_now(eve, theirs.message.id)  # taking back is not saying
    chat.block_now(ana, eve.id, False)
    assert say(eve, key, "again")[0].message


def test_among_three_everybody_speaks_on(cast: Cast) -> None:
    ana, ben, eve = cast.ana, cast.ben, cast.eve
    key = chat.meet_now(ana, [ben.id, eve.id])
    chat.block_now(ana, eve.id)
    for who in (ana, ben, eve):
        assert say(who, key, "hello")[0].message
    veils = [browser(name).get(url(key)).content.decode().count('<details class="veil">') for name in ("ana", "ben")]
    assert veils == [1, 0]


blockings = st.lists(st.tuples(st.sampled_from("ab"), st.booleans()), max_size=6)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(blockings)
def test_two_can_write_exactly_while_neither_blocks_the_other(cast: Cast, moves: list[tuple[str, bool]]) -> None:
    Block.objects.all().delete()
    two: dict[str, Identity] = {"a": cast.ana, "b": cast.ben}
    key = chat.meet_now(two["a"], [two["b"].id])
    blocks = {"a": False, "b": False}
    for who, on in moves:
        other = "b" if who == "a" else "a"
        chat.block_now(two[who], two[other].id, on)
        blocks[who] = on
    for who, other in (("a", "b"), ("b", "a")):
        if blocks[who]:
            assert no(say, two[who], key, "x") == OWN
        elif blocks[other]:
            assert no(say, two[who], key, "x") == CLOSED
        else:
            assert say(two[who], key, "x")[0].message


# ── where else words could show ──


def test_a_messages_own_page_is_covered_and_so_is_what_it_said_before(cast: Cast) -> None:
    key = chat.make_room_now(cast.ana, "Den", kind="private", people=[cast.eve.id])
    (said,) = say(cast.eve, key, "first words")
    assert said.message
    chat.edit_now(cast.eve, said.message.id, "second words")
    page = f"/chat/-/message/{said.message.id}/"
    ana = browser("ana")
    assert "message--veiled" not in ana.get(page).content.decode()
    chat.block_now(cast.ana, cast.eve.id)
    shown = ana.get(page).content.decode()
    assert shown.count("message--veiled") == 1
    earlier = shown[shown.index("What it said before") :]
    assert earlier.index("Message of somebody you blocked") < earlier.index("first words") < earlier.index("</details>")
    assert "message--veiled" not in browser("eve").get(page).content.decode()


def test_what_they_say_of_themselves_is_not_listed(cast: Cast) -> None:
    chat.describe_now(cast.eve, "eve", "nasty words", "")
    ana = browser("ana")
    assert "nasty words" in ana.get("/chat/-/people/").content.decode()
    chat.block_now(cast.ana, cast.eve.id)
    listed = ana.get("/chat/-/people/").content.decode()
    assert "nasty words" not in listed
    assert f"/chat/-/people/{cast.eve.id.hex}/" in listed


def test_a_form_answers_who_is_blocked_no_more_than_that_it_cannot_be_delivered(cast: Cast) -> None:
    key = chat.meet_now(cast.ana, [cast.eve.id])
    chat.block_now(cast.ana, cast.eve.id)
    eve = browser("eve")
    answer = eve.post(url(key), {"message": "hello"})
    assert answer.status_code == 403
    assert CLOSED.replace("'", "&#x27;") in answer.content.decode()
    assert "block" not in CLOSED.lower()
    person: Client = browser("eve")
    asked = person.get(f"/chat/-/people/{cast.ana.id.hex}/", headers={"Accept": "application/json"})
    assert json.loads(asked.content)["direct"]  # nothing of it shows beforehand
