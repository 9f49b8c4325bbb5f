"""How somebody follows a room: stored, told to their own windows alone, by socket and by form."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from hubbub import chat, history, identity
from hubbub.errors import Refusal
from hubbub.models import Membership, Room
from hubbub.protocol import RoomView
from tests.cast import ANA, BEN, say
from tests.conftest import StartServer
from tests.people import Browser, dial

pytestmark = pytest.mark.django_db(transaction=True)


def view(room: str = "lobby") -> RoomView:
    return next(view for view in history.rooms_of([ANA.id], 50)[ANA.id] if view.room == room)


def test_what_is_not_given_stays() -> None:
    say(ANA, "lobby", "hello")
    chat.attend_now(ANA, "Lobby", starred=True, level="mentions")
    chat.attend_now(ANA, "lobby", muted=True)
    assert (view().starred, view().muted, view().level) == (True, True, "mentions")
    chat.attend_now(ANA, "lobby", starred=False)
    assert (view().starred, view().muted, view().level) == (False, True, "mentions")


def test_starred_rooms_come_first() -> None:
    for room in ("one", "two", "three"):
        say(ANA, room, "hello")
    chat.attend_now(ANA, "one", starred=True)
    assert [view.room for view in history.rooms_of([ANA.id], 50)[ANA.id]] == ["one", "three", "two"]


def test_who_stars_a_room_is_in_it_and_has_read_what_there_is() -> None:
    say(BEN, "lobby", "hello", "again")
    chat.attend_now(ANA, "lobby", starred=True)
    assert (view().starred, view().unread, view().read) == (True, 0, 2)


@pytest.mark.parametrize("room", ["nowhere", "-/" + "x" * 22])
def test_a_room_that_is_not_there_can_not_be_starred(room: str) -> None:
    with pytest.raises(Refusal) as refusal:
        chat.attend_now(ANA, room, starred=True)
    assert refusal.value.code == "no_such_room"


def test_a_private_room_is_not_there_for_who_may_not_enter() -> None:
    key = "-/" + "x" * 22
    room = Room.objects.create(name="secret", key=key, kind="private", guarded=True)
    with pytest.raises(Refusal) as refusal:
        chat.attend_now(ANA, key, starred=True)
    assert refusal.value.code == "no_such_room"
    say(ANA, "lobby", "I am")
    Membership.objects.create(room=room, person_id=ANA.id)
    chat.attend_now(ANA, key, starred=True)
    assert view(key).starred


def test_forms_star_and_mute(client: Client) -> None:
    user = get_user_model().objects.create_user("cleo")
    client.force_login(user)
    cleo = identity.of_user(user)
    say(cleo, "lobby", "hello")

    def send(**fields: str) -> Any:
        return client.post("/chat/-/attention/", {"room": "lobby", "next": "/chat/lobby/", **fields})

    assert send(starred="1")["Location"] == "/chat/lobby/"
    assert send(muted="1", level="nothing").status_code == 303
    member = Membership.objects.get()
    assert (member.starred, member.muted, member.level) == (True, True, "nothing")
    assert send(level="loud").status_code == 400
    assert client.post("/chat/-/attention/", {"room": "nowhere", "starred": "1"}).status_code == 404
    wanted = client.post("/chat/-/attention/", {"room": "nowhere"}, headers={"Accept": "application/json"})
    assert wanted.json()["code"] == "no_such_room"
    assert client.get("/chat/-/attention/").status_code == 405


async def test_all_windows_of_a_person_hear_of_it_and_nobody_else(start_server: StartServer) -> None:
    server = start_server()
    browser = Browser(server)
    browser.get("/chat/lobby/")
    one, two, other = await dial(server, browser=browser), await dial(server, browser=browser), await dial(server)
    for talk in (one, two, other):
        await talk.until("welcome")
    await one.post("lobby", "hello")
    await one.say(type="attend", room="lobby", starred=True, ref="1")
    await one.until("ok", ref="1")
    heard = {"type": "attention", "room": "lobby", "starred": True}
    assert await one.until("attention") == await two.until("attention") == heard
    assert "attention" not in [frame["type"] for frame in await other.quiet()]
    await one.say(type="attend", room="lobby", level="loud", ref="2")
    assert (await one.until("refused"))["code"] == "bad_frame"
    again = await dial(server, browser=browser)
    assert (await again.until("welcome"))["rooms"][0]["starred"]
    for talk in (one, two, other, again):
        await talk.close()
