"""People: added, corrected, replaced for a while, seen off; their accounts, rights and signed-in browsers."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.dependencies import CurrentActor, CurrentEdge, Now, Reading, Today, Writing, needs, on_refusal
from api.html import ROLE_NAMES, day, page, read, refused, see
from api.stating import TypedDay
from portfolio.access import Actor, Permission, Role, ScopeKind
from portfolio.errors import PortfolioError
from portfolio.i18n import _
from portfolio.overview import scope_names, trail
from portfolio.people import accounts, directory, organisations, people, queries, roles, sessions
from portfolio.people.accounts import AccountIn
from portfolio.people.people import PersonIn, StandInFor
from portfolio.people.roles import GrantIn
from portfolio.people.rules.agents import browser_name

HERE = "/manage/people"
router = APIRouter(prefix=HERE, dependencies=[needs(Permission.MANAGE_PEOPLE)])
ACCOUNTS = [needs(Permission.MANAGE_ACCOUNTS)]
Text = Annotated[str, Field(max_length=400)]


class Strict(BaseModel):
    """A form of this page: text as it was typed, nothing unknown."""

    model_config = ConfigDict(extra="forbid")


class PersonForm(Strict):
    """A person as typed."""

    name: Text = ""
    email: Text = ""
    phone: Text = ""
    organisation_id: Text = ""
    version: Text = ""


class LeaveForm(Strict):
    """The last day and why."""

    left_on: Text = ""
    reason: Text = ""


class StandInForm(Strict):
    """Who stands in, from–to."""

    stand_in_id: Text = ""
    starts_on: TypedDay = None
    ends_on: TypedDay = None


class AccountForm(Strict):
    """The name under which one signs in."""

    login: Text = ""


class GrantForm(Strict):
    """A role within a scope; the unit, district, sector or project is chosen in its own field."""

    role: Text = ""
    scope: Text = "all"
    unit: Text = ""
    district: Text = ""
    sector: Text = ""
    project: Text = ""
    sees_money: Text = ""
    grant_ends_on: TypedDay = None

    def given(self, today: date) -> GrantIn:
        """Return the verb's input; raises Invalid."""
        chosen = {"organisation": self.unit, "district": self.district, "sector": self.sector}
        value = chosen.get(self.scope, self.project if self.scope == "project" else "")
        typed = {"role": self.role, "scope": self.scope, "scope_value": value, "starts_on": today}
        more = {"ends_on": self.grant_ends_on, "sees_money": self.sees_money}
        return read(GrantIn, typed | more)


Redraw = Callable[[int | None, BaseModel], None]


def _redraw(request: Request, held: CurrentEdge, actor: CurrentActor, today: Today, now: Now) -> Redraw:
    def prepare(person_id: int | None, typed: BaseModel) -> None:
        def draw(error: PortfolioError) -> Response:
            with held.database.reading() as db:
                view = _view(db, actor, person_id, today, now)
            return page(request, TEMPLATE, **view, **refused(error), typed=typed.model_dump())

        on_refusal(request, draw)

    return prepare


Redrawn = Annotated[Redraw, Depends(_redraw)]
TEMPLATE = "pages/people/show.html"


@router.get("")
def index(
    request: Request, db: Reading, today: Today, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """List people by name."""
    return page(
        request,
        "pages/people/index.html",
        people=directory.people_list(db, today, q),
        most=directory.MOST,
        q=q,
    )


@router.get("/new")
def new(
    request: Request, db: Reading, actor: CurrentActor, today: Today, now: Now,
    unit: Annotated[str, Query(max_length=20)] = "",
) -> Response:  # fmt: skip
    """Show the form of a new person."""
    view = _view(db, actor, None, today, now)
    return page(request, TEMPLATE, **view, **refused(None), typed={"organisation_id": unit})


@router.post("")
def add(db: Writing, actor: CurrentActor, redraw: Redrawn, filled: Annotated[PersonForm, Form()]) -> Response:
    """Add a person."""
    redraw(None, filled)
    person = people.add(db, actor, read(PersonIn, filled.model_dump()))
    return see(f"{HERE}/{person.id}")


@router.get("/{person_id}")
def show(
    request: Request, db: Reading, actor: CurrentActor, today: Today, now: Now, person_id: int
) -> Response:
    """Show a person with posts, stand-ins, account and rights."""
    view = _view(db, actor, person_id, today, now)
    return page(request, TEMPLATE, **view, **refused(None), typed={})


@router.post("/{person_id}")
def edit(
    db: Writing, actor: CurrentActor, redraw: Redrawn, person_id: int, filled: Annotated[PersonForm, Form()]
) -> Response:
    """Correct a person."""
    redraw(person_id, filled)
    people.edit(db, actor, person_id, read(PersonIn, filled.model_dump()))
    return see(f"{HERE}/{person_id}")


@router.post("/{person_id}/leave")
def leave(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redrawn, person_id: int,
    filled: Annotated[LeaveForm, Form()],
) -> Response:  # fmt: skip
    """Note a person's last day; accounts are shut, nothing is erased."""
    redraw(person_id, filled)
    on = day("left_on", filled.left_on, today)
    people.leave(db, actor, person_id, on=on, now=now, reason=filled.reason)
    return see(f"{HERE}/{person_id}")


@router.post("/{person_id}/stand-ins")
def set_stand_in(
    db: Writing, actor: CurrentActor, redraw: Redrawn, person_id: int, filled: Annotated[StandInForm, Form()]
) -> Response:
    """Name who stands in."""
    redraw(person_id, filled)
    people.set_stand_in(db, actor, person_id, read(StandInFor, filled.model_dump()))
    return see(f"{HERE}/{person_id}#stand-ins")


@router.post("/{person_id}/stand-ins/{stand_in_id}/end")
def end_stand_in(
    db: Writing, actor: CurrentActor, today: Today, person_id: int, stand_in_id: int
) -> Response:
    """End a stand-in today."""
    people.end_stand_in(db, actor, person_id, stand_in_id, on=today)
    return see(f"{HERE}/{person_id}#stand-ins")


@router.post("/{person_id}/accounts", dependencies=ACCOUNTS)
def add_account(
    db: Writing, actor: CurrentActor, now: Now, redraw: Redrawn, person_id: int,
    filled: Annotated[AccountForm, Form()],
) -> Response:  # fmt: skip
    """Make an account for the person."""
    redraw(person_id, filled)
    accounts.add(db, actor, read(AccountIn, {"login": filled.login, "person_id": person_id}), now=now)
    return see(f"{HERE}/{person_id}#account")


@router.post("/{person_id}/accounts/{account_id}/link", dependencies=ACCOUNTS)
def issue_link(
    request: Request, actor: CurrentActor, held: CurrentEdge, now: Now, person_id: int, account_id: int
) -> Response:
    """Make a one-time sign-in address and show it this once."""
    with held.database.writing() as db:
        account = accounts.of_person(db, person_id, account_id)
        token = accounts.issue_link(db, actor, account_id, now=now)
    address = f"{held.settings.base_url.rstrip('/')}/link/{token}"
    return page(request, "pages/people/link.html", address=address, account=account, person_id=person_id)


@router.post("/{person_id}/accounts/{account_id}/disable", dependencies=ACCOUNTS)
def disable(db: Writing, actor: CurrentActor, now: Now, person_id: int, account_id: int) -> Response:
    """Shut an account."""
    accounts.of_person(db, person_id, account_id)
    accounts.disable(db, actor, account_id, now=now)
    return see(f"{HERE}/{person_id}#account")


@router.post("/{person_id}/accounts/{account_id}/enable", dependencies=ACCOUNTS)
def enable(db: Writing, actor: CurrentActor, person_id: int, account_id: int) -> Response:
    """Open a shut account again."""
    accounts.of_person(db, person_id, account_id)
    accounts.enable(db, actor, account_id)
    return see(f"{HERE}/{person_id}#account")


@router.post("/{person_id}/accounts/{account_id}/end-sessions", dependencies=ACCOUNTS)
def end_sessions(db: Writing, actor: CurrentActor, now: Now, person_id: int, account_id: int) -> Response:
    """Sign the account's browsers out."""
    accounts.of_person(db, person_id, account_id)
    accounts.within_reach(db, actor, account_id)
    sessions.end_all(db, account_id, now)
    return see(f"{HERE}/{person_id}#account")


@router.post("/{person_id}/accounts/{account_id}/grants", dependencies=ACCOUNTS)
def give(
    db: Writing, actor: CurrentActor, today: Today, now: Now, redraw: Redrawn, person_id: int, account_id: int,
    filled: Annotated[GrantForm, Form()],
) -> Response:  # fmt: skip
    """Give a role within a scope."""
    redraw(person_id, filled)
    accounts.of_person(db, person_id, account_id)
    roles.give(db, actor, account_id, filled.given(today), now=now)
    return see(f"{HERE}/{person_id}#account")


@router.post("/{person_id}/accounts/{account_id}/grants/{grant_id}/end", dependencies=ACCOUNTS)
def end_grant(
    db: Writing, actor: CurrentActor, today: Today, now: Now, person_id: int, account_id: int, grant_id: int
) -> Response:
    """Take a right back."""
    accounts.of_person(db, person_id, account_id)
    roles.end(db, actor, account_id, grant_id, today=today, now=now)
    return see(f"{HERE}/{person_id}#account")


def _view(db: Reading, actor: Actor, person_id: int | None, today: date, now: Now) -> dict[str, Any]:
    who = people.get(db, person_id) if person_id is not None else None
    found = [queries.accounts(db, today, each)[0] for each in directory.accounts_of(db, person_id or 0)]
    return {
        "who": who,
        "unit": organisations.get(db, who.organisation_id) if who and who.organisation_id else None,
        "units": directory.tree(db, today),
        "posts": directory.posts_of(db, person_id, today) if person_id is not None else (),
        "stand_ins": directory.stand_ins(db, person_id or 0, today),
        "others": directory.people_list(db, today, limit=2000) if person_id is not None else (),
        "accounts": found,
        "sessions": {each.id: sessions.open_ones(db, now, each.id) for each in found},
        "scopes": {
            grant.id: scope_names.of(db, actor, grant, today=today) for each in found for grant in each.grants
        },
        "districts": scope_names.districts(db),
        "sectors": scope_names.sectors(db),
        "role_names": {role.value: name for role, name in ROLE_NAMES.items() if _may_give(actor, role)},
        "all_roles": {role.value: name for role, name in ROLE_NAMES.items()},
        "scope_kinds": _scope_kinds(),
        "browser_name": browser_name,
        "events": trail.history(db, ("person", [person_id or 0]), ("account", [each.id for each in found])),
        "today": today,
    }


def _may_give(actor: Actor, role: Role) -> bool:
    return role not in accounts.PRIVILEGED or actor.may(Permission.MANAGE_ADMINISTRATORS)


def _scope_kinds() -> dict[str, str]:
    return {
        ScopeKind.ALL.value: _("全部"),
        ScopeKind.ORGANISATION.value: _("机构及下属"),
        ScopeKind.DISTRICT.value: _("区县"),
        ScopeKind.SECTOR.value: _("领域"),
        ScopeKind.PROJECT.value: _("一个项目"),
    }
