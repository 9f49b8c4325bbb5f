"""Under a path and behind TLS: where people are led, whose pages get a socket, whose word about an address counts."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus

from tests.conftest import StartServer
from tests.deployments.deployments import QUICK, Deployment, under_a_prefix
from tests.deployments.people import Door, Visitor, dialled

LIMIT = 3
prefixed = pytest.mark.parametrize("deployment", ["under_a_prefix"], indirect=True)


@prefixed
def test_whoever_comes_to_the_bare_path_is_led_in(deployment: Deployment) -> None:
    somebody = Visitor(deployment)
    somebody.get("")
    assert (somebody.status, somebody.where) == (200, f"{deployment.url}/chat/")


@prefixed
def test_http_is_led_to_https(deployment: Deployment) -> None:
    config = (deployment.nginx.folder / "sites-enabled" / "prefix.conf").read_text()
    plain = next(
        line.split(":")[1].rstrip(";") for line in config.splitlines() if line.endswith(";") and "listen" in line
    )

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    with pytest.raises(urllib.error.HTTPError) as led:
        urllib.request.build_opener(Stay).open(f"http://localhost:{plain}/talk/chat/?room=a", timeout=20)
    assert (led.value.code, led.value.headers["Location"]) == (301, "https://localhost/talk/chat/?room=a")


@prefixed
async def test_a_page_by_http_gets_no_socket(deployment: Deployment) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with dialled(deployment, origin=deployment.url.removesuffix("/talk").replace("https:", "http:")):
            pass
    assert refused.value.response.status_code == 403


@prefixed
def test_metrics_are_not_for_the_world(deployment: Deployment) -> None:
    somebody = Visitor(deployment)
    somebody.get("/metrics")
    assert somebody.status == 404


def test_gunicorn_serves_the_pages_under_the_prefix_too(start_server: StartServer) -> None:
    server = start_server("gunicorn", HUBBUB_PREFIX="/talk", **QUICK)
    talk = Deployment(f"{server.url}/talk", "", [server])
    ada = Visitor(talk).sign_up("ada")
    assert (ada.status, ada.where) == (200, f"{talk.url}/chat/")
    ada.get("/chat/lobby/")
    assert ada.for_client["socket"] == "/talk/ws/"
    status, headers, _ = ada.fetch(ada.page.partition('rel="stylesheet" href="')[2].partition('"')[0])
    assert (status, headers.get_content_type()) == (200, "text/css")
    assert {cookie.path for cookie in ada.jar} == {"/talk/"}


# ── whose address is it ─────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """A server that takes few posts a minute from an address."""
    few = json.dumps({"POSTS_PER_MINUTE_ADDRESS": LIMIT})
    started = under_a_prefix(tmp_path_factory.mktemp("strict"), TESTED_HUBBUB=few)
    yield started
    started.stop()


async def test_the_real_client_is_counted_through_the_proxy_and_nobody_can_forge_it(strict: Deployment) -> None:
    # Each from an address of their own, by socket and by form, whatever they say about themselves.
    assert await posts_until_refused(strict, "127.0.0.11", forged=False) == LIMIT
    assert await posts_until_refused(strict, "127.0.0.12", forged=True) == LIMIT
    assert forms_until_refused(strict, "127.0.0.13") == LIMIT

    # Past the proxy, from a stranger: what it says about others is not believed, and it is counted itself.
    node = strict.nodes[0]
    past = Deployment(f"{node.url}/talk", f"{node.ws}/talk", [node])
    assert await posts_until_refused(past, "127.0.0.14", forged=True) == LIMIT
    # And none of that was put down to anybody else.
    assert await posts_until_refused(strict, "127.0.0.15", forged=False) == LIMIT


async def posts_until_refused(door: Door, address: str, *, forged: bool) -> int:
    """How many posts are taken from this address, each of another guest; `forged`: each says it is somebody else."""
    for number in range(LIMIT + 3):
        headers = {"X-Forwarded-For": f"203.0.113.{number}"} if forged else {}
        async with dialled(door, "/ws/chat/lobby/", address=address, headers=headers) as guest:
            await guest.say(message=f"{address} {number}")
            answer = await guest.until("message", "refused")
            if answer["type"] == "refused":
                assert answer["code"] == "rate_limited"
                return number
    raise AssertionError("never refused")


def forms_until_refused(door: Door, address: str) -> int:
    """The same by form."""
    for number in range(LIMIT + 3):
        guest = Visitor(door, address)
        guest._opener.addheaders = [("X-Forwarded-For", f"203.0.113.{number}")]
        guest.get("/chat/lobby/")
        guest.post("/chat/lobby/", message=f"form {number}", nonce=f"{number}")
        if guest.status != 200:
            assert guest.status == 429
            return number
    raise AssertionError("never refused")


def test_a_stranger_past_the_proxy_is_not_taken_to_have_come_by_https(strict: Deployment) -> None:
    node = strict.nodes[0]
    past = Deployment(f"{node.url}/talk", f"{node.ws}/talk", [node])
    stranger = Visitor(past, "127.0.0.16")
    stranger._opener.addheaders = [("X-Forwarded-Proto", "https")]
    stranger.get("/chat/lobby/")
    assert not next(cookie for cookie in stranger.jar if cookie.name == "hubbub_guest").secure
