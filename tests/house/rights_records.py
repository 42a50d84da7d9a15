"""Real records for every parameter of an address, so that no request passes, or fails, because one is missing.

The names are those of the parameters in docs/routes.md, and those in `rights_world.OTHERS`.
"""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from email.message import EmailMessage
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from sqlalchemy.orm import Session

from imports import pipeline
from imports.apply import batch as batches
from imports.apply.work import Decision
from imports.exports.send import Order, take_out
from imports.fields import WorkbookKind
from imports.layouts.base import View
from imports.layouts.sheet import Wanted
from portfolio import clock, storage
from portfolio.access import Role, ScopeKind
from portfolio.alerts import links
from portfolio.alerts.desk import rulebook
from portfolio.alerts.desk.rulebook import RuleIn
from portfolio.alerts.links import Pass
from portfolio.alerts.models import (
    Alert,
    AlertState,
    Notification,
    NotificationItem,
    Status,
    SuppressedAddress,
)
from portfolio.people import posts, sessions, tokens
from portfolio.people.models import StandIn
from portfolio.people.posts import PostIn, PostKind
from portfolio.people.tokens import TokenPurpose
from portfolio.plan import texts
from portfolio.plan.models import Comparator, Direction, IndicatorSeries, Nature, PathKind
from portfolio.projects.models import (
    BaselineRow,
    BaselineVersion,
    DutyKind,
    Pause,
    PauseState,
    ProjectDistrict,
)
from portfolio.projects.rules.dates import Precision
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring
from tests import build

Records = dict[str, Any]
REFUSED_ADDRESS = "gone@example.org"


def plan(db: Session) -> Records:
    """A piece of the plan with its text, and one indicator."""
    section = build.make_section(db)
    texts.attach(db, build.make_system_actor(), "专栏5 枢纽\n建成龙湖水厂。\n", now=clock.now())
    db.add(
        IndicatorSeries(
            version_id=section.version_id, no="6", number=6, position=6, theme="经济", name="航空货邮吞吐量",
            unit="万吨", base_value=Decimal("63.9"), target_value=Decimal(100), comparator=Comparator.EQUAL,
            nature=Nature.EXPECTED, direction=Direction.UP, path=PathKind.LEVEL,
        )
    )  # fmt: skip
    db.flush()
    said = RuleIn(days="20, 5", reason="试行")
    rulebook.change(
        db, build.make_actor(), "milestone_due", said, today=clock.civil_date(clock.now()), now=clock.now()
    )
    return {"key": section.name_key, "no": "6", "rule": "milestone_due"}


def administration(db: Session, settings: Settings, unit: Any, role: Role = Role.REPORTER) -> Records:
    """A person of a unit with accounts, rights, a post and a stand-in; and a unit that may be merged away."""
    person = build.make_person(db, f"同事{role}", organisation_id=unit.id)
    account, shut = build.make_account(db, person), build.make_account(db, person, disabled_at=clock.now())
    value = "" if role is Role.ADMINISTRATOR else unit.id
    scope = ScopeKind.ALL if role is Role.ADMINISTRATOR else ScopeKind.ORGANISATION
    grant, _ = (build.make_grant(db, each, role, scope, value) for each in (account, shut))
    post = posts.add(db, build.make_system_actor(), PostIn(organisation_id=unit.id, kind=PostKind.DEPUTY))
    deputy = build.make_person(db, f"副手{role}", organisation_id=unit.id)
    posts.appoint(db, build.make_system_actor(), post.id or 0, deputy.id, starts_on=build.TODAY)
    stand_in: Any = StandIn(person_id=person.id, stand_in_id=deputy.id, starts_on=build.TODAY)
    db.add(stand_in)
    db.merge(SuppressedAddress(address=REFUSED_ADDRESS, at=clock.now(), source="test"))
    small = build.make_organisation(db, f"小单位{role}")
    token = tokens.issue(db, account.id, TokenPurpose.FIRST, clock.now())
    return {
        "unit_id": unit.id, "unit": unit.name, "small_unit_id": small.id, "person_id": person.id,
        "person": person.name, "account_id": account.id, "shut_account_id": shut.id, "grant_id": grant.id,
        "post_id": post.id, "deputy_id": deputy.id, "stand_in_id": stand_in.id, "token": token,
        "version": person.version, **_units(db, unit),
    }  # fmt: skip


def _units(db: Session, unit: Any) -> Records:
    """A list of units that was uploaded."""
    book = Workbook()
    page: Any = book.active
    for row in (("机构名称", "上级机构"), ("新设二处", unit.name)):
        page.append(row)
    target = BytesIO()
    book.save(target)
    kept = storage.keep(db, target.getvalue(), batches.MEDIA_TYPE)
    return {"units": target.getvalue(), "sha256": kept.sha256}


def side(
    db: Session, settings: Settings, name: str, unit: Any, place: tuple[str, str], owner: Any = None
) -> Records:
    """A project with all that can be asked about it, a twin, and milestones; some of another unit if it is named."""
    owned = {"owner_organisation_id": owner.id} if owner is not None else {}
    project, twin = (_project(db, each, unit, place) for each in (f"{name}水厂", f"{name}水厂二"))
    milestone = build.make_milestone(db, project, "construction_permit", baseline=build.TODAY, **owned)
    done = build.make_milestone(db, project, "proposal", baseline=build.TODAY, actual=build.TODAY, **owned)
    others = build.make_milestone(db, project, "land_permit", baseline=build.TODAY)
    others_done = build.make_milestone(db, project, "fsr_approval", baseline=build.TODAY, actual=build.TODAY)
    undated = build.make_milestone(db, twin, "start", **owned)
    contact = build.make_person(db, f"{name}联系人", organisation_id=unit.id)
    duty = build.make_duty(db, project, kind=DutyKind.CONTACT, person_id=contact.id)
    return {
        "project": project.code, "project_row": project, "twin": twin.code, "milestone": milestone.code,
        "done": done.code, "others": others.code, "others_done": others_done.code, "undated_id": undated.id,
        "workbook": workbook(db, settings, name), "duty_id": duty.id, "contact_id": contact.id, "version_id": _proposal(db, project, others),
        **_pauses(db, project), **_alerts(db, settings, project, (milestone, others), contact),
    }  # fmt: skip


def of_account(db: Session, settings: Settings, account: Any, content: bytes) -> Records:
    """What is an account's own: another signed-in browser, and a workbook that it sent twice."""
    sessions.start(db, account.id, clock.now())
    found = sessions.open_ones(db, clock.now(), account.id)
    view = View(build.make_actor(account_id=account.id), clock.civil_date(clock.now()))
    ring, received = key_ring(settings, Purpose.WORKBOOK), pipeline.Received("预算.xlsx", content)
    book = pipeline.read(received)
    batch, applied = (pipeline.receive(db, view, received, book, ring, now=clock.now()) for _ in range(2))
    pipeline.confirm(db, view, applied.code, book, ring, Decision({}, False, ""), now=clock.now())
    return {"session_id": found[0].id, "batch": batch.code, "applied": applied.code}


def workbook(db: Session, settings: Settings, name: str) -> bytes:
    """The yearly sums of the projects of a side, as the office takes them out."""
    ring, today = key_ring(settings, Purpose.WORKBOOK), clock.civil_date(clock.now())
    order = Order(WorkbookKind.BUDGETS, wanted=Wanted(name, years=(2024,)))
    return take_out(db, build.make_actor(), order, ring, today=today, now=clock.now()).content


def _project(db: Session, name: str, unit: Any, place: tuple[str, str]) -> Any:
    project = build.make_project(db, name, sector_code=place[0])
    db.add(ProjectDistrict(project_id=project.id, district_code=place[1]))
    build.make_duty(db, project, organisation_id=unit.id)
    return project


def _proposal(db: Session, project: Any, milestone: Any) -> int:
    version = BaselineVersion(
        project_id=project.id, no=1, reason="开工推迟", proposed_by="某人", proposed_at=clock.now(),
        known_on=build.TODAY,
    )  # fmt: skip
    db.add(version)
    db.flush()
    assert version.id is not None
    later = build.TODAY + timedelta(days=90)
    db.add(BaselineRow(version_id=version.id, milestone_id=milestone.id, day=later, precision=Precision.DAY))
    return version.id


def _pauses(db: Session, project: Any) -> Records:
    asked, running = (
        Pause(project_id=project.id, state=state, reason="汛期停工", starts_on=start, asked_by="某人",
              asked_at=clock.now(), known_on=build.TODAY, ends_on=end)
        for state, start, end in (
            (PauseState.ASKED, build.TODAY - timedelta(days=90), build.TODAY - timedelta(days=60)),
            (PauseState.RUNNING, build.TODAY, None),
        )
    )  # fmt: skip
    db.add_all([asked, running])
    db.flush()
    return {"pause_id": asked.id, "running_id": running.id}


def _alerts(db: Session, settings: Settings, project: Any, about: Iterable[Any], contact: Any) -> Records:
    """An open alert and a quiet one, and the mail that told the contact of them, delivered; and a dead letter."""
    day = build.TODAY
    alerts = [
        Alert(rule="milestone_overdue", subject_id=each.id, project_id=project.id, milestone_id=each.id,
              rung="overdue+1", level=1, opened_on=day, first_seen_on=day, clock_on=day, due_on=day, state=state,
              snoozed_until=until)
        for each, state, until in zip(
            about, (AlertState.FIRING, AlertState.SNOOZED), (None, clock.civil_date(clock.now()) + timedelta(30)),
            strict=True)
    ]  # fmt: skip
    db.add_all(alerts)
    mail, dead = (_mail(db, project, contact, status) for status in (Status.SENT, Status.DEAD))
    db.flush()
    db.add_all(
        NotificationItem(notification_id=mail.id, alert_id=each.id or 0, episode=1, rung=each.rung, recipient_id=contact.id,
                         principal_id=contact.id, period=day)
        for each in alerts
    )  # fmt: skip
    given = Pass(alerts[0].id or 0, contact.id, clock.civil_date(clock.now()))
    token = links.token(key_ring(settings, Purpose.LINK), given)
    return {
        "alert_id": alerts[0].id, "snoozed_id": alerts[1].id, "mail_id": mail.id, "letter_id": dead.id,
        "mail_token": token,
    }  # fmt: skip


def _mail(db: Session, project: Any, contact: Any, status: Status) -> Any:
    message = EmailMessage()
    message["Subject"] = "预警汇总"
    message.set_content("一件预警。")
    row = Notification(
        dedup_key=f"{project.code}-{status}", kind="digest", recipient_id=contact.id, address=contact.email,
        period=build.TODAY, subject="预警汇总", content=message.as_bytes(), message_id=f"<{project.code}-{status}@x>",
        status=status, not_before=build.NOON, next_at=build.NOON, expires_at=build.NOON, created_at=build.NOON,
        sent_at=build.NOON,
    )  # fmt: skip
    db.add(row)
    return row
