"""Whatever is sent to a page or in a form, the answer is a page: nothing breaks, and nothing leads elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import views
from hubbub.models import Room
from tests.places import World

pytestmark = pytest.mark.django_db(transaction=True)

VIEWS = Path(views.__file__).parent

ACTS = (
    "join leave add topic rename role remove ban unban silence unsilence slow archive unarchive invite take_back fly"
).split()

# Every name that a view reads from an address or a form.
FIELDS = (
    "q page before after at zone room kind name topic person act text seconds uses token erase message nonce reply_to "
    "read unread starred muted level next about time_zone on toggle edit base pin delete archived user as"
).split()

WILD = [
    "", " ", "\0", "a\0b", "\n", "\ufffd", "\u202eevil", "\u200b", "\ufdd0", "\U0010ffff", "%00", "%s", "{}", "'", '"',
    "\\", "-1", "0", "1", "007", "1e9", "1.5", "NaN", str(2**31), str(2**53), str(2**63), str(2**64), "9" * 5000, "٣",
    "²", "x" * 300, "x" * 70_000, "👍" * 100, "..", ".", "/", "-/", "-/" + "A" * 22, "0" * 32, "f" * 32, "f" * 33,
    "{" + "0" * 32, "0001-01-01", "9999-12-31", "2026-13-45", "2026-W01-1", "../../etc/passwd", "Europe", "Etc/GMT+12",
    "http://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", "/topic \0",
    "/help", "/me", "/topic " + "x" * 300, "@room @here", "[" * 2000, "on", "off", "from:\0 in:\0", "in:x", "* *",
    "from:me before:0001-01-01", "after:9999", "is:pinned", "private", "command", "👍", "lobby", "Europe/Athens",
]  # fmt: skip


_READ = re.compile(
    r"""(?:GET|POST|form|asked|said)(?:\.get|\.getlist)?[(\[]"(\w+)"|"(\w+)" (?:not )?in (?:request\.\w+|form|said)"""
)


def test_every_field_that_a_view_reads_is_tried() -> None:
    read = {"".join(found) for view in VIEWS.glob("*.py") for found in _READ.findall(view.read_text())}
    assert read <= set(FIELDS)
    assert len(read) > 20


@pytest.fixture
def world() -> World:
    return World()


def test_no_field_of_any_page_breaks_on_a_null_character(world: World) -> None:
    """PostgreSQL takes no text with one, so none may reach it."""
    for place in world.places:
        for fields in [dict.fromkeys(FIELDS, "a\0b"), *({field: "a\0b"} for field in ("q", "at", "room"))]:
            world.ask(place, fields, form=False)
        for field in FIELDS:
            world.ask(place, {field: "a\0b"}, form=True)
    for kind in ("person", "room", "command"):
        world.ask("/chat/-/completions/", {"room": "lobby", "kind": kind, "q": "\0"}, form=False)
    for act in ACTS:
        world.ask(f"{world.place('-/room/<str:id>/')}-/about/", {"act": act, "text": "\0", "token": "\0"}, form=True)


@pytest.mark.parametrize("path", ["-/invitation/%00/", "-/people/%00/", "-/room/%00/", "%00/", "lobby%00/1/"])
def test_no_address_breaks_on_one_either(world: World, path: str) -> None:
    assert world.client.get(f"/chat/{path}").status_code == 404
    world.ask(f"/chat/{path}", {}, form=True)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_asked_or_sent_is_answered_by_a_page(data: st.DataObject) -> None:
    if not Room.objects.exists():
        _worlds[:] = [World()]
    world = _worlds[0]
    place = data.draw(st.sampled_from(world.places))
    values = st.sampled_from(WILD) | st.text(max_size=60) | st.sampled_from([world.den, world.cast.ben.id.hex])
    fields = data.draw(st.dictionaries(st.sampled_from(FIELDS), values, max_size=5))
    fields = {name: value.encode("utf-8", "replace").decode() for name, value in fields.items()}
    if "act" in fields:
        fields["act"] = data.draw(st.sampled_from(ACTS))
    world.ask(place, fields, form=data.draw(st.booleans()), json=data.draw(st.booleans()))


_worlds: list[World] = []
