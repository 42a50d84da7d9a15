"""A backup holds the whole, sealed; a restore keeps what it replaces and holds the mail."""

import json
import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli.in_use import in_use
from api.cli.main import app
from portfolio import audit, installation
from portfolio.access import Actor, Way
from portfolio.audit import Change
from portfolio.database import Database
from portfolio.errors import Conflict
from tests.build import SECRET, make_project


@pytest.fixture
def run(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def names(file: str | Path) -> list[str]:
    with sqlite3.connect(file) as opened:
        return [name for (name,) in opened.execute("SELECT name FROM project")]


def test_a_backup_holds_what_still_lies_in_the_journal(run, sqlite_database):
    with sqlite_database.writing() as db:
        make_project(db, "龙湖水厂")
    assert run("backup", "copy.db").exit_code == 0
    assert names("copy.db") == ["龙湖水厂"]


def test_the_trail_is_sealed_before_it_is_copied(run, sqlite_database):
    clerk = Actor(None, "李工", Way.PAGE, is_system=True)
    with sqlite_database.writing() as db:
        audit.record(db, clerk, Change("project", 1, "edit", {"name": "旧"}, {"name": "新"}))
    assert run("backup", "copy.db").exit_code == 0
    with sqlite3.connect("copy.db") as copy:
        assert copy.execute("SELECT max(last_event) FROM audit_seal").fetchone() == (1,)


def test_a_backup_never_overwrites(run, tmp_path):
    (tmp_path / "copy.db").write_text("precious", "utf-8")
    assert run("backup", "copy.db").exit_code != 0
    assert (tmp_path / "copy.db").read_text("utf-8") == "precious"


def test_nothing_is_restored_under_a_running_service(run, sqlite_database):
    run("backup", "copy.db")
    with sqlite_database.writing() as db:
        make_project(db, "后来的项目")
    with in_use(sqlite_database), in_use(sqlite_database):
        refused = run("restore", "copy.db", "--yes")
    assert isinstance(refused.exception, Conflict)
    assert names(str(sqlite_database.url.database)) == ["后来的项目"]


def test_a_restore_keeps_what_it_replaces_and_holds_the_mail(run, sqlite_database):
    run("backup", "copy.db")
    with sqlite_database.writing() as db:
        make_project(db, "后来的项目")
    sqlite_database.dispose()
    assert run("restore", "copy.db", "--yes").exit_code == 0
    assert names(str(sqlite_database.url.database)) == []
    assert names(f"{sqlite_database.url.database}.before-restore-1") == ["后来的项目"]
    with sqlite_database.reading() as db:
        assert installation.get(db, installation.MAIL_HELD)


def test_a_restore_asks_before_it_replaces(run):
    run("backup", "copy.db")
    answer = run("restore", "copy.db")
    assert answer.exit_code != 0
    assert "--yes" in str(answer.exception)


def test_what_is_no_backup_is_refused(run, tmp_path):
    (tmp_path / "letter.db").write_text("dear city", "utf-8")
    assert "不是本系统的数据库备份" in str(run("restore", "letter.db", "--yes").exception)
    assert json.loads(run("audit", "verify", "--json").stdout)["findings"] == []
