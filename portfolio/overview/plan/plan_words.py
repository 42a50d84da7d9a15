"""How plan pages say a promise and where a project stands."""

from portfolio.i18n import _
from portfolio.overview.plan.plan_places import Promised
from portfolio.overview.projects.list_rows import Row
from portfolio.projects.models import PromiseKind
from portfolio.projects.rules.dates import PlannedDate, Precision
from portfolio.projects.rules.promises import Standing
from portfolio.rendering.filters import riqi

# word and colour
STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.MET: (_("已兑现"), "green"),
    Standing.LATE: (_("已兑现，晚于承诺"), "amber"),
    Standing.OPEN: (_("未到期"), "quiet"),
    Standing.OVERDUE: (_("已到期未兑现"), "amber"),
    Standing.LAPSED: (_("过期未兑现"), "red"),
}


def promise(promised: Promised) -> str:
    """Say a promise: `2025年底前建成`, `数量 100 家`, `里程 200 公里以上，2025年底前`."""
    due = _by(promised.due)
    match promised.kind:
        case PromiseKind.COMPLETION:
            return _("%(due)s建成", due=due)
        case PromiseKind.START:
            return _("%(due)s开工", due=due)
    figure = quantity(promised.comparator, promised.value, promised.unit)
    words = _("%(what)s %(figure)s", what=_measure(promised.kind), figure=figure)
    return _("%(words)s，%(due)s", words=words, due=due) if due else words


def quantity(comparator: str, value: str, unit: str) -> str:
    """A figure with its unit as the plan means it: `60 个以上`, `10 家左右`, `低于 20 %`."""
    plain = f"{value} {unit}".strip()
    match comparator:
        case ">=":
            return _("%(figure)s以上", figure=plain)
        case "≈":
            return _("%(figure)s左右", figure=plain)
        case "<":
            return _("低于 %(figure)s", figure=plain)
        case _:
            return plain


def where_it_stands(row: Row) -> str:
    """One sentence on the next milestone; empty without one."""
    if row.milestone is None or row.milestone.baseline is None:
        return ""
    late = row.milestone.lateness
    parts = [_("“%(name)s”应于%(due)s完成", name=row.milestone.name, due=riqi(row.milestone.baseline))]
    if late.overdue:
        parts.append(_("逾期 %(n)s 天", n=late.overdue))
    if row.milestone.forecast is not None:
        parts.append(_("预测%(day)s", day=riqi(row.milestone.forecast)))
    return _("，").join(parts) + _("。")


def _by(due: PlannedDate | None) -> str:
    if due is None:
        return ""
    if due.precision is Precision.YEAR:
        return _("%(y)s年底前", y=due.day.year)
    return _("%(day)s前", day=riqi(due))


def _measure(kind: PromiseKind) -> str:
    names = {
        PromiseKind.CAPACITY: _("能力"),
        PromiseKind.LENGTH: _("里程"),
        PromiseKind.COUNT: _("数量"),
        PromiseKind.AREA: _("面积"),
        PromiseKind.INVESTMENT: _("投资"),
    }
    return names[kind]
