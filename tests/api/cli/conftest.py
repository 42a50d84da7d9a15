"""Running a command as the shell does: exit code, what it said, what it printed."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from portfolio.database import Database
from tests.build import SECRET


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: object
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed, as a program reads it."""
        return json.loads(self.out)


Command = Callable[..., Answer]


@pytest.fixture
def command(
    sqlite_database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """Run `portfolio …` on the test's own migrated database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PORTFOLIO_DATABASE_URL", f"sqlite:///{sqlite_database.url.database}")
    monkeypatch.setenv("PORTFOLIO_SECRET_KEY", SECRET)
    monkeypatch.setenv("PORTFOLIO_DATA_DIR", str(tmp_path))

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["portfolio", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.run()
        said = capsys.readouterr()
        return Answer(ended.value.code or 0, said.out.strip(), said.err.strip())

    return run
