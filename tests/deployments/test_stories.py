"""The same stories on each of the five deployments, told through the front door."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urljoin, urlsplit

import pytest
from websockets.exceptions import InvalidStatus

from tests.deployments.deployments import Deployment
from tests.deployments.people import Visitor, dialled
from tests.people import Talk

TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
A_YEAR = 365 * 24 * 3600


def test_a_page_comes_with_all_its_files_and_they_are_kept(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    assert ada.status == 200
    assert ada.headers["Cache-Control"] == "private, no-store"
    files = files_of(ada.page)
    assert len(files) > 15
    for file in files:
        status, headers, content = ada.fetch(file)
        assert (status, headers.get_content_type()) == (200, TYPES[re.search(r"\.\w+$", file)[0]]), file
        assert int(re.search(r"max-age=(\d+)", headers["Cache-Control"])[1]) >= A_YEAR, file
        assert content, file


def files_of(page: str) -> list[str]:
    """Whatever the page names: styles, scripts, icon, and the modules of its import map."""
    modules = json.loads(re.search(r'<script type="importmap"[^>]*>(.*?)</script>', page)[1])["imports"]
    named = re.findall(r'<(?:link|script)\b[^>]*?(?:href|src)="([^"]+)"', page)
    return sorted({*modules.values(), *named})


def test_pages_are_not_compressed_and_their_files_are(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    ada._opener.addheaders = [("Accept-Encoding", "gzip")]
    ada.get(f"/chat/{room}/")
    assert "Content-Encoding" not in ada.headers
    style = next(file for file in files_of(ada.page) if file.endswith(".css"))
    assert ada.fetch(style)[1]["Content-Encoding"] == "gzip"


def test_every_address_in_a_page_is_under_the_front_door(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    for path in ("/", f"/chat/{room}/", "/accounts/sign-in/", "/accounts/sign-up/"):
        ada.get(path)
        assert ada.status == 200
        named = re.findall(r'(?:href|src|action)="([^"#?][^"]*)"', ada.page)
        assert named
        for address in named:
            assert urljoin(ada.where, address).startswith(f"{deployment.url}/"), address
    ada.get(f"/chat/{room}/")
    told = ada.for_client
    for address in (told["socket"], told["rename"], told["rooms_url"], told["room_url_template"]):
        assert address.startswith(f"{deployment.prefix}/"), address


def test_somebody_signs_up_out_and_in(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    guest = ada.for_client["you"]
    assert guest["guest"]
    ada.sign_up(f"ada-{room}")
    assert (ada.status, ada.where) == (200, f"{deployment.url}/chat/")
    ada.get(f"/chat/{room}/")
    assert not ada.for_client["you"]["guest"]
    ada.post("/accounts/sign-out/")
    assert (ada.status, ada.where) == (200, f"{deployment.url}/chat/")
    ada.get(f"/chat/{room}/")
    assert ada.for_client["you"]["guest"]
    ada.sign_in(f"ada-{room}")
    assert (ada.status, ada.where) == (200, f"{deployment.url}/chat/")
    ada.get(f"/chat/{room}/")
    assert not ada.for_client["you"]["guest"]


def test_cookies_are_for_this_place_alone(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment).sign_up(f"cookie-{room}")
    guest = Visitor(deployment)
    guest.get(f"/chat/{room}/")
    kept = {cookie.name: cookie for cookie in (*ada.jar, *guest.jar)}
    assert {"sessionid", "csrftoken", "hubbub_guest"} <= set(kept)
    for cookie in kept.values():
        assert cookie.path == f"{deployment.prefix}/", cookie.name
        assert cookie.secure == deployment.url.startswith("https:"), cookie.name


def test_a_form_without_its_token_is_refused(deployment: Deployment, room: str) -> None:
    stranger = Visitor(deployment)
    stranger.post(f"/chat/{room}/", message="from another site")
    assert stranger.status == 403
    stranger.get(f"/chat/{room}/")
    assert "from another site" not in stranger.page


async def test_two_people_talk(deployment: Deployment, room: str) -> None:
    async with (
        at_the_socket(deployment, f"ada-{room}", room) as ada,
        at_the_socket(deployment, f"ben-{room}", room) as ben,
    ):
        said = await ada.post(room, "hello Ben")
        assert said["type"] == "ok"
        heard = await ben.until("message", id=said["id"])
        assert (heard["message"], heard["author"]["guest"]) == ("hello Ben", False)
        answer = await ben.post(room, "é" * 8000)  # 16,000 bytes; 48,000 as it is sent: they pass in one piece
        assert (await ada.until("message", id=answer["id"]))["message"] == "é" * 8000


@asynccontextmanager
async def at_the_socket(deployment: Deployment, username: str, room: str) -> AsyncIterator[Talk]:
    """Signed up, with the page of the room open, and in it: as the page's own code does it."""
    visitor = Visitor(deployment).sign_up(username)
    visitor.get(f"/chat/{room}/")
    told = visitor.for_client
    site = "{0.scheme}://{0.netloc}".format(urlsplit(deployment.url))
    path = told["socket"].removeprefix(deployment.prefix)
    async with dialled(deployment, f"{path}?ticket={told['ticket']}", visitor=visitor, origin=site) as talk:
        assert (await talk.until("welcome"))["you"] == told["you"]
        assert (await talk.join(room, since=told["seq"], epoch=told["epoch"]))["type"] == "synced"
        yield talk


async def test_a_form_arrives_live_at_the_sockets(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment)
    ada.get(f"/chat/{room}/")
    async with dialled(deployment, f"/ws/chat/{room}/") as ben:
        ada.post(f"/chat/{room}/", message="without JavaScript", nonce="n1")
        assert (ada.status, urlsplit(ada.where).path) == (200, f"{deployment.prefix}/chat/{room}/")
        assert (await ben.until("message"))["message"] == "without JavaScript"
    assert "without JavaScript" in ada.page


async def test_a_script_talks_in_the_plain_room(deployment: Deployment, room: str) -> None:
    path = f"/ws/chat/{room}/"
    async with dialled(deployment, path) as script, dialled(deployment, path) as other:
        await script.say(message="from a script")
        assert (await script.until("message"))["message"] == "from a script"
        assert (await other.until("message"))["message"] == "from a script"


async def test_a_foreign_page_gets_no_socket(deployment: Deployment) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(deployment, origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403


async def test_any_name_of_a_room_comes_through(deployment: Deployment, room: str) -> None:
    name = f"%C3%A9t%C3%A9%20%F0%9F%8E%88%3F{room}"
    ada = Visitor(deployment)
    ada.get(f"/chat/{name}/")
    assert ada.for_client["name"] == f"été 🎈?{room}"
    async with dialled(deployment, f"/ws/chat/{name}/") as script:
        ada.post(f"/chat/{name}/", message="salut", nonce="n1")
        assert (await script.until("message"))["room"] == f"été 🎈?{room}"


def test_it_is_alive_and_ready(deployment: Deployment) -> None:
    somebody = Visitor(deployment)
    assert json.loads(somebody.get("/healthz")) == {"status": "alive"}
    assert json.loads(somebody.get("/readyz"))["status"] == "ready"


async def test_after_a_restart_everybody_gets_what_they_missed(deployment: Deployment, room: str) -> None:
    ada = Visitor(deployment).sign_up(f"back-{room}")
    async with dialled(deployment, visitor=ada) as before:
        epoch = (await before.until("welcome"))["epoch"]
        await before.join(room)
        cursor = (await before.post(room, "before"))["seq"]
        deployment.restart()
        assert await before.goodbye() in (1006, 1012)
    async with dialled(deployment, f"/ws/chat/{room}/") as script:
        await script.say(message="while Ada was away")
        await script.until("message")
    async with dialled(deployment, visitor=ada) as after:
        assert not (await after.until("welcome"))["you"]["guest"]
        await after.say(type="join", room=room, since=cursor, epoch=epoch)
        missed = await after.until("message")
        assert (missed["message"], missed["seq"]) == ("while Ada was away", cursor + 1)
        assert (await after.until("synced", "reset"))["type"] == "synced"
