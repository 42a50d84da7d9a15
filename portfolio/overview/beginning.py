"""What is still to do before the portfolio can be steered: organisations → people → owners → baselines → mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio import installation
from portfolio.access import Actor, Permission
from portfolio.alerts.snapshot import MAIL_START
from portfolio.i18n import _
from portfolio.overview.projects.project_filter import Late, ProjectFilter, chosen
from portfolio.people.models import Account, Organisation, Person, Post, PostHolding
from portfolio.projects.models import Project
from portfolio.rendering.filters import riqi, shu


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, how it stands in a sentence, where it is done, whether it is done."""

    title: str
    sentence: str
    href: str
    done: bool


def steps(db: Session, actor: Actor, today: date, *, mails: bool) -> Sequence[Step]:
    """List the steps that are this actor's, in order: on projects for who sees them, on mails for who runs them."""
    found = [_units(db), _people(db), _contacts(db, today)]
    if actor.may(Permission.SEE_PROJECTS):
        found += [_owners(db, actor, today), _baselines(db, actor, today)]
    if actor.may(Permission.SEE_OPERATIONS):
        found += [_server(mails), _mail_start(db)]
    return found


def _units(db: Session) -> Step:
    count = _count(db, sa.select(col(Organisation.id)).where(col(Organisation.merged_into_id).is_(None)))
    said = _("已有 %(n)s 个机构。在城市下面按排名增加各责任单位。", n=shu(count))
    return Step(_("建机构"), said, "/manage/organisations", count > 2)


def _people(db: Session) -> Step:
    count = _count(db, sa.select(col(Person.id)).where(col(Person.left_on).is_(None)))
    ready = _count(db, sa.select(col(Account.id)).where(col(Account.password_hash) != ""))
    said = _("已有 %(n)s 人，%(m)s 个账号设过密码。给每人邮箱、账号和角色。", n=shu(count), m=shu(ready))
    return Step(_("建人员和账号"), said, "/manage/people", count > 1 and ready > 1)


def _contacts(db: Session, today: date) -> Step:
    held = (
        sa.select(col(Post.organisation_id))
        .join(PostHolding, col(PostHolding.post_id) == col(Post.id))
        .where(
            col(PostHolding.starts_on) <= today,
            sa.or_(col(PostHolding.ends_on).is_(None), col(PostHolding.ends_on) >= today),
        )
    )
    open_units = sa.select(col(Organisation.id)).where(
        col(Organisation.merged_into_id).is_(None), col(Organisation.parent_id).is_not(None)
    )
    without = _count(db, open_units.where(col(Organisation.id).not_in(held)))
    said = _("%(n)s 个单位还没有人任职。预警按职务找人：至少要有主要负责人。", n=shu(without))
    some = _count(db, open_units) > 1
    return Step(_("配齐职务"), said, "/manage/organisations", some and without == 0)


def _owners(db: Session, actor: Actor, today: date) -> Step:
    without = _count(db, _listed(actor, "unassigned", today))
    said = _("%(n)s 项没有责任单位。", n=shu(without))
    return Step(_("明确责任"), said, "/projects?late=unassigned", without == 0)


def _baselines(db: Session, actor: Actor, today: date) -> Step:
    without = _count(db, _listed(actor, "undated", today))
    said = _("%(n)s 项没有待完成的基线。可按领域套用模板，再逐项改。", n=shu(without))
    return Step(_("批准基线"), said, "/projects?late=undated", without == 0)


def _server(mails: bool) -> Step:
    said = _("已接上。") if mails else _("设定 PORTFOLIO_SMTP_URL 和 PORTFOLIO_MAIL_FROM 后重新启动。")
    return Step(_("接上邮件"), said, "/operations", mails)


def _mail_start(db: Session) -> Step:
    start = installation.get(db, MAIL_START)
    said = _("从%(day)s起发送。", day=_day(start)) if start else _("定下日期以前，不发任何预警邮件。")
    return Step(_("启用预警邮件"), said, "/operations#mails", start is not None)


def _listed(actor: Actor, late: Late, today: date) -> sa.Select[int | None]:
    """The projects that the list shows under this state, so that a step's number is that list's."""
    return sa.select(col(Project.id)).where(chosen(actor, ProjectFilter(late=late), today=today))


def _day(stored: str) -> str:
    return riqi(date.fromisoformat(stored))


def _count(db: Session, statement: sa.Select[int | None]) -> int:
    return int(db.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar_one())
