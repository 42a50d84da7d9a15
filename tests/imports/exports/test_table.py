"""CSV: the same rows, exact, and never a formula."""

import csv
from io import StringIO

import pytest

from imports.exports.send import Form
from imports.exports.table import BOM
from imports.fields import WorkbookKind


def rows(content: bytes):
    text = content.decode()
    assert text.startswith(BOM)
    return list(csv.DictReader(StringIO(text.removeprefix(BOM))))


def test_money_stands_exact_in_the_unit_that_its_head_names(exported):
    held = rows(exported(WorkbookKind.BUDGETS, form=Form.CSV))
    whole = next(row for row in held if row["项目名称"] == "龙湖水厂")
    assert (whole["年度"], whole["批复｜市级财政（万元）"]) == ("2024", "1234.567801")
    assert "1000000.000001" in whole.values()


def test_dates_stand_with_their_known_part(exported):
    held = rows(exported(WorkbookKind.MILESTONES, form=Form.CSV))
    baselines = [
        value for row in held for name, value in row.items() if name.endswith("当前基线") or name == "基线"
    ]
    assert {"2023-03-15", "2024-09", "2025"} <= {value for row in held for value in row.values()} | set(
        baselines
    )


@pytest.mark.parametrize("kind", list(WorkbookKind))
def test_every_row_has_as_many_cells_as_the_head(exported, kind):
    text = exported(kind, form=Form.CSV).decode().removeprefix(BOM)
    table = list(csv.reader(StringIO(text)))
    assert len({len(row) for row in table}) == 1
    assert len(set(table[0])) == len(table[0])


def test_a_blank_one_is_its_head_alone(exported):
    assert rows(exported(WorkbookKind.PROJECTS, form=Form.CSV, blank=True)) == []
