"""Before the application: who may see the figures, whose request id is taken, and what answers without a thread."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.server import health, reception
from hubbub.server.addresses import proxies_of
from hubbub.server.front_door import FrontDoor
from hubbub.server.reception import Reception, may_watch
from hubbub.trace import trace

TOKEN = "a long and random token"


def request(path: str = "/metrics", client: str | None = "127.0.0.1", version: str = "1.1", **headers: str) -> Any:
    """The scope of a GET; `x_forwarded_for` is X-Forwarded-For."""
    headers = {"host": "127.0.0.1:8000", **headers}
    sent = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in headers.items()]
    where = (client, 50000) if client else None
    return {"type": "http", "method": "GET", "path": path, "client": where, "http_version": version, "headers": sent}


async def ask(application: Any, scope: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of the answer."""
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    await application(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(part.get("body", b"") for part in sent[1:])


async def inside(scope: Any, receive: Any, send: Any) -> None:
    """An application that says whom it works for, and who asks."""
    await send({"type": "http.response.start", "status": 404, "headers": []})
    await send({"type": "http.response.body", "body": f"{trace()} {scope['client'][0]}".encode()})


def at_reception(application: Any, proxies: str = "", prefix: str = "") -> Reception:
    return Reception(FrontDoor(proxies_of(proxies), prefix), application)


# ── who may see the figures ──


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "localhost:8000", "[::1]:8000"])
def test_this_machine_may_watch(address: str, host: str) -> None:
    assert may_watch(request(client=address, host=host))


@pytest.mark.parametrize("address", ["192.0.2.7", "10.0.0.1", "::ffff:192.0.2.7", "", None, "unix:", "localhost"])
def test_another_machine_may_not(address: str | None) -> None:
    assert not may_watch(request(client=address))


@pytest.mark.parametrize(
    "name",
    ["x_forwarded_for", "x_forwarded_proto", "x_forwarded_host", "x_forwarded_port", "forwarded", "via", "x_real_ip",
     "x_client_ip", "true_client_ip", "cf_connecting_ip", "x_original_forwarded_for"],
)  # fmt: skip
def test_what_a_proxy_of_this_machine_hands_on_is_not_from_this_machine(name: str) -> None:
    assert not may_watch(request(**{name: "127.0.0.1"}))
    assert not may_watch(request(**{name: ""}))


def test_a_proxy_that_names_nobody_is_known_by_the_host_or_by_its_old_http() -> None:
    assert not may_watch(request(host="chat.example.org"))
    assert not may_watch(request(host="127.0.0.1.example.org"))
    assert not may_watch(request(version="1.0"))


def test_with_the_token_anybody_may_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_METRICS_TOKEN", TOKEN)
    far = {"client": "192.0.2.7", "x_forwarded_for": "192.0.2.8", "host": "chat.example.org"}
    assert may_watch(request(**far, authorization=f"Bearer {TOKEN}"))


@pytest.mark.parametrize(
    "sent", ["", "Bearer ", f"Bearer {TOKEN}x", f"bearer {TOKEN}", f"Basic {TOKEN}", TOKEN, "Bearer \xff"]
)
def test_with_another_token_nobody_may(monkeypatch: pytest.MonkeyPatch, sent: str) -> None:
    monkeypatch.setenv("HUBBUB_METRICS_TOKEN", TOKEN)
    assert not may_watch(request(client="192.0.2.7", authorization=sent))
    assert not may_watch(request(authorization=sent)), "a wrong token is worse than none"


def test_an_empty_token_opens_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_METRICS_TOKEN", "")
    assert not may_watch(request(client="192.0.2.7", authorization="Bearer "))


def test_the_token_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[Any] = []
    monkeypatch.setenv("HUBBUB_METRICS_TOKEN", TOKEN)
    monkeypatch.setattr(reception, "constant_time_compare", lambda *both: compared.append(both))
    assert not may_watch(request(authorization=f"Bearer {TOKEN}"))
    assert compared == [(f"Bearer {TOKEN}".encode(), f"Bearer {TOKEN}")]


async def test_who_may_not_watch_gets_what_any_other_page_that_is_not_there_gets() -> None:
    hidden = await ask(at_reception(inside), request(client="192.0.2.7"))
    missing = await ask(at_reception(inside), request("/no-such-page", client="192.0.2.7"))
    assert hidden[0] == missing[0] == 404
    assert hidden[1].keys() == missing[1].keys()


# ── ids ──


async def test_a_request_gets_an_id_which_its_answer_tells() -> None:
    one, two = [await ask(at_reception(inside), request("/chat/")) for _ in range(2)]
    assert one[2].decode() == f"{one[1]['x-request-id']} 127.0.0.1"
    assert one[1]["x-request-id"] != two[1]["x-request-id"]


async def test_the_id_of_a_trusted_proxy_is_kept() -> None:
    given = request("/chat/", client="192.0.2.1", x_request_id="a1.b2-C3_d4", x_forwarded_for="198.51.100.9")
    _, headers, body = await ask(at_reception(inside, "192.0.2.1"), given)
    assert headers["x-request-id"] == "a1.b2-C3_d4"
    assert body == b"a1.b2-C3_d4 198.51.100.9"


@pytest.mark.parametrize("sent", ["two words", "a\nb", "\x1b[31m", "", "x" * 65, "-a", "é", "a;b"])
async def test_an_id_that_is_none_is_not_kept(sent: str) -> None:
    _, headers, _ = await ask(
        at_reception(inside, "192.0.2.1"), request("/chat/", client="192.0.2.1", x_request_id=sent)
    )
    assert headers["x-request-id"] != sent


@pytest.mark.parametrize("trusted", ["", "192.0.2.1"])
async def test_nobody_else_chooses_an_id_or_an_address(trusted: str) -> None:
    given = request("/chat/", client="192.0.2.66", x_request_id="mine", x_forwarded_for="198.51.100.9")
    _, headers, body = await ask(at_reception(inside, trusted), given)
    assert headers["x-request-id"] != "mine"
    assert body.endswith(b" 192.0.2.66")


# ── the pages for machines ──


async def test_alive_is_answered_here() -> None:
    status, headers, body = await ask(at_reception(inside), request("/healthz"))
    assert (status, body) == (200, b'{"status": "alive"}')
    assert headers["cache-control"] == "no-store"


async def test_under_a_prefix_too() -> None:
    for path in ("/talk/healthz", "/healthz"):
        status, _, _ = await ask(at_reception(inside, prefix="/talk"), request(path))
        assert status == 200


async def test_a_head_has_no_body_and_a_post_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await ask(at_reception(inside), {**request("/healthz"), "method": "HEAD"}))[2] == b""
    assert (await ask(at_reception(inside), {**request("/healthz"), "method": "POST"}))[0] == 404


async def test_ready_is_answered_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database", health.Check(lambda: "failing"))
    status, _, body = await ask(at_reception(inside), request("/readyz"))
    assert status == 503
    assert b'"database":"failing"' in body
