"""Whom a text calls: found by name among those who may read, stored with the message, counted where it is unread."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from hubbub import chat, identity
from hubbub.identity import Identity
from hubbub.mentions import listing, names
from hubbub.mentions.unread import unread as unread_calls
from hubbub.models import Block, Membership, Mention, Message, Person, Room
from hubbub.models.room_name import room_key
from tests.cast import ANA, BEN, EVE, say
from tests.conftest import StartServer
from tests.people import Browser, dial

pytestmark = pytest.mark.django_db(transaction=True)

OTTER = Identity(uuid.UUID(int=0xA1B2 << 112), "Quiet Otter")
TWIN = Identity(uuid.UUID(int=0xC3D4 << 112), "Quiet Otter")


def post(who: Identity, text: str, room: str = "lobby") -> list[str]:
    stored = chat.post_now(chat.draft(who, room, text))
    assert stored.message is not None
    return stored.message.mentions


def test_a_name_with_a_space_calls_whom_it_names_whatever_its_case() -> None:
    say(OTTER, "lobby", "hello")
    assert post(ANA, "good morning, @quiet OTTER: tea?") == [OTTER.id.hex]
    message = Message.objects.latest("id")
    assert message.mentions == OTTER.id.hex
    assert f'data-person="{OTTER.id.hex}"' in message.html
    assert list(Mention.objects.values_list("person_id", "message_id", "ordinal")) == [(OTTER.id, message.id, 2)]


def test_nobody_is_called_who_was_never_there() -> None:
    say(OTTER, "attic", "hello")
    assert post(ANA, "good morning, @Quiet Otter") == []
    assert not Mention.objects.exists()


def test_of_two_with_one_name_the_digits_after_it_say_whom() -> None:
    for who in (OTTER, TWIN):
        say(who, "lobby", "hello")
    assert post(ANA, "@Quiet Otter, which of you?") == []
    assert post(ANA, "@Quiet Otter#c3d4 you, and @quiet otter#A1B2 too") == [TWIN.id.hex, OTTER.id.hex]
    assert post(ANA, "@Quiet Otter#ffff is neither") == []


def test_an_account_is_called_before_a_guest_who_took_its_name(django_user_model: type) -> None:
    account = Person.objects.create(name="Ana", user=django_user_model.objects.create_user("ana"))
    impostor = Identity(uuid.uuid4(), "ana")
    say(impostor, "lobby", "I am Ana")
    Membership.objects.create(person=account, room=Room.objects.get())
    assert post(BEN, "@Ana?") == [account.pk.hex]


def test_the_longest_name_is_called() -> None:
    longer = Identity(uuid.uuid4(), "Ben Bell")
    for who in (BEN, longer):
        say(who, "lobby", "hello")
    assert post(ANA, "@Ben Bell and @Ben bellows") == [longer.id.hex, BEN.id.hex]


def test_a_first_name_calls_the_only_one_who_may_read_and_begins_so() -> None:
    lindqvist, lopez, elodie = (Identity(uuid.uuid4(), name) for name in ("Mara Lindqvist", "Mara Lopez", "Élodie Roy"))
    say(lindqvist, "lobby", "hello")
    say(lopez, "attic", "hello")
    say(elodie, "lobby", "hello")
    assert post(ANA, "@mara, tea? @elodie too") == [lindqvist.id.hex, elodie.id.hex]
    say(lopez, "lobby", "hello")
    assert post(ANA, "@Mara, tea?") == []
    assert Message.objects.latest("id").html == "<p>@Mara, tea?</p>"
    assert post(ANA, "@Mara Lopez, tea?") == [lopez.id.hex]
    Membership.objects.filter(person_id=lindqvist.id, room__key="lobby").update(standing="banned")
    assert post(ANA, "@Mara, tea?") == [lopez.id.hex]


def test_an_edit_calls_by_a_first_name_too() -> None:
    lindqvist = Identity(uuid.uuid4(), "Mara Lindqvist")
    say(lindqvist, "lobby", "hello")
    post(ANA, "tea?")
    edited = chat.edit_now(ANA, Message.objects.latest("id").pk, "tea, @mara?").message
    assert edited is not None
    assert edited.mentions == [lindqvist.id.hex]
    assert list(Mention.objects.values_list("person_id", flat=True)) == [lindqvist.id]


@pytest.mark.parametrize(
    "text", ["mail@ben.org", "`@Ben`", "```\n@Ben\n```", "\\@Ben", "@Bennet", "[@Ben](http://x.org)"]
)
def test_what_is_no_call_calls_nobody(text: str) -> None:
    say(BEN, "lobby", "hello")
    assert post(ANA, text) == []


def test_who_calls_themselves_is_not_called() -> None:
    say(ANA, "lobby", "hello")
    assert post(ANA, "I, @Ana, was here") == []


def test_the_banned_are_not_called_and_who_left_a_public_room_is() -> None:
    for who in (BEN, EVE):
        say(who, "lobby", "hello")
    Membership.objects.filter(person_id=EVE.id).update(standing="banned")
    Membership.objects.filter(person_id=BEN.id).update(standing="left")
    assert post(ANA, "@Ben @Eve") == [BEN.id.hex]


@pytest.mark.parametrize("piece", ["@-ﷺ ", "@a ", "@é. ", "#-ﷺ "])
def test_names_are_looked_for_in_few_characters(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[int] = []

    def key(name: str) -> str:
        compared.append(len(found := room_key(name)))
        return found

    monkeypatch.setattr(names, "room_key", key)
    post(ANA, (piece * 8_000)[:8_000])
    assert sum(compared) < 150_000


def test_a_room_is_linked_when_it_is_public_and_exists() -> None:
    say(BEN, "Garden Fair", "hello")
    Room.objects.create(name="secret", key="-/abc", kind="private", guarded=True)
    post(ANA, "see #garden fair, #secret and #nowhere")
    html = Message.objects.latest("id").html
    assert '<span class="mention mention--room" data-room="garden fair">#garden fair</span>' in html
    assert html.count("data-room") == 1
    assert not Mention.objects.exists()


def test_everybody_is_called_in_a_small_room_and_by_its_moderators_in_a_large_one() -> None:
    for who in (BEN, EVE):
        say(who, "lobby", "hello")
    assert post(ANA, "@room tea") == ["@room"]
    assert list(Mention.objects.values_list("person_id", "ordinal")) == [(None, 3)]
    with override_settings(HUBBUB={"CALL_EVERYBODY_PEOPLE": 2}):
        assert post(ANA, "@room tea") == []
        Membership.objects.filter(person_id=ANA.id).update(role="moderator")
        assert post(ANA, "@room tea") == ["@room"]


def test_a_plain_post_asks_nothing_more_and_a_name_one_question() -> None:
    say(BEN, "lobby", "hello")

    def asked(text: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            chat.draft(ANA, "lobby", text)
        return len(queries)

    assert asked("a plain line, ana@example.org, C# and 1 @ 2") == 0
    assert asked("@Ben and @Eve and @Ben") == 1
    assert asked("see #lobby") == 1


# ── counting ────────────────────────────────────────────────────────────────────────────────────────


def unread(who: Identity, room: str = "lobby") -> list[int]:
    member = Membership.objects.get(person_id=who.id, room__key=room)
    return unread_calls(who.id, member.room_id, member.read_ordinal)


def test_unread_calls_are_those_after_the_read_position_of_others() -> None:
    say(BEN, "lobby", "hello")
    post(ANA, "@Ben one")
    post(ANA, "two")
    post(ANA, "@room three")
    assert unread(BEN) == [2, 4]
    assert unread(ANA) == []
    Membership.objects.filter(person_id=ANA.id).update(read_seq=0, read_ordinal=0)
    assert unread(ANA) == []  # her own do not call her
    chat.mark_read_now(BEN, "lobby", 2)
    assert unread(BEN) == [4]


def test_what_somebody_says_whom_one_has_blocked_calls_nobody() -> None:
    say(BEN, "lobby", "hello")
    post(ANA, "@Ben one")
    Block.objects.create(person_id=BEN.id, blocked_id=ANA.id)
    assert unread(BEN) == []


def test_all_calls_are_listed_newest_first() -> None:
    say(BEN, "lobby", "hello")
    say(BEN, "attic", "hello")
    said = [("lobby", "@Ben one"), ("attic", "@room two"), ("cellar", "@room three"), ("lobby", "@Ben four")]
    stored = [chat.post_now(chat.draft(ANA, room, text)).message for room, text in said]
    ids = [message.id for message in stored if message]
    assert listing.page(BEN, 10) == listing.Page([ids[3], ids[1], ids[0]], False)
    assert listing.page(BEN, 1, before=ids[3]) == listing.Page([ids[1]], True)
    assert listing.page(ANA, 10).ids == []


# ── the page ────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_links_rooms_and_marks_the_readers_own_name(client: Client) -> None:
    user = get_user_model().objects.create_user("cleo")
    client.force_login(user)
    cleo = identity.of_user(user)
    say(cleo, "lobby", "hello")
    say(BEN, "Garden “Fair” & more", "hello")
    post(ANA, "@cleo see #Garden “Fair” & more")
    html = client.get("/chat/lobby/").content.decode()
    assert f'data-person="{cleo.id.hex}" data-you>@cleo</a>' in html
    link = re.search(
        r'<a class="mention mention--room" href="([^"]+)" data-room="[^"]+">#Garden “Fair” &amp; more</a>', html
    )
    assert link
    assert client.get(unescape(link[1]), follow=True).status_code == 200
    other = Client().get("/chat/lobby/").content.decode()
    assert "data-you" not in other


def test_an_empty_list_says_whether_it_is_all_or_the_end(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("ben"))
    assert "Nobody has called you yet." in client.get("/chat/-/mentions/").content.decode()
    assert "There are no older ones." in client.get("/chat/-/mentions/?before=1").content.decode()


# ── who is here, at a live server ──


async def test_here_calls_whoever_is_in_the_room_now_and_nobody_who_went(start_server: StartServer) -> None:
    server = start_server()
    browsers = {name: Browser(server) for name in ("ana", "present", "away", "elsewhere")}
    talks = {}
    for name, browser in browsers.items():
        browser.get("/chat/lobby/")
        talks[name] = await dial(server, browser=browser)
        await talks[name].join("lobby")
        assert (await talks[name].post("lobby", "hello"))["type"] == "ok"
    ids = {name: browser.for_client["you"]["id"] for name, browser in browsers.items()}
    await talks["away"].close()
    await talks["elsewhere"].say(type="leave", room="lobby")
    await talks["elsewhere"].join("lobby", here=False)  # follows the room from another page
    await talks["ana"].until("here", count=2)
    await talks["ana"].post("lobby", "@here tea?")
    told = await talks["present"].until("message", message="@here tea?")
    assert sorted(told["mentions"]) == sorted(["@here", ids["present"]])
    for name, calls in (("present", [5]), ("away", []), ("elsewhere", [])):
        again = await dial(server, browser=browsers[name])
        (view,) = (await again.until("welcome"))["rooms"]
        assert view.get("mentions", []) == calls, name
        await again.close()
    for talk in talks.values():
        await talk.close()
