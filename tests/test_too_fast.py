"""Whatever stores something counts: who is too fast is refused at every door, and told when to come again."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hubbub.protocol import COMMANDS
from hubbub.rates import rates
from tests.conftest import StartServer
from tests.people import dial
from tests.places import World

# What each address takes as a form that stores something. One that takes forms and is in neither list fails the test.
FORMS = {
    "-/attention/": {"room": "lobby", "starred": "1"},
    "-/name/": {"name": "Another"},
    "-/new/": {"name": "Another", "kind": "public"},
    "-/direct/": {"person": "{ben}"},
    "-/invitation/<str:token>/": {},
    "-/room/<str:id>/": {"message": "hello"},
    "-/room/<str:id>/-/about/": {"act": "topic", "text": "x"},
    "-/people/<str:id>/direct/": {},
    "-/people/<str:id>/block/": {"on": "1"},
    "-/profile/": {"name": "Another"},
    "-/message/<int:id>/": {"toggle": "👍"},
    "<str:room>/": {"message": "hello"},
    "<str:room>/-/about/": {"act": "topic", "text": "x"},
}
FREE = {"-/read/"}  # moves one's own marks, as often as one likes


@pytest.mark.django_db(transaction=True)
@override_settings(HUBBUB={"POSTS_PER_MINUTE": 1, "RENAMES_PER_MINUTE": 1})
def test_every_form_that_stores_something_counts() -> None:
    world, stranger = World(), Client()
    stranger.force_login(User.objects.create_user("eve"))
    for route in world.routes:
        place = world.place(route)
        taken = world.client.post(place).status_code != 405
        assert taken == (route in FORMS or route in FREE), route
        if route in FORMS:
            fields = {name: value.format(ben=world.cast.ben.id.hex) for name, value in FORMS[route].items()}
            client, who = (stranger, world.cast.eve) if "invitation" in route else (world.client, world.cast.ana)
            use_up(who.id)
            assert client.post(place, fields).status_code == 429, route


def use_up(person: UUID) -> None:
    """All that this person may do in this minute."""
    rates.__init__()  # type: ignore[misc]  # rates are kept per process
    rates.check_post(person, "elsewhere")
    rates.check_rename(person)


ASKED = {
    "edit": {"id": 1, "message": "hi"},
    "delete": {"id": 1},
    "react": {"id": 1, "emoji": "👍"},
    "pin": {"id": 1},
    "attend": {"room": "lobby", "starred": True},
    "block": {"person": "0" * 32},
    "post": {"room": "lobby", "message": "again", "nonce": "again"},
}
# They read, or move one's own marks, or are never stored; how many a second a socket may send is another limit.
FREE_COMMANDS = {"join", "leave", "list", "brief", "history", "reacted", "read", "unread", "read_all", "typing", "ping"}


def test_no_command_is_forgotten() -> None:
    tags = {str(kind.__struct_config__.tag) for kind in COMMANDS}
    assert tags == set(ASKED) | FREE_COMMANDS


async def test_every_command_that_stores_something_counts(start_server: StartServer) -> None:
    server = start_server(DJANGO_SETTINGS_MODULE="tests.one_post_settings", PYTHONPATH=".")
    talk = await dial(server)
    assert (await talk.post("lobby", "hello"))["type"] == "ok"
    for kind, fields in ASKED.items():
        await talk.say(type=kind, ref=kind, **fields)
        refused = await talk.until("refused", "ok", ref=kind)
        assert (kind, refused.get("code")) == (kind, "rate_limited")
        assert refused["retry_after"] > 0
    await talk.close()
