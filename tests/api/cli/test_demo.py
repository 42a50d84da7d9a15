"""`portfolio demo`: never into production, never over what people did."""

from portfolio import installation
from tests.build import make_account, make_project


def is_demo(database):
    with database.reading() as db:
        return installation.is_demo(db)


def test_production_refuses(command, sqlite_database, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_MODE", "production")
    answer = command("demo", "load")
    assert answer.code == 1
    assert "生产" in answer.err
    assert not is_demo(sqlite_database)


def test_a_database_without_the_plan_refuses(command, sqlite_database):
    answer = command("demo", "load")
    assert (answer.code, "portfolio plan load" in answer.err) == (1, True)
    assert not is_demo(sqlite_database)


def test_a_database_that_a_person_changed_refuses(command, sqlite_database):
    with sqlite_database.writing() as db:
        make_project(db)
        account = make_account(db)
        db.connection().exec_driver_sql(
            "INSERT INTO audit_event (at, actor_account_id, actor, on_behalf_of, way, origin, entity, entity_id,"
            " action, before, after, reason, batch, signature)"
            f" VALUES ('2024-06-28', {account.id}, '王芳', '', 'page', '', 'project', '1', 'create', '', '', '', '', '')"
        )
    answer = command("demo", "load")
    assert (answer.code, "人员做过的修改" in answer.err) == (1, True)
    assert not is_demo(sqlite_database)


def test_a_day_that_is_none_is_bad_input(command):
    assert command("demo", "load", "--on", "2024-13-01").code == 2
