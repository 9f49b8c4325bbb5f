"""Hubbub's pages inside the intranet: under its prefix, in its frame, with its static files and its accounts."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.embedding.host import Host, Page, Visitor

Visit = Callable[[], Visitor]


@pytest.fixture(params=["/team/chat/", "/team/chat/lobby/", "/team/chat/-/search/?q=hello", "/team/chat/-/direct/"])
def page(visit: Visit, request: pytest.FixtureRequest) -> Page:
    """Each kind of page, as a guest sees it."""
    return visit().get(request.param)


def test_a_page_stands_in_the_intranets_own_frame(page: Page) -> None:
    assert page.status == 200
    assert "site-nav" in page.text
    assert page.text.count("<html") == 1
    assert 'class="hubbub"' in page.text
    assert 'id="main"' in page.text


def test_every_address_in_a_page_is_under_the_script_prefix(page: Page) -> None:
    addresses = [
        *page.all("a", "href"),
        *page.all("form", "action"),
        *page.all("link", "href"),
        *page.all("script", "src"),
    ]
    own = [address for address in addresses if address and not address.startswith(("#", "?"))]
    assert own
    assert all(address.startswith("/intranet/") for address in own), own


def test_every_link_of_a_page_leads_somewhere(page: Page, visit: Visit) -> None:
    for address in {address for address in page.all("a", "href") if address.startswith("/")}:
        assert visit().get(address).status == 200, address


def test_every_static_file_of_a_page_is_hashed_and_there(page: Page, visit: Visit) -> None:
    files = {*page.all("link", "href"), *page.all("script", "src"), *page.all("img", "src"), *page.import_map.values()}
    visitor = visit()
    parts = {address for address in files if "/-/parts/" in address}  # made by a view, under a digest of what it says
    assert all(visitor.get(address).status == 200 for address in parts)
    for address in files - parts:
        assert urlsplit(address).path.startswith("/intranet/static/"), address
        assert len(address.split(".")[-2]) == 12, f"{address} has no hash"
        assert visitor.get(address).status == 200, address


def test_the_import_map_has_every_module_and_modules_import_nothing_else(page: Page, visit: Visit) -> None:
    modules = page.import_map
    assert {"hubbub/chat", "hubbub/timeline", "hubbub/connection"} <= set(modules)
    for name, address in modules.items():
        for line in visit().get(address).text.splitlines():
            if line.startswith("import "):
                imported = line.rstrip(";").split()[-1].strip("\"'")
                assert imported in modules, f"{name} imports {imported}"


def test_a_rooms_page_tells_the_browser_where_the_socket_is(visit: Visit) -> None:
    told = visit().get("/team/chat/lobby/").for_client
    assert told["socket"] == "/intranet/ws/"
    assert told["rooms_url"] == "/intranet/team/chat/"
    assert told["room_url_template"] == "/intranet/team/chat/__room__/"


def test_pages_are_private_and_nothing_inline_runs_in_them(page: Page) -> None:
    assert page.headers["Cache-Control"] == "private, no-store"
    policy = page.headers["Content-Security-Policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    inline = [found for name, found in page.elements if name == "script" and "src" not in found]
    assert all(found.get("nonce") == nonce or found.get("type") == "application/json" for found in inline)
    assert not page.all("div", "style")


def test_the_intranets_own_content_policy_and_nonce_are_used(host: Host) -> None:
    page = Visitor(host.start("asgi", policy=True)).get("/team/chat/lobby/")
    [policy] = page.headers.get_all("Content-Security-Policy")
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert "default-src 'self'" in policy
    assert f'<script type="importmap" nonce="{nonce}">' in page.text


def test_who_is_signed_in_speaks_under_the_name_without_its_mail_domain(visit: Visit) -> None:
    ada = visit().sign_in("ada@intranet.example")
    ada.get("/team/chat/pages/")
    page = ada.post("/team/chat/pages/", message="Hello from ada", nonce="pages 1")
    assert page.status == 200
    assert "Hello from ada" in page.text
    assert page.for_client["you"] == {"id": page.for_client["you"]["id"], "name": "ada", "guest": False}


def test_a_guest_is_led_to_the_intranets_sign_in_and_a_member_can_sign_out(visit: Visit) -> None:
    links = [link.strip() for link in visit().get("/team/chat/").all("a", "href")]  # as a browser does
    assert "/intranet/accounts/login/?next=/intranet/team/chat/" in links
    member = visit().sign_in("ada@intranet.example").get("/team/chat/")
    assert "/intranet/accounts/logout/" in member.all("form", "action")


def test_a_guest_who_signs_in_keeps_what_they_said(visit: Visit) -> None:
    cleo = visit()
    cleo.get("/team/chat/adoption/")
    cleo.post("/team/chat/adoption/", message="Said before signing in", nonce="adoption 1")
    said_by = cleo.get("/team/chat/adoption/").for_client["you"]
    assert said_by["guest"]
    cleo.sign_in("cleo@intranet.example")
    page = cleo.get("/team/chat/adoption/")
    assert page.for_client["you"] == {"id": said_by["id"], "name": "cleo", "guest": False}
    seen = visit().get("/team/chat/adoption/").text
    assert "Said before signing in" in seen
    assert said_by["name"] not in seen.partition('id="chat-log"')[2].partition("</hubbub-log>")[0]


def test_the_badge_counts_what_is_unread(visit: Visit) -> None:
    ada, bob = visit().sign_in("ada@intranet.example"), visit().sign_in("bob@intranet.example")
    for visitor, text in ((ada, "first"), (bob, "second"), (bob, "third")):
        visitor.get("/team/chat/deploys/")
        visitor.post("/team/chat/deploys/", message=text, nonce=f"badge {text}")
    assert '<b class="badge">2</b>' in ada.get("/").text
    assert '<b class="badge">0</b>' in bob.get("/").text
    assert '<b class="badge">0</b>' in visit().get("/").text


def test_with_guests_off_pages_lead_to_the_intranets_sign_in(host: Host) -> None:
    address = host.start("asgi", GUESTS=False)
    page = Visitor(address).get("/team/chat/lobby/")
    assert urlsplit(page.url).path == "/intranet/accounts/login/"
    assert "next=/intranet/team/chat/lobby/" in page.url
    member = Visitor(address).sign_in("ada@intranet.example")
    assert member.get("/team/chat/lobby/").status == 200


def test_the_admin_shows_rooms_and_people(visit: Visit, host: Host) -> None:
    made = "from staff.models import Account\n"
    made += "Account.objects.filter(email__startswith='bob').update(is_staff=True, is_superuser=True)\n"
    assert host.manage("shell", "--no-imports", input=made).returncode == 0
    bob = visit().sign_in("bob@intranet.example")
    bob.get("/team/chat/admin-room/")
    bob.post("/team/chat/admin-room/", message="hi", nonce="admin 1")
    for model in ("room", "person", "message"):
        page = bob.get(f"/admin/hubbub/{model}/?q=bob")
        assert page.status == 200, model


def test_a_colleague_who_never_came_is_written_to_by_the_name_they_sign_in_with(host: Host, visit: Visit) -> None:
    made = "Account.objects.create_user('eli@intranet.example', 'eli@intranet.example')"
    assert host.manage("shell", "--no-imports", input=f"from staff.models import Account\n{made}\n").returncode == 0
    ada = visit().sign_in("ada@intranet.example")
    ada.get("/team/chat/-/direct/")
    assert ada.get("/team/chat/-/whom/?q=eli").text == '{"people": []}', "customers are not listed by themselves"
    room = ada.post("/team/chat/-/direct/", name="eli@intranet.example")
    assert (room.status, "<title>eli · Hubbub" in " ".join(room.text.split())) == (200, True)
    ada.post(room.url, message="Welcome")
    assert "Welcome" in visit().sign_in("eli@intranet.example").get(room.url).text
