"""A page's skeleton is kept, and no look at it shows what was another's."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hubbub.views import mould
from tests.cast import ANA, say

pytestmark = pytest.mark.django_db(transaction=True)


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name))
    return client


def page(client: Client, path: str = "/chat/lobby/") -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def without_what_differs(html: str) -> str:
    """The page without tokens, nonces and tickets, which are new each time."""
    html = re.sub(r'(name="(?:csrfmiddlewaretoken|nonce)" value|nonce)="[^"]*"', "", html)
    return re.sub(r'"ticket":"[^"]*"', "", html)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    mould._skeletons.clear()


def test_a_kept_skeleton_gives_the_page_that_was_rendered_whole() -> None:
    say(ANA, "lobby", "hello <b>world</b> & all")
    client = signed_in("ben")
    with override_settings(DEBUG=True):
        whole = page(client)
    assert not mould._skeletons
    first, again = page(client), page(client)
    assert len(mould._skeletons) == 1
    assert without_what_differs(first) == without_what_differs(again) == without_what_differs(whole)


def test_nobody_sees_anothers_name_token_or_nonce() -> None:
    ben, eve = signed_in("benedict"), signed_in("evangeline")
    bens, eves = page(ben), page(eve)
    assert "benedict" not in eves
    assert "evangeline" not in bens
    for wanted in (r'name="csrfmiddlewaretoken" value="([^"]+)"', r'<script nonce="([^"]+)"', r'"ticket":"([^"]+)"'):
        assert set(re.findall(wanted, bens)).isdisjoint(re.findall(wanted, eves)), wanted


def test_each_room_has_its_own_skeleton_and_what_is_said_is_there_at_once() -> None:
    client = signed_in("ben")
    assert "Nothing said here yet" in page(client, "/chat/attic/")
    say(ANA, "attic", "first word")
    attic = page(client, "/chat/attic/")
    assert "first word" in attic
    assert re.search(r'<p class="log__empty" hidden>', attic)
    assert "cellar" in page(client, "/chat/cellar/")


def test_what_looks_like_a_mark_in_a_message_stays_text() -> None:
    say(ANA, "lobby", str.__str__(mould._mark("csrf_token")))
    html = page(signed_in("ben"))
    assert mould._SECRET in html
    assert f"<!--{mould._SECRET}" not in html


def test_a_hosts_own_template_is_rendered_each_time(tmp_path: Path) -> None:
    (tmp_path / "hubbub").mkdir()
    (tmp_path / "hubbub" / "base.html").write_text("{{ request.GET.x }} {% block main %}{% endblock %}")
    templates: list[Any] = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=templates):
        client = signed_in("ben")
        assert page(client, "/chat/lobby/?x=1").startswith("1 ")
        assert page(client, "/chat/lobby/?x=2").startswith("2 ")


def test_the_skeletons_kept_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in("ben")
    page(client, "/chat/room/")
    monkeypatch.setattr(mould._skeletons, "most", 3 * mould._skeletons.bytes // len(mould._skeletons) + 1_000)
    for number in range(8):
        page(client, f"/chat/room{number}/")
        assert 1 <= len(mould._skeletons) <= 4
        assert mould._skeletons.bytes <= mould._skeletons.most
