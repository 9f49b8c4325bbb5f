"""The front door: whose word about the client counts, and the prefix on or off, for ASGI and WSGI alike."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.server.addresses import BadSetting, prefix_of, proxies_of
from hubbub.server.front_door import FrontDoor

PROXIES = "10.0.0.0/8, 127.0.0.1, ::1"
addresses = st.ip_addresses().map(str)


def through_asgi(
    peer: str, *, forwarded: str = "", proto: str = "", path: str = "/", prefix: str = "", kind: str = "http",
    proxies: str = PROXIES,
) -> dict[str, Any]:  # fmt: skip
    """The scope that an application behind the door gets."""
    seen: list[dict[str, Any]] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        seen.append(scope)

    headers = [(b"x-forwarded-for", part.encode()) for part in forwarded.split("\n") if part]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    scheme = "ws" if kind == "websocket" else "http"
    scope = {"type": kind, "client": (peer, 4711), "headers": headers, "scheme": scheme, "path": path}
    asyncio.run(FrontDoor(proxies_of(proxies), prefix_of(prefix)).asgi(application)(scope, None, None))
    return seen[0]


def through_wsgi(peer: str, *, forwarded: str = "", proto: str = "", path: str = "/", prefix: str = "") -> Any:
    """The environ that an application behind the door gets."""
    environ = {"REMOTE_ADDR": peer, "PATH_INFO": path, "wsgi.url_scheme": "http", "SCRIPT_NAME": ""}
    environ |= {"HTTP_X_FORWARDED_FOR": forwarded.replace("\n", ",")} if forwarded else {}
    environ |= {"HTTP_X_FORWARDED_PROTO": proto} if proto else {}
    FrontDoor(proxies_of(PROXIES), prefix_of(prefix)).wsgi(lambda environ, _: [])(environ, None)
    return environ


CLIENTS = [
    ("10.1.2.3", "203.0.113.9", "203.0.113.9"),
    ("127.0.0.1", "203.0.113.9, 10.0.0.7", "203.0.113.9"),  # two proxies of ours
    ("10.1.2.3", "1.1.1.1, 203.0.113.9", "203.0.113.9"),  # what stands further left is the client's own word
    ("10.1.2.3", "1.1.1.1\n203.0.113.9", "203.0.113.9"),  # in two lines
    ("10.1.2.3", "203.0.113.9:1234", "203.0.113.9"),
    ("10.1.2.3", "[2001:db8::7]:1234", "2001:db8::7"),
    ("10.1.2.3", "2001:db8::7", "2001:db8::7"),
    ("::ffff:10.1.2.3", "203.0.113.9", "203.0.113.9"),
    ("10.1.2.3", "1.1.1.1, unknown", "10.1.2.3"),  # not an address: nothing left of it counts
    ("10.1.2.3", "", "10.1.2.3"),
    ("10.1.2.3", "10.0.0.7", "10.0.0.7"),  # a client among the proxies
    ("203.0.113.66", "1.1.1.1", "203.0.113.66"),  # nobody we trust
    ("", "1.1.1.1", ""),
]


@pytest.mark.parametrize(("peer", "forwarded", "client"), CLIENTS)
def test_the_client_is_the_last_address_that_is_no_proxys(peer: str, forwarded: str, client: str) -> None:
    assert through_asgi(peer, forwarded=forwarded)["client"][0] == client
    assert through_wsgi(peer, forwarded=forwarded)["REMOTE_ADDR"] == client


@given(peer=addresses, forged=st.text(max_size=80))
def test_a_stranger_says_nothing_about_itself(peer: str, forged: str) -> None:
    door = FrontDoor(proxies_of("192.0.2.1"), "")
    if peer == "192.0.2.1":
        return
    environ = {"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forged, "HTTP_X_FORWARDED_PROTO": "https",
               "wsgi.url_scheme": "http"}  # fmt: skip
    door.wsgi(lambda environ, _: [])(environ, None)
    assert (environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]) == (peer, "http")


@given(forged=st.text(max_size=80), client=addresses.filter(lambda one: one != "192.0.2.1"))
def test_whatever_a_client_writes_its_own_address_is_found(forged: str, client: str) -> None:
    door = FrontDoor(proxies_of("192.0.2.1"), "")
    assert door.client("192.0.2.1", f"{forged},{client}") == client


def test_the_scheme_is_the_proxys_to_tell() -> None:
    assert through_asgi("10.1.2.3", proto="https")["scheme"] == "https"
    assert through_asgi("10.1.2.3", proto="https", kind="websocket")["scheme"] == "wss"
    assert through_asgi("203.0.113.66", proto="https")["scheme"] == "http"
    assert through_asgi("10.1.2.3", proto="gopher")["scheme"] == "http"
    assert through_wsgi("10.1.2.3", proto="https")["wsgi.url_scheme"] == "https"


def test_everybody_can_be_trusted() -> None:
    for peer in ("203.0.113.66", "2001:db8::1"):
        assert through_asgi(peer, forwarded="198.51.100.1", proxies="*")["client"][0] == "198.51.100.1"


PATHS = [
    ("/talk/chat/lobby/", "/chat/lobby/"),
    ("/chat/lobby/", "/chat/lobby/"),  # a proxy took it off
    ("/talk/", "/"),
    ("/talk", "/"),
    ("/talking/", "/talking/"),
    ("/", "/"),
]


@pytest.mark.parametrize(("path", "below"), PATHS)
def test_the_prefix_may_be_on_or_off(path: str, below: str) -> None:
    scope = through_asgi("127.0.0.1", path=path, prefix="/talk", kind="websocket")
    assert (scope["root_path"], scope["path"]) == ("/talk", f"/talk{below}")
    environ = through_wsgi("127.0.0.1", path=path, prefix="/talk")
    assert (environ["SCRIPT_NAME"], environ["PATH_INFO"]) == ("/talk", below)


def test_without_a_prefix_nothing_changes() -> None:
    assert through_asgi("203.0.113.66", path="/talk/")["path"] == "/talk/"
    assert through_wsgi("203.0.113.66", path="/talk/")["PATH_INFO"] == "/talk/"


@pytest.mark.parametrize("written", ["talk", "/talk", "/talk/", "talk/"])
def test_a_prefix_is_written_as_one_likes(written: str) -> None:
    assert prefix_of(written) == "/talk"


@pytest.mark.parametrize("written", ["", "/", "//"])
def test_no_prefix_is_none(written: str) -> None:
    assert prefix_of(written) == ""


@pytest.mark.parametrize("written", ["a b", "/../etc", "/a//b", "/é", "/a?b", "/a%2Fb", "https://example.org/talk"])
def test_a_prefix_that_is_no_path_is_said(written: str) -> None:
    with pytest.raises(BadSetting, match="HUBBUB_PREFIX"):
        prefix_of(written)


@pytest.mark.parametrize("written", ["nginx", "127.0.0.1;10.0.0.1", "10.0.0.1/8", "300.0.0.1"])
def test_a_proxy_that_is_no_address_is_said(written: str) -> None:
    with pytest.raises(BadSetting, match="HUBBUB_TRUSTED_PROXIES"):
        proxies_of(written)
