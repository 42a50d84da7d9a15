from decimal import Decimal

import pytest

from portfolio.plan.rules.pace import Series, State, pace, path, reached

D = Decimal


def series(base, target, path="level", comparator="=", direction="up"):
    return Series(2020, base, 2025, target, path, comparator, direction)


CARGO = series(D("63.9"), D(100))
GROWTH = series(D("6.7"), D(7), "growth", "≈")
JOBS = series(D("65.77"), D(55), "cumulative")
UNEMPLOYED = series(D(5), D("5.5"), comparator="<", direction="down")
FOREST = series(D(35), D(35), direction="keep")
BY_PROVINCE = series(D(63), None, comparator="province")


@pytest.mark.parametrize(
    ("asked", "actuals", "state", "short_by"),
    [
        (CARGO, {2023: D("72.4")}, State.BEHIND, D("13.16")),
        (CARGO, {2023: D("85.56")}, State.ON_PATH, D(0)),
        (GROWTH, {2021: D("7.0"), 2022: D("6.7")}, State.ON_PATH, D(0)),
        (GROWTH, {2021: D("4.7"), 2022: D("1.0")}, State.BEHIND, D("4.17")),
        (JOBS, {2021: D("12.0"), 2022: D("11.5")}, State.ON_PATH, D(0)),
        (JOBS, {2021: D("9.0")}, State.BEHIND, D(2)),
        (UNEMPLOYED, {2021: D("5.4")}, State.ON_PATH, D(0)),
        (UNEMPLOYED, {2021: D("5.9")}, State.BEHIND, D("0.4")),
        (FOREST, {2022: D(34)}, State.BEHIND, D(1)),
        (BY_PROVINCE, {2022: D(64)}, State.UNKNOWN, D(0)),
        (CARGO, {}, State.UNKNOWN, D(0)),
        (CARGO, {2019: D(1)}, State.UNKNOWN, D(0)),
    ],
)
def test_the_latest_actual_is_compared_with_the_path_of_its_year(asked, actuals, state, short_by):
    found = pace(asked, actuals)
    assert (found.state, found.short_by) == (state, short_by)


def test_a_level_rises_in_a_straight_line_and_a_sum_by_even_shares():
    assert path(CARGO)[2025] == D(100)
    assert path(CARGO)[2021] == D("71.12")
    assert path(JOBS) == {2021: 11, 2022: 22, 2023: 33, 2024: 44, 2025: 55}


def test_without_a_base_only_the_target_year_is_asked():
    assert path(series(None, D(12))) == {2025: D(12)}


def test_yearly_figures_of_a_sum_add_up():
    assert reached(JOBS, {2022: D(2), 2021: D(1)}) == {2021: D(1), 2022: D(3)}
