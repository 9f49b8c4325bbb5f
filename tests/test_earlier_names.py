"""A room that was renamed is the same room under each of its names: the first, the one after, and the present one.

Every command of the full socket that names a room, every page under a room's address, every form and every function of
the Python API has a line in a table here, and a test that none is missing. The room's key is that of its first name;
what is sent under any name must come back as, or change, the room with that key.
"""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hubbub import api, chat, urls
from hubbub.errors import Refusal
from hubbub.journal.acts import RULES
from hubbub.models import Act, Membership, Message, Room
from hubbub.protocol import COMMANDS
from tests.cast import Cast, say
from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.usefixtures("unhurried")

NAMES = ("Lobby", "Hall", "Attic")
KEY = "lobby"

# ── the full socket ──

# What is asked under a name, and the frame that must come of it: to whom, of which type, with which fields.
ASKED: dict[str, list[tuple[dict[str, Any], str, dict[str, Any]]]] = {
    "join": [({}, "asker", {"type": "joined"}), ({"since": 0}, "asker", {"type": "synced"})],
    "post": [
        ({"message": "hello", "nonce": "{new}"}, "other", {"type": "message", "message": "hello"}),
        ({"message": "/topic", "nonce": "{new}"}, "asker", {"type": "told"}),
        ({"message": "/topic {new}", "nonce": "{new}"}, "other", {"type": "room"}),
    ],
    "history": [({}, "asker", {"type": "history"}), ({"around": 1}, "asker", {"type": "history"})],
    "read": [({"seq": 2}, "asker", {"type": "read"})],
    "unread": [({"seq": 2}, "asker", {"type": "read", "back": True})],
    "attend": [({"starred": True}, "asker", {"type": "attention"})],
    "typing": [({}, "other", {"type": "typing"})],
    "leave": [({}, "other", {"type": "here", "count": 1})],
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a room of ann's that was renamed twice."""
    server = Server(tmp_path_factory.mktemp("earlier") / "data", HUBBUB_RATE_LIMITS="off").start()
    server.command("shell", "-v", "0", "-c", MAKE)
    yield server
    server.kill()


MAKE = f"""
from django.contrib.auth.models import User
from hubbub import chat, identity
from hubbub.api import post_message
ann, bob = (User.objects.create_user(name, password={PASSWORD!r}) for name in ("ann", "bob"))
for user in (ann, bob, ann):
    post_message({NAMES[0]!r}, "hello", author=user)
for name in {NAMES[1:]!r}:
    chat.act_now(identity.of_user(ann), {KEY!r}, "rename", text=name)
"""


def test_every_command_that_names_a_room_has_a_line() -> None:
    named = {command.__struct_config__.tag for command in COMMANDS if "room" in command.__struct_fields__}
    named.remove("list")  # of links into a private room, which has one address whatever it is called
    assert named == set(ASKED)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("command", ASKED)
async def test_a_command_by_any_name_is_about_the_room(server: Server, command: str, name: str) -> None:
    asker, other = await following(server, "ann"), await following(server, "bob")
    try:
        for number, (fields, hears, frame) in enumerate(ASKED[command]):
            new = f"{command}{number}{name}"
            given = {key: value.replace("{new}", new) if isinstance(value, str) else value
                     for key, value in fields.items()}  # fmt: skip
            await asker.quiet()
            await other.quiet()
            await asker.say(type=command, room=name, ref="asked", **given)
            found = await (asker if hears == "asker" else other).until(*{frame["type"]}, seconds=10, **frame, room=KEY)
            assert found["room"] == KEY
    finally:
        await asyncio.gather(asker.close(), other.close())


@pytest.mark.parametrize("name", NAMES)
async def test_who_left_by_any_name_hears_nothing_more_and_types_no_more(server: Server, name: str) -> None:
    asker, other = await following(server, "ann"), await following(server, "bob")
    await asker.say(type="leave", room=name, ref="left")
    await asker.until("ok", ref="left")
    await other.post(KEY, "after you left")
    assert [frame for frame in await asker.quiet() if frame["type"] == "message"] == []
    await asker.say(type="typing", room=name, ref="typed")
    assert (await asker.until("refused", ref="typed"))["code"] == "not_joined"
    await asyncio.gather(asker.close(), other.close())


@pytest.mark.parametrize("name", NAMES)
async def test_the_plain_socket_of_any_name_is_the_rooms(server: Server, name: str) -> None:
    other = await following(server, "bob")
    talk = await dial(server, f"/ws/chat/{quote(name)}/", browser=Browser(server).sign_in("ann"))
    await talk.socket.send(f'{{"message": "plainly, in {name}"}}')
    assert (await other.until("message", message=f"plainly, in {name}"))["room"] == KEY
    await other.post(KEY, f"to you in {name}")
    assert (await talk.until("message", message=f"to you in {name}"))["room"] == KEY
    await asyncio.gather(talk.close(), other.close())


@pytest.mark.parametrize("name", NAMES)
async def test_everybody_who_is_here_is_called_by_any_name(server: Server, name: str) -> None:
    asker, other = await following(server, "ann"), await following(server, "bob")
    bob = (await other.quiet() and other.frames[0])["you"]["id"]
    await asker.post(name, "@here, come")
    assert bob in (await other.until("message", message="@here, come"))["mentions"]
    await asyncio.gather(asker.close(), other.close())


async def following(server: Server, who: str) -> Talk:
    talk = await dial(server, browser=Browser(server).sign_in(who))
    await talk.until("welcome")
    await talk.join(KEY)
    await talk.until("here", room=KEY)
    return talk


# ── pages and forms, in one process ──

PAGES = {
    "<str:room>/": ["/chat/{name}/", "/chat/{name}/?before=3", "/chat/{name}/?at=2026-01-01"],
    "<str:room>/<int:seq>/": ["/chat/{name}/1/"],
    "<str:room>/-/about/": ["/chat/{name}/-/about/"],
    "<str:room>/-/pins/": ["/chat/{name}/-/pins/"],
    "<str:room>/-/acts/": ["/chat/{name}/-/acts/"],
    "-/completions/": ["/chat/-/completions/?room={name}&kind=person&q=b"],
    "-/search/": ["/chat/-/search/?q=hello&room={name}", "/chat/-/search/?q=hello+in:{name}"],
    "-/whom/": ["/chat/-/whom/?room={name}&q=b"],
}
ASKS_NO_ROOM = {
    "", "-/mentions/", "-/name/", "-/new/", "-/direct/", "-/invitation/<str:token>/", "-/read/", "-/people/",
    "-/people/<str:id>/", "-/people/<str:id>/direct/", "-/people/<str:id>/block/", "-/profile/",
    "-/message/<int:id>/", "-/switcher/", "-/parts/<str:language>/<str:version>.js",
    "-/room/<str:id>/", "-/room/<str:id>/<int:seq>/", "-/room/<str:id>/-/about/", "-/room/<str:id>/-/pins/",
    "-/room/<str:id>/-/acts/",  # a private room's address, which no renaming changes
}  # fmt: skip
FORM_ALONE = {"-/attention/"}

# A form, and what must be true of the room afterwards.
Proof = Callable[[Room, Cast], bool]
FORMS: list[tuple[str, dict[str, str], Proof]] = [
    ("/chat/{name}/", {"unread": "1"}, lambda room, cast: place(room, cast.olga).read_seq == 0),
    ("/chat/{name}/", {"read": "2"}, lambda room, cast: place(room, cast.olga).read_seq == 2),
    ("/chat/{name}/", {"message": "by form", "nonce": "n1"}, lambda room, cast: said(room, "by form")),
    ("/chat/{name}/", {"message": "/topic by command", "nonce": "n2"}, lambda room, cast: room.topic == "by command"),
    ("/chat/-/attention/", {"room": "{name}", "starred": "1"}, lambda room, cast: place(room, cast.olga).starred),
]
ACTS: dict[str, dict[str, str]] = {
    "topic": {"text": "Tea"}, "rename": {"text": "Loft"}, "slow": {"seconds": "5"}, "archive": {}, "unarchive": {},
    "role": {"person": "{ben}", "text": "moderator"}, "silence": {"person": "{ben}", "seconds": "60"},
    "unsilence": {"person": "{ben}"}, "remove": {"person": "{ben}"}, "ban": {"person": "{ben}"},
    "unban": {"person": "{ben}"}, "leave": {}, "join": {},
}  # fmt: skip
OF_PRIVATE_ROOMS = {"add", "invite", "take_back"}
BEFORE = {"unarchive": ("archive", {}), "unsilence": ("silence", {"seconds": 60}), "unban": ("ban", {})}


@pytest.fixture
def olga(cast: Cast) -> Client:
    """The owner of a room that was renamed twice; ana and ben are in it."""
    say(cast.olga, NAMES[0], "hello", "again")
    for who in (cast.ana, cast.ben):
        say(who, NAMES[0], "hello")
    for name in NAMES[1:]:
        chat.act_now(cast.olga, KEY, "rename", text=name)
    client = Client()
    client.force_login(User.objects.get(username="olga"))
    return client


def said(room: Room, text: str) -> bool:
    return Message.objects.filter(room=room, text=text).exists()


def place(room: Room, who: Any) -> Membership:
    return Membership.objects.get(room=room, person_id=who.id)


def test_every_page_has_a_line() -> None:
    routes = {str(pattern.pattern) for pattern in urls.urlpatterns}
    assert routes == set(PAGES) | ASKS_NO_ROOM | FORM_ALONE


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", [path for paths in PAGES.values() for path in paths])
def test_a_page_by_any_name_is_the_rooms(olga: Client, path: str) -> None:
    def shown(name: str) -> str:
        answer = olga.get(path.replace("{name}", name), follow=True)
        assert answer.status_code == 200, (name, answer.status_code)
        page = re.sub(r"(?s)<script.*?</script>", "", answer.content.decode())
        assert "search" not in path or "found__head" in page, "something is found"
        page = page.replace(name, "NAME") if "search" in path else page  # where it is said again what was asked
        page = re.sub(r'name="next" value="[^"]*"', "", page)  # back to where one was
        page = re.sub(r'(csrfmiddlewaretoken|nonce)" value="[^"]*"|nonce="[^"]*"|data-ticket="[^"]*"', "", page)
        return page.replace(NAMES[-1], "NAME") if "search" in path else page

    first, between, present = map(shown, NAMES)
    assert first == between == present


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", NAMES)
def test_a_form_by_any_name_is_about_the_room(cast: Cast, olga: Client, name: str) -> None:
    for path, fields, proof in FORMS:
        answer = olga.post(path.format(name=name), {key: text.format(name=name) for key, text in fields.items()})
        assert answer.status_code == 303, (path, fields, answer.status_code)
        assert proof(Room.objects.get(), cast), (path, fields)


def test_every_act_has_a_line() -> None:
    assert set(RULES) == set(ACTS) | OF_PRIVATE_ROOMS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("verb", ACTS)
def test_an_act_by_any_name_is_done_to_the_room(cast: Cast, olga: Client, verb: str, name: str) -> None:
    if verb in BEFORE:
        first, named = BEFORE[verb]
        whom = None if first == "archive" else cast.ben.id
        chat.act_now(cast.olga, KEY, first, whom=whom, **named)
    before = Room.objects.get().seq
    if verb == "join":
        chat.act_now(cast.olga, KEY, "leave")
    fields = {key: text.format(ben=cast.ben.id.hex) for key, text in ACTS[verb].items()}
    assert olga.post(f"/chat/{name}/-/about/", {"act": verb, **fields}).status_code == 303
    room = Room.objects.get()
    assert room.seq > before
    assert Act.objects.filter(room=room, verb=verb).exists() or verb in ("join", "leave")


# ── the Python API ──

API: dict[str, Callable[[str, Any], Any]] = {
    "post_message": lambda name, user: api.post_message(name, "from a project", author=user).room,
    "unread_count": lambda name, user: api.unread_count(name, author=user),
    "mention_count": lambda name, user: api.mention_count(name, author=user),
    "make_invitation": lambda name, user: refused(lambda: api.make_invitation(name, author=user)),
    "invitations": lambda name, user: api.invitations(name, author=user),
    "take_back_invitation": lambda name, user: refused(lambda: api.take_back_invitation(name, "x", author=user)),
}


def refused(deed: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as raised:
        deed()
    return raised.value.code


def test_every_function_that_takes_a_room_has_a_line() -> None:
    functions = {name: inspect.signature(getattr(api, name)) for name in api.__all__}
    assert {name for name, signature in functions.items() if "room" in signature.parameters} == set(API)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("function", API)
def test_a_function_of_the_api_takes_any_name(cast: Cast, olga: Client, function: str) -> None:
    say(cast.ana, KEY, "two", "more")
    user = User.objects.get(username="olga")
    first, between, present = (API[function](name, user) for name in NAMES)
    assert first == between == present
    assert first in (KEY, 4, 0, "not_allowed", [])
    assert Room.objects.count() == 1
