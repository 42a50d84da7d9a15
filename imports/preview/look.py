"""From a recognised workbook to its preview: rows, records, differences, sheet by sheet."""

from dataclasses import replace

from sqlalchemy.orm import Session

from imports.fields import WorkbookKind
from imports.layouts import base, registry
from imports.layouts.base import View
from imports.preview import diff, match, rows
from imports.preview.findings import Preview, SheetFinding
from imports.recognition.ours import Recognised, RecognisedSheet

STRANGE = "sheet not recognised"


def look(db: Session, view: View, recognised: Recognised, blank: Preview) -> Preview:
    """Fill the preview of a recognised workbook; reads the database, writes nothing."""
    about = recognised.identity.about
    lists = base.lists(db, view)
    sheets = [_sheet(db, view, about.kind, each, lists) for each in recognised.sheets]
    sheets += [SheetFinding(name, None, "", "", skipped=((1, STRANGE),)) for name in recognised.strange]
    if not recognised.sheets:
        return replace(blank, refused="文件里没有找到本系统导出的工作表。请不要改动表头，重新导出一份再填。")
    return replace(
        blank,
        kind=about.kind.value,
        exported_at=about.exported_at.isoformat(),
        exported_by=about.exported_by,
        notices=(*blank.notices, *_unknown(recognised)),
        sheets=tuple(sheets),
    )


def _sheet(
    db: Session, view: View, kind: WorkbookKind, source: RecognisedSheet, lists: base.Lists
) -> SheetFinding:
    layout = registry.KINDS[kind].layout(source.identity.period, lists)
    return diff.compare(match.match(db, view, rows.read(source, layout)), view.today)


def _unknown(recognised: Recognised) -> list[str]:
    return [
        f"“{sheet.page.name}”里有不认识的列，没有读：{'、'.join(sheet.unknown.values())}。"
        for sheet in recognised.sheets
        if sheet.unknown
    ]
