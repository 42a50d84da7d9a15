"""What a workbook of ours knows of itself: where it comes from, and what each row held when it left.

It lies in a hidden sheet, a line of JSON a row, signed as a whole. With it a change is told from
an old value, and a conflict can be shown three-way: exported, theirs, now.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from imports.fields import Column, Plain, Type, WorkbookKind
from portfolio.signing import KeyRing

SHEET = "_portfolio"
MARK = "portfolio-workbook"
SCHEMA = 1


class NotOurs(ValueError):
    """The hidden sheet is not ours, was altered, or is of a later version; the message says which."""


@dataclass(frozen=True, slots=True)
class About:
    """Who took the workbook out, when, from which installation, limited to what.

    `day` is the business day of the export, which in a demonstration is not the real one.
    """

    kind: WorkbookKind
    exported_at: datetime
    day: date
    exported_by: str
    scope: str
    installation: str
    demo: bool


@dataclass(frozen=True, slots=True)
class Held:
    """What one row held: the record's version and its values by field."""

    version: int
    values: Mapping[str, Plain]


@dataclass(frozen=True, slots=True)
class SheetIdentity:
    """One sheet: its name and period, heading → (field, type), and its rows by key.

    A heading with an empty field is computed and never read.
    """

    name: str
    period: str
    columns: Mapping[str, tuple[str, Type]]
    rows: Mapping[tuple[str, ...], Held]


@dataclass(frozen=True, slots=True)
class Identity:
    """The whole: what the workbook is and what its sheets held."""

    about: About
    sheets: tuple[SheetIdentity, ...]


def lines(identity: Identity, ring: KeyRing) -> Iterator[str]:
    """Yield the text of the hidden sheet, one cell a line; the second is the signature of the rest."""
    body = list(_body(identity))
    yield MARK
    yield ring.sign(_content(body))
    yield from body


def read(found: Sequence[str], ring: KeyRing) -> Identity:
    """Read the hidden sheet back; raises NotOurs with a sentence that says what is wrong."""
    if len(found) < 3 or found[0] != MARK:
        raise NotOurs("这个文件的身份信息不完整。请重新导出一份，把改动填进去再导入。")
    if not ring.verifies(_content(found[2:]), found[1]):
        raise NotOurs("这个文件的身份信息被改动过，或者来自别的系统。请从本系统重新导出一份再填。")
    head = json.loads(found[2])
    if head["schema"] != SCHEMA:
        raise NotOurs("这个文件是另一个版本的系统导出的。请重新导出一份再填。")
    return Identity(_about(head), tuple(_sheets(found[3:])))


def headings(columns: Iterable[Column]) -> dict[str, tuple[str, Type]]:
    """Map each heading to its field and type, as the hidden sheet keeps them."""
    return {each.heading: (each.field, each.type) for each in columns}


def _content(body: Sequence[str]) -> bytes:
    return "\n".join(body).encode()


def _body(identity: Identity) -> Iterator[str]:
    about = identity.about
    yield _json(
        {
            "schema": SCHEMA,
            "kind": about.kind,
            "exported_at": about.exported_at.isoformat(),
            "day": about.day.isoformat(),
            "exported_by": about.exported_by,
            "scope": about.scope,
            "installation": about.installation,
            "demo": about.demo,
        }
    )
    for sheet in identity.sheets:
        columns = {heading: [field, kind] for heading, (field, kind) in sheet.columns.items()}
        yield _json({"sheet": sheet.name, "period": sheet.period, "columns": columns})
        for key, held in sheet.rows.items():
            yield _json([list(key), held.version, {k: v for k, v in held.values.items() if v is not None}])


def _json(value: object) -> str:
    # ASCII only: a spreadsheet program may rewrite rare characters, and then nothing would verify.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":"))


def _about(head: Mapping[str, object]) -> About:
    return About(
        WorkbookKind(str(head["kind"])),
        datetime.fromisoformat(str(head["exported_at"])),
        date.fromisoformat(str(head["day"])),
        str(head["exported_by"]),
        str(head["scope"]),
        str(head["installation"]),
        bool(head["demo"]),
    )


def _sheets(body: Sequence[str]) -> Iterator[SheetIdentity]:
    head: dict[str, object] | None = None
    rows: dict[tuple[str, ...], Held] = {}
    for line in body:
        value = json.loads(line)
        if isinstance(value, dict):
            if head is not None:
                yield _sheet(head, rows)
            head, rows = value, {}
        else:
            key, version, values = value
            rows[tuple(key)] = Held(version, values)
    if head is not None:
        yield _sheet(head, rows)


def _sheet(head: Mapping[str, object], rows: dict[tuple[str, ...], Held]) -> SheetIdentity:
    columns = head["columns"]
    assert isinstance(columns, dict)
    named = {heading: (field, Type(kind)) for heading, (field, kind) in columns.items()}
    return SheetIdentity(str(head["sheet"]), str(head["period"]), named, rows)
