"""The books of delivery in words, for the administrator's mail: last and next run, sent today, due = sum."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portfolio import installation
from portfolio.alerts import queries
from portfolio.alerts.queries import Books
from portfolio.i18n import _
from portfolio.rendering.filters import shike

WORDS = {
    "sent": _("已送达"),
    "unknown": _("答复丢失，按已告知计"),
    "open": _("等候发送"),
    "dead": _("死信"),
    "suppressed": _("邮箱不收信"),
    "cancelled": _("发出前已解决"),
    "expired": _("并入下一封"),
}
Line = tuple[str, str]


def lines(db: Session, today: date, now: datetime) -> tuple[Line, ...]:
    """Return label and value of each line; instants are shown by the business clock."""
    _beat, last, following = queries.times(db, now)
    offset = installation.offset(db)
    return (
        (_("上次评估"), shike(last, offset) if last else _("还没有")),
        (_("下次发送"), shike(following, offset)),
        (_("今天已发"), _("%(n)s 封", n=queries.sent_on(db, today))),
        (_("应告知"), _sum(queries.books(db))),
    )


def _sum(books: Books) -> str:
    parts = [f"{WORDS[name]} {count}" for name in WORDS if (count := books.by_status.get(name, 0))]
    verdict = _("账目相符") if books.balanced else _("账目不平，请运行 portfolio doctor")
    return _(
        "%(due)s 项 = %(parts)s；%(verdict)s", due=books.due, parts=" + ".join(parts) or "0", verdict=verdict
    )
