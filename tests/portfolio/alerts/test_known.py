"""When a rule would have spoken, from the dates as they were known: examples."""

from datetime import date

import pytest

from portfolio.alerts.rules.dates import MilestoneFacts
from portfolio.alerts.rules.known import NOT_TRIABLE, TRIABLE, Past, spoken
from portfolio.alerts.rules.ladder import Span
from portfolio.alerts.rules.registry import RULES
from portfolio.workdays import Calendar

START = date(2024, 1, 1)
FIRST, LAST = date(2024, 6, 1), date(2024, 6, 28)
BASELINE = date(2024, 6, 6)
OPEN = Past(MilestoneFacts(), baselines=[(START, BASELINE)])


def said(rule, past, *days, quiet=()):
    found = spoken(rule, past, days, FIRST, LAST, Calendar(), quiet)
    return [(each.day.day, each.rung) for each in found]


def test_the_ladder_climbs_by_working_days_from_the_first_overdue_one():
    assert said("milestone_overdue", OPEN, 1, 7, 15, 30) == [(7, "1"), (17, "2"), (27, "3")]


def test_a_pause_stops_the_clock():
    paused = [Span(date(2024, 6, 10), date(2024, 6, 14))]
    assert said("milestone_overdue", OPEN, 1, 7, 15, 30, quiet=paused) == [(7, "1"), (24, "2")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"actuals": [(date(2024, 6, 12), date(2024, 6, 11))]}, [(7, "1")]),
        ({"baselines": [(START, BASELINE), (date(2024, 6, 12), date(2024, 7, 31))]}, [(7, "1")]),
        ({"baselines": [(date(2024, 6, 20), BASELINE)]}, [(20, "1"), (28, "2")]),
        ({"forecasts": [(date(2024, 6, 1), date(2024, 12, 31))]}, [(7, "1"), (17, "2"), (27, "3")]),
    ],
    ids=["done", "moved", "known late", "forecast moved"],
)
def test_what_was_known_on_the_day_decides(change, expected):
    values = {"baselines": OPEN.baselines} | change
    assert said("milestone_overdue", Past(MilestoneFacts(), **values), 1, 7, 15, 30) == expected


def test_reminders_come_once_each_and_on_working_days():
    past = Past(MilestoneFacts(), baselines=[(START, date(2024, 6, 16))])
    assert said("milestone_due", past, 30, 7, 1) == [(10, "due7")]


def test_an_item_entered_late_is_reminded_by_the_tightest_word_alone():
    past = Past(MilestoneFacts(), baselines=[(date(2024, 6, 12), date(2024, 6, 14))])
    assert said("milestone_due", past, 30, 7, 1) == [(12, "due7"), (13, "due1")]


def test_a_forecast_speaks_when_it_slips_and_when_it_slips_further():
    past = Past(
        MilestoneFacts(),
        baselines=[(START, date(2024, 9, 30))],
        forecasts=[(date(2024, 6, 5), date(2024, 10, 31)), (date(2024, 6, 20), date(2024, 12, 31))],
    )
    assert said("milestone_slipping", past, 30) == [(5, "1"), (20, "worse:3")]


def test_an_application_speaks_after_its_working_days():
    past = Past(MilestoneFacts(applied_on=date(2024, 5, 20)), baselines=[(START, date(2024, 9, 30))])
    assert said("gate_stuck", past, 20) == [(17, "1")]


def test_every_rule_can_be_tried_out_or_says_why_not():
    assert set(TRIABLE) | set(NOT_TRIABLE) == set(RULES)
    assert not set(TRIABLE) & set(NOT_TRIABLE)
