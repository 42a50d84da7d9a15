"""What drop-down lists offer: short ones name their entries, long ones take them from a hidden sheet."""

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_col_to_name

from imports.layouts.sheet import CHOICES_SHEET

LIMIT = 255  # Excel's limit for a drop-down that names its entries itself


class Options:
    """The hidden sheet of long lists, made at its first use."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._places: dict[tuple[str, ...], int] = {}

    def source(self, choices: tuple[str, ...]) -> list[str] | str:
        """Return what a data validation takes as its source."""
        if len(",".join(choices)) <= LIMIT:
            return list(choices)
        place = self._places.setdefault(choices, len(self._places))
        page = self._book.get_worksheet_by_name(CHOICES_SHEET) or self._book.add_worksheet(CHOICES_SHEET)
        page.hide()
        for row, choice in enumerate(choices):
            page.write_string(row, place, choice)
        name = xl_col_to_name(place, col_abs=True)
        return f"={CHOICES_SHEET}!{name}$1:{name}${len(choices)}"
