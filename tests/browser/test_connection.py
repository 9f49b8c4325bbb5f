"""connection.js in Chromium, with sockets and a clock of the test's own: how long it waits before it comes back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import Meet
from tests.browser.people import LINE_BROKE, Person
from tests.browser.test_tabs import PASSWORD
from tests.conftest import StartServer
from tests.servers import Server

# Plays closes to a connection whose dice always show `dice`; the waits in ms that it chose, one for each.
PLAY = """async ([closes, dice]) => {
  const { Connection } = await import("hubbub/connection");
  const real = { WebSocket: globalThis.WebSocket, setTimeout: globalThis.setTimeout };
  const waits = [];
  let socket, due;
  globalThis.WebSocket = class { constructor() { socket = this; } send() {} close() {} };
  globalThis.setTimeout = (act, time) => { due = { act, time }; return 0; };
  try {
    const connection = new Connection({ url: "ws://nowhere/", random: () => dice });
    connection.start();
    for (const { code, reason = "", welcome = false } of closes) {
      if (welcome) socket.onmessage({ data: JSON.stringify({ type: "welcome" }) });
      socket.onclose({ code, reason });
      waits.push(Math.round(due.time));
      due.act();
    }
    connection.stop();
    return waits;
  } finally { Object.assign(globalThis, real); }
}"""

Play = Callable[..., list[int]]
RESTART = "The server restarts. Come back in a moment; spread="


@pytest.fixture(scope="module")
def play(browser: Browser, server: Server) -> Iterator[Play]:
    person = Person(browser, server).enter("connection")

    def run(*closes: dict[str, Any], dice: float = 1.0) -> list[int]:
        waits: list[int] = person.page.evaluate(PLAY, [list(closes), dice])
        return waits

    yield run
    person.close()


def test_without_a_word_the_bound_doubles(play: Play) -> None:
    assert play(*[{"code": 1006}] * 6) == [1000, 2000, 4000, 8000, 15000, 15000]


def test_the_server_says_within_how_long_to_come_back(play: Play) -> None:
    assert play({"code": 1012, "reason": RESTART + "2.5", "welcome": True}) == [2500]
    assert play({"code": 1012, "reason": RESTART + "0.5", "welcome": True}) == [500]
    assert play({"code": 1013, "reason": RESTART + "10"}, dice=0.25) == [2500]


def test_while_it_is_not_back_no_bound_is_lower_than_what_the_server_said(play: Play) -> None:
    closes = [{"code": 1012, "reason": RESTART + "3", "welcome": True}, *[{"code": 1006}] * 4]
    assert play(*closes) == [3000, 3000, 3000, 4000, 8000]


def test_after_a_short_spread_the_bound_grows_as_usual(play: Play) -> None:
    closes = [{"code": 1012, "reason": RESTART + "0.5", "welcome": True}, *[{"code": 1006}] * 3]
    assert play(*closes) == [500, 1000, 2000, 4000]


def test_what_was_said_is_forgotten_when_there_is_a_line_again(play: Play) -> None:
    closes = [{"code": 1012, "reason": RESTART + "9", "welcome": True}, {"code": 1006, "welcome": True}]
    assert play(*closes) == [9000, 1000]


def test_nobody_is_kept_away_for_ever_by_a_number(play: Play) -> None:
    assert play({"code": 1012, "reason": RESTART + "86400", "welcome": True}) == [15000]
    assert play({"code": 1012, "reason": RESTART + "soon", "welcome": True}) == [1000]


def test_a_page_that_may_no_longer_be_seen_says_so_instead_of_trying_for_ever(
    meet: Meet, start_server: StartServer, room: str
) -> None:
    server = start_server(HUBBUB_GUESTS="off", HUBBUB_SECRET_KEY="first")
    account = "from django.contrib.auth.models import User; User.objects.create_user('ada', password={!r})"
    server.command("shell", "-c", account.format(PASSWORD))
    ada = meet(at=server).excuse(LINE_BROKE).excuse("403")
    ada.page.goto(f"/chat/{room}/")
    ada.page.get_by_label("Username").fill("ada")
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Sign in").click()
    ada.until_heard("synced")
    server.stop()
    server.environment["HUBBUB_SECRET_KEY"] = "second"  # nobody's session counts any more
    server.start()
    expect(ada.bar).to_contain_text("You are signed out", timeout=40_000)
    expect(ada.bar.get_by_role("link", name="Sign in")).to_be_visible()


def test_a_server_that_is_away_does_not_sign_anybody_out(meet: Meet, start_server: StartServer, room: str) -> None:
    server = start_server()
    ada = meet(at=server).excuse(LINE_BROKE).enter(room)
    server.kill()
    asked = len(ada.requests)
    ada.until(lambda: any("/chat/" in url for url in ada.requests[asked:]), seconds=40)
    expect(ada.bar).to_contain_text("Reconnecting")
    server.start()
    ada.is_well()
