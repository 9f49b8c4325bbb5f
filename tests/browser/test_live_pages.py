"""The list of rooms and a room's page about itself follow what others do, while one looks at them and types in them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.browser.test_private_rooms import accounts, sign_in
from tests.servers import Server

__all__ = ["accounts"]  # a fixture


# Silences whoever looks for a moment; whether the composer is hidden then, and the reason for it.
SILENCE = """async () => {
  const [{ showSilence }, { Clock }] = await Promise.all([import("hubbub/elements/word"), import("hubbub/clock")]);
  showSilence(Date.now() + 500, new Clock("en"));
  return ["hubbub-composer", ".composer__silenced"].map((part) => document.querySelector(part).hidden);
}"""


# Asks for something by a socket of its own, as whoever looks.
ASK = """async (command) => {
  const { Connection } = await import("hubbub/connection");
  const page = JSON.parse(document.getElementById("hubbub-page").textContent);
  const url = new URL(page.socket, location.href.replace(/^http/, "ws")).href;
  const connection = new Connection({ url, ticket: page.ticket });
  await new Promise((open) => { connection.addEventListener("welcome", open); connection.start(); });
  await connection.ask(command);
  connection.stop();
}"""


def ask(person: Person, text: str, **command: str) -> None:
    """Do something with the message that says this."""
    id = int(person.message(text).get_attribute("data-id") or 0)
    person.page.evaluate(ASK, {**command, "id": id})


@pytest.fixture
def den(meet: Meet, server: Server, room: str, accounts: tuple[str, str]) -> tuple[Person, Person]:
    """Ada, who owns a private room, and Ben, who is in it; both on its page."""
    code = (
        "from django.contrib.auth.models import User\nfrom hubbub.api import make_room\n"
        f"ada, ben = (User.objects.get(username=name) for name in {accounts!r})\n"
        f"print(make_room({room!r}, author=ada, kind='private', people=[ben]))"
    )
    path = f"/chat/-/room/{server.command('shell', '-v', '0', '-c', code).strip().removeprefix('-/')}/-/about/"
    two = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1])
    for person in two:
        person.page.goto(path)
        person.until_heard("synced")
    return two


def test_the_list_of_rooms_grows_and_changes_under_ones_eyes(
    meet: Meet, server: Server, room: str, accounts: tuple[str, str]
) -> None:
    ada, reader = sign_in(meet(), accounts[0]), meet()
    reader.page.goto("/chat/")
    reader.until_heard("welcome")
    find = reader.page.get_by_role("searchbox", name="Find a room by name or topic")
    find.fill("what I ty")
    name = f"new {room}"
    speak(server, name, "the first word")
    entry = reader.page.locator(".listing__room", has_text=name)
    expect(entry).to_be_visible(timeout=3000)
    ada.enter(name).page.locator("[data-go=about]").click()
    ada.page.get_by_label("What this room is about").fill("Roses")
    ada.page.get_by_role("button", name="Save").first.click()
    expect(entry).to_contain_text("Roses", timeout=3000)
    expect(find).to_have_value("what I ty")
    expect(find).to_be_focused()


def test_a_rooms_page_follows_what_others_do(den: tuple[Person, Person], accounts: tuple[str, str]) -> None:
    ada, ben = den
    ben.page.get_by_role("combobox", name="Whom").fill("unfinished")
    line = ada.page.locator(".member", has_text=accounts[1])
    line.locator("summary").click()
    line.get_by_label("Role").select_option("moderator")
    line.get_by_role("button", name="Save").click()
    expect(line.locator("summary")).to_be_focused()
    for person in (ada, ben):
        expect(person.page.locator(".member", has_text=accounts[1])).to_contain_text("moderator", timeout=3000)
    expect(ben.page.get_by_role("heading", name="Settings")).to_be_visible()
    expect(ben.page.get_by_role("combobox", name="Whom")).to_have_value("unfinished")
    expect(ben.page.get_by_role("combobox", name="Whom")).to_be_focused()
    ada.page.get_by_label("What this room is about").fill("Money")
    ada.page.keyboard.press("Enter")
    expect(ben.page.get_by_label("What this room is about")).to_have_value("Money", timeout=3000)
    line.locator("summary").click()
    line.get_by_role("button", name="Remove").click()
    expect(ada.page.locator(".member")).to_have_count(1)
    expect(ada.page.locator("#about-people")).to_be_focused()
    ben.excuse("status of 404")
    expect(ben.page.get_by_role("heading", level=1)).not_to_have_text(re.compile("room-"), timeout=3000)


def test_to_rename_a_room_leaves_the_keyboard_where_it_is(den: tuple[Person, Person]) -> None:
    ada, ben = den
    field = ada.page.get_by_role("textbox", name="Name", exact=True)
    field.fill("Council")
    field.press("Enter")
    for person in (ada, ben):
        expect(person.page.get_by_role("heading", level=1)).to_have_text("Council", timeout=3000)
        expect(person.page).to_have_title(re.compile("Council"))
        expect(person.page.locator(".sidebar [data-kind=private]")).to_contain_text("Council")
    expect(field).to_be_focused()
    archive = ada.page.get_by_role("button", name="Archive it")
    archive.focus()
    archive.press("Enter")
    expect(ada.page.get_by_role("button", name="Open it again")).to_be_focused()
    expect(ben.page.get_by_text("This room is archived")).to_be_visible(timeout=3000)


def test_who_is_silenced_or_slowed_down_is_told_before_they_write(
    meet: Meet, room: str, accounts: tuple[str, str]
) -> None:
    ada, guest = sign_in(meet(), accounts[0]), meet()
    ada.enter(room)  # whose word was the first there, and who owns the room
    guest.enter(room).say("I am new")
    expect(guest.message("I am new")).to_be_visible()
    ada.page.locator("[data-go=about]").click()
    ada.page.get_by_label("Each person may speak once in").select_option("30")
    ada.page.get_by_role("button", name="Save").last.click()
    slow = guest.page.locator(".composer__slow")
    expect(slow).to_have_text("Slowed down: each person may speak once in 30 seconds.", timeout=3000)
    line = ada.page.locator(".member", has_text=guest.name)
    line.locator("summary").click()
    guest.composer.fill("half a wo")
    line.get_by_role("button", name="Silence").click()
    silenced = guest.page.locator(".composer__silenced")
    expect(silenced).to_have_text(
        re.compile(r"A moderator has silenced you here until \d\d:\d\d\. Then you can write again\."), timeout=3000
    )
    expect(guest.composer).to_be_hidden()
    expect(guest.page.locator("hubbub-notice")).to_be_hidden()
    line.locator("summary").click()
    line.get_by_role("button", name="Let them speak again").click()
    expect(guest.composer).to_have_value("half a wo", timeout=3000)
    expect(silenced).to_be_hidden()
    expect(guest.page.locator("#hubbub-note")).to_have_text("You can write here again.")
    assert guest.page.evaluate(SILENCE) == [True, False]
    expect(guest.composer).to_be_visible()  # by itself, when the time is over
    expect(silenced).to_be_hidden()
    guest.enter(room)
    expect(slow).to_have_text("Slowed down: each person may speak once in 30 seconds.")
    ada.page.get_by_label("Each person may speak once in").select_option("0")
    ada.page.get_by_role("button", name="Save").last.click()
    expect(slow).to_be_hidden(timeout=3000)
    line.locator("summary").click()
    line.get_by_role("button", name="Ban").click()
    expect(guest.bar).to_contain_text("A moderator has banned you from this room.", timeout=3000)
    expect(guest.bar.get_by_role("button")).to_have_count(0)
    guest.bar.get_by_role("link", name="All rooms").click()
    expect(guest.page.get_by_role("heading", level=1)).to_have_text("Rooms")


def test_the_list_of_people_and_a_persons_page_follow_who_is_here_and_what_they_say_of_themselves(
    meet: Meet, room: str, accounts: tuple[str, str]
) -> None:
    ada, ben = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1])
    for person in (ada, ben):
        person.enter(room).say(f"I am {person.name}")
    ben.page.goto("/chat/")
    people = ada.another_tab(room)
    people.page.goto(f"/chat/-/people/?q={accounts[1]}")
    ada.page.goto("/chat/-/people/")
    ada.page.get_by_role("searchbox").fill("whom I se")
    entry, here = people.page.locator(".listing__person"), people.page.get_by_text("here", exact=True)
    expect(entry).to_have_count(1)
    expect(here).to_be_hidden()
    ben.enter(room)
    expect(here).to_be_visible(timeout=5000)
    people.page.goto(entry.get_attribute("href") or "")
    now = people.page.get_by_text("Here now")
    expect(now).to_be_visible()
    ben.page.goto("/chat/-/profile/")
    expect(now).to_be_hidden(timeout=5000)
    ben.page.get_by_label("About you").fill("Roses and money")
    ben.page.get_by_role("button", name="Save").last.click()
    expect(people.page.get_by_text("Roses and money")).to_be_visible(timeout=5000)
    expect(ada.page.get_by_text("Roses and money")).to_be_visible(timeout=5000)
    expect(ada.page.get_by_role("searchbox")).to_have_value("whom I se")
    people.page.get_by_role("button", name="Block").click()
    expect(people.page.get_by_role("button", name="Unblock")).to_be_visible()
    expect(ada.page.get_by_text("Roses and money")).to_be_hidden(timeout=5000)


def test_the_list_of_mentions_follows_what_calls_one_is_read_edited_and_deleted(
    meet: Meet, room: str, accounts: tuple[str, str]
) -> None:
    ada, ben = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1])
    for person in (ada, ben):
        person.enter(room).say(f"I am {person.name}")
    ada.page.goto("/chat/-/mentions/")
    ada.until_heard("synced")
    expect(ada.page.get_by_text("Nobody has called you yet.")).to_be_visible()
    entries = ada.page.locator(".mentions__entry")
    first, second = f"@{accounts[0]} come here", f"@{accounts[0]} and here"
    ben.say(first).say(second)
    expect(entries).to_have_count(2, timeout=5000)
    expect(entries.locator(".mentions__new")).to_have_count(2)
    window = ada.another_tab(room)
    expect(window.message(second)).to_be_visible()
    expect(entries.locator(".mentions__new")).to_have_count(0, timeout=5000)
    window.close_tab()
    ask(ben, second, type="edit", message="nobody now")
    expect(entries).to_have_count(1, timeout=5000)
    ask(ben, first, type="delete")
    expect(entries).to_have_count(0, timeout=5000)


def test_the_other_moderators_page_shows_a_new_link_and_the_end_of_a_silence_at_once(
    den: tuple[Person, Person], server: Server, accounts: tuple[str, str]
) -> None:
    ada, ben = den
    key = ada.page.locator("[data-follow]").get_attribute("data-room")
    appoint = (
        "from django.contrib.auth.models import User\nfrom hubbub import chat, identity\n"
        f"ada, ben = (identity.of_user(User.objects.get(username=name)) for name in {accounts!r})\n"
    )
    server.command(
        "shell", "-v", "0", "-c", appoint + f"chat.act_now(ada, {key!r}, 'role', whom=ben.id, text='moderator')"
    )
    make = ben.page.get_by_role("button", name="Make a link")
    expect(make).to_be_visible()  # since a moment ago: the page was opened by a member
    ada.page.get_by_role("button", name="Make a link").click()
    expect(ben.page.locator(".link__url")).to_have_count(1, timeout=10_000)
    ada.page.locator(".link").get_by_role("button", name="Take back").click()
    expect(ben.page.locator(".link__url")).to_have_count(0, timeout=10_000)

    silence = f"chat.act_now(ada, {key!r}, 'silence', whom=ben.id, seconds=6)"
    server.command("shell", "-v", "0", "-c", appoint + silence)
    for person in den:
        expect(person.page.locator(".member__facts", has_text="silenced until")).to_have_count(1, timeout=10_000)
    for person in den:
        expect(person.page.locator(".member__facts", has_text="silenced until")).to_have_count(0, timeout=15_000)
