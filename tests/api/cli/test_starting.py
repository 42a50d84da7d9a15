"""What cannot start says in one sentence why, and what to do."""

import socket
import sqlite3
import sys

import pytest

from api.cli import main
from portfolio.database import Database
from tests.build import SECRET


@pytest.fixture
def said(tmp_path, monkeypatch, capsys):
    """Run a command as the shell does; return its exit code and what it said on standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments: str, database: str = "") -> tuple[object, str]:
        monkeypatch.setenv("PORTFOLIO_DATABASE_URL", database)
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        return ended.value.code, capsys.readouterr().err.strip()

    return run


@pytest.mark.parametrize(
    "command", [("serve", "--port", "0"), ("db", "upgrade"), ("projects", "list"), ("scheduler",)]
)
def test_a_file_that_is_no_database_is_named_with_the_remedy(said, tmp_path, command):
    (tmp_path / "broken.db").write_bytes(b"not a database, only its name" * 200)
    code, words = said(*command, database=f"sqlite:///{tmp_path / 'broken.db'}")
    assert code == 1
    assert words.startswith(f"数据库 sqlite:///{tmp_path / 'broken.db'} 打不开，或者不是数据库。")
    assert "portfolio restore" in words
    assert "\n" not in words


def test_a_server_that_does_not_answer_is_named_without_its_password(said):
    code, words = said("db", "current", database="postgresql+psycopg://user:hidden@127.0.0.1:1/city")
    assert code == 1
    assert "user:***@127.0.0.1:1/city 连不上" in words
    assert "hidden" not in words


def test_a_database_of_a_newer_version_asks_for_the_newer_program(said, sqlite_database: Database):
    with sqlite3.connect(str(sqlite_database.url.database)) as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    code, words = said("db", "upgrade", database=f"sqlite:///{sqlite_database.url.database}")
    assert code == 2
    assert words.startswith("数据库是更新的版本建的（结构 9999，这个程序只认识到 ")


def test_a_folder_that_cannot_be_made_is_named(said, tmp_path):
    (tmp_path / "taken").write_text("a file, not a folder", "utf-8")
    code, words = said("db", "current", database=f"sqlite:///{tmp_path / 'taken' / 'x.db'}")
    assert code == 2
    assert words.startswith(f"数据库的文件夹 {tmp_path / 'taken'} 建不了。")


def test_a_taken_port_suggests_the_next_one(said):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, words = said("serve", "--port", str(port))
    assert code == 2
    assert words == f"端口 {port} 已被占用或不能使用。请换一个，例如 make run PORT={port + 1}。"


def test_a_misspelt_setting_in_the_file_stops_the_start(said, tmp_path):
    (tmp_path / ".env").write_text("PORTFOLIO_SMTP_ULR=smtp://localhost\n", "utf-8")
    code, words = said("db", "current")
    assert code == 2
    assert "PORTFOLIO_SMTP_ULR 的设置。是不是想写 PORTFOLIO_SMTP_URL" in words
