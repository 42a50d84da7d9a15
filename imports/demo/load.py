"""Load the demonstration into a database that nobody has worked in, and set its clock."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from imports.demo.actuals import make_actuals
from imports.demo.rows import ACTOR, BATCH, record
from imports.demo.sums import make_sums
from imports.demo.works import chosen, make_works
from imports.demo.world import make_world
from portfolio import audit, calendar_days, clock, installation
from portfolio.alerts import snapshot
from portfolio.alerts.replay import replay
from portfolio.database import Database
from portfolio.errors import Conflict, Refused
from portfolio.models import AuditEvent
from portfolio.people import posts
from portfolio.projects import standing
from portfolio.projects.models import Project
from portfolio.settings import Settings

DAY = date(2024, 6, 28)
MAIL_START = date(2024, 3, 1)
SEED = 20240628
PROJECTS = 60
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was made, for the report."""

    day: date
    seed: int
    projects: int
    units: int
    mails: int


def load(
    database: Database,
    settings: Settings,
    *,
    now: datetime,
    day: date = DAY,
    seed: int = SEED,
    say: Say = lambda _: None,
) -> Loaded:
    """Fill the database and move its business day to `day`.

    Raises Refused in production, Conflict when people have worked in the database, when it holds
    a demonstration already, or when the plan is not loaded.
    """
    if settings.is_production:
        raise Refused("生产模式不能载入演示数据。请另设一个数据文件夹，并把 PORTFOLIO_MODE 设为 demo。")
    random = Random(seed)  # noqa: S311  a seeded sequence is the point
    with database.writing() as db:
        _refuse_used(db)
        installation.put(db, installation.DEMO, "1", source="演示数据")
        offset = clock.civil_date(now) - day
        installation.put(db, installation.DAY_OFFSET, str(offset.days), source="演示数据")
        installation.put(db, snapshot.MAIL_START, MAIL_START.isoformat(), source="演示数据")
        say("正在编造单位和人员 …")
        world = make_world(db, random, now)
        posts.make_chief(db, ACTOR, world.chief_post)
        say("正在编造节点、预测和资金 …")
        works = chosen(db, random, PROJECTS)
        calendar = calendar_days.load(db)
        make_works(db, random, world, works, calendar, day, now)
        standing.refresh(db)
        make_sums(db, random, works, now)
        make_actuals(db, Random(seed), day, now)  # noqa: S311  a sequence of its own: nothing before it moves
        record(db)
        audit.record(
            db,
            ACTOR,
            audit.Change("installation", "demo", "load", after={"day": day, "seed": seed}, batch=BATCH),
        )
    say("正在补算启用邮件以来的预警 …")
    mails = replay(database, MAIL_START, day - timedelta(days=1), sender=settings.mail_from)
    audit.seal(database, now)
    return Loaded(day, seed, len(works), len(world.units) + len(world.builders), mails)


def _refuse_used(db: Session) -> None:
    if installation.is_demo(db):
        raise Conflict("这个数据库里已有演示数据。要重新来过，请换一个数据文件夹，或先删掉演示数据库。")
    people = sa.select(sa.func.count()).where(col(AuditEvent.actor_account_id).is_not(None))
    if db.execute(people).scalar_one():
        raise Conflict("这个数据库里已有人员做过的修改，不能混入演示数据。请另用一个数据库。")
    if not db.execute(sa.select(sa.func.count()).select_from(Project)).scalar_one():
        raise Conflict("还没有载入规划。请先运行 portfolio plan load。")
