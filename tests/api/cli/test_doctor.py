"""`portfolio doctor`: every trouble with its remedy, and an exit code."""

import pytest

from portfolio import clock, migrating, reference


def findings(command):
    answer = command("doctor", "--json")
    return answer.code, {each["what"]: each for each in answer.json}


def test_what_is_missing_is_said_with_its_remedy_and_ends_with_one(command):
    code, found = findings(command)
    assert code == 1
    assert (found["数据库"]["well"], found["结构"]["well"], found["邮件"]["well"]) == (True, True, False)
    assert "PORTFOLIO_SMTP_URL" in found["邮件"]["remedy"]


def test_the_text_marks_each_line_and_shows_remedies_only_where_needed(command):
    lines = command("doctor").out.splitlines()
    assert lines[0].startswith("✓ 数据库")
    assert any(line.startswith("✗ 邮件") and "PORTFOLIO_SMTP_URL" in line for line in lines)
    assert "portfolio db upgrade" not in lines[1]


def test_a_server_that_does_not_answer_is_named_without_its_password(command, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_SMTP_URL", "smtp://user:hidden@127.0.0.1:1")
    code, found = findings(command)
    assert (code, found["邮件"]["well"]) == (1, False)
    assert "hidden" not in found["邮件"]["words"]


def test_this_years_calendar_is_looked_at(command, sqlite_database):
    assert not findings(command)[1]["工作日历"]["well"]
    with sqlite_database.writing() as db:
        reference.load(db, clock.civil_date(clock.now()))
    assert findings(command)[1]["工作日历"]["well"]


def test_an_old_schema_asks_for_the_upgrade(command, sqlite_database):
    migrating.downgrade(sqlite_database, "0001")
    _code, found = findings(command)
    assert (found["结构"]["well"], "db upgrade" in found["结构"]["remedy"]) == (False, True)


def test_a_database_that_cannot_be_opened_does_not_end_the_examination(command, tmp_path, monkeypatch):
    (tmp_path / "broken.db").write_bytes(b"no database" * 500)
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{tmp_path / 'broken.db'}")
    code, found = findings(command)
    assert code == 1
    assert not any(found[what]["well"] for what in ("数据库", "结构", "工作日历"))
    assert found["磁盘"]["words"]


def test_a_data_folder_that_is_not_there_is_said(command, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path / "gone"))
    _code, found = findings(command)
    assert "磁盘" in found


@pytest.mark.parametrize("step", [("projects", "list"), ("users", "list"), ("audit", "verify")])
def test_other_commands_ask_for_the_upgrade_first(command, sqlite_database, step):
    migrating.downgrade(sqlite_database, "0001")
    answer = command(*step)
    assert (answer.code, "portfolio db upgrade" in answer.err) == (2, True)


def test_the_upgrade_may_be_run_again_and_again(command, sqlite_database):
    migrating.downgrade(sqlite_database, "0001")
    assert command("db", "upgrade").out == f"数据库结构：0001 → {migrating.newest()}"
    assert command("db", "upgrade").code == 0
    assert command("db", "current", "--json").json == {
        "current": migrating.newest(),
        "newest": migrating.newest(),
    }
