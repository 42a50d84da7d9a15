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
from portfolio.people.models import Account, Organisation, Person, Post, PostHolding
from portfolio.projects import scope
from portfolio.projects.models import Duty, DutyKind, Milestone, Project
from portfolio.projects.rules.stages import Stage

_ENDED = (Stage.COMPLETED, Stage.CANCELLED, Stage.SUSPENDED)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do: what, how it stands in a sentence, where it is done, whether it is done."""

    title: str
    sentence: str
    href: str
    done: bool


def steps(db: Session, actor: Actor, today: date, *, mails: bool) -> Sequence[Step]:
    """List the steps that this actor may see, in order; those on projects only to who sees projects."""
    found = [_units(db), _people(db), _contacts(db, today)]
    if actor.may(Permission.SEE_PROJECTS):
        found += [_owners(db, actor, today), _baselines(db, actor, today)]
    return [*found, _server(mails), _mail_start(db)]


def _units(db: Session) -> Step:
    count = _count(db, sa.select(col(Organisation.id)).where(col(Organisation.merged_into_id).is_(None)))
    said = _("已有 %(n)s 个机构。在城市下面按排名增加各责任单位。", n=count)
    return Step(_("建机构"), said, "/manage/organisations", count > 2)


def _people(db: Session) -> Step:
    count = _count(db, sa.select(col(Person.id)).where(col(Person.left_on).is_(None)))
    ready = _count(db, sa.select(col(Account.id)).where(col(Account.password_hash) != ""))
    said = _("已有 %(n)s 人，%(m)s 个账号设过密码。给每人邮箱、账号和角色。", n=count, m=ready)
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
    said = _("%(n)s 个单位还没有人任职。预警按职务找人：至少要有主要负责人。", n=without)
    some = _count(db, open_units) > 1
    return Step(_("配齐职务"), said, "/manage/organisations", some and without == 0)


def _owners(db: Session, actor: Actor, today: date) -> Step:
    valid = sa.or_(col(Duty.ends_on).is_(None), col(Duty.ends_on) >= today)
    owned = sa.select(col(Duty.project_id)).where(col(Duty.kind) == DutyKind.RESPONSIBLE_UNIT, valid)
    without = _count(db, _active(actor, today).where(col(Project.id).not_in(owned)))
    return Step(_("明确责任"), _("%(n)s 项没有责任单位。", n=without), "/projects", without == 0)


def _baselines(db: Session, actor: Actor, today: date) -> Step:
    dated = sa.select(col(Milestone.project_id)).where(col(Milestone.baseline).is_not(None))
    without = _count(db, _active(actor, today).where(col(Project.id).not_in(dated)))
    said = _("%(n)s 项没有批准的基线。可按领域套用模板，再逐项改。", n=without)
    return Step(_("批准基线"), said, "/projects", without == 0)


def _server(mails: bool) -> Step:
    said = _("已接上。") if mails else _("设定 PORTFOLIO_SMTP_URL 和 PORTFOLIO_MAIL_FROM 后重新启动。")
    return Step(_("接上邮件"), said, "/operations", mails)


def _mail_start(db: Session) -> Step:
    start = installation.get(db, MAIL_START)
    said = _("从 %(day)s 起发送。", day=start) if start else _("定下日期以前，不发任何预警邮件。")
    return Step(_("启用预警邮件"), said, "/operations#mails", start is not None)


def _active(actor: Actor, today: date) -> sa.Select[int | None]:
    return sa.select(col(Project.id)).where(
        col(Project.id).in_(scope.visible(actor, today=today)), col(Project.stage).not_in(_ENDED)
    )


def _count(db: Session, statement: sa.Select[int | None]) -> int:
    return int(db.execute(sa.select(sa.func.count()).select_from(statement.subquery())).scalar_one())
