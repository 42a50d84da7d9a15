"""docs/security.md answers every requirement of ASVS 5.0, levels 1 and 2; asvs.csv holds their numbers and levels."""

import csv
import re
from collections import Counter

from tests.house.sources import ROOT

PAGE = ROOT / "docs/security.md"
ROW = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (met|n/a|\*\*open\*\*) \| (.+) \|$", re.MULTILINE
)


def rows():
    return ROW.findall(PAGE.read_text("utf-8"))


def test_every_requirement_of_both_levels_has_one_row_with_its_level():
    with (ROOT / "tests/house/asvs.csv").open(encoding="utf-8", newline="") as file:
        wanted = {row["number"]: row["level"] for row in csv.DictReader(file)}
    assert Counter(wanted.values()) == {"1": 70, "2": 183}  # as the standard counts them
    assert {number: level for number, level, *_ in rows()} == wanted
    assert len(rows()) == len(wanted)


def test_every_test_that_is_named_exists():
    named = {path for *_, by in rows() for path in re.findall(r"`([a-z_/]+/test_[a-z_]+\.py)`", by)}
    assert len(named) > 15
    assert [path for path in sorted(named) if not (ROOT / "tests" / path).exists()] == []


def test_what_is_met_says_by_what_and_what_is_open_is_few():
    states = Counter(state for *_, state, _by in rows())
    assert [number for number, *_, by in rows() if len(by) < 2] == []
    assert states["**open**"] <= 8
