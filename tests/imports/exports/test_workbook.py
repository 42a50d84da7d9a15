"""Workbooks on paper: live sums that count nothing twice, numbers as numbers, text as text."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from imports.exports import workbook
from imports.exports.grid import THEREOF
from imports.exports.looks import MONEY
from imports.exports.send import Form, Order, take_out
from imports.fields import WorkbookKind
from imports.identity import SHEET
from imports.layouts.sheet import NOTES_SHEET
from portfolio import installation
from portfolio.access import Actor, Grant, Role, ScopeKind, Way
from portfolio.errors import Refused
from portfolio.finance import queries
from portfolio.finance.models import AmountKind
from portfolio.money import FEN_PER_WAN, Fen
from tests.build import TODAY, make_actor, make_project
from tests.imports.conftest import NOW, amount

KINDS = {"计划投资": AmountKind.PLANNED, "批复": AmountKind.APPROVED, "调整": AmountKind.REVISED}
HEAD, FIRST, TOTAL = 4, 5, 9


def sheet(content: bytes, name: str = "", *, values: bool = False) -> Any:
    book = load_workbook(BytesIO(content), data_only=values)
    return book[name or book.sheetnames[0]]


def money_columns(page):
    """Each column of money with its group: the head above spans its group."""
    group = ""
    for top, head in zip(page[HEAD - 1], page[HEAD], strict=True):
        group = str(top.value or group).removeprefix("2024年")
        if group in KINDS and head.value:
            yield group, head.column_letter


@pytest.fixture
def budgets(exported):
    return exported(WorkbookKind.BUDGETS)


def test_the_sums_are_live_formulas_over_every_row_and_the_empty_one_below(budgets):
    page = sheet(budgets)
    assert page[f"B{TOTAL}"].value == "合计"
    columns = list(money_columns(page))
    assert columns
    for _group, letter in columns:
        assert page[f"{letter}{TOTAL}"].value.startswith(f"=SUM({letter}{FIRST}:{letter}{TOTAL - 1})")


def test_the_sums_are_those_of_the_portfolio_where_a_part_counts_with_its_whole(budgets, books):
    page, held = sheet(budgets, values=True), dict.fromkeys(KINDS, 0.0)
    for group, letter in money_columns(page):
        held[group] += page[f"{letter}{TOTAL}"].value or 0
    found = {each.kind: each.sum for each in queries.portfolio_sums(books, make_actor(), today=TODAY)}
    for group, kind in KINDS.items():
        assert round(held[group] * FEN_PER_WAN) == found.get(kind, Fen(0)).amount


def test_what_is_part_of_a_whole_says_so_and_is_taken_off(budgets):
    page = sheet(budgets)
    marked = [cell.coordinate for row in page.iter_rows() for cell in row if cell.value == THEREOF]
    assert [place[-1] for place in marked] == ["6"]
    city = next(letter for group, letter in money_columns(page) if group == "批复")
    assert "SUMIF" in page[f"{city}{TOTAL}"].value
    planned = next(letter for group, letter in money_columns(page) if group == "计划投资")
    assert "SUMIF" not in page[f"{planned}{TOTAL}"].value


def test_money_is_a_number_with_thousands_and_up_to_the_fen(budgets):
    page = sheet(budgets)
    cells = [page[f"{letter}{FIRST}"] for _group, letter in money_columns(page)]
    held = [cell for cell in cells if cell.value is not None]
    assert [cell.value for cell in held] == [1234.567801, 1000000.000001]
    assert {cell.number_format for cell in held} == {MONEY}


def test_a_sum_that_no_float_holds_is_text_and_loses_no_fen(books, exported):
    project = make_project(books, "世纪工程")
    books.add(amount(project, AmountKind.PLANNED, "city", 12_345_678_901_234_567))
    books.flush()
    page = sheet(exported(WorkbookKind.BUDGETS))
    (cell,) = [cell for row in page.iter_rows() for cell in row if str(cell.value) == "12345678901.234567"]
    assert (cell.data_type, cell.number_format) == ("s", "@")


def test_days_are_dates_and_coarser_ones_say_what_is_known(exported):
    page = sheet(exported(WorkbookKind.MILESTONES))
    cells = [page[f"G{row}"] for row in (4, 5, 6)]
    assert [cell.value.date() if cell.is_date else cell.value for cell in cells] == [
        date(2023, 3, 15),
        "2024-09",
        "2025年",
    ]
    assert cells[0].number_format == "yyyy-mm-dd"


def test_codes_stay_text(budgets):
    page = sheet(budgets)
    assert {(page[f"A{row}"].data_type, page[f"A{row}"].number_format) for row in (5, 6, 7)} == {("s", "@")}


@pytest.mark.parametrize("kind", list(WorkbookKind))
def test_heads_stay_in_sight_and_on_every_printed_page(exported, kind):
    page = sheet(exported(kind))
    assert page.freeze_panes
    assert page.print_title_rows
    assert page.page_setup.orientation == "landscape"


@pytest.mark.parametrize("kind", list(WorkbookKind))
def test_a_blank_one_has_heads_and_drop_downs_and_no_project(exported, kind):
    page = sheet(exported(kind, blank=True))
    words = {str(cell.value) for row in page.iter_rows() for cell in row if cell.value}
    assert "郑州机场三期工程" not in words
    assert page.title in load_workbook(BytesIO(exported(kind))).sheetnames


def test_what_it_knows_of_itself_is_hidden_so_that_no_menu_shows_it(budgets):
    book = load_workbook(BytesIO(budgets))
    assert book[SHEET].sheet_state == "veryHidden"
    assert "填写说明" in str(book[NOTES_SHEET]["A1"].value)


def test_no_cell_of_any_kind_is_a_formula_but_the_sums(exported, books):
    make_project(books, '=HYPERLINK("http://example.org")', scale="=1+1", note="@SUM(A1)")
    for kind in WorkbookKind:
        for page in load_workbook(BytesIO(exported(kind))).worksheets:
            formulas = {cell.row for row in page.iter_rows() for cell in row if cell.data_type == "f"}
            assert len(formulas) <= 1, (kind, page.title)


def test_a_demonstration_says_so_on_every_sheet_and_in_its_name(books, ring):
    installation.put(books, installation.DEMO, "1")
    parcel = take_out(books, make_actor(), Order(WorkbookKind.BUDGETS), ring, today=TODAY, now=NOW)
    page = sheet(parcel.content)
    assert "演示数据" in parcel.name
    assert "演示数据" in page["A1"].value
    assert "演示数据" in page.oddFooter.right.text


def test_the_file_is_named_by_what_it_is_and_its_day(books, ring):
    parcel = take_out(books, make_actor(), Order(WorkbookKind.BUDGETS), ring, today=TODAY, now=NOW)
    assert parcel.name.endswith("-20240628.xlsx")
    assert parcel.rows == 3


@pytest.mark.parametrize("kind", [WorkbookKind.BUDGETS, WorkbookKind.PAYMENTS])
@pytest.mark.parametrize("form", list(Form))
def test_money_is_taken_out_by_those_who_see_it_only(books, ring, kind, form):
    for role in (Role.VIEWER, Role.COORDINATOR):
        with pytest.raises(Refused):
            take_out(books, make_actor(role), Order(kind, form), ring, today=TODAY, now=NOW)


def shown(content: bytes, form: Form) -> str:
    """All that stands in the first sheet, or in the table."""
    cells = (
        (str(cell.value) for row in sheet(content).iter_rows() for cell in row) if form is Form.XLSX else ()
    )
    return content.decode() if form is Form.CSV else " ".join(cells)


@pytest.mark.parametrize("form", list(Form))
def test_a_list_of_projects_has_sums_only_where_its_reader_sees_money(books, ring, form):
    def taken(actor):
        order = Order(WorkbookKind.PROJECTS, form)
        return shown(take_out(books, actor, order, ring, today=TODAY, now=NOW).content, form)

    grants = (Grant(Role.VIEWER), Grant(Role.ACCOUNTANT, ScopeKind.PROJECT, "2"))
    narrow = taken(Actor(None, "李会计", Way.PAGE, grants))
    assert "1000000" in taken(make_actor())
    assert ("龙湖水厂" in narrow, "1000000" in narrow) == (True, False)


def test_only_what_lies_in_scope_is_taken_out(books, ring):
    part = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, 2)
    parcel = take_out(books, part, Order(WorkbookKind.BUDGETS), ring, today=TODAY, now=NOW)
    assert parcel.rows == 1
    assert "郑州机场三期工程" not in {
        str(cell.value) for row in sheet(parcel.content).iter_rows() for cell in row
    }


def test_nobody_without_the_right_takes_anything_out(books, ring):
    with pytest.raises(Refused):
        take_out(
            books, make_actor(Role.ADMINISTRATOR), Order(WorkbookKind.PROJECTS), ring, today=TODAY, now=NOW
        )


def test_a_name_with_the_day_and_the_mark_of_a_demonstration():
    about = type("About", (), {"demo": True, "day": date(2024, 6, 28)})()
    assert workbook.file_name("项目", about, "csv") == "项目（演示数据）-20240628.csv"
