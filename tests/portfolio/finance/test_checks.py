"""The checks of money find a breach and carry its numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.finance.rules import checks
from portfolio.finance.rules.checks import Breach, Notice
from portfolio.money import Fen

SUMS = st.integers(min_value=0, max_value=10**15).map(Fen)


def test_a_cumulative_figure_below_last_months_is_noticed_with_both_sums():
    months = {"2024-01": Fen(500), "2024-02": Fen(-200), "2024-03": Fen(0)}
    found = checks.cumulative_never_falls(months, Fen(100), "city")
    assert found == [Notice(Breach.CUMULATIVE_FALLS, Fen(400), Fen(600), "2024-02", "city")]


@given(st.dictionaries(st.from_regex(r"20[0-9]{2}-0[1-9]", fullmatch=True), SUMS), SUMS)
def test_months_that_add_something_never_breach(months, opening):
    assert checks.cumulative_never_falls(months, opening) == []


@pytest.mark.parametrize(
    ("by_source", "stated", "breaches"),
    [
        ({"city": Fen(60), "own": Fen(40)}, Fen(100), []),
        ({"city": Fen(60), "own": Fen(40)}, Fen(101), [Breach.SOURCES_OFF_TOTAL]),
        ({"city": Fen(60), "unknown": Fen(40)}, Fen(100), []),
        ({"city": Fen(60), "own": Fen(40), "unknown": Fen(100)}, Fen(100), [Breach.COUNTED_TWICE]),
        ({"unknown": Fen(100)}, None, []),
        ({}, None, []),
    ],
)
def test_sources_add_up_to_the_stated_total(by_source, stated, breaches):
    assert [each.breach for each in checks.sources_add_up(by_source, stated)] == breaches


def test_paid_over_arrived_is_judged_source_by_source():
    paid, arrived = {"city": Fen(11), "own": Fen(5), "other": Fen(9)}, {"city": Fen(10), "own": Fen(5)}
    found = checks.paid_within_arrived(paid, arrived, "2024")
    assert found == [Notice(Breach.PAID_OVER_ARRIVED, Fen(11), Fen(10), "2024", "city")]


def test_parts_may_not_exceed_a_whole_that_holds_something():
    assert checks.parts_within_whole(Fen(5), None) == []
    assert checks.parts_within_whole(Fen(5), Fen(5)) == []
    assert checks.parts_within_whole(Fen(6), Fen(5))[0].breach is Breach.PART_OVER_WHOLE


def test_approved_money_stays_within_the_design_cost():
    assert checks.within_design_cost(Fen(5), None) == []
    assert checks.within_design_cost(Fen(6), Fen(5))[0].found == Fen(6)
