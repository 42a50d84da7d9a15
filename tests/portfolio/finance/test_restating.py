"""Saying a sum again: what counts as a change, and when somebody was faster."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.errors import Conflict, Invalid
from portfolio.finance.rules.restating import changes, difference, refuse_twice
from portfolio.money import Fen

sums = st.none() | st.builds(Fen, st.integers(-(10**12), 10**12))


@dataclass
class Said:
    sum: Fen | None
    seen: Fen | None = None
    check_seen: bool = True


@dataclass
class Held:
    sum: Fen | None


@given(sums, sums)
def test_saying_what_stands_already_is_neither_a_change_nor_a_conflict(sum_, seen):
    assert changes(Said(sum_, seen), Held(sum_)) is False


@given(sums, sums, sums)
def test_another_sum_is_a_change_only_for_who_saw_what_stands(said, seen, held):
    entry = Said(said, seen)
    if said == held:
        assert not changes(entry, Held(held))
    elif seen == held:
        assert changes(entry, Held(held))
    else:
        with pytest.raises(Conflict):
            changes(entry, Held(held))


def test_who_does_not_say_what_was_seen_is_not_asked():
    assert changes(Said(Fen(5), check_seen=False), Held(Fen(7)))


def test_an_empty_place_and_a_cleared_one_are_the_same():
    assert not changes(Said(None), None)
    assert not changes(Said(None), Held(None))
    assert changes(Said(Fen(0)), None)  # nothing is known, or it is known to be nothing: not the same


def test_one_place_filled_twice_is_refused_even_with_the_same_sum():
    with pytest.raises(Invalid):
        refuse_twice(["2024 市级", "2025 市级", "2024 市级"])
    refuse_twice(["2024 市级", "2025 市级"])


def test_the_trail_keeps_what_stood_and_what_stands():
    assert difference(Said(Fen(5)), Held(Fen(7))) == ("set", {"sum": Fen(7)}, {"sum": Fen(5)})
    assert difference(Said(Fen(5)), None) == ("set", {}, {"sum": Fen(5)})
    assert difference(Said(None), Held(Fen(7))) == ("clear", {"sum": Fen(7)}, {"sum": None})
