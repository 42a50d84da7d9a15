"""Send what is in the outbox: claim a few, re-check, then one by one build, freeze, hand over, record.

No transaction is open while a mail is drawn or the server is spoken to. What happens at each failure
is the table of the delivery design: before the dot try again, after it only the answer tells.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from time import monotonic, sleep
from types import TracebackType
from typing import Self

from sqlalchemy.orm import Session

from portfolio import calendar_days, clock, installation
from portfolio.alerts import configuration, mailing, snapshot
from portfolio.alerts.channels import mail
from portfolio.alerts.channels.mail import Failed, Stage
from portfolio.alerts.conditions import Scope
from portfolio.alerts.delivery import (
    attempts,
    bookkeeping,
    circuit,
    claiming,
    digest,
    message,
    outbox,
    recheck,
)
from portfolio.alerts.delivery.claiming import Claim
from portfolio.alerts.delivery.digest import Site
from portfolio.alerts.delivery.recheck import Checked
from portfolio.alerts.models import Status
from portfolio.alerts.points import reached
from portfolio.database import Database
from portfolio.settings import Settings
from portfolio.signing import Purpose, key_ring
from portfolio.workdays import Calendar

Now = Callable[[], datetime]
FRESH_SECONDS = 1.0  # how long what was read of the surroundings and of the items may be relied on
log = logging.getLogger(__name__)


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
    renewing: "_Renewing"


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
        round_ = _Round(database, settings, session, now, done, surroundings, renewing)
        while most is None or done.sent < most:
            done.held = surroundings.held(len(done.failures))
            if done.held:
                return done
            batch = claiming.claim(
                database, owner, now(), by_hand=by_hand, per_second=settings.mail_per_second,
                most=claiming.BATCH if most is None else min(claiming.BATCH, most - done.sent),
            )  # fmt: skip
            if not batch:
                return done
            _deliver_all(round_, batch)
    return done


def _deliver_all(this: _Round, batch: Sequence[Claim]) -> None:
    """Deliver one by one; whatever happens, what was not begun is given back at once."""
    checks, begun = _Checks(this, batch), 0
    try:
        for claimed in batch:
            _wait_for(claimed.slot, this.now)
            if this.surroundings.held(len(this.done.failures)):
                return
            begun += 1
            with this.renewing.holding(claimed) as held:
                if held:
                    _deliver(this, claimed, checks)
    finally:
        if batch[begun:]:
            claiming.release(this.database, batch[begun:])


class _Surroundings:
    """What all mails of one run share, read anew every second and after each failure."""

    def __init__(self, database: Database, settings: Settings, now: Now) -> None:
        self._database, self._settings, self._now = database, settings, now
        self._ring = key_ring(settings, Purpose.LINK)
        self._read_at, self._failures = float("-inf"), 0
        self._held, self._demo = "", False
        self._scope, self._scope_at = Scope(date.min, Calendar(), {}), float("-inf")
        self.day = date.min
        self.stopped: frozenset[int] = frozenset()
        self._administrators: frozenset[int] = frozenset()

    def held(self, failures: int) -> str:
        """Say why nothing may go out just now; empty when it may."""
        if failures != self._failures or monotonic() - self._read_at > FRESH_SECONDS:
            self._read()
            self._failures, self._read_at = failures, monotonic()
        return self._held

    def scope(self, db: Session) -> Scope:
        """What items are judged by; read only when there are some, since most runs find nothing due."""
        if self._scope.day != self.day or monotonic() - self._scope_at > FRESH_SECONDS:
            self._scope = Scope(self.day, calendar_days.load(db), configuration.load(db).thresholds)
            self._scope_at = monotonic()
        return self._scope

    @property
    def site(self) -> Site:
        """Where links lead, and the real day they are dated by."""
        base, real_day = self._settings.base_url.rstrip("/"), clock.civil_date(clock.now())
        return Site(base, self._ring, real_day, self._demo)

    def books(self, claimed: Claim) -> tuple[bookkeeping.Line, ...]:
        """How delivery stands, for the mail to an administrator; nothing for anyone else's."""
        if claimed.recipient_id not in self._administrators:
            return ()
        with self._database.reading() as db:
            return bookkeeping.lines(db, self.day, self._now())

    def _read(self) -> None:
        at = self._now()
        with self._database.reading() as db:
            self.day = today = installation.today(db, at)
            self._held = mailing.state(db, today).reason(today) or circuit.open_reason(db, at)
            self._demo = installation.is_demo(db)
            self.stopped = mailing.stopped_projects(db, today)
            self._administrators = frozenset(snapshot.administrators(db, today))


class _Checks:
    """The re-check of a batch: read once for all of it, and anew for the rest when that is no longer fresh."""

    def __init__(self, this: _Round, batch: Sequence[Claim]) -> None:
        self._this, self._batch = this, batch
        self._read_at = float("-inf")
        self._found: dict[int, Checked] = {}

    def of(self, claimed: Claim) -> Checked:
        """What a claimed notification still carries."""
        if monotonic() - self._read_at > FRESH_SECONDS:
            surroundings = self._this.surroundings
            rest = self._batch[self._batch.index(claimed) :]
            with self._this.database.reading() as db:
                self._found = recheck.check(db, rest, surroundings.scope(db), surroundings.stopped)
            self._read_at = monotonic()
        return self._found[claimed.id]


def _deliver(this: _Round, claimed: Claim, checks: _Checks) -> None:
    if claimed.is_frozen and claimed.content is not None:
        _hand_over(this, claimed, _Letter(claimed.address, claimed.subject, claimed.content))
        return
    checked = checks.of(claimed)
    if checked.fallen:
        outbox.cancel_items(this.database, list(checked.fallen), this.surroundings.day + timedelta(days=1))
    if not checked.items:
        status = Status.SUPPRESSED if checked.refusal else Status.CANCELLED
        reason = checked.refusal or "事项已经解决或不再需要"
        outbox.withdraw(this.database, claimed, this.now(), status, reason)
        this.done.cancelled += 1
        return
    letter = _drawn(this, claimed, checked)
    if letter is not None:
        _hand_over(this, claimed, letter)


def _drawn(this: _Round, claimed: Claim, checked: Checked) -> _Letter | None:
    """Put the mail together; one that cannot be drawn is tried again like any other, and stops none behind it."""
    try:
        said = digest.compose(
            claimed,
            checked.items,
            checked.context,
            checked.reader,
            this.surroundings.day,
            this.surroundings.site,
        )
        said = replace(said, books=this.surroundings.books(claimed))
        content = message.build(
            said, checked.items, this.settings.mail_from, checked.address, claimed.message_id, clock.now()
        )
    except Exception as error:
        log.exception("notification %s cannot be drawn", claimed.id)
        this.done.failures.append(repr(error))
        _again(this, claimed, None, f"邮件编写失败：{error!r}")
        return None
    reached("build.after")
    return _Letter(checked.address, said.subject, content)


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
            _again(this, claimed, failed.code, text)


def _again(this: _Round, claimed: Claim, code: int | None, reason: str) -> None:
    status = outbox.retry(this.database, claimed, this.now(), code, reason)
    this.done.retried += status is Status.PENDING
    this.done.dead += status is Status.DEAD


def _bury(database: Database, now: Now, claimed: Claim, address: str, failed: Failed) -> None:
    """An unknown mailbox: a dead letter; the address itself only when the server is definite about it."""
    code = failed.code or 0
    with database.writing() as db:
        definite = failed.enhanced.startswith("5.1.") or (
            not failed.enhanced and 550 <= code <= 553 and attempts.refused_on_other_days(db, address, now())
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

    @contextmanager
    def holding(self, claimed: Claim) -> Iterator[bool]:
        """Renew this claim while it is being sent; False when its lease was lost while it waited its turn."""
        age = claiming.LEASE - (claimed.lease_until - self._now())
        fresh = age.total_seconds() < claiming.RENEW_EVERY
        held = fresh or outbox.renew(self._database, claimed, self._now())
        self._claimed = claimed if held else None
        try:
            yield held
        finally:
            self._claimed = None

    def _run(self) -> None:
        while not self._ended.wait(claiming.RENEW_EVERY):
            claimed = self._claimed
            if claimed is not None:
                outbox.renew(self._database, claimed, self._now())
