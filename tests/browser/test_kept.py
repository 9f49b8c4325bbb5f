"""What the browser keeps: per person and room, in all windows or in one tab, with nothing in the way of the page where
nothing may be kept."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_deeds import do

ANA = {"person": "ana", "room": "a:b/ c"}
FILL = """() => {
  for (const size of [1e6, 1e4, 1e2, 1])
    try { for (let n = 0; ; n++) localStorage.setItem(`${size} ${n}`, "x".repeat(size)); } catch {}
}"""


@pytest.fixture
def page(meet: Meet, room: str) -> Person:
    person = meet()
    person.page.goto("/chat/")
    return person


def run(page: Person, script: str, **given: Any) -> Any:
    """The script's value, with `One`, `Many` and `inherit` at hand."""
    return page.page.evaluate(
        f"""async ({{ {", ".join(given)} }}) => {{
          const {{ One, Many, inherit }} = await import("hubbub/kept");
          {script}
        }}""",
        given,
    )


def test_what_is_kept_is_one_persons_in_one_room(page: Person) -> None:
    read = """
      new One("draft", ana).value = "half a wo";
      new Many("outbox", ana).put("n:1", { nonce: "n:1", message: "later" });
      const others = [{}, { person: "ben" }, { person: "an" }, { room: "a" }, { room: "a:b" }];
      return others.map((other) => ({ ...ana, ...other }))
        .map((who) => [new One("draft", who).value, new Many("outbox", who).values.length]);"""
    assert run(page, read, ana=ANA) == [["half a wo", 1], *[[None, 0]] * 4]


LEFT = ["", "half a wo", "null", "7", "[]", "{}", '{"said": 7}', '"', '{"id": 5, "source": "a"}']


def test_what_another_version_left_counts_as_nothing(page: Person) -> None:
    read = """
      const who = { person: "ana", room: "lobby" }, kinds = ["draft", "reply", "edit", "outbox"];
      return lefts.flatMap((left) => {
        for (const area of [localStorage, sessionStorage])
          for (const kind of kinds) for (const end of ["", ":n"]) area.setItem(`hubbub:${kind}:ana:lobby${end}`, left);
        return [...kinds.slice(0, 3).map((kind) => new One(kind, who).value), ...new Many("outbox", who).values];
      });"""
    assert run(page, read, lefts=LEFT) == [None] * 3 * len(LEFT)


def test_what_two_who_are_one_wrote_goes_on_together(page: Person) -> None:
    read = """
      const both = { person: "account", room: "lobby" }, guest = { ...both, person: "guest" };
      new One("draft", both).value = "from before";
      new One("draft", guest).value = "as a guest";
      new One("edit", guest).value = { id: 1, said: { text: "a" }, text: "b" };
      new Many("outbox", guest).put("n", { nonce: "n", message: "later" });
      inherit("guest", "account");
      inherit("guest", "account");
      const left = Object.keys({ ...localStorage, ...sessionStorage }).filter((key) => key.includes(":guest"));
      const [post] = new Many("outbox", both).values;
      return [new One("draft", both).value, new One("edit", both).value.text, post.message, left];"""
    assert run(page, read) == ["from before\nas a guest", "b", "later", []]


def test_what_does_not_fit_lives_as_long_as_the_page_and_what_fitted_is_not_lost(page: Person) -> None:
    read = f"""
      const who = {{ person: "guest", room: "lobby" }};
      new One("draft", who).value = "fitted";
      ({FILL})();
      const posts = new Many("outbox", who), draft = new One("draft", {{ ...who, room: "hall" }});
      posts.put("n", {{ nonce: "n", message: "x".repeat(500) }});
      draft.value = "y".repeat(500);
      inherit("guest", "account-of-a-long-id");
      const kept = ["guest", "account-of-a-long-id"].map((person) => new One("draft", {{ ...who, person }}).value);
      return [posts.values.map(({{ nonce }}) => nonce), draft.value.length, kept.filter(Boolean)];"""
    assert run(page, read) == [["n"], 500, ["fitted"]]


FORBID = """for (const area of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, area, { get() { throw new DOMException("no", "SecurityError"); } });"""


def test_a_page_that_may_keep_nothing_works(meet: Meet, room: str) -> None:
    ada = meet()
    ada.context.add_init_script(FORBID)
    ada.enter(room).say("hello").sees("hello")
    do(ada, ada.message("hello"), "reply")
    expect(ada.page.locator(".reply")).to_contain_text("hello")
    do(ada, ada.message("hello"), "edit")
    ada.page.keyboard.type(", all")
    ada.page.keyboard.press("Enter")
    expect(ada.message("hello, all")).to_be_visible()
