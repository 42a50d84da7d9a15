"""What the house holds by machine, since it is truth and not taste."""

import re
import subprocess

import pytest

from tests.house.sources import ROOT, calling, trees

CLOCK = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time")
PLACE = re.compile(r"(?<![\w.])/(?:root|home|work|Users)/\w")


def test_only_the_database_commits() -> None:
    assert calling("commit") <= {"portfolio/database.py"}


def test_only_the_clock_reads_the_clock() -> None:
    assert calling(*CLOCK) <= {"portfolio/clock.py"}


@pytest.mark.parametrize("banned", ["utils", "helpers", "common", "manager", "service", "misc"])
def test_no_file_is_named_after_nothing(banned: str) -> None:
    assert not [name for name in trees() if re.search(rf"(^|[/_]){banned}s?(_|\.py$|/)", name)]


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = []
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.suffix in {".png", ".xlsx", ".ico"} or not path.is_file():
            continue
        found += [f"{name}: {hit}" for hit in PLACE.findall(path.read_text("utf-8", errors="replace"))]
    assert not found
