"""Baselines: propose a version for a project, look at it, decide on it as a whole, take it back."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict

from api.dependencies import CurrentActor, Today, Writing, edge, needs, on_refusal
from api.html import page, refused, see
from api.stating import planned, stated
from portfolio.access import Actor, Permission
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.overview.projects import project_page
from portfolio.overview.projects.baseline_page import baseline_page
from portfolio.overview.projects.project_page import ProjectPage
from portfolio.projects import baselines, projects, scope
from portfolio.projects.baselines import DecisionIn, ProposalIn

router = APIRouter()
PROPOSES = needs(Permission.PROPOSE_BASELINE)


class ProposalForm(BaseModel):
    """The dates as they are typed, one for each milestone in the order of `milestone`."""

    model_config = ConfigDict(extra="forbid")
    milestone: list[int] = []
    when: list[str] = []
    reason: str = ""
    document: str = ""


class DecisionForm(BaseModel):
    """What was decided."""

    model_config = ConfigDict(extra="forbid")
    decision: str = ""
    comment: str = ""
    version: int | None = None


@router.get("/projects/{code}/baselines/new", dependencies=[PROPOSES])
def new(request: Request, actor: CurrentActor, today: Today, code: str) -> Response:
    """Show all open milestones with their baseline, to be set or moved."""
    return _form(request, actor, today, code, None, None)


@router.post("/projects/{code}/baselines", dependencies=[PROPOSES])
def propose(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    code: str,
    typed: Annotated[ProposalForm, Form()],
) -> Response:
    """Propose a version."""
    on_refusal(request, lambda error: _form(request, actor, today, code, typed, error))
    project = projects.by_code(db, actor, code, today=today)
    if len(typed.when) != len(typed.milestone):
        raise Invalid(_("表单不完整，请刷新页面再填。"))
    moves = [
        {"milestone_id": id_, "when": when}
        for id_, text in zip(typed.milestone, typed.when, strict=True)
        if (when := planned(text, f"when-{id_}", today)) is not None
    ]
    filled = stated(
        ProposalIn,
        {"project_id": project.id, "moves": moves, "reason": typed.reason, "document": typed.document},
    )
    return see(f"/baselines/{baselines.propose(db, actor, filled, today=today).id}")


@router.get("/baselines/{version_id}", dependencies=[needs(Permission.SEE_PROJECTS)])
def show(request: Request, actor: CurrentActor, today: Today, version_id: int) -> Response:
    """Show a version: what it moves, why, and the decision or the form for it."""
    return _drawn(request, actor, today, version_id, DecisionForm(), None)


@router.post("/baselines/{version_id}/decide", dependencies=[needs(Permission.DECIDE_BASELINE)])
def decide(
    request: Request,
    db: Writing,
    actor: CurrentActor,
    today: Today,
    version_id: int,
    typed: Annotated[DecisionForm, Form()],
) -> Response:
    """Approve or refuse the whole version."""
    on_refusal(request, lambda error: _drawn(request, actor, today, version_id, typed, error))
    if typed.decision not in ("approve", "refuse"):
        raise Invalid(_("请选同意或不同意。"), {"decision": _("请选同意或不同意。")})
    filled = DecisionIn(
        version_id=version_id,
        approve=typed.decision == "approve",
        comment=typed.comment,
        version=typed.version,
    )
    baselines.decide(db, actor, filled, today=today)
    return see(f"/baselines/{version_id}")


@router.post("/baselines/{version_id}/withdraw", dependencies=[PROPOSES])
def withdraw(request: Request, db: Writing, actor: CurrentActor, today: Today, version_id: int) -> Response:
    """Take a proposal back."""
    on_refusal(request, lambda error: _drawn(request, actor, today, version_id, DecisionForm(), error))
    baselines.withdraw(db, actor, version_id, today=today)
    return see(f"/baselines/{version_id}")


def _form(
    request: Request,
    actor: Actor,
    today: date,
    code: str,
    typed: ProposalForm | None,
    error: PortfolioError | None,
) -> Response:
    with edge(request).database.reading() as db:
        shown = project_page.project_page(db, actor, code, today=today)
    if Permission.PROPOSE_BASELINE not in shown.may:
        scope.refuse()
    return page(
        request,
        "pages/baselines/new.html",
        p=shown,
        typed=typed or ProposalForm(),
        when=_when(shown, typed),
        **refused(error),
    )


def _when(shown: ProjectPage, typed: ProposalForm | None) -> dict[int, str]:
    """What stands in each field: what was typed, else the baseline, else the forecast."""
    if typed is not None and len(typed.when) == len(typed.milestone):
        return dict(zip(typed.milestone, typed.when, strict=True))
    return {
        each.id: str(each.dates.current or each.dates.forecast or each.dates.actual or "")
        for each in shown.milestones.lines
    }


def _drawn(
    request: Request,
    actor: Actor,
    today: date,
    version_id: int,
    typed: DecisionForm,
    error: PortfolioError | None,
) -> Response:
    with edge(request).database.reading() as db:
        shown = baseline_page(db, actor, version_id, today=today)
    return page(request, "pages/baselines/show.html", b=shown, typed=typed, **refused(error))
