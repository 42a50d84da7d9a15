"""Finding sections, names and clauses in the text of a plan, blanks closed.

The text comes from scanned pages: blanks inside words, lines broken in mid-sentence, page
numbers between them. Offsets count characters of a section's text without any blank.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

LIKE_ENOUGH = 0.8  # a heading that scanning damaged is still taken for itself
_PAGE_NUMBER = re.compile(r"[—－-]+\d+[—－-]+")
_MARKS = re.compile(r"[^\w]+")
_ITEM = re.compile(r"\d{1,2}[.．、](?!\d)")
_END = "。；;"
_FOLDED = str.maketrans("（）：，；－", "():,;-")  # one character for one, so that offsets stay


@dataclass(frozen=True, slots=True)
class Heading:
    """A 篇, 章, 节 or 专栏 as the plan numbers and titles it."""

    key: str
    number: str
    title: str


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of one section from its heading to the next; `starts` are the offsets at which lines begin."""

    key: str
    line: int
    text: str
    starts: tuple[int, ...]
    lines: tuple[int, ...]

    @property
    def body(self) -> int:
        """Offset at which the text below the heading begins."""
        return self.starts[1] if len(self.starts) > 1 else len(self.text)

    def line_at(self, offset: int) -> int:
        """Return the line of the file (from 1) in which the character at an offset stands."""
        if not self.starts:
            return self.line
        return self.lines[max(bisect_right(self.starts, offset) - 1, 0)]


@dataclass(frozen=True, slots=True)
class Clause:
    """A piece of a passage that reads on its own, with its place."""

    text: str
    start: int
    line: int

    @property
    def end(self) -> int:
        """Offset after its last character."""
        return self.start + len(self.text)


def passages(content: str, headings: Sequence[Heading]) -> dict[str, Passage]:
    """Cut a text at its headings, in their order; a heading that is not found has no passage."""
    lines = [closed(line) for line in content.splitlines()]
    found: list[tuple[int, Heading]] = []
    after = 0
    for heading in headings:
        at = _find(lines, heading, after)
        if at is not None:
            found.append((at, heading))
            after = at + 1
    ends = [at for at, _ in found[1:]] + [len(lines)]
    return {
        heading.key: _passage(heading, lines, at, end) for (at, heading), end in zip(found, ends, strict=True)
    }


def closed(text: str) -> str:
    """Close all blanks; a line that only numbers a page is empty."""
    bare = re.sub(r"\s+", "", text)
    return "" if _PAGE_NUMBER.fullmatch(bare) else bare


def folded(text: str) -> str:
    """Write brackets and stops in their narrow form: scans and data differ in them."""
    return text.translate(_FOLDED)


def locate(passage: Passage, name: str, occurrence: int = 1) -> int | None:
    """Return the offset of the n-th occurrence of a wording (from 1), or None."""
    at, text, wanted = -1, folded(passage.text), folded(name)
    for _ in range(occurrence):
        at = text.find(wanted, at + 1)
        if at < 0:
            return None
    return at


def clauses(passage: Passage) -> tuple[Clause, ...]:
    """Split a passage below its heading after 。 and ；, and before a numbered item that begins a line."""
    cuts = {passage.body, len(passage.text)}
    cuts |= {at + 1 for at, mark in enumerate(passage.text) if mark in _END and at >= passage.body}
    cuts |= {start for start in passage.starts if start > passage.body and _ITEM.match(passage.text, start)}
    return tuple(_pieces(passage, sorted(cuts)))


def _pieces(passage: Passage, cuts: Sequence[int]) -> Iterable[Clause]:
    for start, end in pairwise(cuts):
        yield Clause(passage.text[start:end], start, passage.line_at(start))


def _find(lines: Sequence[str], heading: Heading, after: int) -> int | None:
    wanted = _letters(heading.number + heading.title)
    number = _letters(heading.number)
    damaged: int | None = None
    for at in range(after, len(lines)):
        line = _letters(lines[at])
        if line.startswith(wanted):
            return at
        if damaged is None and line.startswith(number) and _alike(line, wanted):
            damaged = at
    return damaged


def _alike(line: str, wanted: str) -> bool:
    return SequenceMatcher(None, line[: len(wanted)], wanted).ratio() >= LIKE_ENOUGH


def _letters(text: str) -> str:
    return _MARKS.sub("", text)


def _passage(heading: Heading, lines: Sequence[str], at: int, end: int) -> Passage:
    starts: list[int] = []
    numbers: list[int] = []
    text: list[str] = []
    length = 0
    for number in range(at, end):
        if lines[number]:
            starts.append(length)
            numbers.append(number + 1)
            text.append(lines[number])
            length += len(lines[number])
    return Passage(heading.key, at + 1, "".join(text), tuple(starts), tuple(numbers))
