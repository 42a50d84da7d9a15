"""The audit trail for the auditor and the office: filter, export; sign-ins for the administrator too."""

import csv
import io
from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from api.dependencies import CurrentActor, CurrentEdge, Reading, needs
from api.html import page
from portfolio.access import Permission
from portfolio.i18n import _
from portfolio.overview import trail
from portfolio.overview.trail import Entry, TrailFilter
from portfolio.people.access_log import Kind
from portfolio.rendering import Address, Link, Pages

router = APIRouter(prefix="/audit")
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@router.get("", dependencies=[needs(Permission.SEE_AUDIT)])
def index(
    request: Request, db: Reading, actor: CurrentActor, wanted: Annotated[TrailFilter, Query()]
) -> Response:
    """Show the trail, newest first."""
    found, total = trail.entries(db, wanted)
    return page(
        request,
        "pages/audit/index.html",
        entries=found,
        pages=Pages(wanted.page, trail.SIZE, total),
        wanted=wanted,
        wrong=trail.misread(wanted),
        where=Address.of("/audit", wanted.model_dump(exclude={"page"})),
        entities=trail.entities(db),
        ways=_ways(),
        sees_sign_ins=actor.may(Permission.SEE_SIGN_INS),
    )


@router.get("/file", dependencies=[needs(Permission.SEE_AUDIT), needs(Permission.EXPORT)])
def export(held: CurrentEdge, wanted: Annotated[TrailFilter, Query()]) -> Response:
    """Send the filtered trail as CSV, row by row."""

    def rows() -> Iterator[str]:
        yield "\ufeff" + _line(["no", "at", "who", "for", "way", "origin", "entity", "id", "action", "field", "before", "after", "reason", "batch"])  # fmt: skip
        with held.database.reading() as db:
            for entry in trail.all_entries(db, wanted):
                yield "".join(map(_line, _cells(entry)))

    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(rows(), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/sign-ins", dependencies=[needs(Permission.SEE_SIGN_INS)])
def sign_ins(
    request: Request, db: Reading, actor: CurrentActor, kind: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Show sign-ins, failures, refusals and throttle hits, newest first."""
    found = trail.sign_ins(db, kind)
    above = [Link(_("留痕"), "/audit")] if actor.may(Permission.SEE_AUDIT) else [Link(_("管理"), "/manage")]
    return page(request, "pages/audit/sign_ins.html", events=found, kinds=_kinds(), kind=kind, above=above)


def _cells(entry: Entry) -> list[list[str]]:
    head = [str(entry.id), entry.at.isoformat(), entry.actor, entry.on_behalf_of, entry.way, entry.origin]
    what = [entry.entity, entry.entity_id, entry.action]
    fields = entry.fields or (("", "", ""),)
    return [[*head, *what, *field, entry.reason, entry.batch] for field in fields]


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    # A text that a spreadsheet would take for a formula is told to be text.
    csv.writer(out).writerow([f"'{cell}" if cell.startswith(FORMULA) else cell for cell in cells])
    return out.getvalue()


def _ways() -> dict[str, str]:
    return {
        "page": _("页面"),
        "api": _("接口"),
        "workbook": _("工作簿"),
        "command": _("命令"),
        "scheduler": _("定时"),
    }


def _kinds() -> dict[str, str]:
    return {
        Kind.SIGNED_IN: _("登录"),
        Kind.SIGN_IN_FAILED: _("登录失败"),
        Kind.SIGNED_OUT: _("退出"),
        Kind.SESSION_ENDED: _("登录被结束"),
        Kind.LINK_USED: _("用一次性地址登录"),
        Kind.LINK_FAILED: _("一次性地址无效"),
        Kind.RESET_ASKED: _("申请重设密码"),
        Kind.PASSWORD_SET: _("设置密码"),
        Kind.REFUSED: _("没有权限"),
        Kind.HIDDEN: _("找不到或不可见"),
        Kind.FOREIGN_REQUEST: _("外站请求"),
        Kind.THROTTLED: _("试得太多"),
        Kind.LETTER_SENT: _("登录邮件已发"),
        Kind.LETTER_FAILED: _("登录邮件没有发出"),
    }
