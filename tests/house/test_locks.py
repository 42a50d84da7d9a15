"""The lock files hold hashes for everything that is named, agree with each other, and name no host."""

import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_pin_has_hashes_and_no_line_names_a_host(lock: Path) -> None:
    text = lock.read_text("utf-8")
    for entry in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in entry, entry
    assert "://" not in text


def test_what_runs_is_what_is_tested() -> None:
    assert _pins("run.txt").items() <= _pins("dev.txt").items()


def test_every_dependency_is_locked() -> None:
    named = {_name(each) for each in PROJECT["project"]["dependencies"]}
    assert named <= _pins("run.txt").keys()


def test_every_tool_is_locked() -> None:
    named = {_name(each) for each in PROJECT["dependency-groups"]["dev"]}
    assert named <= _pins("dev.txt").keys()


def test_the_front_end_lock_names_no_registry() -> None:
    locked = json.loads((ROOT / "package-lock.json").read_text("utf-8"))["packages"]
    assert not [name for name, each in locked.items() if "resolved" in each]
    assert not [name for name, each in locked.items() if name and "integrity" not in each]


def _pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", text, flags=re.MULTILINE))


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!;~ ]", requirement)[0].lower()
