"""What a mail says to its reader: who answers, what is asked, why it came, whom to tell, how a leader's charge stands."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import col

from portfolio import calendar_days
from portfolio.alerts import configuration
from portfolio.alerts.conditions import Scope
from portfolio.alerts.delivery import digest, readers, reasons, recheck
from portfolio.alerts.delivery.claiming import Claim
from portfolio.alerts.delivery.digest import Site
from portfolio.alerts.evaluation import evaluate, facts
from portfolio.alerts.models import Notification, Phase, Status
from portfolio.people.models import Organisation, Person, PostHolding, StandIn
from portfolio.projects.models import Duty, DutyKind, Milestone, Project
from portfolio.projects.rules.dates import Precision
from portfolio.signing import KeyRing, Purpose
from tests import build
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, make_post, morning

DUE, FRIDAY, MONDAY = date(2024, 6, 20), date(2024, 6, 21), date(2024, 6, 24)
SITE = Site("https://x.test", KeyRing(Purpose.LINK, [build.SECRET]), FRIDAY)


@pytest.fixture
def city(database):
    with database.writing() as db:
        made = make_city(db)
        make_milestone(db, made.project, DUE, kind="structure_complete", label="")
        db.get(Organisation, made.unit).name = "市水务局"
        return made


def scan(database, *days):
    """Let days go by; the mails of all before the last have arrived."""
    for day in days:
        with database.writing() as db:
            db.execute(sa.update(Notification).values(status=Status.SENT))
        evaluate.scan(database, day, morning(day), owner="test", sender=SENDER)


def checked(database, person, day=FRIDAY):
    with database.reading() as db:
        row = db.execute(
            sa.select(Notification).where(
                col(Notification.recipient_id) == person, col(Notification.period) == day
            )
        ).scalar_one()
        claimed = Claim(
            row.id, 1, morning(day), row.kind, person, row.address, row.message_id, Phase.CLAIMED, 0, 0,
            row.expires_at, None, "", morning(day),
        )  # fmt: skip
        scope = Scope(day, calendar_days.load(db), configuration.load(db).thresholds)
        return claimed, recheck.check(db, [claimed], scope, frozenset())[row.id]


def mail(database, person, day=FRIDAY):
    claimed, found = checked(database, person, day)
    return digest.compose(claimed, found.items, found.context, found.reader, day, SITE)


def rows(said):
    return [row for section in said.sections for row in section.items]


def change(database, table, key, **values):
    with database.writing() as db:
        for name, value in values.items():
            setattr(db.get(table, key), name, value)


def test_a_row_says_who_answers_and_what_is_asked(database, city):
    scan(database, FRIDAY)
    (row,) = rows(mail(database, city.contact))
    assert row.who == "责任单位：市水务局"
    assert row.note == "请填写实际完成日，或更新预测并说明原因。"


def test_a_milestone_with_an_owner_names_both(database, city):
    with database.writing() as db:
        bureau = build.make_organisation(db, "市资源规划局")
        owner = build.make_person(db, "张工", organisation_id=bureau.id)
        db.execute(sa.update(Milestone).values(owner_person_id=owner.id))
        number = owner.id
    scan(database, FRIDAY)
    (row,) = rows(mail(database, number))
    assert row.who == "节点由张工（市资源规划局）负责；责任单位：市水务局"
    assert "您是“龙湖水厂”的节点负责人。" in mail(database, number).why


def test_a_gate_of_a_bureau_is_its_heads_affair(database, city):
    with database.writing() as db:
        bureau = build.make_organisation(db, "市资源规划局")
        head = build.make_person(db, "陈局长", organisation_id=bureau.id)
        make_post(db, bureau, "head", head)
        db.execute(sa.update(Milestone).values(owner_organisation_id=bureau.id))
        number = head.id
    scan(database, FRIDAY)
    said = mail(database, number)
    assert rows(said)[0].who == "节点由市资源规划局负责；责任单位：市水务局"
    assert "节点责任单位负责人" in said.why


def test_a_project_without_a_unit_says_so(database, city):
    with database.writing() as db:
        db.execute(sa.delete(Duty).where(col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT))
    scan(database, FRIDAY)
    assert rows(mail(database, city.contact))[0].who == "还没有责任单位"


def test_only_the_reason_that_holds_for_the_reader_is_named(database, city):
    scan(database, FRIDAY)
    assert mail(database, city.head).why == "收到这封信，是因为您是“龙湖水厂”的责任单位负责人。"
    assert mail(database, city.contact).why == "收到这封信，是因为您是“龙湖水厂”的联系人。"


def test_several_projects_are_counted_and_a_place_in_the_office_needs_none(database, city):
    with database.writing() as db:
        other = build.make_project(db, "东区水厂")
        build.make_duty(db, other, organisation_id=city.unit)
        make_milestone(db, other.id, DUE)
    scan(database, FRIDAY)
    assert "您是“龙湖水厂”等 2 个项目的责任单位负责人" in mail(database, city.head).why
    assert mail(database, city.office).why.startswith("收到这封信，是因为您在重点项目办")


def test_a_stand_in_reads_for_whom(database, city):
    with database.writing() as db:
        other = build.make_person(db, "代理人", organisation_id=city.unit).id
        db.add(StandIn(person_id=city.head, stand_in_id=other, starts_on=DUE, ends_on=MONDAY))
    scan(database, FRIDAY)
    assert mail(database, other).why == "收到这封信，是因为您代理负责人，“龙湖水厂”的责任单位负责人。"


def test_what_is_settled_is_told_to_who_heard_of_it_whatever_they_hold(database, city):
    scan(database, FRIDAY)
    with database.writing() as db:
        db.execute(sa.update(Milestone).values(actual=FRIDAY))
        held = db.execute(sa.select(PostHolding).where(col(PostHolding.person_id) == city.head)).scalar_one()
        held.ends_on = FRIDAY
    scan(database, MONDAY)
    assert mail(database, city.head, MONDAY).why == "收到这封信，是因为已解决的事项报过您。"


@pytest.mark.parametrize(
    ("phone", "expected"),
    [("0371-67180000", "电话 0371-67180000"), ("", "电话没有登记")],
    ids=["known", "unknown"],
)
def test_whom_to_tell_is_named_with_the_ways_to_reach_them(database, city, phone, expected):
    change(database, Person, city.office, name="王芳", phone=phone, email="wang@example.org")
    scan(database, FRIDAY)
    assert mail(database, city.head).wrong == (
        f"如果不是您负责的事，请告诉重点项目办王芳（{expected}，邮箱 wang@example.org）。"
    )


def test_without_an_office_the_units_contact_is_named_and_without_anyone_that_is_said(database, city):
    change(database, Person, city.office, email="")
    scan(database, FRIDAY)
    assert "请告诉“龙湖水厂”的联系人" in mail(database, city.head).wrong
    assert "系统里没有登记他们的联系人" in mail(database, city.contact).wrong


def six_more(db, city):
    for n in range(6):
        other = build.make_project(db, f"第{n}号工程")
        build.make_duty(db, other, organisation_id=city.unit)
        build.make_duty(db, other, kind=DutyKind.RESPONSIBLE_LEADER, person_id=city.leader)
        make_milestone(db, other.id, DUE - timedelta(days=n))
    slips = build.make_project(db, "推迟的工程")
    build.make_duty(db, slips, kind=DutyKind.RESPONSIBLE_LEADER, person_id=city.leader)
    make_milestone(
        db, slips.id, date(2024, 12, 1), forecast=date(2025, 6, 1), forecast_precision=Precision.DAY,
        baseline_precision=Precision.DAY,
    )  # fmt: skip
    build.make_project(db, "别人分管的工程")


THIRD = date(2024, 7, 11)  # the fifteenth working day from the 21st of June


@pytest.mark.slow
def test_a_leaders_mail_carries_counts_and_the_five_worst(database, city):
    with database.writing() as db:
        six_more(db, city)
    scan(database, FRIDAY, date(2024, 7, 1), THIRD)
    said = mail(database, city.leader, THIRD)
    assert said.charge == "您分管 8 个项目：逾期 7 个，预测推迟 1 个，等待协调 7 个。"
    assert said.subject == "【项目预警】7 项逾期，7 项需您协调（7月11日）"
    section = said.sections[0]
    assert len(section.items) == 5
    assert section.more is not None
    assert section.more.label == "另有 2 项"
    assert section.items[0].note == "已到第三级，请您协调。"
    assert mail(database, city.contact).charge == ""


def test_a_chief_counts_the_whole_portfolio(database, city):
    with database.writing() as db:
        build.make_project(db)
    with database.reading() as db:
        people = readers.read(db, FRIDAY, [], {city.chief})
    charge = people.charges[city.chief]
    assert reasons.in_charge([charge]) == "全市有 2 个项目：逾期 0 个，预测推迟 0 个，等待协调 0 个。"


@pytest.mark.parametrize("settled", [False, True], ids=["still open", "settled"])
def test_who_handed_over_between_composing_and_sending_is_told_nothing_that_is_still_open(
    database, city, settled
):
    scan(database, FRIDAY)
    if settled:
        with database.writing() as db:
            db.execute(sa.update(Milestone).values(actual=FRIDAY))
        scan(database, MONDAY)
    day = MONDAY if settled else FRIDAY
    with database.writing() as db:
        new = build.make_person(db, "接手人", organisation_id=city.unit)
        contact = db.execute(sa.select(Duty).where(col(Duty.kind) == DutyKind.CONTACT)).scalar_one()
        contact.ends_on = DUE
        build.make_duty(
            db, db.get(Project, city.project), kind=DutyKind.CONTACT, person_id=new.id, starts_on=FRIDAY
        )
    _, found = checked(database, city.contact, day)
    assert bool(found.items) is settled
    assert bool(found.fallen) is not settled


def test_an_administrators_mail_leads_to_the_page_that_an_administrator_may_open(database, city):
    scan(database, FRIDAY)
    change(database, Person, city.office, email="")
    facts.evaluate_facts(database, morning(FRIDAY, 2), owner="test", sender=SENDER)
    (link,) = mail(database, city.administrator).links
    assert (link.label, link.href) == ("打开运行状态页", f"{SITE.base_url}/operations")
    (link,) = mail(database, city.contact).links
    assert link.href == f"{SITE.base_url}/alerts?mine=1"
