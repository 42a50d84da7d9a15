"""Planted tamperings are found; a clean trail, a copied one and one with rolled-back numbers are clean."""

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from portfolio import audit, models
from portfolio.audit import Change, Head, chain
from portfolio.signing import KeyRing, Purpose
from tests.build import NOON, SECRET, make_actor

ACTOR = make_actor()


def write(database, count=1, note=""):
    with database.writing() as db:
        changes = [Change("project", n, "edit", {"name": "旧"}, {"name": f"新{note}"}) for n in range(count)]
        audit.record(db, ACTOR, *changes, at=NOON)


def tamper(database, *statements):
    """Change the trail past the database's own refusal, as one who holds the file could."""
    with database.engine.begin() as connection:
        if database.is_sqlite:
            kept = connection.execute(
                sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            ).all()
            for name, _ in kept:
                connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
            for each in statements:
                connection.exec_driver_sql(each)
            for _, sql in kept:
                connection.exec_driver_sql(sql)
            return
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for each in statements:
            connection.exec_driver_sql(each)


def kinds(database, expected=None):
    return [each.kind for each in audit.verify(database, expected).findings]


def test_a_sealed_trail_is_clean_and_says_what_is_not_sealed_yet(database):
    write(database, 5)
    audit.seal(database, NOON)
    write(database, 2)
    report = audit.verify(database)
    assert report.is_clean
    assert (report.events, report.seals, report.unsealed) == (7, 1, 2)


def test_seals_follow_each_other_and_an_idle_run_makes_none(database):
    write(database, 3)
    assert audit.seal(database, NOON).rows == 3
    assert audit.seal(database, NOON).rows == 0
    write(database, 2)
    assert audit.seal(database, NOON + timedelta(minutes=1)).up_to == 5
    assert audit.verify(database).seals == 2
    assert kinds(database) == []


def test_a_changed_event_is_found_whatever_column_it_is(database):
    columns = [*audit.events.SIGNED[2:], "signature"]
    write(database, len(columns))
    audit.seal(database, NOON)
    changes = [f"{name} = " + ("7" if name == "project_id" else f"{name} || 'x'") for name in columns]
    tamper(database, *(f"UPDATE audit_event SET {each} WHERE id = {n}" for n, each in enumerate(changes, 1)))
    assert kinds(database).count("changed") == len(columns)


def test_a_changed_instant_is_found(database):
    write(database, 3)
    tamper(database, "UPDATE audit_event SET at = '2020-01-01 00:00:00.000000' WHERE id = 2")
    assert kinds(database) == ["changed"]


@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_removed_event_is_named(database, number):
    write(database, 3)
    audit.seal(database, NOON)
    tamper(database, f"DELETE FROM audit_event WHERE id = {number}")
    report = audit.verify(database)
    assert [(each.kind, each.number) for each in report.findings] == [("missing", number)]


def test_exchanged_events_are_found(database):
    write(database, 3)
    audit.seal(database, NOON)
    tamper(
        database,
        "UPDATE audit_event SET id = 99 WHERE id = 1",
        "UPDATE audit_event SET id = 1 WHERE id = 2",
        "UPDATE audit_event SET id = 2 WHERE id = 99",
    )
    assert kinds(database).count("changed") == 2


def test_an_inserted_copy_is_found(database):
    write(database, 3)
    audit.seal(database, NOON)
    columns = "at, actor, on_behalf_of, way, origin, entity, entity_id, action, before, after, reason, batch, signature"
    tamper(
        database, f"INSERT INTO audit_event (id, {columns}) SELECT 4, {columns} FROM audit_event WHERE id = 3"
    )
    assert kinds(database) == ["changed"]


def test_a_cut_off_end_is_found_by_the_head_that_was_kept_outside(database):
    write(database, 3)
    audit.seal(database, NOON)
    write(database, 2)
    audit.seal(database, NOON)
    with database.reading() as db:
        kept = audit.head(db)
    tamper(
        database,
        "DELETE FROM audit_event WHERE id > 3",
        "DELETE FROM audit_seal WHERE no = 2",
    )
    assert kinds(database, kept)[0] == "cut_off"
    assert kinds(database, Head(1, chain_signature(database, 1)))[:1] != ["cut_off"]


def chain_signature(database, no):
    with database.reading() as db:
        return db.execute(sa.select(models.AuditSeal).where(models.AuditSeal.no == no)).scalar_one().signature


def test_sqlite_finds_a_cut_off_end_by_its_own_sequence(sqlite_database):
    write(sqlite_database, 3)
    tamper(sqlite_database, "DELETE FROM audit_event WHERE id = 3")
    report = audit.verify(sqlite_database)
    assert [(each.kind, each.number) for each in report.findings] == [("missing", 3)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_seal SET rows_hash = 'x' WHERE no = 1",
        "UPDATE audit_seal SET missing = '2' WHERE no = 1",
        "DELETE FROM audit_seal WHERE no = 1",
    ],
)
def test_a_changed_or_removed_seal_is_found(database, change):
    write(database, 3)
    audit.seal(database, NOON)
    write(database, 1)
    audit.seal(database, NOON)
    tamper(database, change)
    assert not audit.verify(database).is_clean


def test_the_database_itself_refuses_to_change_or_remove_events(database):
    write(database, 1)
    audit.seal(database, NOON)
    verbs = ["UPDATE {} SET at = at", "DELETE FROM {}"]
    if not database.is_sqlite:
        verbs.append("TRUNCATE {}")
    for verb in verbs:
        for table in ("audit_event", "audit_seal"):
            with pytest.raises(sa.exc.DBAPIError, match="append-only"), database.engine.begin() as connection:
                connection.exec_driver_sql(verb.format(table))


def test_a_rolled_back_change_leaves_no_event_and_a_clean_trail(database):
    write(database, 1)

    with Session(database.engine) as undone:
        audit.record(undone, ACTOR, Change("project", 1, "edit"), at=NOON)
    write(database, 1)
    assert audit.seal(database, NOON).waiting == 0
    report = audit.verify(database)
    assert report.is_clean
    assert report.named_gaps == (0 if database.is_sqlite else 1)


@pytest.mark.postgres
def test_a_number_that_was_named_as_missing_may_not_be_filled_later(make_database):
    database = make_database("postgresql")
    test_a_rolled_back_change_leaves_no_event_and_a_clean_trail(database)
    columns = "at, actor, on_behalf_of, way, origin, entity, entity_id, action, before, after, reason, batch, signature"
    tamper(
        database, f"INSERT INTO audit_event (id, {columns}) SELECT 2, {columns} FROM audit_event WHERE id = 3"
    )
    assert "appeared" in kinds(database)


@pytest.mark.postgres
def test_a_seal_stops_before_the_gap_of_a_transaction_that_still_runs(make_database):
    database = make_database("postgresql")
    write(database, 1)
    dealt, release = threading.Event(), threading.Event()

    def slow():
        with database.writing() as db:
            audit.record(db, ACTOR, Change("project", 1, "slow"), at=NOON)
            dealt.set()
            release.wait(20)

    writer = threading.Thread(target=slow)
    writer.start()
    assert dealt.wait(10)
    write(database, 2)
    before = audit.seal(database, NOON, patience=0.2)
    release.set()
    writer.join()
    after = audit.seal(database, NOON)
    assert (before.rows, before.waiting, after.rows) == (1, 2, 3)
    assert kinds(database) == []
    assert audit.verify(database).named_gaps == 0


def test_an_old_key_still_verifies_after_a_rotation(database):
    ring = audit.keys()
    write(database, 2)
    audit.seal(database, NOON)
    try:
        audit.use_keys(
            KeyRing(
                Purpose.AUDIT,
                ["another-secret-of-some-forty-characters!", SECRET],
            )
        )
        write(database, 1)
        assert kinds(database) == []
        audit.use_keys(KeyRing(Purpose.AUDIT, ["another-secret-of-some-forty-characters!"]))
        assert kinds(database).count("changed") == 2
    finally:
        audit.use_keys(ring)


def test_spans_write_numbers_short_and_read_them_back():
    assert chain.spans([4, 7, 8, 9]) == "4,7-9"
    assert chain.numbers_in("4,7-9") == {4, 7, 8, 9}
    assert chain.numbers_in("") == set()
