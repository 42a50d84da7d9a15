"""One cell to one value: whatever stands in it, something is said and nothing is raised."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.cells.parse import Said, parse
from imports.fields import Column, Type
from imports.files.sheets import Cell, Tag
from portfolio.money import Fen
from portfolio.projects.rules import dates
from portfolio.projects.rules.dates import PlannedDate

COLUMNS = {kind: Column("x", "栏", kind) for kind in Type}
YES = Column("x", "栏", Type.CHOICE, choices=("水利", "交通"))


def said(kind, tag, value, unit="万元"):
    return parse(Cell(tag, value), COLUMNS[kind], unit)


@pytest.mark.parametrize("kind", list(Type))
def test_no_cell_is_no_change_and_the_word_clears(kind):
    assert parse(None, COLUMNS[kind], "万元").said is Said.NOTHING
    assert said(kind, Tag.TEXT, " 清空 ").said is Said.CLEAR


@pytest.mark.parametrize("kind", list(Type))
@pytest.mark.parametrize(("tag", "value"), [(Tag.FAULT, "#DIV/0!"), (Tag.UNCOMPUTED, None)])
def test_a_formula_without_a_result_is_never_a_value(kind, tag, value):
    found = said(kind, tag, value)
    assert (found.said, found.value) == (Said.WRONG, None)
    assert "公式" in found.message


@pytest.mark.parametrize(
    ("kind", "tag", "value", "meant"),
    [
        (Type.MONEY, Tag.NUMBER, 12.5, Fen(12_500_000)),
        (Type.MONEY, Tag.TEXT, "（1,234.56）", Fen(-1_234_560_000)),
        (Type.MONEY, Tag.TEXT, "1.2亿元", Fen(12_000_000_000)),
        (Type.NUMBER, Tag.NUMBER, 70.47, Decimal("70.47")),
        (Type.NUMBER, Tag.TEXT, "1,000.5", Decimal("1000.5")),
        (Type.DATE, Tag.DATE, "2024-06-28", PlannedDate(date(2024, 6, 28))),
        (Type.DATE, Tag.MONTH, "2024-06-28", dates.of_month(2024, 6)),
        (Type.DATE, Tag.NUMBER, 2025, dates.of_year(2025)),
        (Type.DATE, Tag.TEXT, "2025年上半年", dates.of_half(2025, 1)),
        (Type.TEXT, Tag.NUMBER, 2024.0, "2024"),
        (Type.CODE, Tag.TEXT, "Ｐ００４２", "P0042"),
        (Type.WHOLE, Tag.NUMBER, 5.0, 5),
        (Type.WHOLE, Tag.TEXT, "５", 5),
        (Type.YES_NO, Tag.TEXT, "否", False),
        (Type.YES_NO, Tag.LOGICAL, True, True),
    ],
)
def test_what_people_write_is_understood(kind, tag, value, meant):
    found = said(kind, tag, value)
    assert (found.said, found.value, found.message) == (Said.VALUE, meant, "")


@pytest.mark.parametrize(
    ("kind", "tag", "value"),
    [
        (Type.MONEY, Tag.LOGICAL, True),
        (Type.MONEY, Tag.DATE, "2024-06-28"),
        (Type.MONEY, Tag.PERCENT, 0.5),
        (Type.MONEY, Tag.TEXT, "约两千"),
        (Type.MONEY, Tag.NUMBER, 1e20),
        (Type.NUMBER, Tag.PERCENT, 0.075),
        (Type.NUMBER, Tag.TEXT, "9" * 60),
        (Type.NUMBER, Tag.NUMBER, float("inf")),
        (Type.DATE, Tag.TEXT, "2025-02-30"),
        (Type.DATE, Tag.TEXT, "0000年"),
        (Type.DATE, Tag.TEXT, "0000-05"),
        (Type.DATE, Tag.TEXT, "0000年上半年"),
        (Type.DATE, Tag.NUMBER, float("inf")),
        (Type.DATE, Tag.NUMBER, 2025.1),
        (Type.WHOLE, Tag.TEXT, "nan"),
        (Type.WHOLE, Tag.TEXT, "inf"),
        (Type.WHOLE, Tag.NUMBER, 5.5),
        (Type.YES_NO, Tag.TEXT, "也许"),
    ],
)
def test_what_means_nothing_is_a_fault_with_a_sentence(kind, tag, value):
    found = said(kind, tag, value)
    assert (found.said, found.value) == (Said.WRONG, None)
    assert found.message.endswith("。")


def test_a_word_that_is_no_choice_is_told_which_there_are():
    assert parse(Cell(Tag.TEXT, "水利"), YES, "").value == "水利"
    assert "水利、交通" in parse(Cell(Tag.TEXT, "水"), YES, "").message


values = st.one_of(
    st.tuples(st.just(Tag.TEXT), st.text(max_size=40)),
    st.tuples(st.just(Tag.TEXT), st.from_regex(r"[0-9０-９]{1,9}[年./-]?[0-9]{0,3}[月./-]?[0-9]{0,3}日?底?", fullmatch=True)),
    st.tuples(st.just(Tag.TEXT), st.from_regex(r"[(（]?[-−+]?[0-9,，.]{0,40}[万亿元%]{0,2}[)）]?", fullmatch=True)),
    st.tuples(st.sampled_from([Tag.NUMBER, Tag.PERCENT]), st.floats() | st.integers(-(10**40), 10**40)),
    st.tuples(st.sampled_from([Tag.DATE, Tag.MONTH]), st.dates().map(date.isoformat)),
    st.tuples(st.just(Tag.LOGICAL), st.booleans()),
    st.tuples(st.just(Tag.FAULT), st.sampled_from(["#REF!", "#N/A"])),
)  # fmt: skip


@given(st.sampled_from(list(Type)), values, st.sampled_from(["万元", "元", "亿元"]))
def test_whatever_stands_in_a_cell_something_is_said_and_nothing_is_raised(kind, value, unit):
    found = parse(Cell(*value), COLUMNS[kind], unit)
    assert (found.message != "") is (found.said is Said.WRONG)
    assert found.value is None or found.said is Said.VALUE


@given(st.integers(-(10**15), 10**15))
def test_a_sum_written_with_commas_is_the_sum(fen):
    whole, rest = divmod(abs(fen), 1_000_000)
    found = said(Type.MONEY, Tag.TEXT, f"{'-' if fen < 0 else ''}{whole:,}.{rest:06d}")
    assert found.value == Fen(fen)
