"""The plan: its tree, a section with what became of its promises, and its text with that in the margin."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import CurrentActor, Reading, Today, needs
from api.html import page
from portfolio.access import Permission
from portfolio.errors import NotFound
from portfolio.i18n import _
from portfolio.overview.plan import (
    plan_named,
    plan_promises,
    plan_reading,
    plan_search,
    plan_section,
    plan_targets,
    plan_tree,
)
from portfolio.overview.plan.plan_promises import Promises
from portfolio.overview.plan.plan_section import SectionPage
from portfolio.overview.plan.plan_tree import STAGES, Branch, PlanTree
from portfolio.overview.plan.plan_words import STANDINGS
from portfolio.overview.words import KINDS
from portfolio.projects.rules.promises import Standing
from portfolio.rendering import Address, Chip, Link

router = APIRouter(prefix="/plan")
Version = Annotated[int | None, Query(alias="version", ge=1, le=99)]
Key = Annotated[str, Query(max_length=20)]
Opened = Literal["", "sections", "all"]


@router.get("", dependencies=[needs(Permission.SEE_PROJECTS)])
def index(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    version: Version = None,
    opened: Annotated[Opened, Query(alias="open")] = "",
) -> Response:
    """Show the tree of the newest version, or of the one asked for: in outline, down to the 节, or all of it."""
    found = plan_tree.tree(db, actor, version, today=today)
    return page(
        request,
        "pages/plan/index.html",
        tree=found,
        branches=() if found is None else _branches(found)[opened],
        shown=_shown(found, opened, version),
        stages=STAGES,
        versions=_versions(found),
        version=version,
        version_query=_query(version),
    )


@router.get("/search", dependencies=[needs(Permission.SEE_PROJECTS)])
def search(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Find what the plan names, also by pinyin, and words in its text (without one, in titles and names)."""
    where = Address.of("/plan/search", {"q": q})
    return page(
        request,
        "pages/plan/search.html",
        found=plan_search.search(db, q),
        named=plan_named.named(db, actor, q, today=today),
        q=q,
        where=where,
    )


@router.get("/promises", dependencies=[needs(Permission.SEE_PROJECTS)])
def promises(
    request: Request,
    db: Reading,
    actor: CurrentActor,
    today: Today,
    section: Key = "",
    standing: Standing | None = None,
    version: Version = None,
) -> Response:
    """List the promises of the whole plan or of one section, of one standing or all."""
    found = plan_promises.promises(db, actor, section, standing, version, today=today)
    here = Address.of("/plan/promises", {"section": section, "version": version})
    return page(
        request,
        "pages/plan/promises.html",
        found=found,
        standings=_standings(found, standing, here),
        path=[Link(_("规划"), f"/plan{_query(version)}"), *_back(found, version), Link(_("承诺"))],
        query=_query(version),
    )


@router.get("/targets", dependencies=[needs(Permission.SEE_PROJECTS)])
def targets(
    request: Request, db: Reading, actor: CurrentActor, today: Today, version: Version = None
) -> Response:
    """List the quantified targets of the text beside the headline indicators."""
    found = plan_targets.targets(db, actor, version, today=today)
    return page(request, "pages/plan/targets.html", lines=found, query=_query(version))


@router.get("/{key}", dependencies=[needs(Permission.SEE_PROJECTS)])
def show(
    request: Request, key: str, db: Reading, actor: CurrentActor, today: Today, version: Version = None
) -> Response:
    """Show one 篇, 章, 节 or 专栏: promised, carried by, stands."""
    found = plan_section.section_page(db, actor, key, version, today=today)
    if found is None:
        raise NotFound(_("规划里没有这一节。"))
    actions = [Link(_("看原文"), f"/plan/{key}/text{_query(version)}")] if found.has_text else []
    return page(
        request,
        "pages/plan/show.html",
        found=found,
        path=_path(found, version),
        actions=actions,
        stages=STAGES,
        kinds=KINDS,
        query=_query(version),
    )


@router.get("/{key}/text", dependencies=[needs(Permission.SEE_PROJECTS)])
def text(
    request: Request, key: str, db: Reading, actor: CurrentActor, today: Today, version: Version = None
) -> Response:
    """Show a section's text with its projects in the margin."""
    found = plan_reading.reading(db, actor, key, version, today=today)
    if found is None:
        raise NotFound(_("规划里没有这一节。"))
    here = [
        *_path(found.page, version)[:-1],
        Link(found.page.section.number, f"/plan/{key}{_query(version)}"),
    ]
    actions = [Link(_("看落实情况"), f"/plan/{key}{_query(version)}")]
    return page(request, "pages/plan/text.html", found=found, path=[*here, Link(_("原文"))], actions=actions)


def _path(found: SectionPage, version: int | None) -> list[Link]:
    above = [Link(each.number, f"/plan/{each.key}{_query(version)}") for each in found.above]
    return [Link(_("规划"), f"/plan{_query(version)}"), *above, Link(found.section.number)]


def _standings(found: Promises, chosen: Standing | None, here: Address) -> list[Chip]:
    return [
        Chip(_("全部"), str(here), found.all, chosen=chosen is None),
        *(
            Chip(word, str(here.with_(standing=each.value)), found.counts.get(each, 0), chosen=each is chosen)
            for each, (word, _tone) in STANDINGS.items()
        ),
    ]


def _back(found: Promises, version: int | None) -> list[Link]:
    section = found.section
    return [] if section is None else [Link(section.number, f"/plan/{section.key}{_query(version)}")]


def _query(version: int | None) -> str:
    return f"?version={version}" if version else ""


def _branches(found: PlanTree) -> dict[Opened, tuple[Branch, ...]]:
    return {"": found.outline, "sections": found.with_something, "all": found.branches}


def _shown(found: PlanTree | None, opened: Opened, version: int | None) -> list[Chip]:
    if found is None:
        return []
    here = Address.of("/plan", {"version": version})
    names: dict[Opened, str] = {
        "": _("篇、章、专栏"), "sections": _("展开到节"), "all": _("没有点名的也列出")
    }  # fmt: skip
    return [
        Chip(names[key], str(here.with_(open=key)), len(branches), chosen=key == opened)
        for key, branches in _branches(found).items()
    ]


def _versions(found: PlanTree | None) -> list[Chip]:
    if found is None:
        return []
    known = sorted((found.version, *found.others), key=lambda each: -each.no)
    return [
        Chip(_("第 %(no)s 版", no=each.no), f"/plan?version={each.no}", chosen=each.no == found.version.no)
        for each in known
    ]
