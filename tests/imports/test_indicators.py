"""The workbook of indicators: out, filled in anywhere, in again, written as a whole, taken back."""

from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from imports import pipeline
from imports.apply import actual_origins
from imports.apply.work import Choice, Decision
from imports.exports.send import Form, Order, take_out
from imports.fields import WorkbookKind, digits
from imports.layouts.base import View
from imports.layouts.sheet import Wanted
from imports.models import BatchState
from imports.preview.findings import Action
from portfolio import reference
from portfolio.access import Role
from portfolio.errors import Conflict
from portfolio.plan import indicators
from portfolio.plan.indicators import ActualIn, record_actual
from tests.build import TODAY, make_actor
from tests.imports.conftest import NOW, SYSTEM, fill
from tests.imports.test_round_trip import changes, summary

# Rows 5, 6, 7 are the series 6, 12.1, 18; J, L, N, P, R the years' actuals, K, M, O, Q, S their sources.
CARGO_2021, CARGO_2022, CARGO_2022_FROM = "指标!J5", "指标!L5", "指标!M5"
JOBS_2023, JOBS_2023_FROM = "指标!N6", "指标!O6"


@pytest.fixture
def filled(exported, edited):
    """Take the indicators out and fill cells in."""
    return lambda cells, **options: edited(exported(WorkbookKind.INDICATORS, **options), cells)


def held(db) -> dict[tuple[str, int], tuple[object, str]]:
    found = {key: indicators.figure(row) for key, row in indicators.current(db).items()}
    return {key: figure for key, figure in found.items() if figure[0] is not None}


def faults(found) -> list[tuple[str, str, str]]:
    return [(each.cell, each.value, each.message) for row in found.rows for each in row.faults]


def test_a_figure_with_its_source_is_two_changes_of_one_year(filled, preview):
    found = preview(filled({CARGO_2022: 62.47, CARGO_2022_FROM: "2022年公报"}))
    assert summary(found) == {"update": 1, "unchanged": 2}
    assert changes(found) == {
        "indicator.2022.value": (None, "62.47"),
        "indicator.2022.source": (None, "2022年公报"),
    }


def test_confirming_writes_the_years_and_keeps_the_cell_they_came_from(filled, send, confirm, books):
    cells = {CARGO_2022: 62.47, CARGO_2022_FROM: "2022年公报", JOBS_2023: "12.08", JOBS_2023_FROM: "人社局"}
    batch = confirm(send(filled(cells)))
    assert (batch.state, batch.fields_changed) == (BatchState.APPLIED, 4)
    assert held(books) == {
        ("6", 2021): (Decimal("70.47"), "2021年公报"),
        ("6", 2022): (Decimal("62.47"), "2022年公报"),
        ("12.1", 2023): (Decimal("12.08"), "人社局"),
    }
    (line,) = actual_origins.lines(books, SYSTEM, "12.1")
    assert (line.year, line.figure, line.file, line.cell, line.code) == (
        2023, "12.08", "表.xlsx", JOBS_2023, batch.code,
    )  # fmt: skip


def test_the_same_file_twice_changes_nothing_the_second_time(filled, send, confirm, preview):
    content = filled({CARGO_2022: 62.47, CARGO_2022_FROM: "2022年公报"})
    confirm(send(content))
    assert set(summary(preview(content))) == {"unchanged"}


def test_a_blank_cell_keeps_and_the_word_takes_back(filled, send, confirm, books):
    confirm(send(filled({CARGO_2021: None, "指标!K5": None})))
    assert held(books) == {("6", 2021): (Decimal("70.47"), "2021年公报")}
    confirm(send(filled({CARGO_2021: "清空"})))
    assert held(books) == {}


def test_a_batch_is_taken_back_as_a_whole(filled, send, confirm, take_back, books):
    before = held(books)
    cells = {CARGO_2021: 71, "指标!K5": "核定数", CARGO_2022: 62.47, CARGO_2022_FROM: "公报"}
    batch = confirm(send(filled(cells)))
    take_back(batch)
    assert held(books) == before


def test_a_figure_taken_back_by_a_batch_returns_with_its_source(filled, send, confirm, take_back, books):
    before = held(books)
    take_back(confirm(send(filled({CARGO_2021: "清空"}))))
    assert held(books) == before


def test_a_batch_is_not_taken_back_over_a_newer_figure(filled, send, confirm, take_back, books):
    batch = confirm(send(filled({CARGO_2021: 71})))
    by_hand(books, 2021, "72")
    with pytest.raises(Conflict, match="指标!J5"):
        take_back(batch)


def test_what_both_sides_changed_is_shown_three_way_and_chosen(filled, send, confirm, preview, books):
    content = filled({CARGO_2021: 71})
    by_hand(books, 2021, "72")
    (row,) = [row for row in preview(content).rows if row.action is Action.CONFLICT]
    (conflict,) = row.conflicts
    assert (conflict.exported, conflict.theirs, conflict.now) == ("70.47", "71", "72")
    confirm(send(content), choices={CARGO_2021: Choice.THEIRS})
    assert held(books)["6", 2021] == (Decimal(71), "2021年公报")


@pytest.mark.parametrize(
    ("cells", "cell", "value", "words"),
    [
        ({CARGO_2022: "约六十", CARGO_2022_FROM: "公报"}, CARGO_2022, "约六十", "不是数"),
        ({CARGO_2022: "62.5%", CARGO_2022_FROM: "公报"}, CARGO_2022, "62.5%", "百分号"),
        ({CARGO_2022: 62.12345, CARGO_2022_FROM: "公报"}, CARGO_2022, "62.12345", "小数超过 4 位"),
        ({CARGO_2022: 62.47}, CARGO_2022_FROM, "", "请写明数据来源"),
        ({CARGO_2022_FROM: "公报"}, CARGO_2022_FROM, "公报", "没有实际数"),
        ({"指标!R5": 99, "指标!S5": "公报"}, "指标!R5", "99", "2025年还没有到"),
        ({"指标!F5": 110}, "指标!F5", "110", "只供查看"),
        ({"指标!A5": "99"}, "指标!A5", "99", "规划里没有这个指标"),
    ],
)
def test_a_fault_names_its_cell_its_value_and_what_to_do(filled, preview, cells, cell, value, words):
    ((at, shown, message),) = faults(preview(filled(cells)))
    assert (at, shown) == (cell, value)
    assert words in message


def test_a_percent_format_is_refused_instead_of_read_a_hundredfold_too_small(exported, preview):
    book = load_workbook(BytesIO(exported(WorkbookKind.INDICATORS)))
    cell = book["指标"]["L7"]
    cell.value, cell.number_format, book["指标"]["M7"].value = 0.035, "0.0%", "公报"
    target = BytesIO()
    book.save(target)
    ((at, _shown, message),) = faults(preview(target.getvalue()))
    assert at == "指标!L7"
    assert "3.5%" in message


def test_who_may_import_but_not_edit_indicators_gets_an_error_not_a_change(filled, preview):
    content = filled({CARGO_2022: 62.47, CARGO_2022_FROM: "公报"})
    found = preview(content, actor=make_actor(Role.ACCOUNTANT))
    assert {cell for cell, _value, _words in faults(found)} == {CARGO_2022, CARGO_2022_FROM}
    assert set(summary(preview(filled({}), actor=make_actor(Role.ACCOUNTANT)))) == {"unchanged"}


def test_the_blank_one_has_the_series_and_no_figures(filled, preview, exported):
    book = load_workbook(BytesIO(exported(WorkbookKind.INDICATORS, blank=True)))
    assert [book["指标"][f"A{row}"].value for row in (5, 6, 7)] == ["6", "12.1", "18"]
    assert book["指标"]["J5"].value is None
    assert book["指标"]["E5"].value == 63.9
    found = preview(filled({CARGO_2022: 62, CARGO_2022_FROM: "公报"}, blank=True))
    assert len(changes(found)) == 2


def test_the_wanted_years_alone_go_out_and_come_back(exported, preview):
    content = exported(WorkbookKind.INDICATORS, wanted=wanted_years(2022))
    book = load_workbook(BytesIO(content))
    assert [str(cell.value) for cell in book["指标"][3] if str(cell.value).startswith("20")] == ["2022年"]
    assert set(summary(preview(content))) == {"unchanged"}


def test_the_table_says_digits_as_they_are(exported):
    lines = exported(WorkbookKind.INDICATORS, form=Form.CSV).decode("utf-8-sig").splitlines()
    assert lines[1].startswith("6,经济,航空货邮吞吐量,万吨,63.9,100,,,预期性,70.47,2021年公报,")


def test_figures_go_in_and_are_taken_back_on_both_databases(db, ring, edited):
    reference.load(db, today=TODAY)
    fill(db)
    before, view = held(db), View(SYSTEM, TODAY)
    content = take_out(db, SYSTEM, Order(WorkbookKind.INDICATORS), ring, today=TODAY, now=NOW).content
    received = pipeline.Received("表.xlsx", edited(content, {CARGO_2021: "71.5", "指标!K5": "核定数"}))
    book = pipeline.read(received)
    batch = pipeline.receive(db, view, received, book, ring, now=NOW)
    pipeline.confirm(db, view, batch.code, book, ring, Decision(), now=NOW)
    assert held(db)["6", 2021] == (Decimal("71.5"), "核定数")
    pipeline.take_back(db, view, batch.code, reason="发错了", now=NOW)
    assert held(db) == before


VALUES = [f"{letter}{row}" for letter in "JLNP" for row in (5, 6, 7)]
FIGURES = st.decimals(-(10**6), 10**6, places=4, allow_nan=False)


@pytest.mark.slow
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(VALUES), FIGURES, max_size=8))
def test_any_figures_filled_in_are_exactly_those_changes(exported, preview, edited, wanted):
    content = exported(WorkbookKind.INDICATORS)
    before = load_workbook(BytesIO(content))["指标"]
    cells: dict[str, object] = {f"指标!{place}": float(value) for place, value in wanted.items()}
    cells |= {f"指标!{chr(ord(place[0]) + 1)}{place[1:]}": "2021年公报" for place in wanted}
    found = preview(edited(content, cells))
    expected = {
        f"指标!{place}": digits(value)
        for place, value in wanted.items()
        if before[place].value != float(value)
    }
    said = {each.cell: each.new for row in found.rows for each in row.changes if each.path.endswith(".value")}
    assert said == expected
    assert not any(row.faults or row.conflicts for row in found.rows)


def by_hand(db, year, value):
    filled = ActualIn(series="6", year=year, value=value, source="2021年公报")
    record_actual(db, make_actor(), filled, today=TODAY, now=NOW)


def wanted_years(*years):
    return Wanted(years=years)
