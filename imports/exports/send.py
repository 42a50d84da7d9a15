"""Take out what an actor sees: choose, read, write. The one door of pages and command line."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from imports.exports import table, workbook
from imports.fields import WorkbookKind
from imports.identity import About
from imports.layouts import registry
from imports.layouts.base import View
from imports.layouts.sheet import EVERYTHING, Wanted
from portfolio import installation
from portfolio.access import Actor, Permission
from portfolio.signing import KeyRing

MONEY = frozenset({WorkbookKind.BUDGETS, WorkbookKind.PAYMENTS})


class Form(StrEnum):
    """The file's form; its value is the suffix."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA = {
    Form.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Form.CSV: "text/csv; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A finished file: its name, its media type, its bytes, and how many rows it carries."""

    name: str
    media_type: str
    content: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be taken out; `blank` asks for a template without rows."""

    kind: WorkbookKind
    form: Form = Form.XLSX
    wanted: Wanted = EVERYTHING
    blank: bool = False


def take_out(db: Session, actor: Actor, order: Order, ring: KeyRing, *, today: date, now: datetime) -> Parcel:
    """Write the file for an actor; raises Refused without the right to export (and, for money, to see it)."""
    actor.require(Permission.EXPORT)
    if order.kind in MONEY:
        actor.require(Permission.SEE_MONEY)
    view = View(actor, today, order.wanted)
    sheets = registry.blank(db, order.kind, view) if order.blank else registry.sheets(db, order.kind, view)
    about = About(
        order.kind,
        now.replace(microsecond=0),
        today,
        actor.name,
        order.wanted.words(),
        installation.get(db, installation.ID) or "",
        installation.is_demo(db),
    )
    content = workbook.write(sheets, about, ring) if order.form is Form.XLSX else table.write(sheets)
    name = registry.NAMES[order.kind] + ("（空表）" if order.blank else "")
    rows = sum(len(each.records) for each in sheets)
    return Parcel(workbook.file_name(name, about, order.form), MEDIA[order.form], content, rows)
