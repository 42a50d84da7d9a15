"""Send what is in the outbox: claim, re-check, build once, freeze, hand over, record. One at a time.

No transaction is open while a mail is drawn or the server is spoken to. What happens at each failure
is the table of the delivery design: before the dot try again, after it only the answer tells.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from portfolio import calendar_days, clock, installation
from portfolio.alerts import circuit, configuration, digest, mailing, message, outbox
from portfolio.alerts.channels import mail
from portfolio.alerts.channels.mail import Failed, Stage
from portfolio.alerts.conditions import Scope
from portfolio.alerts.digest import Checked, Site
from portfolio.alerts.models import Status
from portfolio.alerts.outbox import Claim
from portfolio.alerts.points import reached
from portfolio.database import Database
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring
from portfolio.workdays import Calendar

Now = Callable[[], datetime]


@dataclass(slots=True)
class Sent:
    """What one run of the sender did; `held` says why nothing may go out."""

    sent: int = 0
    retried: int = 0
    dead: int = 0
    unknown: int = 0
    cancelled: int = 0
    held: str = ""
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Round:
    """What every step of one run needs."""

    database: Database
    settings: Settings
    session: mail.Session
    now: Now
    done: Sent
    surroundings: "_Surroundings"


@dataclass(frozen=True, slots=True)
class _Letter:
    """Frozen or about to be: where it goes and its bytes."""

    address: str
    subject: str
    content: bytes


def send(
    database: Database,
    settings: Settings,
    now: Now,
    *,
    owner: str,
    by_hand: bool = False,
    most: int | None = None,
) -> Sent:
    """Send what is due at `now()`; by hand at any hour, else from 08:00. Returns when nothing is left."""
    done = Sent()
    where = mail.server(settings.smtp_url.get_secret_value())
    if where is None:
        done.held = "没有设定 PORTFOLIO_SMTP_URL，邮件留在发件箱。"
        return done
    with mail.Session(where) as session, _Renewing(database, now) as renewing:
        surroundings = _Surroundings(database, settings, now)
        round_ = _Round(database, settings, session, now, done, surroundings)
        while most is None or done.sent < most:
            done.held = surroundings.held(len(done.failures))
            if done.held:
                return done
            claimed = outbox.claim(
                database, owner, now(), by_hand=by_hand, per_second=settings.mail_per_second
            )
            if claimed is None:
                return done
            renewing.hold(claimed)
            _deliver(round_, claimed)
            renewing.hold(None)
    return done


class _Surroundings:
    """What all mails of one run share, read anew every second and after each failure."""

    def __init__(self, database: Database, settings: Settings, now: Now) -> None:
        self._database, self._settings, self._now = database, settings, now
        self._ring = key_ring(settings, Purpose.LINK)
        self._read_at, self._failures = float("-inf"), 0
        self._held, self._demo = "", False
        self._stopped: frozenset[int] = frozenset()
        self.scope = Scope(date.min, Calendar(), {})

    def held(self, failures: int) -> str:
        """Say why nothing may go out just now; empty when it may."""
        if failures != self._failures or monotonic() - self._read_at > 1:
            self._read()
            self._failures, self._read_at = failures, monotonic()
        return self._held

    @property
    def site(self) -> Site:
        """Where links lead, and the real day they are dated by."""
        base, real_day = self._settings.base_url.rstrip("/"), clock.civil_date(clock.now())
        return Site(base, self._ring, real_day, self._demo, self._stopped)

    def _read(self) -> None:
        at = self._now()
        with self._database.reading() as db:
            today = installation.today(db, at)
            self._held = mailing.state(db, today).reason(today) or circuit.open_reason(db, at)
            self._demo = installation.is_demo(db)
            self._stopped = mailing.stopped_projects(db, today)
            self.scope = Scope(today, calendar_days.load(db), configuration.load(db).thresholds)


def _deliver(this: _Round, claimed: Claim) -> None:
    _wait_for(claimed.slot, this.now)
    if claimed.is_frozen and claimed.content is not None:
        _hand_over(this, claimed, _Letter(claimed.address, claimed.subject, claimed.content))
        return
    checked = _check(this, claimed)
    if checked.fallen:
        outbox.cancel_items(
            this.database, list(checked.fallen), this.surroundings.scope.day + timedelta(days=1)
        )
    if checked.mail is None:
        status = Status.SUPPRESSED if checked.refusal else Status.CANCELLED
        reason = checked.refusal or "事项已经解决或不再需要"
        outbox.withdraw(this.database, claimed, this.now(), status, reason)
        this.done.cancelled += 1
        return
    content = message.build(
        checked.mail, checked.items, this.settings.mail_from, checked.address, claimed.message_id, clock.now()
    )
    reached("build.after")
    _hand_over(this, claimed, _Letter(checked.address, checked.mail.subject, content))


def _check(this: _Round, claimed: Claim) -> Checked:
    with this.database.reading() as db:
        return digest.check(db, claimed, this.surroundings.scope, this.surroundings.site)


def _hand_over(this: _Round, claimed: Claim, letter: _Letter) -> None:
    database, session = this.database, this.session
    try:
        reached("send.before_mail")
        session.offer(this.settings.mail_from, letter.address)
        if not outbox.freeze(database, claimed, letter.address, letter.subject, letter.content, this.now()):
            session.drop()
            return
        reached("send.before_data")
        code = session.hand_over(
            letter.content, lambda: reached("send.before_dot"), lambda: reached("send.after_dot")
        )
    except Failed as failed:
        this.done.failures.append(str(failed))
        _failed(this, claimed, letter.address, failed)
        return
    outbox.sent(database, claimed, this.now(), code)
    if this.done.failures or not this.done.sent:
        circuit.succeeded(database)
    this.done.sent += 1


def _failed(this: _Round, claimed: Claim, address: str, failed: Failed) -> None:
    """The table of failures: which of them burns a try, kills the letter, opens the circuit, stays unsure."""
    database, now, done, text = this.database, this.now, this.done, str(failed)
    match failed.stage:
        case Stage.SENDER | Stage.AUTH if failed.is_permanent:
            outbox.put_back(database, claimed, now(), circuit.trip(database, now(), text), text)
        case Stage.ANSWER if failed.code is None:
            status = outbox.ambiguous(database, claimed, now(), text)
            done.unknown += status is Status.UNKNOWN
        case Stage.RECIPIENT if failed.is_permanent:
            _bury(database, now, claimed, address, failed)
            done.dead += 1
        case Stage.DATA | Stage.ANSWER if failed.is_permanent:
            outbox.bury(database, claimed, now(), failed.code or 0, text)
            circuit.refused(database, now(), text)
            done.dead += 1
        case _:
            status = outbox.retry(database, claimed, now(), failed.code, text)
            done.retried += status is Status.PENDING
            done.dead += status is Status.DEAD


def _bury(database: Database, now: Now, claimed: Claim, address: str, failed: Failed) -> None:
    """An unknown mailbox: a dead letter; the address itself only when the server is definite about it."""
    code = failed.code or 0
    with database.writing() as db:
        definite = failed.enhanced.startswith("5.1.") or (
            not failed.enhanced and 550 <= code <= 553 and outbox.refused_on_other_days(db, address, now())
        )
        if definite:
            outbox.suppress(db, address, now(), failed.enhanced or str(code), failed.text[:200])
    outbox.bury(database, claimed, now(), code, str(failed))


def _wait_for(slot: datetime, now: Now) -> None:
    left = (slot - now()).total_seconds()
    if left > 0:
        sleep(left)


class _Renewing:
    """Renews the lease of what is being sent, every 15 seconds, as long as this process lives."""

    def __init__(self, database: Database, now: Now) -> None:
        self._database, self._now = database, now
        self._claimed: Claim | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def hold(self, claimed: Claim | None) -> None:
        """Renew this claim from now on; None: nothing is being sent."""
        self._claimed = claimed

    def _run(self) -> None:
        while not self._ended.wait(outbox.RENEW_EVERY):
            claimed = self._claimed
            if claimed is not None:
                outbox.renew(self._database, claimed, self._now())
