"""`hubbub.api.post_message` from a view of the intranet's own, inside ATOMIC_REQUESTS."""

from __future__ import annotations

from collections.abc import Callable

from tests.embedding.host import Visitor
from tests.embedding.test_sockets import hear, socket_of

Visit = Callable[[], Visitor]


def test_what_a_view_says_arrives_live_when_its_transaction_commits(visit: Visit) -> None:
    ada = visit().sign_in("ada@intranet.example")
    with socket_of(visit(), "/ws/chat/deploys/") as listener:
        page = ada.post("/releases/", version="v2.1")
        heard = hear(listener, "message")
    assert page.status == 200
    assert page.text == f"#{heard['seq']}"
    assert (heard["message"], heard["author"]["name"]) == ("v2.1 is out", "ada")


def test_when_the_view_fails_nothing_was_said(visit: Visit) -> None:
    ada = visit().sign_in("ada@intranet.example")
    with socket_of(visit(), "/ws/chat/deploys/") as listener:
        assert ada.post("/releases/", version="broken").status == 500
        assert ada.post("/releases/", version="v2.2").status == 200
        heard = hear(listener, "message")
    assert heard["message"] == "v2.2 is out", "and not that a broken version is"
    assert "broken is out" not in visit().get("/team/chat/deploys/").text


def test_the_numbers_have_no_gap_after_a_rollback(visit: Visit) -> None:
    ada = visit().sign_in("ada@intranet.example")
    before = ada.post("/releases/", version="v3.0").text
    assert ada.post("/releases/", version="broken").status == 500
    after = ada.post("/releases/", version="v3.1").text
    assert int(after[1:]) == int(before[1:]) + 1


def test_saying_it_again_under_the_same_nonce_says_it_once(visit: Visit) -> None:
    ada = visit().sign_in("ada@intranet.example")
    assert ada.post("/releases/", version="v4.0").text == ada.post("/releases/", version="v4.0").text
    assert visit().get("/team/chat/deploys/").text.partition('id="chat-log"')[2].count("v4.0 is out</p>") == 1
