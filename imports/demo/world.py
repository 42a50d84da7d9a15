"""The people of the demonstration: a city's units, their heads and contacts, the nine roles."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.demo.rows import add
from portfolio import pinyin
from portfolio.access import Role, ScopeKind
from portfolio.people.models import (
    Account,
    Organisation,
    OrganisationAlias,
    Person,
    Post,
    PostHolding,
    RoleGrant,
)

MARK = "（演示）"
BLANK: dict[str, Any] = {
    "password_hash": "",
    "is_system": False,
    "disabled_at": None,
    "last_sign_in_at": None,
    "version": 1,
}
SINCE = date(2021, 1, 1)
CITY, OFFICE = "郑州市", "重点项目办"
# name, short name, sectors it answers for
UNITS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("郑州市发展和改革委员会", "市发改委", ("energy", "opening", "governance")),
    ("郑州市财政局", "市财政局", ()),
    ("郑州市自然资源和规划局", "市资源规划局", ("urban",)),
    ("郑州市生态环境局", "市生态环境局", ("environment",)),
    ("郑州市城乡建设局", "市城建局", ("road", "housing")),
    ("郑州市交通运输局", "市交通运输局", ("expressway", "highway", "railway")),
    ("郑州市轨道交通建设办公室", "市轨道办", ("metro",)),
    ("郑州市水利局", "市水利局", ("water",)),
    ("郑州市城市管理局", "市城管局", ("utilities", "safety")),
    ("郑州市园林局", "市园林局", ("ecology",)),
    ("郑州市农业农村工作委员会", "市农委", ("agriculture",)),
    ("郑州市工业和信息化局", "市工信局", ("industry", "digital")),
    ("郑州市科学技术局", "市科技局", ("innovation",)),
    ("郑州市商务局", "市商务局", ("services", "logistics")),
    ("郑州市文化广电和旅游局", "市文广旅局", ("culture", "tourism")),
    ("郑州市教育局", "市教育局", ("education",)),
    ("郑州市卫生健康委员会", "市卫健委", ("health",)),
    ("郑州市民政局", "市民政局", ("welfare",)),
    ("郑州市体育局", "市体育局", ("sports",)),
    ("郑州航空港经济综合实验区管理委员会", "航空港区管委会", ("aviation",)),
)
GATE_OWNERS = {
    "proposal": "市发改委",
    "fsr_approval": "市发改委",
    "preliminary_design": "市发改委",
    "land_preapproval": "市资源规划局",
    "land_permit": "市资源规划局",
    "planning_permit": "市资源规划局",
    "eia_approval": "市生态环境局",
    "construction_permit": "市城建局",
}
FAMILY = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN = (
    "建国",
    "晓东",
    "丽娟",
    "海涛",
    "文博",
    "志远",
    "雪梅",
    "国强",
    "静",
    "鹏",
    "敏",
    "伟民",
    "思远",
    "燕",
    "磊",
)


@dataclass(slots=True)
class World:
    """Who was made: organisation ids by short name, people by what they are, and what they are called."""

    units: dict[str, int] = field(default_factory=dict)
    builders: dict[str, int] = field(default_factory=dict)
    heads: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)
    leaders: list[int] = field(default_factory=list)
    chief_post: int = 0
    names: dict[int, str] = field(default_factory=dict)

    def unit_of(self, sector: str) -> str:
        """The short name of the unit that answers for a sector."""
        return next((short for _, short, sectors in UNITS if sector in sectors), "市发改委")


def make_world(db: Session, random: Random, now: datetime) -> World:
    """Make units, people, posts, accounts and rights. First-run units that exist already are used."""
    world = World()
    names = _names(random)
    city = _organisation(db, CITY, None, 0)
    office = _organisation(db, OFFICE, city, 1)
    world.units["市政府"], world.units[OFFICE] = city, office
    for position, (name, short, _) in enumerate(UNITS, 2):
        world.units[short] = _organisation(db, name, city, position, short)
        builder = f"{short.removeprefix('市')}工程建设中心{MARK}"
        world.builders[short] = _organisation(db, builder, world.units[short], 1)
    for short, unit in list(world.units.items()):
        world.heads[short] = _person(db, world, next(names), unit, f"head{unit}")
        world.contacts[short] = _person(db, world, next(names), unit, f"contact{unit}")
        _hold(db, unit, "head", "主任" if short == OFFICE else "主要负责人", world.heads[short])
        if short not in ("市政府", OFFICE):
            coordinator = _person(db, world, next(names), unit, f"liaison{unit}")
            _hold(db, unit, "coordinator", "联络员", coordinator)
    world.leaders = [_person(db, world, next(names), city, f"deputy{n}") for n in range(1, 5)]
    for number, leader in enumerate(world.leaders):
        _hold(db, city, "deputy", f"分管副市长{number + 1}", leader)
    world.chief_post = _post_of(db, world.heads["市政府"])
    _accounts(db, world, names, now)
    return world


def _accounts(db: Session, world: World, names: Iterator[str], now: datetime) -> None:
    """One account for each role, with scopes that show what each role sees."""
    office, water = world.units[OFFICE], world.units["市水利局"]
    city = world.units["市政府"]
    audit_person = _person(db, world, next(names), city, "auditor")
    viewer = _person(db, world, next(names), world.units["市交通运输局"], "viewer")
    signer = _person(db, world, next(names), water, "signer")
    coordinator = _person(db, world, next(names), world.units["航空港区管委会"], "airportliaison")
    admin = _person(db, world, next(names), office, "administrator")
    wanted: tuple[tuple[str, int, Role, ScopeKind, str], ...] = (
        ("administrator", admin, Role.ADMINISTRATOR, ScopeKind.ALL, ""),
        ("office", world.heads[OFFICE], Role.OFFICE, ScopeKind.ALL, ""),
        ("coordinator", coordinator, Role.COORDINATOR, ScopeKind.SECTOR, "aviation"),
        ("reporter", world.contacts["市水利局"], Role.REPORTER, ScopeKind.ORGANISATION, str(water)),
        ("signer", signer, Role.SIGNER, ScopeKind.ORGANISATION, str(water)),
        ("accountant", world.contacts["市财政局"], Role.ACCOUNTANT, ScopeKind.ALL, ""),
        ("leader", world.leaders[0], Role.LEADER, ScopeKind.ALL, ""),
        ("viewer", viewer, Role.VIEWER, ScopeKind.SECTOR, "railway"),
        ("auditor", audit_person, Role.AUDITOR, ScopeKind.ALL, ""),
    )
    for login, person, role, scope, value in wanted:
        [account] = add(
            db, Account, [{"login": f"demo-{login}", "person_id": person, "created_at": now, **BLANK}]
        )
        add(db, RoleGrant, [_grant(account, role, scope, value)])
    others = [
        {"login": f"demo-{kind}-{unit}", "person_id": person, "created_at": now, **BLANK}
        for kind, people in (("head", world.heads), ("contact", world.contacts))
        for unit, person in ((world.units[short], person) for short, person in people.items())
        if person not in {each[1] for each in wanted}
    ]
    others += [
        {"login": f"demo-leader-{n}", "person_id": person, "created_at": now, **BLANK}
        for n, person in enumerate(world.leaders[1:], 2)
    ]
    units = {person: world.units[short] for short, person in (*world.heads.items(), *world.contacts.items())}
    grants = [
        _grant(account, Role.REPORTER, ScopeKind.ORGANISATION, str(units[row["person_id"]]))
        if row["person_id"] in units
        else _grant(account, Role.LEADER, ScopeKind.ALL, "")
        for account, row in zip(add(db, Account, others), others, strict=True)
    ]
    add(db, RoleGrant, grants)


def _grant(account: int, role: Role, scope: ScopeKind, value: str) -> dict[str, Any]:
    return {
        "account_id": account, "role": role, "scope": scope, "scope_value": value,
        "sees_money": False, "starts_on": SINCE, "ends_on": None,
    }  # fmt: skip


def _organisation(db: Session, name: str, parent: int | None, position: int, short: str = "") -> int:
    known = db.execute(
        sa.select(col(Organisation.id)).where(col(Organisation.name) == name)
    ).scalar_one_or_none()
    if known is not None:
        return known
    row = {
        "name": name, "short_name": short, "pinyin": pinyin.names(name)[0], "parent_id": parent,
        "position": position, "valid_from": SINCE, "valid_to": None, "merged_into_id": None, "version": 1,
    }  # fmt: skip
    [made] = add(db, Organisation, [row])
    if short:
        db.execute(sa.insert(OrganisationAlias).values(name=short, organisation_id=made))
    return made


def _person(db: Session, world: World, name: str, unit: int, mailbox: str) -> int:
    row = {
        "name": name + MARK, "pinyin": pinyin.names(name)[0], "email": f"{mailbox}@example.org",
        "phone": "0371-0000 0000", "organisation_id": unit, "left_on": None, "version": 1,
    }  # fmt: skip
    [made] = add(db, Person, [row])
    world.names[made] = name + MARK
    return made


def _hold(db: Session, unit: int, kind: str, title: str, person: int) -> None:
    post = {
        "organisation_id": unit, "kind": kind, "title": title, "scope": None, "scope_value": "",
        "position": 0, "closed_on": None, "version": 1,
    }  # fmt: skip
    [made] = add(db, Post, [post])
    add(db, PostHolding, [{"post_id": made, "person_id": person, "starts_on": SINCE, "ends_on": None}])


def _post_of(db: Session, person: int) -> int:
    statement = sa.select(col(PostHolding.post_id)).where(col(PostHolding.person_id) == person)
    return int(db.execute(statement).scalar_one())


def _names(random: Random) -> Iterator[str]:
    made = [family + given for family in FAMILY for given in GIVEN]
    random.shuffle(made)
    return iter(made)
