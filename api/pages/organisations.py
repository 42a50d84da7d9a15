"""Units in official order, and their posts: added, corrected, merged; posts given and taken."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Reading, Today, Writing, needs, on_refusal
from api.html import day, page, read, refused, see
from portfolio.access import Permission
from portfolio.errors import PortfolioError
from portfolio.overview import trail
from portfolio.people import directory, organisations, posts
from portfolio.people.organisations import OrganisationIn
from portfolio.people.posts import PostIn, PostKind

HERE = "/manage/organisations"
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.MANAGE_PEOPLE)])
Text = Annotated[str, Field(max_length=400)]


class Strict(BaseModel):
    """A form of this page: text as it was typed, nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class UnitForm(Strict):
    """A unit as typed; other names are parted by 、 or lines."""

    name: Text = ""
    short_name: Text = ""
    parent_id: Text = ""
    position: Text = ""
    valid_from: Text = ""
    valid_to: Text = ""
    aliases: Annotated[str, Field(max_length=4000)] = ""
    version: Text = ""

    def given(self) -> OrganisationIn:
        """Return the verb's input; raises Invalid."""
        names = [each.strip() for each in self.aliases.replace("、", "\n").splitlines() if each.strip()]
        return read(OrganisationIn, self.model_dump() | {"aliases": names})


class MergeForm(Strict):
    """Into which unit, from when, and why."""

    into: Text = ""
    merged_on: Text = ""
    reason: Text = ""


class PostForm(Strict):
    """A new post of the unit."""

    kind: PostKind = PostKind.HEAD
    title: Text = ""


class AppointForm(Strict):
    """Who takes a post, from when."""

    person_id: int
    starts_on: Text = ""


Redraw = Callable[[int | None, BaseModel], None]


def _redraw(request: Request, held: CurrentEdge, today: Today) -> Redraw:
    def prepare(unit_id: int | None, typed: BaseModel) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                return _drawn(request, db, unit_id, today, error, typed.model_dump(mode="json"))

        on_refusal(request, draw)

    return prepare


Redrawn = Annotated[Redraw, Depends(_redraw)]


@router.get("")
def index(request: Request, db: Reading, today: Today) -> Response:
    """Show the tree in official order."""
    return page(request, "pages/organisations/index.html", units=directory.tree(db, today))


@router.get("/new")
def new(
    request: Request, db: Reading, today: Today, parent: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """Show the form of a new unit, under another."""
    return _drawn(request, db, None, today, None, {"parent_id": parent})


@router.post("")
def add(db: Writing, actor: CurrentActor, redraw: Redrawn, filled: Annotated[UnitForm, Form()]) -> Response:
    """Add a unit."""
    redraw(None, filled)
    unit = organisations.add(db, actor, filled.given())
    return see(f"{HERE}/{unit.id}")


@router.get("/{unit_id}")
def show(request: Request, db: Reading, today: Today, unit_id: int) -> Response:
    """Show a unit with its posts, its people and the form that corrects it."""
    return _drawn(request, db, unit_id, today, None, {})


@router.post("/{unit_id}")
def edit(
    db: Writing, actor: CurrentActor, redraw: Redrawn, unit_id: int, filled: Annotated[UnitForm, Form()]
) -> Response:
    """Correct a unit; its former name stays known."""
    redraw(unit_id, filled)
    organisations.edit(db, actor, unit_id, filled.given())
    return see(f"{HERE}/{unit_id}")


@router.post("/{unit_id}/merge")
def merge(
    db: Writing, actor: CurrentActor, today: Today, redraw: Redrawn, unit_id: int,
    filled: Annotated[MergeForm, Form()],
) -> Response:  # fmt: skip
    """Close a unit in favour of its successor."""
    redraw(unit_id, filled)
    on = day("merged_on", filled.merged_on, today)
    into = organisations.named(db, filled.into)
    organisations.merge(db, actor, unit_id, into.id or 0, on=on, reason=filled.reason)
    return see(f"{HERE}/{into.id}")


@router.post("/{unit_id}/posts")
def add_post(
    db: Writing, actor: CurrentActor, redraw: Redrawn, unit_id: int, filled: Annotated[PostForm, Form()]
) -> Response:
    """Make a post of the unit."""
    redraw(unit_id, filled)
    posts.add(db, actor, PostIn(organisation_id=unit_id, kind=filled.kind, title=filled.title))
    return see(f"{HERE}/{unit_id}#posts")


@router.post("/{unit_id}/posts/{post_id}/appoint")
def appoint(
    db: Writing, actor: CurrentActor, today: Today, redraw: Redrawn, unit_id: int, post_id: int,
    filled: Annotated[AppointForm, Form()],
) -> Response:  # fmt: skip
    """Give a post of this unit to a person."""
    redraw(unit_id, filled)
    posts.of_unit(db, unit_id, post_id)
    posts.appoint(db, actor, post_id, filled.person_id, starts_on=day("starts_on", filled.starts_on, today))
    return see(f"{HERE}/{unit_id}#posts")


@router.post("/{unit_id}/posts/{post_id}/vacate")
def vacate(db: Writing, actor: CurrentActor, today: Today, unit_id: int, post_id: int) -> Response:
    """Let the holder go as of today."""
    posts.of_unit(db, unit_id, post_id)
    posts.vacate(db, actor, post_id, on=today)
    return see(f"{HERE}/{unit_id}#posts")


@router.post("/{unit_id}/posts/{post_id}/close")
def close(db: Writing, actor: CurrentActor, today: Today, unit_id: int, post_id: int) -> Response:
    """Close a post."""
    posts.of_unit(db, unit_id, post_id)
    posts.close(db, actor, post_id, on=today)
    return see(f"{HERE}/{unit_id}#posts")


@router.post("/{unit_id}/posts/{post_id}/chief")
def make_chief(db: Writing, actor: CurrentActor, unit_id: int, post_id: int) -> Response:
    """Name the post that the last rung of alerts reaches."""
    posts.of_unit(db, unit_id, post_id)
    posts.make_chief(db, actor, post_id)
    return see(f"{HERE}/{unit_id}#posts")


def _drawn(
    request: Request, db: Reading, unit_id: int | None, today: date, error: PortfolioError | None,
    typed: dict[str, Any],
) -> Response:  # fmt: skip
    return page(
        request,
        "pages/organisations/show.html",
        one=directory.unit_page(db, unit_id, today) if unit_id is not None else None,
        units=directory.tree(db, today),
        people=directory.people_list(db, today, limit=2000),
        kinds=posts.NAMES,
        typed=typed,
        events=trail.history(db, ("organisation", [unit_id])) if unit_id is not None else (),
        today=today,
        **refused(error),
    )
