"""Three values of a cell decide: what was exported, what the file says, what stands here now."""

import pytest

from imports.fields import WorkbookKind
from imports.preview.findings import Action
from portfolio.finance import amounts
from portfolio.finance.amounts import Entry, Slot
from portfolio.finance.models import AmountKind, PeriodKind
from portfolio.money import FEN_PER_WAN, Fen
from tests.build import TODAY, make_actor

CELL, SLOT = "2024年!D7", Slot(3, AmountKind.PLANNED, PeriodKind.YEAR, 2024, 0, "central")


def put(db, wan):
    sum_ = None if wan is None else Fen(wan * FEN_PER_WAN)
    amounts.write(db, make_actor(), [Entry(SLOT, sum_)], today=TODAY)


@pytest.mark.parametrize(
    ("exported_", "theirs", "now", "action"),
    [
        (1, 1, 1, Action.UNCHANGED),
        (1, 1, 2, Action.UNCHANGED),  # changed here only: the file is older, not wiser
        (1, 2, 2, Action.UNCHANGED),  # both alike
        (1, 2, 1, Action.UPDATE),
        (1, 2, 3, Action.CONFLICT),
        (1, 2, None, Action.CONFLICT),
        (1, None, 1, Action.UPDATE),
        (1, None, 2, Action.CONFLICT),
        (1, None, None, Action.UNCHANGED),
        (None, 1, None, Action.UPDATE),
        (None, 1, 1, Action.UNCHANGED),
        (None, 1, 2, Action.CONFLICT),
        (0, None, 0, Action.UPDATE),
        (None, 0, None, Action.UPDATE),
    ],
)
def test_what_becomes_of_a_cell(books, exported, edited, preview, exported_, theirs, now, action):
    put(books, exported_)
    content = exported(WorkbookKind.BUDGETS)
    put(books, now)
    found = preview(edited(content, {CELL: "清空" if theirs is None else theirs}))
    assert next(row for row in found.rows if row.row == 7).action is action


def test_a_conflict_shows_all_three(books, exported, edited, preview):
    put(books, 1)
    content = edited(exported(WorkbookKind.BUDGETS), {CELL: 2})
    put(books, 3)
    (conflict,) = [each for row in preview(content).rows for each in row.conflicts]
    values = (conflict.exported, conflict.theirs, conflict.now)
    assert (conflict.cell, values) == (CELL, tuple(n * FEN_PER_WAN for n in (1, 2, 3)))


def test_a_column_that_is_only_shown_is_not_read_and_says_so(exported, edited, preview):
    found = preview(edited(exported(WorkbookKind.BUDGETS), {"2024年!B5": "别的名称"}))
    (fault,) = [fault for row in found.rows for fault in row.faults]
    assert (fault.cell, "只供查看" in fault.message) == ("2024年!B5", True)


def test_one_record_in_two_rows_is_a_fault_of_the_second(exported, edited, preview):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!A6": "P0001"})
    (row,) = [row for row in preview(content).rows if row.faults]
    assert (row.row, row.action) == (6, Action.ERROR)
    assert "第 5 行" in row.faults[0].message
