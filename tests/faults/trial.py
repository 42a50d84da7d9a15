"""One seeded trial: a few days of a small city, a failing server, killed processes, jumping clocks, handovers.

Everything random comes from the seed. Afterwards the world calms down, and what the server accepted is
compared with what the oracle says had to be told: nothing lost, nothing doubled, nothing too early.
"""

import email
import email.policy
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from unittest.mock import patch

import sqlalchemy as sa
from pydantic import SecretStr
from sqlmodel import col

from portfolio import calendar_days, installation, migrating, schedule
from portfolio.access import Role
from portfolio.alerts import days
from portfolio.alerts.channels import mail
from portfolio.alerts.delivery import claiming, dispatch
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import OPEN, Alert, Notification, NotificationItem, Status
from portfolio.alerts.points import POINTS
from portfolio.alerts.queries import books
from portfolio.alerts.rules.registry import RULES
from portfolio.database import Database
from portfolio.people import posts
from portfolio.people.models import Post
from portfolio.projects import duties, milestones
from portfolio.projects.duties import DutyIn
from portfolio.projects.milestones import MilestoneChange
from portfolio.projects.models import DutyKind, Milestone
from portfolio.settings import Settings
from tests import build
from tests.faults.forks import in_fork
from tests.faults.oracle import Fact, Item, Oracle
from tests.faults.sink import Sink
from tests.portfolio.alerts.city import SENDER, City, make_city, make_milestone, morning

FIRST = date(2024, 6, 17)
DAYS, CALM_DAYS = 5, 4  # a working week; a weekend, and the two working days by which all must be told
OFFICE, ADMINISTRATOR = build.make_actor(), build.make_actor(Role.ADMINISTRATOR)
BAD = (
    "421_hello", "refuse_connection", "451_mail", "452_rcpt", "451_data", "451_after_dot", "close_in_data",
    "accept_then_close", "drip",
)  # fmt: skip
SCAN_POINTS = [point for point in POINTS if point.startswith("evaluate")]
SEND_POINTS = [point for point in POINTS if not point.startswith("evaluate")]


@dataclass
class Trial:
    """The state of one trial; faults found are sentences in `faults`."""

    seed: int
    database: Database
    sink: Sink
    city: City
    others: tuple[int, ...] = ()
    random: Random = field(init=False)
    world: dict[int, Fact] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    kills: int = 0
    ever_due: set[Item] = field(default_factory=set)
    calm_due: dict[date, set[Item]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.settings = Settings(
            smtp_url=SecretStr(self.sink.url),
            secret_key=SecretStr(build.SECRET),
            mail_per_second=0,
            mail_from=SENDER,
        )
        with self.database.reading() as db:
            calendar = calendar_days.load(db)
        people = {
            name: getattr(self.city, name)
            for name in ("contact", "head", "coordinator", "office", "leader", "chief")
        }
        self.oracle = Oracle(calendar.is_workday, date(2024, 3, 1), people)
        self.evaluated: date | None = None

    # ---- what happens -----------------------------------------------------------------------------

    def run(self) -> list[str]:
        """Live through the days, calm down, compare; returns the faults."""
        with patch.object(claiming, "BATCH", self.random.choice((1, 2, 10))):
            self.live()
        self.compare()
        return self.faults

    def live(self) -> None:
        for _ in range(self.random.randint(2, 4)):
            self.enter_milestone(FIRST)
        for n in range(DAYS):
            self.bad_day(FIRST + timedelta(days=n))
        for n in range(CALM_DAYS):
            self.calm_day(FIRST + timedelta(days=DAYS + n))

    def enter_milestone(self, today: date) -> None:
        baseline = today + timedelta(days=self.random.choice((-40, -12, -3, -1, 0, 1, 5, 20)))
        with self.database.writing() as db:
            made = make_milestone(db, self.city.project, baseline)
        self.world[made.id] = Fact(baseline)

    def bad_day(self, day: date) -> None:
        chance = self.random.random
        if chance() < 0.3:
            self.enter_milestone(day)
        if chance() < 0.15:
            return  # nobody ran at all
        at = morning(day, 0) - timedelta(hours=2)
        if chance() < 0.4:
            self.kill(partial(self.scan, day, at), SCAN_POINTS)
        self.scan(day, at)
        self.note(day)
        now = morning(day, 0)
        for _ in range(self.random.randint(1, 4)):
            if chance() < 0.25:
                self.change()
            if chance() < 0.2:
                self.hand_over(day)
            self.sink.modes = [self.random.choice(BAD) for _ in range(self.random.randint(0, 3))]
            if chance() < 0.5:
                self.kill(partial(self.send, now), SEND_POINTS)
            else:
                self.send(now)
            now += timedelta(minutes=self.random.choice((-5, 1, 2, 20, 180)))

    def calm_day(self, day: date) -> None:
        self.sink.modes = []
        self.scan(day, morning(day, 0) - timedelta(hours=2))
        self.note(day)
        self.calm_due[day] = self.oracle.due(day)
        for minutes in (0, 20, 40, 120):
            if self.waiting():
                self.send(morning(day, 0) + timedelta(minutes=minutes))

    def change(self) -> None:
        """Something is reached, taken back, or given a new baseline."""
        milestone = self.random.choice(list(self.world))
        fact = self.world[milestone]
        if fact.actual is not None:
            fact.actual = None
        elif self.random.random() < 0.7:
            fact.actual = fact.baseline
        else:
            fact.baseline += timedelta(days=self.random.choice((-3, 10, 60)))
        with self.database.writing() as db:
            db.execute(
                sa.update(Milestone)
                .where(col(Milestone.id) == milestone)
                .values(actual=fact.actual, baseline=fact.baseline)
            )

    def hand_over(self, day: date) -> None:
        """Someone else comes to answer: for one milestone by name, or in a place of the ladder."""
        place = self.random.choice(("owner", "contact", "head", "coordinator", "leader"))
        if place == "owner":
            return self.hand_over_milestone(day)
        person = self.random.choice((getattr(self.city, place), *self.others))
        with self.database.writing() as db:
            if place in ("head", "coordinator"):
                post = db.execute(sa.select(Post).where(col(Post.kind) == place)).scalar_one()
                posts.appoint(db, ADMINISTRATOR, post.id or 0, person, starts_on=day)
            else:
                kind = DutyKind.CONTACT if place == "contact" else DutyKind.RESPONSIBLE_LEADER
                filled = DutyIn(project_id=self.city.project, kind=kind, person_id=person)
                duties.assign(db, OFFICE, filled, today=day)
        self.oracle.people[place] = person
        return None

    def hand_over_milestone(self, day: date) -> None:
        """Give a milestone an owner of its own, or take it back to the project's people."""
        milestone = self.random.choice(list(self.world))
        owner = self.random.choice((None, *self.others))
        with self.database.writing() as db:
            milestones.correct(db, OFFICE, MilestoneChange(id=milestone, owner_person_id=owner), today=day)
        self.oracle.owners.pop(milestone, None)
        if owner is not None:
            self.oracle.owners[milestone] = owner

    def kill(self, act: Callable[[], object], among: list[str]) -> None:
        point, nth = self.random.choice(among), self.random.randint(1, 3)
        self.kills += in_fork(self.database, act, point, nth)

    def scan(self, day: date, at: datetime) -> None:
        evaluate.scan(self.database, day, at, owner="trial", sender=SENDER)

    def send(self, now: datetime) -> None:
        dispatch.send(self.database, self.settings, lambda: now, owner="trial")

    def waiting(self) -> int:
        """How many mails are still to be sent."""
        open_ones = sa.select(sa.func.count()).where(col(Notification.status).in_(OPEN))
        with self.database.reading() as db:
            return db.execute(open_ones).scalar_one()

    def note(self, day: date) -> None:
        """Tell the oracle which days are finished, with the facts they were finished with."""
        with self.database.reading() as db:
            last = date.fromisoformat(schedule.last_period(db, days.DAY_JOB) or "")
        begin = self.evaluated + timedelta(days=1) if self.evaluated else last
        for n in range((last - begin).days + 1):
            self.oracle.evaluate(begin + timedelta(days=n), self.world)
            if begin + timedelta(days=n) == day:
                self.ever_due |= self.oracle.due(day)
        self.evaluated = last

    # ---- what must hold ---------------------------------------------------------------------------

    def compare(self) -> None:
        accepted = [self._parse(each["raw"]) for each in self.sink.accepted()]
        self._check_copies(accepted)
        carried = self._carried(accepted)
        unknown = self._items_in(Status.UNKNOWN)
        told = {item for item, _ in carried} | unknown
        for item, ids in self._by_item(carried).items():
            if len(ids) > 1:
                self.faults.append(f"doubled: {item}")
        early = {item for item, _ in carried} - self.ever_due
        if early:
            self.faults.append(f"never due: {sorted(early)}")
        for day, due in self.calm_due.items():
            lost = due - told
            if lost:
                self.faults.append(f"lost on {day}: {sorted(lost)}")
        with self.database.reading() as db:
            if not books(db).balanced:
                self.faults.append("the books do not balance")
        if left := self.waiting():
            self.faults.append(f"{left} mails still waiting after the calm days")

    def _parse(self, raw: str) -> tuple[str, str, list[str]]:
        message = email.message_from_bytes(raw.encode("latin-1"), policy=email.policy.default)
        return str(message["Message-ID"]), raw, str(message["X-Portfolio-Due"] or "").split()

    def _check_copies(self, accepted: list[tuple[str, str, list[str]]]) -> None:
        copies = Counter(each[0] for each in accepted)
        bytes_of = defaultdict(set)
        for message_id, raw, _ in accepted:
            bytes_of[message_id].add(raw)
        if any(count > 2 for count in copies.values()):
            self.faults.append(f"more than one extra copy: {max(copies.values())}")
        if any(len(each) > 1 for each in bytes_of.values()):
            self.faults.append("copies of one mail differ")

    def _carried(self, accepted: list[tuple[str, str, list[str]]]) -> list[tuple[Item, str]]:
        with self.database.reading() as db:
            alerts = {row.id: (row.subject_id, row.rule) for row in db.execute(sa.select(Alert)).scalars()}
            to = dict(
                db.execute(sa.select(col(Notification.message_id), col(Notification.recipient_id))).all()
            )
        found = []
        for message_id, _, due in accepted:
            for word in due:
                alert, episode, rung = word.split("/")
                milestone, rule = alerts[int(alert)]
                if rung != "settled" and rule.startswith("milestone_"):
                    item = (milestone, rule.removeprefix("milestone_"), int(episode), rung, to[message_id])
                    found.append((item, message_id))
        return found

    def _by_item(self, carried: list[tuple[Item, str]]) -> dict[Item, set[str]]:
        found: dict[Item, set[str]] = defaultdict(set)
        for item, message_id in carried:
            found[item].add(message_id)
        return found

    def _items_in(self, status: Status) -> set[Item]:
        with self.database.reading() as db:
            rows = db.execute(
                sa.select(
                    col(Alert.subject_id), col(Alert.rule), col(NotificationItem.episode),
                    col(NotificationItem.rung), col(NotificationItem.principal_id),
                )
                .join(NotificationItem, col(NotificationItem.alert_id) == col(Alert.id))
                .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
                .where(col(Notification.status) == status)
            )  # fmt: skip
            return {
                (m, rule.removeprefix("milestone_"), episode, rung, person)
                for m, rule, episode, rung, person in rows
            }


@dataclass
class Ground:
    """Where trials run: a template database and one warm engine whose file is replaced for each trial."""

    folder: Path

    def __post_init__(self) -> None:
        mail.ANSWER_SECONDS = mail.COMMAND_SECONDS = 2.0
        template = Database(f"sqlite:///{self.folder / 'template.db'}")
        migrating.upgrade(template)
        with template.writing() as db:
            self.city = make_city(db)
            self.others = tuple(
                build.make_person(db, name, organisation_id=self.city.unit).id
                for name in ("接手人", "新来的人")
            )
            for rule in RULES:
                if rule not in ("milestone_overdue", "milestone_due"):
                    installation.put(db, f"alerts.{rule}.days", "off")
        template.dispose()
        with sqlite3.connect(self.folder / "template.db") as raw:
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        self.database = Database(f"sqlite:///{self.folder / 'trial.db'}")

    def trial(self, seed: int) -> tuple[list[str], Trial]:
        """Run one trial; returns its faults (empty: all held) and the trial."""
        self.database.dispose()
        for suffix in ("", "-wal", "-shm"):
            (self.folder / f"trial.db{suffix}").unlink(missing_ok=True)
        shutil.copyfile(self.folder / "template.db", self.folder / "trial.db")
        log = self.folder / "mail.jsonl"
        log.unlink(missing_ok=True)
        sink = Sink(log)
        try:
            trial = Trial(seed, self.database, sink, self.city, self.others)
            return trial.run(), trial
        finally:
            sink.close()
