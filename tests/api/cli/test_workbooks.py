"""The commands of workbooks, as a program that reads their JSON and exit codes sees them."""

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from api.cli.main import app
from portfolio import reference
from portfolio.database import Database
from tests.build import SECRET, TODAY
from tests.imports.conftest import fill

KEYS = {"file", "sha256", "refused", "notices", "sheets", "summary"}
ROW_KEYS = {"row", "key", "action", "project", "project_id", "fields", "changes", "conflicts", "errors"}


@pytest.fixture
def run(sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with sqlite_database.writing() as db:
        reference.load(db, today=TODAY)
        fill(db)
    return lambda *arguments: CliRunner().invoke(app, list(arguments))


def test_an_unchanged_file_is_zero_changes_in_the_agreed_shape(run):
    assert run("export", "budgets", "out.xlsx", "--year", "2024").exit_code == 0
    answer = run("import", "out.xlsx", "--dry-run", "--json")
    found = json.loads(answer.stdout)
    assert (answer.exit_code, set(found)) == (0, KEYS)
    assert found["summary"] == {"create": 0, "update": 0, "unchanged": 3, "conflict": 0, "error": 0}
    (row, *_rest) = found["sheets"][0]["rows"]
    assert set(row) == ROW_KEYS
    assert row["fields"]["budget.2024.city.approved_fen"] == 1_234_567_801


def test_applying_writes_and_a_second_look_finds_nothing(run):
    run("export", "budgets", "out.xlsx", "--year", "2024")
    book = load_workbook("out.xlsx")
    book["2024年"]["Q5"] = 2000
    book.save("out.xlsx")
    (change,) = json.loads(run("import", "out.xlsx", "--json").stdout)["sheets"][0]["rows"][0]["changes"]
    assert (change["old"], change["new"]) == (1_234_567_801, 2_000_000_000)
    assert "已写入，批次 B0001" in run("import", "out.xlsx", "--apply").stdout
    assert json.loads(run("import", "out.xlsx", "--json").stdout)["summary"]["update"] == 0


def test_what_is_refused_ends_with_two_and_a_sentence(run, tmp_path):
    (tmp_path / "no.xlsx").write_bytes(b"nothing")
    answer = run("import", "no.xlsx", "--json")
    assert answer.exit_code == 2
    assert "不是 Excel" in json.loads(answer.stdout)["refused"]


@pytest.mark.slow
def test_applying_seals_the_trail_before_the_command_ends(run, sqlite_database):
    run("export", "budgets", "out.xlsx", "--year", "2024")
    book = load_workbook("out.xlsx")
    book["2024年"]["Q5"] = 2000
    book.save("out.xlsx")
    run("import", "out.xlsx", "--apply")
    assert json.loads(run("audit", "verify", "--json").stdout)["unsealed"] == 0


def test_csv_goes_out_with_its_mark(run, tmp_path):
    assert run("export", "projects", "out.csv", "--search", "水厂").exit_code == 0
    lines = (tmp_path / "out.csv").read_bytes()
    assert lines.startswith(b"\xef\xbb\xbf")
    assert len(lines.splitlines()) == 3
