"""The checker can fail: each planted fault is found, and a history without one passes."""

from __future__ import annotations

import json
from pathlib import Path

from tests.faults.checker import History, Kind, Told, disagreements

TRUTH = [Told(number, f"word {number}", f"nonce {number}") for number in range(1, 7)]


def a_history(log: list[Told] | None = None) -> History:
    """Six acknowledged posts in the room "den", and a reader who shows `log` (default: all of them, in order)."""
    history = History()
    for told in TRUTH:
        history.invoke("den", told.text)
        history.ok(told.text, told.seq)
    history.follow("reader", "den")
    for told in TRUTH if log is None else log:
        history.received("reader", "den", told)
    return history


def only_fault(history: History, stored: list[Told], *, settled: bool = True) -> str:
    """The one thing that is wrong."""
    [fault] = disagreements(history, {"den": stored}, settled=settled)
    return fault.sentence


def sentences(history: History, stored: list[Told]) -> list[str]:
    """All that is wrong."""
    return [fault.sentence for fault in disagreements(history, {"den": stored})]


def kinds(history: History, stored: list[Told]) -> set[Kind]:
    """Of which kinds it is."""
    return {fault.kind for fault in disagreements(history, {"den": stored})}


def test_a_history_in_which_all_agree_passes() -> None:
    assert disagreements(a_history(), {"den": TRUTH}) == []


def test_an_unknown_post_may_be_stored_or_not() -> None:
    history = a_history()
    for word in ("stored", "not stored"):
        history.invoke("den", word)
        history.unknown(word)
    late = Told(7, "stored", "nonce 7")
    history.received("reader", "den", late)
    assert disagreements(history, {"den": [*TRUTH, late]}) == []


def test_a_reader_may_be_behind_until_everything_is_settled() -> None:
    behind = a_history(TRUTH[:4])
    assert disagreements(behind, {"den": TRUTH}, settled=False) == []
    assert "2 missing, from 5 to 6" in only_fault(behind, TRUTH)


def test_a_reader_who_saw_nothing_is_not_overlooked() -> None:
    assert "6 missing, from 1 to 6" in only_fault(a_history([]), TRUTH)


def test_a_lost_acknowledged_post_is_found() -> None:
    faults = sentences(a_history(TRUTH[:5]), TRUTH[:5])
    assert faults == ["lost: 'word 6' was acknowledged as 6 and is not stored"]


def test_a_post_acknowledged_under_another_number_is_found() -> None:
    history = a_history()
    history.acknowledged["word 6"] = 5
    assert only_fault(history, TRUTH) == "'word 6' was acknowledged as 5 and is stored as 6"


def test_a_post_stored_twice_is_found() -> None:
    twice = [*TRUTH, Told(7, "word 6", "nonce 6")]
    faults = sentences(a_history(twice), twice)
    assert faults == ["nonce 'nonce 6' is stored 2 times", "'word 6' is stored 2 times"]


def test_a_message_shown_twice_is_found() -> None:
    assert "is shown 2 times" in only_fault(a_history([*TRUTH, TRUTH[5]]), TRUTH)


def test_two_messages_in_the_wrong_order_are_found() -> None:
    swapped = [*TRUTH[:2], TRUTH[3], TRUTH[2], *TRUTH[4:]]
    assert only_fault(a_history(swapped), TRUTH) == "reader in den: 3 stands after 4"


def test_a_swap_at_the_end_of_an_unsettled_log_is_found() -> None:
    swapped = [*TRUTH[:2], TRUTH[3], TRUTH[2]]
    assert only_fault(a_history(swapped), TRUTH, settled=False) == "reader in den: 3 stands after 4"


def test_a_gap_in_a_log_is_found_settled_or_not() -> None:
    gap = [*TRUTH[:2], *TRUTH[3:]]
    assert "1 missing, from 3 to 3" in only_fault(a_history(gap), TRUTH)
    assert "1 missing, from 3 to 3" in only_fault(a_history(gap), TRUTH, settled=False)


def test_a_gap_in_the_numbers_of_the_database_is_found() -> None:
    holed = [*TRUTH[:5], Told(7, "word 6", "nonce 6")]
    faults = sentences(a_history(holed), holed)
    assert "den: the numbers are not 1 to 6" in faults


def test_a_phantom_in_a_log_is_found() -> None:
    assert "phantom" in only_fault(a_history([*TRUTH, Told(7, "never said", "?")]), TRUTH)


def test_a_phantom_in_the_database_is_found() -> None:
    haunted = [*TRUTH, Told(7, "never said", "?")]
    assert "nobody posted that here" in only_fault(a_history(haunted), haunted)


def test_a_message_in_another_room_is_found() -> None:
    history = a_history()
    history.invoke("attic", "for the attic")
    history.ok("for the attic", 7)
    strayed = Told(7, "for the attic", "nonce 7")
    history.received("reader", "den", strayed)
    assert "nobody posted that here" in only_fault(history, [*TRUTH, strayed])


def test_a_message_whose_words_changed_on_the_way_is_found() -> None:
    changed = [*TRUTH[:5], Told(6, "another word", "nonce 6")]
    assert any("phantom" in fault for fault in sentences(a_history(changed), TRUTH))


def test_each_planted_fault_is_of_its_kind() -> None:
    assert kinds(a_history(TRUTH[:5]), TRUTH[:5]) == {"lost"}
    assert kinds(a_history([*TRUTH, TRUTH[5]]), TRUTH) == {"twice"}
    assert kinds(a_history([*TRUTH[:2], TRUTH[3], TRUTH[2], *TRUTH[4:]]), TRUTH) == {"out of order"}
    assert kinds(a_history([*TRUTH[:2], *TRUTH[3:]]), TRUTH) == {"gap"}
    assert kinds(a_history([*TRUTH, Told(7, "never said", "?")]), TRUTH) == {"phantom"}
    history = a_history()
    history.acknowledged["word 6"] = 5
    assert kinds(history, TRUTH) == {"misnumbered"}


def test_one_reader_of_two_nodes_who_is_wrong_is_found() -> None:
    history = a_history()
    history.follow("reader at the other node", "den")
    for told in TRUTH[:5]:
        history.received("reader at the other node", "den", told)
    assert only_fault(history, TRUTH) == "reader at the other node in den: 1 missing, from 6 to 6 of 6"


def test_an_unknown_post_that_is_stored_twice_is_found() -> None:
    history = a_history()
    history.invoke("den", "torn off")
    history.unknown("torn off")
    twice = [*TRUTH, Told(7, "torn off", "a"), Told(8, "torn off", "b")]
    for told in twice[6:]:
        history.received("reader", "den", told)
    assert only_fault(history, twice) == "'torn off' is stored 2 times"


def test_an_unknown_post_that_turns_out_to_be_acknowledged_must_be_stored() -> None:
    history = a_history()
    history.invoke("den", "late")
    history.unknown("late")
    history.ok("late", 7)
    assert kinds(history, TRUTH) == {"lost"}
    assert not history.unknown_


def test_a_refused_post_that_succeeds_later_is_no_fault() -> None:
    history = a_history()
    history.invoke("den", "patience")
    history.refused("patience")
    history.ok("patience", 7)
    late = Told(7, "patience", "nonce 7")
    history.received("reader", "den", late)
    assert disagreements(history, {"den": [*TRUTH, late]}) == []


def test_the_history_is_kept_in_the_order_of_what_happened(tmp_path: Path) -> None:
    a_history().write(tmp_path / "history")
    lines = [json.loads(line) for line in (tmp_path / "history").read_text().splitlines()]
    assert [(line["what"], line["text"]) for line in lines[:2]] == [("invoke", "word 1"), ("ok", "word 1")]
    assert len(lines) == 18
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
