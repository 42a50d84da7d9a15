"""Text in cells never becomes a formula."""

from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from imports.cells import text
from imports.exports.send import Form
from imports.fields import WorkbookKind
from tests.build import make_project

EVIL = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "=cmd|'/c calc'!A0",
    "http://example.org",
    "_x0041_",
    "a\tb",
    "\ufeff=1",
]


@pytest.fixture
def evil(books):
    return [make_project(books, f"{each}工程") for each in EVIL]


def test_names_that_look_like_formulas_stay_text_and_come_back_unchanged(books, evil, exported, preview):
    content = exported(WorkbookKind.PROJECTS)
    page: Any = load_workbook(BytesIO(content))["项目"]
    assert not [cell for row in page["B5:B20"] for cell in row if cell.data_type == "f"]
    assert all(cell.quotePrefix for row in page["B8:B11"] for cell in row)
    assert not page._hyperlinks
    found = preview(content)
    assert {row.action.value for row in found.rows} == {"unchanged"}


def test_in_csv_an_apostrophe_stands_before_them(books, evil, exported):
    names = [
        line.split(",")[1] for line in exported(WorkbookKind.PROJECTS, form=Form.CSV).decode().splitlines()
    ]
    assert "'=1+1工程" in names
    assert not [name for name in names if name.startswith(("=", "+", "-", "@"))]


def test_control_characters_are_not_written():
    assert text.writable("a\x00b\r\nc\x1b ") == "a b\nc"
