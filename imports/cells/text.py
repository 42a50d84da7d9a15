"""Text in cells: what is written so that no spreadsheet runs it, and what is read so that it compares."""

import re
import unicodedata

CLEAR = "清空"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def writable(text: str) -> str:
    """The text as it goes into a cell: without control characters, line ends as one character, trimmed."""
    return _CONTROL.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula once someone edits the cell."""
    return text.startswith(_DANGEROUS)


def for_csv(text: str) -> str:
    """The text for CSV, where there is no type to say that it is text: an apostrophe stands before it."""
    return f"'{text}" if is_dangerous(text) else text


def half_width(text: str) -> str:
    """Full-width letters, digits and signs made half-width: for codes and numbers, never for names."""
    return unicodedata.normalize("NFKC", text).strip()
