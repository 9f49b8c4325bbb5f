"""Slash commands: what asks for one, what each of Hubbub's own does, and how a project adds its own; by every door."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from hubbub import chat, identity, slash
from hubbub.api import post_message
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Membership, Message, Person, Room
from hubbub.render import render
from tests.cast import ANA, BEN, say
from tests.conftest import StartServer
from tests.people import dial

database = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _only_here() -> Iterator[None]:
    """What a test registers ends with it."""
    known = dict(slash._commands)
    yield
    slash._commands.clear()
    slash._commands.update(known)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("/help", ("help", "")), ("/HELP me  please ", ("help", "me  please")), ("/me\nwaves", ("me", "waves")),
        ("/no-such_1", ("no-such_1", "")), ("/", None), ("/ help", None), ("/usr/bin/python", None), ("/1", None),
        ("/a.b", None), ("//help", None), (" /help", None), ("help /me", None), ("/é", None),
    ],
)  # fmt: skip
def test_what_asks_for_a_command(text: str, typed: tuple[str, str] | None) -> None:
    found = slash.typed(text)
    assert (found and (found.name, found.rest)) == typed


@given(st.text())
def test_a_second_slash_says_what_would_be_a_command(text: str) -> None:
    if slash.typed(text):
        assert slash.typed(f"/{text}") is None
        assert slash.plain(f"/{text}") == text
    elif not text.startswith("//"):
        assert slash.plain(text) == text


@pytest.mark.parametrize("text", ["//example.org/x", "// a remark", "///"])
def test_other_slashes_stay(text: str) -> None:
    assert slash.plain(text) == text


def test_a_name_that_can_not_be_typed_is_refused() -> None:
    for name in ("Lunch", "two words", "", "1st", "x" * 33):
        with pytest.raises(ValueError, match="name"):
            slash.command(name, "What there is")


@database
def test_me_says_what_one_does_line_by_line() -> None:
    assert chat.obey_now(ANA, "lobby", "/me waves *twice*\n\nand goes") == "_waves *twice*_\n\n_and goes_"
    assert isinstance(chat.obey_now(ANA, "lobby", "/me"), slash.Tell)


@database
def test_shrug_is_shown_as_it_is_drawn() -> None:
    said = chat.obey_now(ANA, "lobby", "/shrug who knows")
    assert isinstance(said, str)
    assert render(said) == "<p>who knows ¯\\_(ツ)_/¯</p>"
    assert render(str(chat.obey_now(ANA, "lobby", "/shrug"))) == "<p>¯\\_(ツ)_/¯</p>"


@database
def test_topic_shows_and_sets(django_user_model: Any) -> None:
    owner = identity.of_user(django_user_model.objects.create_user("olga"))
    say(owner, "lobby", "hello")
    assert chat.obey_now(owner, "lobby", "/topic") == slash.Tell("The room has no topic.")
    assert chat.obey_now(owner, "lobby", "/topic Bring *cups*") is None
    assert Room.objects.get().topic == "Bring *cups*"
    shown = chat.obey_now(owner, "lobby", "/topic")
    assert isinstance(shown, slash.Tell)
    assert chat.told_html(shown) == "<p>The topic is: Bring *cups*</p>"


@database
def test_who_may_not_set_the_topic_is_refused(django_user_model: Any) -> None:
    say(identity.of_user(django_user_model.objects.create_user("olga")), "lobby", "hello")
    with pytest.raises(Refusal) as refusal:
        chat.obey_now(BEN, "lobby", "/topic mine now")
    assert refusal.value.code == "not_allowed"


@database
def test_help_lists_what_there_is() -> None:
    slash.command("lunch", "Says <what> there is", hint="[day]")(lambda who, room, rest: None)
    answer = chat.obey_now(ANA, "lobby", "/help")
    assert isinstance(answer, slash.Tell)
    html = chat.told_html(answer)
    assert "<li><code>/lunch [day]</code> Says &lt;what&gt; there is</li>" in html
    assert html.count("<li>") == len(slash.commands())


@database
def test_a_command_that_nobody_registered_is_refused_with_a_hint() -> None:
    with pytest.raises(Refusal) as refusal:
        chat.obey_now(ANA, "lobby", "/helf me")
    assert refusal.value.code == "unknown_command"
    assert "/helf" in refusal.value.message
    assert "/help" in refusal.value.message


@database
def test_a_projects_own_command_says_answers_refuses_or_breaks(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[tuple[Identity, str, str]] = []

    @slash.command("lunch", "Says what there is for lunch")
    def lunch(who: Identity, room: str, rest: str) -> str | slash.Tell | None:
        heard.append((who, room, rest))
        if rest == "no":
            raise Refusal("closed", "The kitchen is closed.")
        return {"all": "Soup for all", "me": slash.Tell("Soup"), "broken": 1 / len(rest) if rest else None}.get(rest)  # type: ignore[return-value]

    assert chat.obey_now(ANA, "The  Lobby", "/lunch all") == "Soup for all"
    assert heard == [(ANA, "the lobby", "all")]
    assert chat.obey_now(ANA, "lobby", "/LUNCH me") == slash.Tell("Soup")
    assert chat.obey_now(ANA, "lobby", "/lunch nothing") is None
    with pytest.raises(Refusal) as refusal:
        chat.obey_now(ANA, "lobby", "/lunch no")
    assert refusal.value.code == "closed"
    slash.command("lunch", "Breaks")(lambda who, room, rest: str(1 // 0))
    with pytest.raises(Refusal) as refusal:
        chat.obey_now(ANA, "lobby", "/lunch")
    assert refusal.value.code == "command_failed"
    assert "/lunch failed" in caplog.text


@database
def test_nobody_commands_in_a_room_that_they_may_not_enter() -> None:
    key = "-/" + "x" * 22
    room = Room.objects.create(name="secret", key=key, kind="private", guarded=True, topic="hush")
    for address in (key, "-/" + "y" * 22):
        with pytest.raises(Refusal) as refusal:
            chat.obey_now(ANA, address, "/topic")
        assert refusal.value.code == "no_such_room"
    Membership.objects.create(room=room, person=Person.objects.create(id=ANA.id, name="Ana"))
    assert chat.obey_now(ANA, key, "/topic") == slash.Tell("The topic is: hush")


@database
def test_forms_obey_and_show_the_answer(client: Client) -> None:
    client.force_login(get_user_model().objects.create_user("cleo"))

    def post(text: str) -> Any:
        return client.post("/chat/lobby/", {"message": text})

    assert post("/me waves").status_code == 303
    assert Message.objects.get().text == "_waves_"
    helped = post("/help")
    assert helped.status_code == 200
    assert "<code>/shrug [words before it]</code>" in helped.content.decode()
    assert "Only you see this" in helped.content.decode()
    assert post("/topic Tea").status_code == 303
    unknown = post("/helf")
    assert unknown.status_code == 400
    assert "There is no command /helf." in unknown.content.decode()
    post("//helf")
    assert list(Message.objects.order_by("id").values_list("text", flat=True)) == ["_waves_", "/helf"]
    assert "Only you see this" in client.get("/chat/lobby/").content.decode()  # stands there, hidden
    assert "<code>/shrug" not in client.get("/chat/lobby/").content.decode()


@database
def test_what_programs_say_is_said_as_it_is() -> None:
    assert post_message("lobby", "/help", author=Person.objects.create(name="bot")).message == "/help"


@pytest.mark.django_db
async def test_the_full_socket_obeys_and_the_plain_one_does_not(start_server: StartServer) -> None:
    server = start_server()
    ana, ben = await dial(server), await dial(server)
    plain = await dial(server, "/ws/chat/lobby/")
    for talk in (ana, ben):
        await talk.join("lobby")
    assert (await ana.post("lobby", "/me waves"))["type"] == "ok"
    for talk in (ana, ben, plain):
        assert (await talk.until("message"))["message"] == "_waves_"
    answer = await ana.post("lobby", "/help", "n1")
    assert "id" not in answer
    told = await ana.until("told")
    assert told["nonce"] == "n1"
    assert "<code>/help</code>" in told["html"]
    refused = await ana.post("lobby", "/helf", "n2")
    assert (refused["type"], refused["code"], refused["nonce"]) == ("refused", "unknown_command", "n2")
    assert (await ana.post("lobby", "//helf"))["type"] == "ok"
    await plain.say(message="/help")
    for talk in (ana, ben, plain):
        assert [(await talk.until("message"))["message"] for _ in range(2)] == ["/helf", "/help"]
    assert [frame["type"] for frame in ben.frames if frame["type"] in ("told", "refused")] == []
    for talk in (ana, ben, plain):
        await talk.close()
