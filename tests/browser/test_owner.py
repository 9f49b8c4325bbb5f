"""The owner's story: the link, the account, the page; a guest who is closed out sees it at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.test_accessibility import NARROW, nothing_wrong
from tests.browser.test_tabs import PASSWORD
from tests.conftest import StartServer


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_the_owner_comes_by_the_link_and_closes_the_door(meet: Meet, start_server: StartServer, scripts: bool) -> None:
    server = start_server()
    ada = meet(at=server, java_script_enabled=scripts, viewport=NARROW)
    path = server.command("owner-link", "--url", "").strip()
    ada.page.goto(f"{server.url}{path}")
    if scripts:
        nothing_wrong(ada)
    ada.page.get_by_label("Username").fill("ada")
    ada.page.locator("[name=password1]").fill(PASSWORD)
    ada.page.locator("[name=password2]").fill(PASSWORD)
    ada.page.get_by_role("button", name="Make the owner's account").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("Server settings")
    if scripts:
        nothing_wrong(ada)
    ben = meet(at=server).excuse("status of 403|WebSocket|4402").enter("lobby").say("hello").sees("hello")
    ada.page.get_by_label("Guests: anybody").uncheck()
    ada.page.get_by_role("button", name="Save").click()
    expect(ada.page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    expect(ben.bar).to_contain_text("Guests are not let in here any more. Sign in or sign up to go on.")
    expect(ben.bar.get_by_role("link", name="Sign up")).to_be_visible()
    expect(ben.bar.get_by_role("button", name="Try again")).to_be_hidden()
    ada.page.get_by_label("Username of an account").fill("nobody")
    ada.excuse("status of 400").page.get_by_role("button", name="Appoint").click()
    expect(ada.page.get_by_role("alert").filter(has_text="no account of that name")).to_be_visible()
    ada.page.goto(f"{server.url}{path}")
    ada.excuse("status of 404")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("This link leads nowhere")
