"""What components are given: small frozen values, made by a page's route or in its template.

In templates the same classes are called by their lower-case names: `link(...)`, `column(...)`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Literal

from portfolio.i18n import _, current_locale, using

LampLevel = Literal["red", "amber", "green", "unreported", "nodata", "paused", "done"]
Tone = Literal["", "red", "amber", "green"]


@dataclass(frozen=True, slots=True)
class Face:
    """How a lamp shows itself: the class of its colour, its shape, its character and its words."""

    tone: str
    shape: str
    character: str
    letter: str
    word: str


def face(level: str) -> Face:
    """Return the face of a lamp level; raises KeyError for a level that does not exist.

    `unreported` and `nodata` look alike; the sentence beside the lamp says which it is.
    """
    return _faces(current_locale())[level]


@cache
def _faces(locale: str) -> dict[str, Face]:
    with using(locale):
        return {
            "red": Face("red", "square", "■", _("红"), _("滞后")),
            "amber": Face("amber", "triangle", "▲", _("黄"), _("关注")),
            "green": Face("green", "disc", "●", _("绿"), _("正常")),
            "unreported": Face("none", "ring", "○", _("未报"), ""),
            "nodata": Face("none", "ring", "○", _("缺数"), ""),
            "paused": Face("paused", "diamond", "◇", _("暂停"), ""),
            "done": Face("done", "tick", "✓", _("完成"), ""),
        }


@dataclass(frozen=True, slots=True)
class Link:
    """A label with its address; without one it is plain text (the last crumb). `current` marks where one is."""

    label: str
    href: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table's column. `sort` is the key that its link sets; `kind` `num` is set at the right.

    `picture` is drawn under the label: the axis that the column's bars share.
    """

    label: str
    kind: Literal["", "num", "axis"] = ""
    sort: str = ""
    note: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a select or a set of radios; `hint` stands beside a radio."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter: plain with its count, chosen, or chosen and removable (✕). `lamp` puts a lamp before it."""

    label: str
    href: str
    count: int | None = None
    chosen: bool = False
    removable: bool = False
    lamp: str = ""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with one field: its name in the form and a sentence with the remedy."""

    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a history: when (as shown), what, and why. `future` is dashed, `grave` is red."""

    when: str
    text: str
    because: str = ""
    future: bool = False
    grave: bool = False


@dataclass(frozen=True, slots=True)
class Toast:
    """What was done and can be undone: the sentence, and where a POST takes it back (empty: nowhere)."""

    text: str
    undo: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the masthead shows it: name, and unit or role."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Shell:
    """What the frame of every page needs. Entries are those that exist and that the role may open.

    `still_since`: the last sign of life of the timed jobs, when it lies too long ago.
    """

    entries: tuple[Link, ...] = ()
    person: Person | None = None
    today: date | None = None
    demo: bool = False
    toast: Toast | None = None
    home: str = "/"
    account: str = "/account"
    sign_out: str = "/sign-out"
    sign_in: str = "/sign-in"
    csrf: str = ""
    foot: tuple[Link, ...] = ()
    still_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """Where one is in a long list: `number` from 1, `size` rows a page, `total` rows."""

    number: int
    size: int
    total: int

    @property
    def first(self) -> int:
        """Number of the first row shown, 0 in an empty list."""
        return min((self.number - 1) * self.size + 1, self.total)

    @property
    def last(self) -> int:
        """Number of the last row shown."""
        return min(self.number * self.size, self.total)

    @property
    def count(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def near(self) -> tuple[int, ...]:
        """The page numbers worth a link: first, last, and two to each side of this one; 0 stands for a gap."""
        wanted = sorted(
            {1, self.count, *range(max(1, self.number - 2), min(self.count, self.number + 2) + 1)}
        )
        shown: list[int] = []
        for number in wanted:
            if shown and number - shown[-1] > 1:
                shown.append(0)
            shown.append(number)
        return tuple(shown)
