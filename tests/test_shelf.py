"""What is kept is bounded by its bytes, whoever asks for it and however large it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hubbub.shelf import EACH, Shelf

MOST = 10_000


def shelf() -> Shelf[bytes]:
    return Shelf(MOST, len)


def test_what_is_kept_is_made_once() -> None:
    kept, made = shelf(), []
    for _ in range(3):
        assert kept.get("a", lambda: made.append(1) or b"it") == b"it"
    assert (made, len(kept), kept.bytes) == ([1], 1, 2 + EACH)


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 12_000))))
def test_there_are_never_more_bytes_than_may_be_and_they_are_counted_right(asked: list[tuple[int, int]]) -> None:
    kept = shelf()
    for key, size in asked:
        assert kept.get((key, size), lambda size=size: b"x" * size) == b"x" * size
        assert kept.bytes <= MOST
        assert kept.bytes == sum(size for _, size in kept._pieces.values())


def test_what_nobody_asked_for_the_longest_goes_first() -> None:
    kept = shelf()
    for key in "abc":
        kept.get(key, lambda: b"x" * 2_500)
    kept.get("a", bytes)
    kept.get("d", lambda: b"x" * 2_000)
    assert list(kept._pieces) == ["c", "a", "d"]
    assert kept.get("a", bytes) == b"x" * 2_500


def test_what_two_make_at_once_counts_once() -> None:
    kept = shelf()

    def made() -> bytes:
        kept.get("a", lambda: b"first")
        return b"second"

    assert kept.get("a", made) == b"second"
    assert (len(kept), kept.bytes) == (1, len(b"second") + EACH)


def test_a_piece_that_is_larger_than_all_may_be_is_made_and_not_kept() -> None:
    kept = shelf()
    kept.get("a", lambda: b"small")
    assert len(kept.get("b", lambda: b"x" * MOST)) == MOST
    assert (len(kept), kept.bytes) == (0, 0)


def test_what_is_forgotten_is_made_again() -> None:
    kept = shelf()
    kept.get("a", lambda: b"old")
    kept.clear()
    assert (len(kept), kept.bytes, kept.get("a", lambda: b"new")) == (0, 0, b"new")
