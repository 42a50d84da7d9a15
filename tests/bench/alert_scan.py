"""The scan of a million milestones, 3 % newly overdue, beside the raw SQL that finds and inserts the same rows.

The floor writes the same alerts, events, digests and items with one INSERT … SELECT each, into the same
tables with the same indexes. The next day's scan, on which no rung is due, stands beside the bare queries
for newly met, no longer met and rung due.
"""

import contextlib
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa

from portfolio import calendar_days, installation, migrating
from portfolio.alerts.conditions import plus_days
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Status
from portfolio.alerts.rules.registry import RULES
from portfolio.alerts.snapshot import MAIL_START
from portfolio.database import Database
from portfolio.people.models import Organisation, Person, Post, PostHolding
from portfolio.projects.models import Duty, DutyKind, Milestone, Project
from portfolio.projects.rules.stages import Kind, Stage
from tests import postgres
from tests.bench.measure import NotRun, Ratio, Result, in_turns

MILESTONES, PROJECTS, UNITS = 1_000_000, 10_000, 200
TIMES, TIMES_OF_QUICK = 3, 9
DAY, NEXT = date(2024, 6, 25), date(2024, 6, 26)
AT = datetime(2024, 6, 25, tzinfo=UTC)
SENDER = "portfolio@example.org"
SINCE = date(2021, 1, 1)


def results() -> Iterator[Result]:
    """Measure on SQLite, and on PostgreSQL where there is one."""
    with TemporaryDirectory() as folder:
        yield from _measure(f"sqlite:///{Path(folder) / 'bench.db'}", "SQLite")
    try:
        with postgres.server() as url, _scratch_database(url) as named:
            yield from _measure(named, "PostgreSQL")
    except postgres.NoPostgres as why:
        yield NotRun("alert scan, PostgreSQL", str(why))


@contextlib.contextmanager
def _scratch_database(url: str) -> Iterator[str]:
    """A database of our own on a server that may hold others."""
    name = f"alert_bench_{os.getpid()}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    try:
        yield sa.make_url(url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


def _measure(url: str, name: str) -> Iterator[Result]:
    database = Database(url)
    migrating.upgrade(database)
    _fill(database)
    ours, floor = in_turns(
        lambda: _scan(database, DAY), lambda: _floor(database), TIMES, lambda: _undo(database)
    )
    yield Ratio(f"alert scan, 30,000 of 1,000,000 newly overdue, {name}", ours, floor, 2.0)
    _undo(database)
    _scan(database, DAY)
    _deliver(database)
    _analyse(database)
    following, bare = in_turns(
        lambda: _scan(database, NEXT),
        lambda: _bare(database),
        TIMES_OF_QUICK,
        lambda: _forget(database, NEXT),
    )
    yield Ratio(f"next day's scan, no rung due, {name}", following, bare, 1.3)
    database.dispose()


def _scan(database: Database, day: date) -> None:
    evaluate.evaluate_day(database, day, AT, owner="bench", sender=SENDER)


def _fill(database: Database) -> None:
    with database.writing() as db:
        calendar_days.seed(db, 2026)
        installation.put(db, MAIL_START, "2024-03-01")
        for rule in RULES:
            if rule != "milestone_overdue":
                installation.put(db, f"alerts.{rule}.days", "off")
        connection = db.connection()
        units = range(1, UNITS + 1)
        connection.execute(
            sa.insert(Organisation),
            [
                {"id": n, "name": f"单位{n}", "short_name": "", "pinyin": "", "position": n, "version": 1}
                for n in units
            ],
        )
        people = range(1, 2 * UNITS + 1)
        connection.execute(
            sa.insert(Person),
            [
                {
                    "id": n,
                    "name": f"人{n}",
                    "pinyin": "",
                    "email": f"p{n}@example.org",
                    "phone": "",
                    "version": 1,
                }
                for n in people
            ],
        )
        connection.execute(
            sa.insert(Post),
            [
                {
                    "id": n,
                    "organisation_id": n,
                    "kind": "head",
                    "title": "",
                    "scope_value": "",
                    "position": 1,
                    "version": 1,
                }
                for n in units
            ],
        )
        connection.execute(
            sa.insert(PostHolding), [{"post_id": n, "person_id": n, "starts_on": SINCE} for n in units]
        )
        projects = range(1, PROJECTS + 1)
        connection.execute(
            sa.insert(Project),
            [
                {
                    "id": n,
                    "code": f"P{n:05d}",
                    "kind": Kind.PROJECT,
                    "name": f"项目{n}",
                    "pinyin": "",
                    "initials": "",
                    "stage": Stage.IMPLEMENTATION,
                    "national_code": "",
                    "nature": "",
                    "scale": "",
                    "doubtful": False,
                    "note": "",
                    "reporting": False,
                    "created_at": AT,
                    "version": 1,
                }
                for n in projects
            ],
        )
        duties = [
            {
                "project_id": n,
                "kind": DutyKind.RESPONSIBLE_UNIT,
                "organisation_id": n % UNITS + 1,
                "person_id": None,
                "starts_on": SINCE,
                "version": 1,
            }
            for n in projects
        ]
        duties += [
            {
                "project_id": n,
                "kind": DutyKind.CONTACT,
                "organisation_id": None,
                "person_id": UNITS + n % UNITS + 1,
                "starts_on": SINCE,
                "version": 1,
            }
            for n in projects
        ]
        connection.execute(sa.insert(Duty), duties)
        connection.execute(_milestones())
    _analyse(database)


def _milestones() -> sa.Insert:
    """A million in one statement: 3 % fell due yesterday, half is reached, the rest lies ahead."""
    numbers = sa.select(sa.literal(1).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < MILESTONES))
    n = numbers.c.n
    day = sa.literal(DAY, sa.Date)
    overdue, reached, away = n % 100 < 3, n % 2 == 1, n % 900
    baseline = sa.case(
        (overdue, plus_days(day, -1)), (reached, plus_days(day, -away - 1)), else_=plus_days(day, away + 40)
    )
    values = {
        "id": n,
        "code": sa.literal("M") + sa.cast(n, sa.String),
        "project_id": n % PROJECTS + 1,
        "kind": sa.literal("free"),
        "label": sa.literal("节点") + sa.cast(n, sa.String),
        "position": sa.literal(0),
        "weight": sa.literal(0),
        "is_key": sa.false(),
        "first_baseline": baseline,
        "baseline": baseline,
        "actual": sa.case((sa.and_(reached, sa.not_(overdue)), plus_days(day, -away - 5)), else_=sa.null()),
        "withdrawn_reason": sa.literal(""),
        "version": sa.literal(1),
    }
    return sa.insert(Milestone).from_select(list(values), sa.select(*values.values()))


def _deliver(database: Database) -> None:
    """Let the first day's mails have gone out: what was not told would be due again on the next."""
    with database.writing() as db:
        db.execute(sa.update(Notification).values(status=Status.SENT))


def _analyse(database: Database) -> None:
    with database.writing() as db:
        db.connection().exec_driver_sql("ANALYZE")


_TABLES = ("notification_item", "notification", "alert_event", "alert")


def _undo(database: Database) -> None:
    """Empty what a scan wrote; the log's triggers are the tables' own, so they are lifted for a moment."""
    with database.writing() as db:
        connection = db.connection()
        if database.is_sqlite:
            connection.exec_driver_sql("DROP TRIGGER IF EXISTS alert_event_no_delete")
            for table in _TABLES:
                connection.exec_driver_sql(f"DELETE FROM {table}")
        else:
            for log in ("alert_event", "notification_attempt"):
                connection.exec_driver_sql(f"ALTER TABLE {log} DISABLE TRIGGER USER")
            connection.exec_driver_sql(f"TRUNCATE {', '.join(_TABLES)} RESTART IDENTITY CASCADE")
        connection.exec_driver_sql("DELETE FROM schedule_run")


def _forget(database: Database, day: date) -> None:
    with database.writing() as db:
        db.connection().execute(
            sa.text("DELETE FROM schedule_run WHERE period_key = :day"), {"day": day.isoformat()}
        )


_OVERDUE = """FROM milestone m JOIN project p ON p.id = m.project_id
    WHERE m.baseline < :day AND m.baseline IS NOT NULL AND m.actual IS NULL AND m.withdrawn_at IS NULL
      AND p.stage NOT IN ('cancelled', 'completed', 'suspended')"""
_RAW = (
    f"""INSERT INTO alert (rule, subject_id, project_id, milestone_id, state, rung, level, episode, due_on,
        opened_on, first_seen_on, clock_on, next_on, outcome, version)
    SELECT 'milestone_overdue', m.id, m.project_id, m.id, 'firing', '1', 0, 1, m.baseline, m.baseline, :day, :day,
        :next, '', 1 {_OVERDUE} AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.rule = 'milestone_overdue'
        AND a.subject_id = m.id)""",
    """INSERT INTO alert_event (alert_id, seq, episode, kind, rung, day, at, actor, detail)
    SELECT id, 1, 1, 'opened', '1', :day, :at, '', '' FROM alert""",
    """INSERT INTO notification (dedup_key, kind, channel, recipient_id, address, period, subject, message_id,
        status, phase, attempts, ambiguous_count, data_fence, not_before, next_at, expires_at, lease_owner,
        fence, last_error, created_at, taken_over)
    SELECT 'digest:' || person.id || ':mail:' || :word, 'digest', 'mail', person.id, email, :day, '',
        '<' || person.id || '@example.org>', 'pending', 'none', 0, 0, 0, :at, :at, :at, '', 0, '', :at, false
    FROM person""",
    """INSERT INTO notification_item (notification_id, alert_id, episode, rung, recipient_id, principal_id,
        channel, period, missing, cancelled)
    SELECT n.id, a.id, 1, '1', n.recipient_id, n.recipient_id, 'mail', :day, '', false
    FROM alert a JOIN duty d ON d.project_id = a.project_id
    LEFT JOIN post ON post.organisation_id = d.organisation_id
    LEFT JOIN post_holding h ON h.post_id = post.id
    JOIN notification n ON n.recipient_id = coalesce(d.person_id, h.person_id) AND n.period = :day""",
)  # fmt: skip


def _floor(database: Database) -> None:
    with database.writing() as db:
        for statement in _RAW:
            db.connection().execute(
                sa.text(statement).bindparams(
                    *(
                        sa.bindparam(name, type_=sa.Date)
                        for name in ("day", "next")
                        if f":{name}" in statement
                    )
                ),
                {name: value for name, value in _GIVEN.items() if f":{name}" in statement},
            )


_GIVEN = {"day": DAY, "next": date(2024, 7, 3), "at": AT.isoformat(sep=" "), "word": DAY.isoformat()}
_BARE = (
    f"""SELECT m.id {_OVERDUE} AND NOT EXISTS (SELECT 1 FROM alert a WHERE a.rule = 'milestone_overdue'
        AND a.subject_id = m.id AND a.state <> 'resolved')""",
    """SELECT a.id FROM alert a WHERE a.rule = 'milestone_overdue' AND a.state IN ('firing', 'snoozed')
        AND NOT EXISTS (SELECT 1 FROM milestone m JOIN project p ON p.id = m.project_id WHERE m.id = a.subject_id
        AND m.baseline < :day AND m.actual IS NULL AND m.withdrawn_at IS NULL
        AND p.stage NOT IN ('cancelled', 'completed', 'suspended'))""",
    "SELECT a.id FROM alert a WHERE a.next_on <= :day AND a.state = 'firing'",
)


def _bare(database: Database) -> None:
    with database.reading() as db:
        for statement in _BARE:
            found = db.connection().execute(
                sa.text(statement).bindparams(sa.bindparam("day", type_=sa.Date)), {"day": NEXT}
            )
            assert not found.all()
