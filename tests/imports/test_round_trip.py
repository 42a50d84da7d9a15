"""Export, edit anywhere, import: nothing changed is zero changes, n cells changed are those n changes."""

import shutil
import subprocess
from datetime import date
from io import BytesIO

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlmodel import col

from imports.fields import WorkbookKind
from imports.preview.findings import Action
from portfolio.finance.models import Amount
from portfolio.money import Fen, to_decimal

READ_BACK = list(WorkbookKind)


def summary(found) -> dict[str, int]:
    return {action.value: count for action, count in found.summary.items() if count}


def changes(found) -> dict[str, tuple[object, object]]:
    return {each.path: (each.old, each.new) for row in found.rows for each in row.changes}


@pytest.mark.parametrize("kind", READ_BACK)
def test_nothing_changed_is_zero_changes(exported, preview, kind):
    found = preview(exported(kind))
    assert found.refused is None
    assert set(summary(found)) == {"unchanged"}


@pytest.mark.parametrize("kind", READ_BACK)
def test_nothing_changed_is_zero_changes_after_another_program_saved_it(exported, preview, edited, kind):
    assert set(summary(preview(edited(exported(kind), {})))) == {"unchanged"}


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
@pytest.mark.parametrize("kind", READ_BACK)
def test_nothing_changed_is_zero_changes_after_libreoffice_saved_it(exported, preview, tmp_path, kind):
    (tmp_path / "out.xlsx").write_bytes(exported(kind))
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
    command += ["--convert-to", "xlsx", "--outdir", f"{tmp_path}/lo", f"{tmp_path}/out.xlsx"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert set(summary(preview((tmp_path / "lo" / "out.xlsx").read_bytes()))) == {"unchanged"}


def test_the_same_content_is_the_same_bytes(exported):
    assert exported(WorkbookKind.BUDGETS) == exported(WorkbookKind.BUDGETS)


def test_changed_cells_are_exactly_the_changes(exported, preview, edited):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 2000, "2024年!H6": "3.5亿"})
    found = preview(content)
    assert summary(found) == {"update": 2, "unchanged": 1}
    assert changes(found) == {
        "budget.2024.city.approved_fen": (1_234_567_801, 2_000_000_000),
        "budget.2024.special_bond.planned_fen": (None, 35_000_000_000),
    }


def test_a_blank_cell_keeps_and_the_word_clears(exported, preview, edited):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": None, "2024年!V5": "清空"})
    assert changes(preview(content)) == {"budget.2024.own.approved_fen": (10**12 + 1, None)}


def test_rows_may_be_sorted_removed_and_columns_moved(exported, preview):
    book = load_workbook(BytesIO(exported(WorkbookKind.BUDGETS)))
    page = book["2024年"]
    values = [cell.value for cell in page[5]]
    for place, cell in enumerate(page[7], start=1):
        cell.value = values[place - 1]
    page.delete_rows(5)
    page.insert_rows(1)
    target = BytesIO()
    book.save(target)
    assert summary(preview(target.getvalue())) == {"unchanged": 2}


def test_what_changed_here_but_not_in_the_file_is_left_alone(exported, preview, books):
    content = exported(WorkbookKind.BUDGETS)
    books.execute(amount_now(7))
    assert set(summary(preview(content))) == {"unchanged"}


def test_what_both_sides_changed_is_a_conflict_shown_three_way(exported, preview, edited, books):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 2000})
    books.execute(amount_now(7))
    found = preview(content)
    (row,) = [row for row in found.rows if row.action is Action.CONFLICT]
    (conflict,) = row.conflicts
    assert (conflict.exported, conflict.theirs, conflict.now) == (1_234_567_801, 2_000_000_000, 7)
    assert conflict.cell == "2024年!Q5"


def test_what_both_sides_changed_alike_is_unchanged(exported, preview, edited, books):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 2000})
    books.execute(amount_now(2_000_000_000))
    assert set(summary(preview(content))) == {"unchanged"}


def test_dates_keep_their_precision(exported, preview, edited):
    cells = {"节点!H4": "2025年6月底", "节点!H5": date(2025, 6, 30), "节点!H6": "2026年"}
    assert changes(preview(edited(exported(WorkbookKind.MILESTONES), cells))) == {
        "milestone.start.forecast": (None, "2025-06"),
        "milestone.completion_acceptance.forecast": (None, "2025-06-30"),
        "milestone.in_use.forecast": (None, "2026"),
    }


def test_a_baseline_beside_a_forecast_is_two_changes_of_one_row(exported, preview, edited):
    content = edited(exported(WorkbookKind.MILESTONES), {"节点!G4": date(2023, 4, 1), "节点!H4": "2024-12"})
    found = preview(content)
    assert summary(found) == {"update": 1, "unchanged": 2}
    assert len(changes(found)) == 2


def test_a_new_row_is_a_new_project(exported, preview, edited):
    cells = {
        "项目!B12": "新水厂",
        "项目!C12": "项目",
        "项目!D12": "水利",
        "项目!F12": "前期工作",
        "项目!E12": "中原区、金水区",
    }
    found = preview(edited(exported(WorkbookKind.PROJECTS), cells))
    assert summary(found) == {"create": 1, "unchanged": 3}


def test_a_row_without_code_but_with_a_known_name_is_that_project(exported, preview, edited):
    found = preview(
        edited(exported(WorkbookKind.PROJECTS), {"项目!B12": "龙湖水厂", "项目!H12": "日供水 30 万吨"})
    )
    assert [(row.action, row.row) for row in found.rows if row.action is not Action.UNCHANGED] == [
        (Action.ERROR, 12)  # the project stands in the sheet already: one row is enough
    ]


def test_totals_are_compared_with_the_workbooks_own(exported, preview):
    (sheet,) = [each for each in preview(exported(WorkbookKind.BUDGETS)).sheets if each.name == "2024年"]
    total = {each.column: each for each in sheet.totals}
    assert total["Q"].ours == 1_234_567_801  # the part's 500 万元 stand thereof
    assert total["F"].ours == 700_000_000  # the whole holds no plan: the part counts
    assert not any(each.differs for each in sheet.totals)


def amount_now(fen):
    """Change the approved city money of the first project behind the workbook's back."""
    return sa.update(Amount).where(col(Amount.sum) == Fen(1_234_567_801)).values(sum=Fen(fen))


CELLS = [f"{letter}{row}" for letter in "DEFGHOPQRSVZ" for row in (5, 6, 7)]


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(CELLS), st.integers(0, 10**13), max_size=12))
def test_any_cells_changed_are_exactly_those_changes(exported, preview, edited, wanted):
    content = exported(WorkbookKind.BUDGETS)
    before = load_workbook(BytesIO(content))["2024年"]
    cells = {place: float(to_decimal(Fen(fen))) for place, fen in wanted.items()}
    found = preview(edited(content, {f"2024年!{place}": number for place, number in cells.items()}))
    expected = {
        f"2024年!{place}": wanted[place] for place, number in cells.items() if before[place].value != number
    }
    assert {each.cell: each.new for row in found.rows for each in row.changes} == expected
    assert not any(row.faults or row.conflicts for row in found.rows)
