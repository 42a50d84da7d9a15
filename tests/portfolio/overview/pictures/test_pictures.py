"""Geometry of the pictures."""

import itertools
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from portfolio.money import Fen
from portfolio.overview.pictures.bullet import WIDTH, bullet
from portfolio.overview.pictures.indicator import Value, indicator_path
from portfolio.overview.pictures.ladder import Rung, ladder
from portfolio.overview.pictures.scale import Scale
from portfolio.overview.pictures.slip_bar import slip_axis, slip_bar
from portfolio.overview.pictures.strip import strip
from portfolio.overview.pictures.track import Stop, track

TODAY = date(2024, 6, 5)
DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))


def test_days_outside_a_scale_sit_on_its_edge() -> None:
    scale = Scale(date(2024, 1, 1), date(2024, 12, 31), 10, 110)
    assert scale.x(date(2020, 1, 1)) == 10
    assert scale.x(date(2030, 1, 1)) == 110
    assert [tick.label for tick in scale.quarters] == ["2024", "", "", ""]


def test_an_overdue_milestone_is_solid_until_today_and_dashed_to_its_forecast() -> None:
    axis = slip_axis(TODAY, [date(2024, 1, 1), date(2025, 6, 30)])
    bar = slip_bar(axis, TODAY, date(2024, 4, 30), date(2025, 4, 30), tone="red")
    assert bar is not None
    assert bar.overdue == (bar.base_x, axis.now_x)
    assert bar.ahead == (axis.now_x, bar.end_x)


def test_an_overdue_milestone_with_an_old_forecast_is_solid_until_today() -> None:
    axis = slip_axis(TODAY, [date(2023, 1, 1)])
    bar = slip_bar(axis, TODAY, date(2023, 6, 30), date(2023, 12, 31))
    assert bar is not None
    assert bar.overdue == (bar.base_x, axis.now_x)


def test_what_is_not_due_yet_has_no_solid_part() -> None:
    axis = slip_axis(TODAY, [date(2025, 6, 30)])
    bar = slip_bar(axis, TODAY, date(2024, 9, 30), date(2025, 4, 30))
    assert bar is not None
    assert bar.overdue is None
    assert bar.ahead == (bar.base_x, bar.end_x)


def test_without_a_baseline_there_is_no_bar() -> None:
    assert slip_bar(slip_axis(TODAY, []), TODAY, None, date(2025, 1, 1)) is None


@given(DAYS, st.one_of(st.none(), DAYS), st.one_of(st.none(), DAYS))
def test_a_bar_stays_inside_its_column(baseline, forecast, actual) -> None:
    axis = slip_axis(TODAY, [baseline, forecast, actual])
    bar = slip_bar(axis, TODAY, baseline, forecast, actual)
    assert bar is not None
    xs = [bar.base_x, bar.end_x, *(bar.overdue or ()), *(bar.ahead or ())]
    assert all(8 <= x <= 192 for x in xs)
    assert bar.overdue is None or bar.overdue[0] <= bar.overdue[1]


def test_a_track_without_dates_is_not_drawn() -> None:
    assert track([Stop("开工", None, None, None, None)], TODAY) is None


@given(st.lists(st.tuples(DAYS, DAYS), min_size=1, max_size=12))
def test_names_on_the_track_never_touch(pairs) -> None:
    drawn = track([Stop("竣工验收", None, current, forecast, None) for current, forecast in pairs], TODAY)
    assert drawn is not None
    placed = sorted((mark.name_y, mark.label_x) for mark in drawn.marks)
    for (row, x), (next_row, next_x) in itertools.pairwise(placed):
        assert row != next_row or next_x - x > 48
    assert all(mark.note_y < drawn.axis for mark in drawn.marks)


def test_an_early_milestone_leans_back() -> None:
    drawn = track([Stop("开工", None, date(2024, 3, 31), None, date(2024, 1, 15), -76)], TODAY)
    assert drawn is not None
    [mark] = drawn.marks
    assert mark.join is not None
    assert mark.join[1] < mark.join[0]
    assert mark.first_x is None


def test_a_moved_baseline_shows_where_it_was_first() -> None:
    drawn = track([Stop("开工", date(2023, 6, 30), date(2024, 3, 31), None, None)], TODAY)
    assert drawn is not None
    assert drawn.marks[0].first_x is not None
    assert drawn.ahead_rail is None


def test_milestones_that_have_not_ended_take_no_room_for_their_notes() -> None:
    planned = [Stop("竣工验收", None, date(2024, month, 28), None, None) for month in range(1, 13)]
    drawn = track(planned, TODAY)
    assert drawn is not None
    assert drawn.axis - drawn.lower < 60


def test_a_bullet_is_to_the_scale_of_its_column() -> None:
    drawn = bullet(Fen(50), Fen(30), Fen(60), 0.5, Fen(100))
    assert drawn is not None
    assert (drawn.plan, drawn.allotted, drawn.paid) == (
        WIDTH * 0.5,
        round(WIDTH * 0.3, 1),
        round(WIDTH * 0.6, 1),
    )
    assert drawn.tick == WIDTH * 0.25
    assert drawn.over
    assert bullet(None, None, None, 0.5) is None


@given(st.dictionaries(st.sampled_from(["red", "amber", "green", "paused"]), st.integers(1, 200), min_size=1))
def test_a_strip_fills_its_width(counts) -> None:
    drawn = strip({}, counts)
    assert drawn is not None
    assert abs(sum(each.width for each in drawn.now) - 100) < 0.1
    assert drawn.before == ()


def test_a_ladder_keeps_order_and_staggers_close_rungs() -> None:
    rungs = [Rung(TODAY + timedelta(days=n), f"第 {n} 天", "联系人", told=n < 3) for n in (1, 2, 60)]
    drawn = ladder(TODAY - timedelta(days=1), rungs, TODAY)
    xs = [place.x for place in drawn.places]
    assert xs == sorted(xs)
    assert drawn.places[0].label_y != drawn.places[1].label_y


def test_an_indicator_puts_higher_values_higher() -> None:
    path = indicator_path(Value(2020, Decimal(70)), Value(2025, Decimal(80)), [Value(2022, Decimal(90))])
    assert path.base
    assert path.actuals[0].y < path.target.y < path.base.y
    flat = indicator_path(Value(2020, Decimal(5)), Value(2025, Decimal(5)), [])
    assert flat.base
    assert flat.base.y == flat.target.y


def test_the_figure_of_the_last_actual_keeps_off_the_path() -> None:
    base, target = Value(2020, Decimal(70)), Value(2025, Decimal(80))
    course = [base, Value(2022, Decimal(74)), target]
    above = indicator_path(base, target, [Value(2022, Decimal(75))], course).latest
    below = indicator_path(base, target, [Value(2022, Decimal(71))], course).latest
    assert above
    assert below
    assert above.y < below.y


def test_an_indicator_begins_at_the_year_that_is_asked_for() -> None:
    path = indicator_path(None, Value(2025, Decimal(12)), [], [Value(2025, Decimal(12))], since=2020)
    assert path.since == 2020
    assert path.target.x > 300
