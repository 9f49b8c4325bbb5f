"""Names in a text are marked where they stand: the longest, in any case, never in code; nothing else changes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.models.room_name import room_key
from hubbub.render import NOBODY, Names, render, render_with
from hubbub.render.mentions import LONGEST, MOST, Called, ends, marks
from hubbub.render.wall import clean
from hubbub.spellings import shorter
from tests.hostile import PIECES, VECTORS, Reader, seen_by_a_browser

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

ANA, BELL, OTTER, STAR = "a" * 32, "b" * 32, "c" * 32, "d" * 32
NAMES = Names(
    people={room_key(name): [Called(id)] for name, id in
            {"Ana": ANA, "Ana Bell": BELL, "Quiet Otter": OTTER, "*_<b>&\"'": STAR, "田中": OTTER}.items()},
    rooms={"garden fair": "Garden fair", "<i>": "<i>"},
    words=frozenset({"@room", "@here"}),
)  # fmt: skip

typed = st.sampled_from(["@Ana", "@ana bell", "@QUIET otter#cccc", "#garden fair", "@room", "@*_<b>&\"'", "#<i>", "@"])
texts = st.lists(st.sampled_from(PIECES) | st.sampled_from(VECTORS) | typed | st.text(max_size=3), max_size=20)


@given(texts.map("".join))
def test_whatever_is_called_only_promised_tags_come_out_and_the_wall_changes_nothing(text: str) -> None:
    rendered = render_with(text, NAMES)
    seen_by_a_browser(rendered.html)
    assert clean(rendered.html) == rendered.html
    shown = [dict(attributes) for tag, attributes in Reader(rendered.html).tags if tag == "span"]
    assert {one["data-person"] for one in shown if "data-person" in one} == {
        id for id in rendered.called if not id.startswith("@")
    }
    assert all(one["data-room"] in NAMES.rooms for one in shown if "data-room" in one)


words = st.sampled_from(["tea", "Ana", "bell", "@nobody", "#1", "**loud**", "`@ana`", "||hidden||", "1.5", "é"])


@given(st.lists(words | typed.filter(lambda name: "*" not in name), min_size=1, max_size=12).map(" ".join))
def test_a_marked_name_reads_as_it_did(text: str) -> None:
    assert Reader(render_with(text, NAMES).html).text == Reader(render(text)).text


@given(st.lists(st.sampled_from(PIECES) | st.sampled_from(VECTORS), max_size=20).map("".join))
def test_without_names_nothing_changes(text: str) -> None:
    assert render_with(text, NOBODY).html == render(text)


@pytest.mark.parametrize("piece", ["@a ", "@-é ", "@-ﷺ ", "#-ﷺ ", "#ﷺ", "@\u0344-", "@ﬃ.", "#한-"])
def test_what_may_be_a_name_is_short_even_where_one_sign_stands_for_many(piece: str) -> None:
    text = (piece * 8_000)[:8_000]
    compared = sum(len(room_key(text[mark + 1 : end])) for mark in marks(text) for end in ends(text, mark))
    assert compared <= MOST * LONGEST * LONGEST / 2


@pytest.mark.parametrize("letter", ["a", "é", "e\u0301", "田", "한", "\u1112\u1161\u11ab", "e\u0323\u0302"])
def test_a_long_name_is_one_however_its_accents_are_written(letter: str) -> None:
    assert ends("@" + letter * 63, 0)[0] == ends("#" + letter * 63, 0)[0] == 1 + 63 * len(letter)


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Ana", [ANA]), ("(@ana)", [ANA]), ("_@ana_ **@ana**", [ANA]), ("@ana's", [ANA]), ("> @ana", [ANA]),
        ("@Ana Bell", [BELL]), ("@Ana Bells", [ANA]), ("@Ana\nBell", [ANA]), ("||@ana||", [ANA]), ("@anabel", []),
        ("ana@ana.org", []), ("https://x.org/@ana", []), ("`@ana`", []), ("```\n@ana\n```", []), ("\\@ana", []),
        ("[@ana](https://x.org)", []), ("@*_<b>&\"'", [STAR]), ("@quiet  otter", [OTTER]), ("@田中さん", [OTTER]),
        ("@room", ["@room"]), ("@rooms", []), ("@here, @ana", ["@here", ANA]), ("@@ana", []), ("#garden fair", []),
        ("x " * 401 + "*" * 401 + " @ana", []),
    ],
)  # fmt: skip
def test_who_is_called(text: str, called: list[str]) -> None:
    assert list(render_with(text, NAMES).called) == called


MARA, LOPEZ, JUAN, MIGUEL, ZOE, BERG = (letter * 32 for letter in "123456")


def people(*called: tuple[str, str], guests: str = "") -> Names:
    """Names of these people, by their ids; those with these ids are guests."""
    named: dict[str, list[Called]] = {}
    for name, id in called:
        named.setdefault(room_key(name), []).append(Called(id, id[0] in guests))
    return Names(named, shorter(named), words=frozenset({"@room", "@here"}))


ALONE = people(("Mara Lindqvist", MARA), ("Zoë Berg", BERG), ("Juan Carlos Pérez", JUAN), ("Juan Miguel", MIGUEL))


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Mara, tea?", [MARA]), ("@mara's cup", [MARA]), ("**@MARA**", [MARA]), ("@Mara Lindqvist", [MARA]),
        ("@Mara Lopez", [MARA]), ("@Lindqvist", []), ("@Mar", []), ("@Marabou", []), ("mail@mara.org", []),
        ("@mara.lindqvist", []), ("@mara-lise", []), ("@mara/tools", []), ("@mara@example.org", []), ("@mara_l", []),
        ("@mara.", [MARA]), ("@mara-", [MARA]), ("(@mara)", [MARA]), ("`@mara`", []), ("\\@mara", []),
        ("```\n@mara\n```", []), ("[@mara](https://x.org)", []),
        ("@Juan", []), ("@Juan Carlos", [JUAN]), ("@juan carlos perez", [JUAN]), ("@juan miguel", [MIGUEL]),
        ("@zoe", [BERG]), ("@ZOE BERG", [BERG]), ("@Zoé", [BERG]), ("@room", ["@room"]),
    ],
)  # fmt: skip
def test_the_first_words_of_a_name_call_whom_alone_they_can_mean(text: str, called: list[str]) -> None:
    assert list(render_with(text, ALONE).called) == called


def test_who_could_be_several_is_nobody_and_stays_text() -> None:
    two = people(("Mara Lindqvist", MARA), ("Mara Lopez", LOPEZ))
    assert render_with("@Mara, tea?", two).html == "<p>@Mara, tea?</p>"
    assert list(render_with("@Mara, @mara lopez and @Mara#1111", two).called) == [LOPEZ, MARA]


def test_a_whole_name_goes_before_the_beginning_of_others() -> None:
    three = people(("Juan", MARA), ("Juan Carlos", JUAN), ("Juan Carlos Pérez", MIGUEL))
    assert list(render_with("@Juan and @juan carlos!", three).called) == [MARA, JUAN]
    assert list(render_with("@Juan Carlos", people(("Juan", MARA), ("Juan Carlos Pérez", JUAN))).called) == [MARA]
    alike = people(("Juan", MARA), ("Juan Carlos", JUAN), ("juan carlos", MIGUEL))
    assert render_with("@Juan Carlos?", alike).called == ()  # and not the Juan who is called no more than that


def test_the_accents_that_were_typed_say_whom_and_without_them_it_may_be_either() -> None:
    two = people(("Zoë Berg", BERG), ("Zoe Adams", ZOE))
    assert list(render_with("@Zoë", two).called) == [BERG]
    assert render_with("@Zoe", two).called == ()
    assert list(render_with("@Zoë", people(("Zoe", ZOE), ("Zoe Berg", BERG))).called) == [ZOE]
    assert render_with("@がま", people(("かま", ZOE))).called == ()


def test_a_guest_can_not_silence_the_first_name_of_an_account() -> None:
    names = people(("Mara Lindqvist", MARA), ("Mara Impostor", LOPEZ), guests="2")
    assert list(render_with("@Mara", names).called) == [MARA]


def test_what_calls_everybody_is_no_first_name() -> None:
    names = people(("Room Service", MARA), ("Here Iam", ZOE))
    assert list(render_with("@room, @here", names).called) == ["@room", "@here"]
    without = Names(names.people, names.shorter)
    assert list(render_with("@room, @here, @room service", without).called) == [MARA]


def test_a_room_is_marked_as_it_was_typed() -> None:
    marked = '<p>see <span class="mention mention--room" data-room="garden fair">#GARDEN fair</span></p>'
    assert render_with("see #GARDEN fair", NAMES).html == marked
