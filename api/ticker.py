"""What runs when: the one table of all jobs. APScheduler only ticks; our tables know what is done.

Any number of processes may tick on one database: a period is claimed once, a mail is leased to one.
What was due while nobody ticked is caught up by the next tick, once.
"""

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time

from apscheduler.schedulers.background import BackgroundScheduler

from portfolio import audit, clock, installation, schedule
from portfolio.alerts import days
from portfolio.alerts.delivery import audit_head, dispatch
from portfolio.alerts.evaluation import evaluate, facts
from portfolio.database import Database
from portfolio.settings import Settings

SCAN_FROM = time(6, 0)  # digests leave at 08:00; a scan before that leaves time to look
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tools:
    """What jobs work with."""

    database: Database
    settings: Settings
    now: Callable[[], datetime]
    owner: str


@dataclass(frozen=True, slots=True)
class Job:
    """One line of the table: a name, the seconds between two ticks, and what a tick does."""

    name: str
    seconds: int
    run: Callable[[Tools], object]
    what: str


def beat(tools: Tools) -> None:
    """Say that this process is alive."""
    with tools.database.writing() as db:
        schedule.beat(db, tools.owner, tools.now())


def scan(tools: Tools) -> None:
    """Evaluate the day, and those missed, from 06:00 on."""
    now = tools.now()
    with tools.database.reading() as db:
        today = installation.today(db, now)
        if now.astimezone(clock.SHANGHAI).time() < SCAN_FROM:
            return
        if schedule.is_done(db, days.DAY_JOB, today.isoformat()):
            return
        last = schedule.last_period(db, days.DAY_JOB)
    if last is not None and last > today.isoformat():
        return  # a clock was set back: the finished days stay finished
    evaluate.scan(tools.database, today, now, owner=tools.owner, sender=tools.settings.mail_from)


def evaluate_facts(tools: Tools) -> None:
    """Evaluate the at-once rules of this slot."""
    facts.evaluate_facts(tools.database, tools.now(), owner=tools.owner, sender=tools.settings.mail_from)


def send(tools: Tools) -> None:
    """Send what is due."""
    done = dispatch.send(tools.database, tools.settings, tools.now, owner=tools.owner)
    if done.sent or done.failures:
        log.info("mail: %s sent, %s to retry, %s dead", done.sent, done.retried, done.dead)


def seal(tools: Tools) -> None:
    """Link the audit events written since the last seal."""
    audit.seal(tools.database, tools.now())


def gather_statistics(tools: Tools) -> None:
    """Keep the database's choice of indexes right while it grows."""
    tools.database.gather_statistics()


def send_audit_head(tools: Tools) -> None:
    """Let the week's head of the audit chain leave the machine."""
    audit_head.send(tools.database, tools.settings, tools.now(), owner=tools.owner)


JOBS = (
    Job("heartbeat", 60, beat, "报告进程还活着"),
    Job("scan", 120, scan, "每天 6:00 起评估当天和错过的日子，编好当天的汇总邮件"),
    Job("facts", 60, evaluate_facts, "每十分钟评估一次即时规则"),
    Job("dispatch", 10, send, "发送到期的邮件"),
    Job(
        "audit-head", 1800, send_audit_head, "每周一（遇假顺延）8:00 起把留痕链头发给管理员和审计，并存成文件"
    ),
    Job("seal", 60, seal, "给审计记录加封"),
    Job("statistics", 3600, gather_statistics, "更新数据库的统计，让查询用对索引"),
)


class Ticker:
    """Ticks every job in the background until stopped."""

    def __init__(
        self, database: Database, settings: Settings, now: Callable[[], datetime] = clock.now
    ) -> None:
        """Prepare; nothing runs until `start`."""
        owner = f"{socket.gethostname()}:{os.getpid()}"
        self._tools = Tools(database, settings, now, owner)
        self._scheduler = BackgroundScheduler(
            timezone="Asia/Shanghai",
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    def start(self) -> None:
        """Begin to tick; the first tick of each job comes at once."""
        for job in JOBS:
            self._scheduler.add_job(
                _guarded(job, self._tools),
                "interval",
                seconds=job.seconds,
                id=job.name,
                next_run_time=clock.now(),
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Stop ticking and wait for what runs; a mail being sent is finished first."""
        self._scheduler.shutdown(wait=True)


def run_until(stopped: threading.Event, database: Database, settings: Settings) -> None:
    """Tick until the event is set: the whole of `portfolio scheduler`."""
    ticker = Ticker(database, settings)
    ticker.start()
    stopped.wait()
    ticker.stop()


def _guarded(job: Job, tools: Tools) -> Callable[[], None]:
    """A failing job is logged and noted in its table, and ticks again."""

    def tick() -> None:
        try:
            job.run(tools)
        except Exception as error:
            log.exception("job %s failed", job.name)
            now = tools.now()
            period = installation_day(tools, now)
            schedule.fail(tools.database, f"job.{job.name}", period, tools.owner, now, repr(error))

    return tick


def installation_day(tools: Tools, now: datetime) -> str:
    """The business day of an instant, as a period key."""
    with tools.database.reading() as db:
        return installation.today(db, now).isoformat()
