"""What a workbook knows of itself survives a round trip and no change of a single sign."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports import identity
from imports.fields import Type, WorkbookKind
from imports.identity import About, Held, Identity, NotOurs, SheetIdentity
from portfolio.signing import KeyRing, Purpose

RING = KeyRing(Purpose.WORKBOOK, ["0123456789abcdef0123456789abcdef"])
ABOUT = About(
    WorkbookKind.BUDGETS,
    datetime(2024, 6, 28, 8, tzinfo=UTC),
    date(2024, 6, 28),
    "王芳",
    "",
    "id",
    demo=False,
)
plain = st.text(max_size=20) | st.integers(-(10**17), 10**17) | st.booleans()
held = st.builds(Held, st.integers(1, 99), st.dictionaries(st.text(max_size=10), plain, max_size=4))
rows = st.dictionaries(st.tuples(st.text(max_size=10)), held, max_size=4)


def ours(rows) -> Identity:
    columns = {"批复｜市级财政": ("budget.2024.city.approved_fen", Type.MONEY), "其中": ("", Type.TEXT)}
    return Identity(
        ABOUT, (SheetIdentity("2024年", "2024", columns, rows), SheetIdentity("2025年", "2025", {}, {}))
    )


@given(rows)
def test_it_comes_back_as_it_was_written(rows):
    assert identity.read(list(identity.lines(ours(rows), RING)), RING) == ours(rows)


@given(rows)
def test_it_is_written_in_signs_that_no_spreadsheet_program_changes(rows):
    assert all(line.isascii() and "\n" not in line for line in identity.lines(ours(rows), RING))


@given(rows, st.data())
def test_no_sign_can_be_changed_without_being_noticed(rows, data):
    lines = list(identity.lines(ours(rows), RING))
    which = data.draw(st.integers(1, len(lines) - 1))
    place = data.draw(st.integers(0, len(lines[which]) - 1))
    other = "x" if lines[which][place] != "x" else "y"
    lines[which] = lines[which][:place] + other + lines[which][place + 1 :]
    with pytest.raises(NotOurs):
        identity.read(lines, RING)


@pytest.mark.parametrize("found", [[], ["portfolio-workbook"], ["other", "x", "{}"]])
def test_what_is_not_whole_is_not_ours(found):
    with pytest.raises(NotOurs, match="不完整"):
        identity.read(found, RING)


def test_another_installations_workbook_is_not_ours():
    lines = list(identity.lines(ours({}), KeyRing(Purpose.WORKBOOK, ["another-installation-0123456789"])))
    with pytest.raises(NotOurs, match="别的系统"):
        identity.read(lines, RING)


def test_rows_cannot_be_left_out_or_put_in_another_order():
    two = {("P0001",): Held(1, {"a": 1}), ("P0002",): Held(1, {"a": 2})}
    lines = list(identity.lines(ours(two), RING))
    for changed in (lines[:-1], [*lines[:4], lines[5], lines[4], *lines[6:]]):
        with pytest.raises(NotOurs):
            identity.read(changed, RING)
