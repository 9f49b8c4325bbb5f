"""Hubbub's sockets inside the intranet: under its prefix, behind its own ASGI stack, with its accounts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.embedding.host import Host, Visitor

Visit = Callable[[], Visitor]


def socket_of(visitor: Visitor, path: str = "/ws/", *, origin: str = "") -> connect:
    """A socket as the visitor's browser opens it."""
    return connect(
        visitor.address.replace("http:", "ws:") + path,
        subprotocols=["hubbub.v1"] if path.startswith("/ws/?") or path == "/ws/" else None,
        additional_headers={"Cookie": visitor.cookies},
        origin=origin or visitor.address.removesuffix("/intranet"),
    )


def hear(socket: ClientConnection, *kinds: str) -> dict[str, Any]:
    """The next frame of one of these kinds."""
    while (heard := json.loads(socket.recv(timeout=10)))["type"] not in kinds:
        pass
    return heard


@pytest.mark.parametrize("kind", ["asgi", "fast"])
def test_who_is_signed_in_is_known_and_heard_by_everybody_in_the_room(host: Host, kind: str) -> None:
    address = host.start(kind)
    bob, guest = Visitor(address).sign_in("bob@intranet.example"), Visitor(address)
    with socket_of(bob) as speaker, socket_of(guest, "/ws/chat/sockets/") as listener:
        assert hear(speaker, "welcome")["you"]["name"] == "bob"
        speaker.send(json.dumps({"type": "post", "room": "Sockets", "message": "hello", "nonce": f"socket {kind}"}))
        assert hear(speaker, "ok", "refused")["type"] == "ok"
        heard = hear(listener, "message")
    assert (heard["message"], heard["author"]["name"], heard["author"]["guest"]) == ("hello", "bob", False)


def test_the_ticket_of_a_page_opens_the_socket(visit: Visit) -> None:
    bob = visit().sign_in("bob@intranet.example")
    told = bob.get("/team/chat/sockets/").for_client
    with socket_of(bob, f"/ws/?ticket={told['ticket']}") as socket:
        assert hear(socket, "welcome")["you"] == told["you"]


def test_a_post_by_form_arrives_live(visit: Visit) -> None:
    bob = visit().sign_in("bob@intranet.example")
    bob.get("/team/chat/forms/")
    with socket_of(visit(), "/ws/chat/forms/") as listener:
        bob.post("/team/chat/forms/", message="by form", nonce="form 1")
        assert hear(listener, "message")["message"] == "by form"


def test_signing_out_of_the_intranet_closes_the_socket(visit: Visit) -> None:
    dora = visit().sign_in("dora@intranet.example")
    with socket_of(dora) as socket:
        hear(socket, "welcome")
        dora.post("/accounts/logout/")
        with pytest.raises(Exception, match="4401"):
            hear(socket, "never")


def test_a_foreign_origin_is_refused_before_acceptance(visit: Visit) -> None:
    with pytest.raises(InvalidStatus, match="403"), socket_of(visit(), origin="http://elsewhere.example"):
        pass


def test_with_guests_off_a_socket_without_an_account_is_refused(host: Host) -> None:
    address = host.start("asgi", GUESTS=False)
    with pytest.raises(InvalidStatus, match="403"), socket_of(Visitor(address)):
        pass
    with socket_of(Visitor(address).sign_in("ada@intranet.example")) as socket:
        assert hear(socket, "welcome")["you"]["name"] == "ada"


def test_the_intranet_decides_what_people_are_called(host: Host) -> None:
    address = host.start("asgi", PERSON_NAME="staff.models.chat_name", MESSAGE_LENGTH=20)
    nicknamed = "from staff.models import Account\n"
    nicknamed += "Account.objects.create_user(*['z9@intranet.example'] * 2, nickname='Zoë')\n"
    assert host.manage("shell", "--no-imports", input=nicknamed).returncode == 0
    with socket_of(Visitor(address).sign_in("z9@intranet.example")) as socket:
        welcome = hear(socket, "welcome")
        assert welcome["you"]["name"] == "Zoë"
        assert welcome["limits"]["message"] == 20
