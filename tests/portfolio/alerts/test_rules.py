"""The rules as pure functions, and that SQL says the same on both databases."""

from datetime import date, timedelta
from random import Random

import pytest

from portfolio import calendar_days
from portfolio.alerts import configuration
from portfolio.alerts.conditions import CONDITIONS, Scope
from portfolio.alerts.rules.audience import Directory, Duties, Hearer, Subject, Whom, hearers
from portfolio.alerts.rules.dates import (
    MilestoneFacts,
    days_to_go,
    is_stuck,
    overdue_days,
    promise_days,
    slip_level,
)
from portfolio.alerts.rules.ladder import Ladder, Span, next_day, next_reminder_on, reading, reminder
from portfolio.alerts.rules.registry import RULES
from portfolio.projects.rules.stages import Stage
from portfolio.workdays import Calendar
from tests import build
from tests.portfolio.alerts.city import make_milestone, morning

TODAY = date(2024, 6, 28)
WEEK = Calendar(confirmed=frozenset({2024}))


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (0, ()),
        (1, ("1",)),
        (6, ("1",)),
        (7, ("1", "2")),
        (15, ("1", "2", "3")),
        (30, ("1", "2", "3", "4")),
        (59, ("1", "2", "3", "4")),
        (60, ("1", "2", "3", "4+30")),
        (95, ("1", "2", "3", "4+60")),
    ],
)
def test_a_rung_is_due_from_its_reading_on(at, due):
    assert Ladder().due(at) == due


@pytest.mark.parametrize(("at", "following"), [(0, 1), (1, 7), (7, 15), (29, 30), (30, 60), (61, 90)])
def test_the_next_rung_lies_ahead(at, following):
    assert Ladder().next_reading(at) == following


def test_the_clock_counts_working_days_outside_quiet_spans():
    quiet = (Span(None, date(2024, 6, 18)), Span(date(2024, 6, 24), date(2024, 6, 25)))
    assert reading(WEEK, date(2024, 6, 17), TODAY, quiet) == 6  # 19–21, 26–28 June


def test_the_day_of_the_next_rung_is_the_day_the_clock_reads_it():
    quiet = (Span(date(2024, 7, 3), date(2024, 7, 4)),)
    day = next_day(WEEK, TODAY, 6, quiet)
    assert day is not None
    assert reading(WEEK, TODAY, day, quiet) == 7
    assert reading(WEEK, TODAY, day - timedelta(days=1), quiet) == 6


def test_a_clock_that_stands_still_has_no_next_day():
    assert next_day(WEEK, TODAY, 1, (Span(TODAY),)) is None


@pytest.mark.parametrize(
    ("left", "word"),
    [(31, None), (30, "due30"), (8, "due30"), (7, "due7"), (2, "due7"), (1, "due1"), (0, "due1"), (-1, None)],
)
def test_the_tightest_reminder_reached_is_due(left, word):
    assert reminder(left, (30, 7, 1)) == word


def test_the_next_reminder_is_the_next_tighter_one():
    due = TODAY + timedelta(days=12)
    assert next_reminder_on(due, TODAY, (30, 7, 1)) == due - timedelta(days=7)
    assert next_reminder_on(TODAY, TODAY, (30, 7, 1)) is None


PEOPLE = Directory(
    reachable=frozenset({1, 2, 3, 5, 7}),
    stand_ins={2: 7},
    heads={10: (2,), 20: (5,)},
    duties={1: Duties(unit_id=10, contact_ids=(1,), leader_ids=(9,))},
    office=(3,),
)


@pytest.mark.parametrize(
    ("subject", "places", "told"),
    [
        (Subject(1), (Whom.CONTACT, Whom.HEAD), [Hearer(1, 1), Hearer(7, 2)]),
        (Subject(1), (Whom.LEADER,), [Hearer(3, 3, "leader")]),
        (Subject(1, 20), (Whom.CONTACT, Whom.HEAD), [Hearer(5, 5)]),
        (Subject(1, 0, 5), (Whom.CONTACT,), [Hearer(5, 5)]),
        (Subject(2), (Whom.CONTACT, Whom.HEAD), [Hearer(3, 3, "contact,head")]),
    ],
    ids=[
        "the unit's people, by their stand-in",
        "a leader who is gone",
        "an approving bureau",
        "a named owner",
        "nobody",
    ],
)
def test_who_hears(subject, places, told):
    assert hearers(PEOPLE, subject, places) == told


def _around(random: Random) -> date | None:
    return random.choice([None, *(TODAY + timedelta(days=random.randint(-45, 60)) for _ in range(4))])


def test_both_forms_of_the_date_rules_agree(db):
    random = Random(7)
    calendar_days.seed(db, 2025)
    stages = [Stage.IMPLEMENTATION, Stage.PREPARATION, Stage.SUSPENDED, Stage.COMPLETED]
    projects = [build.make_project(db, stage=stage) for stage in stages]
    facts: dict[int, MilestoneFacts] = {}
    for _ in range(150):
        project = random.choice(projects)
        values: dict[str, date | None] = {
            name: _around(random) for name in ("baseline", "forecast", "applied_on")
        }
        values["actual"] = TODAY if random.random() < 0.2 else None
        values["accepted_on"] = TODAY if random.random() < 0.2 else None
        withdrawn = random.random() < 0.1
        row = make_milestone(db, project.id, **values, withdrawn_at=morning(TODAY) if withdrawn else None)
        facts[row.id] = MilestoneFacts(**values, withdrawn=withdrawn, stage=project.stage.value)
    scope = Scope(TODAY, calendar_days.load(db), configuration.load(db).thresholds)
    pure = {
        "milestone_overdue": lambda fact: overdue_days(fact, TODAY),
        "milestone_due": lambda fact: days_to_go(fact, TODAY, 30),
        "milestone_slipping": lambda fact: slip_level(fact, TODAY, 30),
        "gate_stuck": lambda fact: is_stuck(fact, TODAY, scope.calendar, 20) or None,
    }
    for rule, says in pure.items():
        rows = db.execute(CONDITIONS[rule](scope)).all()
        assert {row.subject_id for row in rows} == {
            key for key, fact in facts.items() if says(fact) is not None
        }, rule
        if rule == "milestone_slipping":
            assert {row.subject_id: row.level for row in rows} == {
                key: level for key, fact in facts.items() if (level := says(fact))
            }


def test_a_promise_is_at_risk_until_it_has_lapsed():
    assert promise_days(TODAY, TODAY + timedelta(days=3), TODAY) == 3
    assert promise_days(TODAY - timedelta(days=1), TODAY + timedelta(days=3), TODAY) is None
    assert promise_days(TODAY, None, TODAY) is None


def test_every_rule_says_what_it_is():
    for rule in RULES.values():
        assert rule.title
        assert rule.condition.endswith("。")
        assert rule.source
        assert rule.audience
