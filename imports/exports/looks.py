"""The formats of our workbooks: ink on paper, one accent, thousands separators."""

from functools import cache
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.format import Format

from imports.fields import Type

INK, HAIR, WASH, HEAD = "#1B1D1F", "#B8B5AD", "#F3F1EB", "#DCE6EF"
MONEY = "#,##0.00####;-#,##0.00####"
_NUMBERS = {Type.MONEY: MONEY, Type.DATE: "yyyy-mm-dd", Type.WHOLE: "#,##0"}
_RIGHT = frozenset({Type.MONEY, Type.WHOLE, Type.NUMBER})
_MIDDLE = frozenset({Type.DATE, Type.CODE, Type.CHOICE, Type.YES_NO})


class Looks:
    """The formats of one workbook, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self.title = self._make(bold=True, font_size=16, align="center", font_name="SimSun")
        self.line = self._make(font_color="#62686F", font_size=10)
        self.unit = self._make(font_color="#62686F", font_size=10, align="right")
        self.head = self._make(
            bold=True, bg_color=HEAD, border=1, border_color=HAIR, align="center", text_wrap=True
        )
        self.total = self._make(bold=True, top=2, border=1, border_color=HAIR, bg_color=WASH)
        self.total_money = self._make(
            bold=True, top=2, border=1, border_color=HAIR, bg_color=WASH, num_format=MONEY, align="right"
        )
        self.note = self._make(text_wrap=True, font_size=11)
        self.cell = cache(self._cell)

    def _cell(self, kind: Type, editable: bool, as_text: bool, quoted: bool) -> Format:
        """The format of a data cell; `as_text` keeps what is typed as it is, `quoted` marks it as no formula."""
        values: dict[str, Any] = {"border": 1, "border_color": HAIR, "text_wrap": kind is Type.TEXT}
        values["align"] = "right" if kind in _RIGHT else "center" if kind in _MIDDLE else "left"
        if not editable:
            values["bg_color"] = WASH
        if as_text or kind is Type.CODE:
            values["num_format"] = "@"
        elif kind in _NUMBERS:
            values["num_format"] = _NUMBERS[kind]
        if quoted:
            values["quote_prefix"] = True
        return self._make(**values)

    def _make(self, **values: Any) -> Format:
        return self._book.add_format({"valign": "vcenter", "font_color": INK, "font_size": 10} | values)
