"""The list: every count is the length of its list, the worst stands first, few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from itertools import product

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio.access import Role, ScopeKind
from portfolio.alerts.desk import alerts, centre
from portfolio.alerts.desk.alerts import AcknowledgeIn
from portfolio.alerts.desk.centre import Standing, Wanted
from portfolio.alerts.models import Alert
from portfolio.alerts.rules.ladder import Step
from tests import build
from tests.portfolio.alerts.acting import TODAY, as_person, found_city, prepared, scan_and_deliver
from tests.portfolio.alerts.city import make_milestone, morning


def three_milestones(database):
    city = found_city(database)
    with database.writing() as db:
        make_milestone(db, city.project, date(2024, 3, 1))
        make_milestone(db, city.project, date(2024, 7, 2))
    scan_and_deliver(database)
    return city


@pytest.fixture
def city(database):
    return prepared(database, three_milestones)


def look(database, actor=None, **wanted):
    with database.reading() as db:
        return centre.centre(db, actor or build.make_actor(), Wanted(**wanted), today=TODAY)


def overdues(database, **wanted):
    return look(database, rule="milestone_overdue", **wanted)


def test_the_longest_overdue_stands_first_and_amber_after_red(database, city):
    rules = [(row.alert.rule, row.alert.days) for row in look(database).rows]
    assert rules[:2] == [("milestone_overdue", 119), ("milestone_overdue", 8)]
    assert {rule for rule, _ in rules[2:]} == {"milestone_due", "unbudgeted"}


def test_what_is_shown_red_stands_before_what_is_shown_amber_here_and_in_mails(database, city):
    with database.writing() as db:
        db.execute(sa.update(Alert).where(col(Alert.rule) == "unbudgeted").values(rule="owner_gone"))
    rows = [row.alert for row in look(database).rows]
    assert [each.said.level for each in rows] == ["red", "red", "amber", "amber"]
    assert [each.rule for each in rows[1:3]] == ["owner_gone", "milestone_overdue"]
    assert [each.id for each in sorted(rows, key=lambda each: each.gravity)] == [each.id for each in rows]


def test_the_rows_say_which_steps_were_told(database, city):
    told = {row.alert.days: row.told for row in overdues(database).rows}
    assert told[8] == (Step.REMINDER, Step.FIRST)


def test_each_count_is_the_length_of_its_list(database, city):
    for standing, rule in product([None, *Standing], ["", "milestone_overdue", "unbudgeted"]):
        found = look(database, standing=standing, rule=rule)
        assert found.total == len(found.rows)
        if standing:
            assert look(database, rule=rule).standings.get(standing, 0) == found.total
        if rule:
            assert look(database, standing=standing).rules.get(rule, 0) == found.total


def test_the_list_of_a_unit_holds_what_it_answers_for(database, city):
    (owner,) = overdues(database).owners
    assert (owner.id, owner.count) == (city.unit, 2)
    assert overdues(database, owner=city.unit).total == 2


def test_an_alert_that_someone_took_note_of_moves_to_the_noted_ones(database, city):
    with database.writing() as db:
        (worst, _) = overdues(database).rows
        alerts.acknowledge(
            db, as_person(city.contact, Role.VIEWER), worst.alert.id,
            AcknowledgeIn(until=date(2024, 7, 5), comment="好"), today=TODAY, now=morning(TODAY, 4),
        )  # fmt: skip
    (noted,) = look(database, standing=Standing.ACKNOWLEDGED).rows
    assert noted.note is not None
    assert (noted.note.person, noted.note.until) == ("联系人", date(2024, 7, 5))


def test_mine_is_what_i_was_told_or_answer_for(database, city):
    contact = as_person(city.contact, Role.VIEWER)
    assert look(database, contact, mine=True, rule="milestone_overdue").total == 2
    assert look(database, as_person(city.chief, Role.LEADER), mine=True).total == 0


def test_who_sees_part_of_the_projects_sees_their_alerts_only(database, city):
    elsewhere = build.make_actor(Role.COORDINATOR, ScopeKind.DISTRICT, "nowhere", person_id=city.coordinator)
    assert look(database, elsewhere).total == 0
    unit = build.make_actor(Role.REPORTER, ScopeKind.ORGANISATION, city.unit)
    assert {row.alert.project_id for row in look(database, unit).rows} == {city.project}


def test_an_administrator_sees_no_business_data(database, city):
    assert look(database, build.make_actor(Role.ADMINISTRATOR)).total == 0


@contextmanager
def counting(database) -> Iterator[list[str]]:
    said: list[str] = []
    listen = ("before_cursor_execute", lambda _c, _u, statement, *_r: said.append(statement))
    sa.event.listen(sa.Engine, *listen)
    yield said
    sa.event.remove(sa.Engine, *listen)


def test_the_number_of_statements_does_not_grow_with_the_rows(database, city):
    with counting(database) as few:
        look(database)
    with database.writing() as db:
        for day in range(1, 21):
            make_milestone(db, city.project, date(2024, 5, day))
    scan_and_deliver(database, TODAY)
    with counting(database) as many:
        look(database)
    assert len(many) == len(few) <= 12


def test_where_the_counts_say_none_no_rows_are_looked_for(database, city):
    with counting(database) as some:
        assert look(database).rows
    with counting(database) as none:
        assert look(database, rule="promise_at_risk").rows == ()
    assert len(none) < len(some)
