"""Whatever is sent in is refused with a sentence, within bounds, never with a traceback."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from imports.fields import WorkbookKind
from imports.files import child, limits
from imports.files.limits import Limits
from imports.files.sheets import Tag, Unreadable


def packed(**parts: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in parts.items():
            file.writestr(name, content)
    return target.getvalue()


def workbook(fill=lambda page: None) -> bytes:
    book, target = Workbook(), BytesIO()
    fill(book.active)
    book.save(target)
    return target.getvalue()


def replaced(content: bytes, part: str, old: bytes, new: bytes) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(target, "w") as file:
        for each in source.namelist():
            inside = source.read(each)
            file.writestr(each, inside.replace(old, new) if each == part else inside)
    return target.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空的"),
        (b"a,b\n1,2\n", "不是 Excel"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 100, "密码"),
        (b"PK\x03\x04 broken", "已损坏"),
        (packed(**{"word/document.xml": b"<a/>"}), "不是 Excel"),
        (packed(**{"xl/workbook.bin": b"x"}), ".xlsb"),
        (packed(**{"xl/workbook.xml": b"<nonsense/>"}), "不合规范"),
        (packed(**{"xl/workbook.xml": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'}), "外部实体"),
        (packed(**{"xl/workbook.xml": b"<a/>", "xl/big.xml": b"0" * 50_000_000}), "压缩炸弹"),
    ],
)  # fmt: skip
def test_what_is_no_workbook_is_refused_with_a_sentence(content, words):
    with pytest.raises(Unreadable, match=words):
        child.read(content)


def test_sizes_are_bounded():
    content = workbook(lambda page: [page.append([1] * 10) for _ in range(50)])
    for bounds, words in (
        (Limits(file=10), "MB"), (Limits(unpacked=10), "解开后"), (Limits(parts=2), "部件"),
        (Limits(rows=10), "行"), (Limits(columns=5), "列"), (Limits(cells=100), "单元格"), (Limits(sheets=0), "工作表"),
    ):  # fmt: skip
        with pytest.raises(Unreadable, match=words):
            child.read(content, bounds)


def test_what_a_sheet_claims_about_its_size_is_not_believed():
    content = workbook(lambda page: page.append(["一", 2]))
    lying = replaced(content, "xl/worksheets/sheet1.xml", b'ref="A1:B1"', b'ref="A1:XFD1048576"')
    (sheet,) = child.read(lying).sheets
    assert list(sheet.rows) == [1]


def test_an_entity_bomb_deep_inside_a_part_is_refused():
    bomb = b'<?xml version="1.0"?>' + b" " * 5000 + b'<!DOCTYPE a [<!ENTITY b "bbbb">]><a>&b;</a>'
    content = workbook()
    with zipfile.ZipFile(BytesIO(content)) as source:
        sheet = source.read("xl/worksheets/sheet1.xml")
    with pytest.raises(Unreadable):
        child.read(replaced(content, "xl/worksheets/sheet1.xml", sheet, bomb))


def test_macros_and_links_are_left_aside_and_said_so():
    target = BytesIO(workbook())
    with zipfile.ZipFile(target, "a") as file:
        file.writestr("xl/vbaProject.bin", b"x")
        file.writestr("xl/externalLinks/externalLink1.xml", b"<a/>")
    assert len(limits.check(target.getvalue())) == 2


def test_a_formula_without_a_result_is_told_from_an_empty_cell():
    def fill(page):
        page["A1"], page["B1"] = "x", "=1+1"

    (sheet,) = child.read(workbook(fill)).sheets
    assert sheet.rows[1][2].tag is Tag.UNCOMPUTED
    assert 3 not in sheet.rows[1]


@pytest.mark.slow
def test_a_child_that_needs_too_much_memory_ends_with_a_sentence():
    with pytest.raises(Unreadable, match=r"太大|不合规范"):
        child.run(_hog)


def _hog() -> int:
    return len(bytearray(4_000_000_000))


def test_a_workbook_nobody_exported_is_refused_with_a_way_out(preview):
    assert "不是本系统导出" in str(preview(workbook()).refused)


def test_an_altered_identity_is_refused(exported, preview):
    content = exported(WorkbookKind.BUDGETS)
    altered = replaced(
        content, "xl/sharedStrings.xml", b"approved_fen&quot;:1234567801", b"approved_fen&quot;:1"
    )
    altered = replaced(altered, "xl/sharedStrings.xml", b'approved_fen":1234567801', b'approved_fen":1')
    assert altered != content
    assert "身份信息" in str(preview(altered).refused)


def test_another_installations_workbook_is_refused(exported, books):
    from imports import pipeline
    from imports.layouts.base import View
    from portfolio.signing import KeyRing, Purpose
    from tests.build import TODAY, make_actor

    received = pipeline.Received("x.xlsx", exported(WorkbookKind.BUDGETS))
    other = KeyRing(Purpose.WORKBOOK, ["another-secret-another-secret-ab"])
    found = pipeline.preview(books, View(make_actor(), TODAY), received, pipeline.read(received), other)
    assert "来自别的系统" in str(found.refused)


def test_a_formula_without_a_result_is_an_error_that_says_what_to_do(exported, preview, edited):
    found = preview(edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": "=1+1"}))
    assert "打开、保存" in found.rows[0].faults[0].message
