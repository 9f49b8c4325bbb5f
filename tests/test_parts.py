"""What comes with a script of its own, once, instead of with every page."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import translation

from hubbub.views.parts import TEMPLATES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana() -> Client:
    client = Client()
    client.force_login(User.objects.create_user("ana"))
    return client


def page(client: Client, path: str = "/chat/lobby/") -> str:
    return str(client.get(path).content.decode())


def parts_of(client: Client, html: str) -> Any:
    """The parts by name, as the script of this page has them."""
    return json.loads(re.search(r"innerHTML = \((.*)\)\[", client.get(address(html)).content.decode())[1])  # type: ignore[index]


def address(html: str) -> str:
    found = re.findall(r'<script defer src="([^"]+/-/parts/[^"]+)"', html)
    assert len(found) == 1
    return str(found[0])


def test_the_script_has_what_a_page_leaves_room_for_and_nothing_of_it_is_on_the_page(ana: Client) -> None:
    html = page(ana)
    room = re.findall(r'<div data-part="([^"]+)" hidden></div>', html)
    parts = parts_of(ana, html)
    assert sorted(room) == sorted(parts) == sorted(TEMPLATES)
    for id, name in (("switcher", "dialogs"), ("message-menu", "deeds"), ("new-room", "new-room")):
        assert f'id="{id}"' in parts[name]
        assert f'id="{id}"' not in html
    assert '<template id="hubbub-message"><article class="message">' in parts["moulds"]


def test_it_comes_before_the_modules_that_look_for_it(ana: Client) -> None:
    html = page(ana)
    assert html.index(address(html)) < html.index('<script type="module"')


def test_it_is_kept_for_ever_under_its_version_and_not_at_all_under_another(ana: Client) -> None:
    url = address(page(ana))
    answer = Client().get(url)
    assert answer["Content-Type"].startswith("text/javascript")
    assert "immutable" in answer["Cache-Control"]
    assert "Cookie" not in answer.get("Vary", "")
    assert not answer.cookies
    old = re.sub(r"[0-9a-f]{16}\.js$", f"{0:016x}.js", url)
    assert Client().get(old)["Cache-Control"] == "no-store"
    assert Client().get(old).content == answer.content
    assert Client().get(url.replace("/en/", "/xx/")).status_code == 404


def test_each_language_has_its_own(ana: Client) -> None:
    with translation.override("en"):
        english = address(page(ana))
    german = ana.get("/chat/lobby/", HTTP_ACCEPT_LANGUAGE="de").content.decode()
    assert "/-/parts/de/" in address(german)
    assert address(german).rsplit("/", 1)[0] != english.rsplit("/", 1)[0]


def test_a_hosts_own_template_stands_on_the_page_itself(ana: Client, tmp_path: Path) -> None:
    (tmp_path / "hubbub").mkdir()
    (tmp_path / "hubbub" / "dialogs.html").write_text("<p>of the host, for {{ you.name }}</p>")
    templates = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    with override_settings(TEMPLATES=templates):
        html = page(ana)
    assert "<p>of the host, for ana</p>" in html
    assert 'data-part="dialogs"' not in html
