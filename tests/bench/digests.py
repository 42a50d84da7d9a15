"""Fifty digests to a loopback server, throttle off, beside building the same fifty and a bare smtplib loop."""

import smtplib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from pydantic import SecretStr

from portfolio import calendar_days, clock, migrating
from portfolio.alerts import configuration
from portfolio.alerts.conditions import Scope
from portfolio.alerts.delivery import claiming, digest, dispatch, message, recheck
from portfolio.alerts.delivery.digest import Item, Site
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Phase, Status
from portfolio.database import Database
from portfolio.projects.models import DutyKind
from portfolio.rendering.mail_parts import DigestMail
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring
from tests import build
from tests.bench.measure import Ratio, Result, in_turns
from tests.faults.sink import Sink
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone

DAY = date(2024, 6, 21)
AT = datetime(2024, 6, 21, tzinfo=UTC)
PEOPLE, EACH, TIMES = 50, 3, 5


def results() -> Iterator[Result]:
    """Measure on SQLite; the floor is measured in turns with ours."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        database = Database(f"sqlite:///{folder / 'bench.db'}")
        migrating.upgrade(database)
        _fill(database)
        sink = Sink(folder / "mail.jsonl")
        settings = Settings(
            smtp_url=SecretStr(sink.url),
            secret_key=SecretStr(build.SECRET),
            mail_per_second=0,
            mail_from=SENDER,
        )
        ready = _composed(database, settings)
        ours, floor = in_turns(
            lambda: _ours(database, settings), lambda: _bare(sink, ready), TIMES, lambda: _reset(database)
        )
        sink.close()
        database.dispose()
        yield Ratio(f"{PEOPLE} digests to a loopback server", ours, floor, 3.0)


def _fill(database: Database) -> None:
    with database.writing() as db:
        make_city(db)
        for _ in range(PEOPLE):
            project, person = build.make_project(db), build.make_person(db)
            build.make_duty(db, project, kind=DutyKind.CONTACT, person_id=person.id)
            for _ in range(EACH):
                make_milestone(db, project.id, DAY - timedelta(days=1))
    evaluate.scan(database, DAY, AT, owner="bench", sender=SENDER)
    with database.writing() as db:
        kept = sa.select(Notification.id).order_by(Notification.id.desc()).limit(PEOPLE)  # type: ignore[call-overload,union-attr]
        others = sa.update(Notification).where(Notification.id.not_in(kept))  # type: ignore[union-attr]
        db.execute(others.values(status=Status.CANCELLED))


def _reset(database: Database) -> None:
    with database.writing() as db:
        again = sa.update(Notification).where(Notification.status != Status.CANCELLED)  # type: ignore[arg-type]
        db.execute(again.values(status=Status.PENDING, phase=Phase.NONE, next_at=AT, lease_until=None))


@dataclass(frozen=True)
class _Ready:
    """One of the fifty, all worked out but for its bytes."""

    said: DigestMail
    items: tuple[Item, ...]
    address: str
    message_id: str


def _composed(database: Database, settings: Settings) -> list[_Ready]:
    """What the fifty say, worked out beforehand: the floor only draws, encodes and hands over."""
    site = Site(settings.base_url, key_ring(settings, Purpose.LINK), DAY)
    claims = claiming.claim(database, "bench", AT, most=PEOPLE)
    with database.reading() as db:
        scope = Scope(DAY, calendar_days.load(db), configuration.load(db).thresholds)
        found = recheck.check(db, claims, scope, frozenset())
    return [
        _Ready(
            digest.compose(claimed, checked.items, checked.context, checked.reader, DAY, site),
            checked.items, checked.address, claimed.message_id,
        )
        for claimed in claims
        for checked in [found[claimed.id]]
    ]  # fmt: skip


def _bare(sink: Sink, ready: list[_Ready]) -> None:
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        for each in ready:
            content = message.build(each.said, each.items, SENDER, each.address, each.message_id, clock.now())
            smtp.sendmail(SENDER, [each.address], content)


def _ours(database: Database, settings: Settings) -> None:
    done = dispatch.send(database, settings, lambda: AT, owner="bench")
    if done.sent != PEOPLE:
        raise AssertionError(f"{done.sent} of {PEOPLE} sent")
