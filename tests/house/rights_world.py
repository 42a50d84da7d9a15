"""The world in which rights are tried: who asks in each relation, and about which records.

`own` lies in the actor's scope, `foreign` does not; neither does `owned`, but the actor's unit owns milestones of
it. Whoever holds a right over a district or a sector has an account of their own, in a unit without projects.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from portfolio import clock, installation, reference
from portfolio.access import Role, ScopeKind
from portfolio.database import Database
from portfolio.projects.models import DutyKind
from portfolio.settings import Settings
from tests import build
from tests.house.rights import STRANGER
from tests.house.rights_records import Records, administration, of_account, plan, side

UNIT_ROLES = (Role.REPORTER, Role.SIGNER, Role.ACCOUNTANT, Role.VIEWER)
OWN, FOREIGN = ("water", "airport"), ("metro", "gongyi")  # sector and district of either side
# Which record a parameter names where it is not the one of that name.
OTHERS = {
    ("/projects/{code}/merge", "code"): "twin",
    ("/projects/{code}/baselines", "code"): "twin",
    ("/projects/{code}/pauses", "code"): "twin",
    ("/milestones/{code}/take-back", "code"): "done",
    ("/workbooks/{code}/undo", "code"): "applied",
    ("/projects/{code}/pauses/{pause_id}/end", "pause_id"): "running_id",
    ("/alerts/{alert_id}/end-snooze", "alert_id"): "snoozed_id",
    ("/manage/people/{person_id}/accounts/{account_id}/enable", "account_id"): "shut_account_id",
    ("/manage/organisations/{unit_id}/merge", "unit_id"): "small_unit_id",
    ("/alerts/mail/{token}", "token"): "mail_token",
}
CODES = {
    "/projects/": "project",
    "/api/v1/projects/": "project",
    "/milestones/": "milestone",
    "/alerts/rules/": "rule",
    "/workbooks/": "batch",
}


@dataclass(frozen=True, slots=True)
class World:
    """Accounts and records by relation; a relation that is not named is asked by `main`."""

    accounts: dict[str, int]
    records: dict[str, Records]

    def account(self, relation: str) -> int:
        """Who asks."""
        return self.accounts.get(relation, self.accounts["main"])


def make_world(database: Database, settings: Settings, actor: str) -> World:
    """Make what one role asks about; a stranger asks about the same as the key-projects office."""
    role = Role.OFFICE if actor == STRANGER else Role(actor)
    today = clock.civil_date(clock.now())
    with database.writing() as db:
        reference.load(db, today)
        installation.put(db, installation.DEMO, "1")  # else /sign-in/demo is nobody's
        unit, other = build.make_organisation(db, "己方单位"), build.make_organisation(db, "彼方单位")
        elsewhere = build.make_organisation(db, "旁观单位")
        main, somebody = _account(db, "主角", unit), _account(db, "外人", other)
        district, sector = _account(db, "区县的", elsewhere), _account(db, "领域的", elsewhere)
        build.make_grant(db, somebody, Role.REPORTER, ScopeKind.ORGANISATION, other.id)
        _grant(db, role, main, unit)
        build.make_grant(db, _account(db, "演示者", elsewhere), Role.OFFICE)  # who /sign-in/demo enters as
        build.make_grant(db, district, role, ScopeKind.DISTRICT, OWN[1])
        build.make_grant(db, sector, role, ScopeKind.SECTOR, OWN[0])
        shared = plan(db) | administration(db, settings, unit)
        own = shared | side(db, settings, "己方", unit, OWN)
        foreign = shared | side(db, settings, "彼方", other, FOREIGN)
        owned = shared | side(db, settings, "代管", other, FOREIGN, owner=unit)
        charge = shared | side(db, settings, "分管", other, FOREIGN)
        build.make_duty(db, charge["project_row"], kind=DutyKind.RESPONSIBLE_LEADER, person_id=main.person_id)
        mine, theirs, by_district, by_sector = (
            of_account(db, settings, each, own["workbook"]) for each in (main, somebody, district, sector)
        )
        records = {
            "none": own | mine,
            "own": own | mine,
            "foreign": foreign | theirs,
            "district": own | by_district,
            "sector": own | by_sector,
            "owner": owned | theirs,
            "owner-other": owned | {"milestone": owned["others"], "done": owned["others_done"]},
            "charge": charge,
            "administrator-account": own | administration(db, settings, unit, Role.ADMINISTRATOR),
        }
    return World({"main": main.id, "district": district.id, "sector": sector.id}, records)


def address(route: str, records: Records) -> str:
    """Fill the places of a route."""
    parts = [
        str(records[_record(route, part[1:-1])]) if part.startswith("{") else part
        for part in route.split("/")
    ]
    return "/".join(parts)


def _record(route: str, name: str) -> str:
    special = OTHERS.get((route, name))
    if special is not None or name != "code":
        return special or name
    return next(kind for start, kind in CODES.items() if route.startswith(start))


def _account(db: Session, name: str, unit: Any) -> Any:
    return build.make_account(db, build.make_person(db, name, organisation_id=unit.id))


def _grant(db: Session, role: Role, account: Any, unit: Any) -> None:
    if role in UNIT_ROLES:
        build.make_grant(db, account, role, ScopeKind.ORGANISATION, unit.id)
    elif role is Role.COORDINATOR:
        build.make_grant(db, account, role, ScopeKind.DISTRICT, OWN[1])
    else:
        build.make_grant(db, account, role)
