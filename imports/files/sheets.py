"""What a workbook holds once it is read: plain cells, nothing of any library."""

from dataclasses import dataclass
from enum import StrEnum

CellValue = str | int | float | bool | None


class Tag(StrEnum):
    """What kind of cell it was."""

    TEXT = "s"
    NUMBER = "n"
    PERCENT = "p"  # a number whose format shows a percent sign; value: as stored, 0.075 for 7.5 %
    DATE = "d"  # value: ISO date
    MONTH = "m"  # a date whose format shows no day; value: ISO date
    LOGICAL = "b"
    FAULT = "e"  # #DIV/0! and its like; value: what stands there
    UNCOMPUTED = "f"  # a formula without a stored result; value: the formula is not kept


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not empty."""

    tag: Tag
    value: CellValue

    @property
    def shown(self) -> str:
        """The cell as people would read it aloud."""
        return "" if self.value is None else str(self.value)


Row = dict[int, Cell]  # column number from 1


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """A worksheet: its name, whether it is shown, its rows by number from 1."""

    name: str
    visible: bool
    rows: dict[int, Row]


@dataclass(frozen=True, slots=True)
class ReadBook:
    """A workbook as it was read, with what was left aside and is worth saying."""

    sheets: tuple[ReadSheet, ...]
    notices: tuple[str, ...] = ()


class Unreadable(ValueError):
    """The file is refused; the message is a sentence for its sender."""
