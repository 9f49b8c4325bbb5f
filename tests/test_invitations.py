"""Links into private rooms: for how long and for how many they hold, and what is left when they don't."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from hubbub import access, api, chat, journal
from hubbub.errors import Refusal
from hubbub.journal import RoomAct
from hubbub.journal.invitations import MOST_HOLDING
from hubbub.models import Act, Invitation, Room
from tests.cast import Cast, refused, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]

HOUR = timedelta(hours=1)


@pytest.fixture
def den(cast: Cast) -> str:
    """A private room: olga owns it, mo moderates, ana is in it."""
    key = chat.make_room_now(cast.olga, "Den", kind="private", people=[cast.mo.id, cast.ana.id])
    chat.act_now(cast.olga, key, "role", whom=cast.mo.id, text="moderator")
    return key


def code(deed: Callable[[], Any]) -> str:
    with pytest.raises(Refusal) as raised:
        deed()
    return raised.value.code


def acts() -> list[tuple[str, str, str | None, str]]:
    found = Act.objects.order_by("id").exclude(verb="role")
    return list(found.values_list("verb", "by__name", "whom__name", "detail"))


def browser(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.filter(username=name).first() or User.objects.create_user(name))
    return client


def text_of(response: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


# ── how long and for how many ──


def test_a_link_holds_for_a_week_and_anybody_unless_it_is_said_otherwise(cast: Cast, den: str) -> None:
    chat.invite_now(cast.mo, den)
    link = Invitation.objects.get()
    assert link.expires_at is not None
    assert timedelta(days=7) - HOUR < link.expires_at - timezone.now() <= timedelta(days=7)
    assert (link.most_uses, link.uses, link.uses_left) == (None, 0, None)


def test_a_link_lets_in_as_many_as_it_was_made_for(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, uses=2)
    for who in (cast.eve, cast.fay):
        assert chat.accept_now(who, token) == den
    assert code(lambda: chat.accept_now(cast.gus, token)) == "no_such_room"
    assert not access.may_read(cast.gus, den)
    assert Invitation.objects.get().uses == 2


def test_a_link_lets_nobody_in_after_its_time(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, lasts=HOUR)
    assert chat.accept_now(cast.eve, token) == den
    Invitation.objects.update(expires_at=timezone.now())
    assert code(lambda: chat.accept_now(cast.fay, token)) == "no_such_room"
    assert [link.token for link in chat.links_now(cast.mo, den)] == []


def test_a_link_without_bounds_holds_for_ever(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, lasts=None)
    assert Invitation.objects.get().expires_at is None
    for number in range(3):
        assert chat.accept_now(getattr(cast, f"p{number}"), token) == den


def test_who_is_in_already_uses_nothing_up(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, uses=1)
    assert chat.accept_now(cast.ana, token) == den
    assert Invitation.objects.get().uses_left == 1
    chat.act_now(cast.ana, den, "leave")
    assert chat.accept_now(cast.ana, token) == den
    assert Invitation.objects.get().uses_left == 0
    assert chat.accept_now(cast.ana, token) == den, "a second click on the button leads in all the same"


def test_two_who_take_the_last_use_in_one_batch_do_not_both_come_in(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, uses=1)
    first, second = journal.write([RoomAct(who, den, "join", text=token) for who in (cast.eve, cast.fay)])
    assert stored(first).entered == [cast.eve.id.hex]
    assert refused(second).code == "no_such_room"
    assert not access.may_read(cast.fay, den)


@pytest.mark.parametrize(
    ("bounds", "answer"),
    [
        ({"lasts": timedelta(days=400)}, "bad_time"),
        ({"lasts": timedelta(0)}, "bad_time"),
        ({"lasts": -HOUR}, "bad_time"),
        ({"uses": 1001}, "too_many"),
        ({"uses": 0}, "too_many"),
        ({"uses": -1}, "too_many"),
    ],
)
def test_bounds_that_are_none_are_refused(cast: Cast, den: str, bounds: dict[str, Any], answer: str) -> None:
    assert code(lambda: chat.invite_now(cast.mo, den, **bounds)) == answer
    assert not Invitation.objects.exists()


def test_a_room_has_so_many_links_that_hold_and_no_more(cast: Cast, den: str) -> None:
    tokens = [chat.invite_now(cast.mo, den, uses=1) for _ in range(MOST_HOLDING)]
    assert code(lambda: chat.invite_now(cast.mo, den)) == "too_many"
    chat.accept_now(cast.eve, tokens[0])
    assert chat.invite_now(cast.mo, den)


def test_links_from_before_they_had_bounds_hold_on(cast: Cast, den: str) -> None:
    try:
        call_command("migrate", "hubbub", "0004", verbosity=0)
        with connection.cursor() as cursor:
            ids = [Room.objects.values_list("id", flat=True).get(), cast.mo.id]
            ids[1] = ids[1] if connection.features.has_native_uuid_field else cast.mo.id.hex
            cursor.execute(
                "INSERT INTO hubbub_invitation (token, room_id, by_id, at) VALUES ('before', %s, %s, %s)",
                [*ids, timezone.now()],
            )
    finally:
        call_command("migrate", "hubbub", verbosity=0)
    assert chat.accept_now(cast.eve, "before") == den
    [link] = chat.links_now(cast.mo, den)
    assert (link.expires_at, link.uses_left, link.uses) == (None, None, 1)


# ── who may, and who hears of it ──


def test_links_are_made_listed_and_taken_back_by_moderators_alone(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den)
    for who, answer in ((cast.ana, "not_allowed"), (cast.eve, "no_such_room")):
        assert code(lambda who=who: chat.invite_now(who, den)) == answer
        assert code(lambda who=who: chat.links_now(who, den)) == answer
        assert code(lambda who=who: chat.take_back_now(who, den, token)) == answer
    assert [link.token for link in chat.links_now(cast.olga, den)] == [token]


def test_the_log_says_who_made_a_link_who_came_by_it_and_who_took_it_back(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, lasts=HOUR, uses=5)
    chat.accept_now(cast.eve, token)
    chat.take_back_now(cast.olga, den, token)
    chat.take_back_now(cast.olga, den, token)
    chat.take_back_now(cast.olga, den, chat.invite_now(cast.olga, den, lasts=None))
    assert acts() == [
        ("invite", "mo", None, "3600 5"), ("come_in", "eve", "mo", ""), ("take_back", "olga", "mo", ""),
        ("invite", "olga", None, "0 0"), ("take_back", "olga", None, ""),
    ]  # fmt: skip
    said = text_of(browser("olga").get(f"/chat/-/room/{den.removeprefix('-/')}/-/acts/"))
    assert "mo made a link into the room, good for 1 hour, for 5 people" in said
    assert "eve came in by a link of mo" in said
    assert "olga took back a link of mo" in said
    assert "olga made a link into the room, good for ever" in said
    assert "olga took back a link into the room" in said


def test_a_link_is_taken_back_in_its_own_room_alone(cast: Cast, den: str) -> None:
    other = chat.make_room_now(cast.eve, "Other", kind="private")
    token = chat.invite_now(cast.mo, den)
    chat.take_back_now(cast.eve, other, token)
    assert Invitation.objects.filter(token=token).exists()


# ── the pages, by forms alone ──


def test_the_form_makes_a_link_with_bounds_and_the_page_says_what_is_left(cast: Cast, den: str) -> None:
    about, mo = f"/chat/-/room/{den.removeprefix('-/')}/-/about/", browser("mo")
    assert re.search(r'<option value="604800" selected', mo.get(about).content.decode()), "a week, unless one chooses"
    assert mo.post(about, {"act": "invite", "seconds": "3600", "uses": "5"}).status_code == 303
    chat.accept_now(cast.eve, Invitation.objects.get().token)
    said = text_of(mo.get(about))
    assert re.search(r"Holds until \d.+, for 4 people more\. 1 came in by it\. Made by mo", said)
    assert mo.post(about, {"act": "invite", "seconds": "0", "uses": "0"}).status_code == 303
    assert "Holds for ever, for any number of people. Made by mo" in text_of(mo.get(about))
    assert mo.post(about, {"act": "invite", "seconds": "99999999", "uses": "1"}).status_code == 400
    assert mo.post(about, {"act": "invite", "seconds": "x", "uses": "1"}).status_code == 400
    assert mo.post(about, {"act": "invite", "seconds": "60", "uses": "many"}).status_code == 400
    assert Invitation.objects.count() == 2


@pytest.mark.parametrize("how", ["used up", "expired", "taken back"])
def test_a_link_that_holds_no_more_answers_like_one_that_never_was(cast: Cast, den: str, how: str) -> None:
    token = chat.invite_now(cast.mo, den, uses=1)
    if how == "used up":
        chat.accept_now(cast.fay, token)
    elif how == "expired":
        Invitation.objects.update(expires_at=timezone.now())
    else:
        chat.take_back_now(cast.mo, den, token)
    eve, asked = browser("eve"), {"Accept": "application/json"}
    gone, never = f"/chat/-/invitation/{token}/", f"/chat/-/invitation/{'x' * len(token)}/"

    def answers(path: str) -> list[tuple[int, str]]:
        all = (eve.get(path), eve.post(path), eve.post(path, headers=asked), eve.get(path, headers=asked))
        return [(one.status_code, text_of(one).replace(path, "PATH")) for one in all]

    assert answers(gone) == answers(never)
    assert {status for status, _ in answers(gone)} == {404}


def test_who_came_in_by_a_link_that_is_used_up_is_led_to_the_room_by_it(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den, uses=1)
    eve, page = browser("eve"), f"/chat/-/invitation/{token}/"
    room = f"/chat/-/room/{den.removeprefix('-/')}/"
    assert eve.post(page)["Location"] == room
    assert (eve.post(page)["Location"], eve.get(page)["Location"]) == (room, room)


# ── the Python API ──


def test_a_project_makes_lists_takes_back_and_accepts_links(cast: Cast, den: str) -> None:
    mo, eve = User.objects.get(username="mo"), User.objects.create_user("Evelyn")
    link = api.make_invitation(den, author=mo, lasts=HOUR, uses=3)
    assert link.get_absolute_url() == f"/chat/-/invitation/{link.token}/"
    assert api.accept_invitation(link.token, author=eve) == den
    assert [(one.token, one.uses_left) for one in api.invitations(den, author=mo)] == [(link.token, 2)]
    api.take_back_invitation(den, link.token, author=mo)
    assert api.invitations(den, author=mo) == []
    assert code(lambda: api.accept_invitation(link.token, author=User.objects.create_user("Late"))) == "no_such_room"
    assert code(lambda: api.make_invitation(den, author=eve)) == "not_allowed"
