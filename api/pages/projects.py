"""The pages of projects: the list, with its filter in the address."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CurrentActor, Reading, Today, needs
from api.html import page
from portfolio.access import Permission
from portfolio.i18n import _
from portfolio.overview import project_list
from portfolio.overview.pictures.slip_bar import bars_of
from portfolio.overview.project_list import Counts, ProjectFilter
from portfolio.overview.words import STAGES
from portfolio.rendering import Address, Chip, Choice, Pages

router = APIRouter(prefix="/projects")


@router.get("", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    wanted: Annotated[ProjectFilter, Query()],
) -> Response:
    """List the projects of the filter; a partial request gets the rows alone."""
    found = project_list.find(db, actor, wanted, today=today)
    where = Address.of(request.url.path, wanted.model_dump(exclude_defaults=True))
    axis, bars = bars_of(today, [row.next for row in found.rows])
    return page(
        request,
        "pages/projects/index.html",
        block="rows",
        wanted=wanted,
        where=where,
        found=found,
        axis=axis,
        lines=list(zip(found.rows, bars, strict=True)),
        pages=Pages(wanted.page, project_list.SIZE, found.total),
        chips=_chips(where, wanted, found.counts),
        options=project_list.options(db, today=today),
        stages=[Choice(stage.value, name) for stage, name in STAGES.items()],
        stage_names=STAGES,
        money=actor.may(Permission.SEE_MONEY),
        actions=(),
        exports=(),
    )


def _chips(where: Address, wanted: ProjectFilter, counts: Counts) -> list[Chip]:
    """Each state with its count; the chosen one is taken off by its own link."""
    states = (
        ("overdue", _("有节点逾期"), counts.overdue),
        ("soon", _("30 天内到期"), counts.soon),
        ("slipping", _("预测晚于基线"), counts.slipping),
        ("undated", _("没有基线"), counts.undated),
        ("unassigned", _("没有责任单位"), counts.unassigned),
    )
    return [
        Chip(label, str(where.without("late")), count, chosen=True, removable=True)
        if wanted.late == state
        else Chip(label, str(where.with_(late=state)), count)
        for state, label, count in states
    ]
