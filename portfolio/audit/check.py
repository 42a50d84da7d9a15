"""Verification: every event's own signature, the numbers without holes, and the chain of seals.

One pass over the events in order, so that 100,000 take seconds and little memory.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.audit import chain
from portfolio.audit.chain import GENESIS, Head
from portfolio.audit.events import SIGNED, content_of, keys
from portfolio.database import BigKey, Database
from portfolio.i18n import _
from portfolio.models import AuditEvent, AuditSeal

AT_ONCE = 2_000
SHOWN = 200  # findings kept; a trail signed with a lost key would otherwise fill the screen


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written: kind, the event's or seal's number, a sentence."""

    kind: str
    number: int
    sentence: str


@dataclass(slots=True)
class Report:
    """What was looked at and what was found. `unsealed` events are signed but not yet in the chain."""

    events: int = 0
    seals: int = 0
    unsealed: int = 0
    named_gaps: int = 0
    head: str = ""
    found: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing was found."""
        return self.found == 0

    def add(self, kind: str, number: int, sentence: str) -> None:
        """Count a finding, and keep it while there are few."""
        self.found += 1
        if len(self.findings) < SHOWN:
            self.findings.append(Finding(kind, number, sentence))

    def as_dict(self) -> dict[str, object]:
        """Return the report as JSON-able values."""
        return {**asdict(self), "clean": self.is_clean}


def verify(database: Database, expected: Head | None = None) -> Report:
    """Check the whole trail; with `expected`, also that the chain still holds that earlier head."""
    report = Report()
    with database.reading() as db:
        seals = list(db.execute(sa.select(AuditSeal).order_by(col(AuditSeal.no))).scalars())
        _check_seals(seals, report)
        _check_head(seals, expected, report)
        last = _check_events(_events(db), seals, report, gaps_allowed=not database.is_sqlite)
        if database.is_sqlite:
            _check_sequence(db, last, report)
    return report


def _check_seals(seals: Sequence[AuditSeal], report: Report) -> None:
    previous, next_event = GENESIS, 1
    for no, seal in enumerate(seals, 1):
        if seal.no != no or seal.previous != previous or seal.first_event != next_event:
            report.add("seal_order", seal.no, _("封签 %(no)s 接不上前一枚。", no=seal.no))
        if not keys().verifies(chain.content(seal), seal.signature):
            report.add("seal_changed", seal.no, _("封签 %(no)s 的签名不对。", no=seal.no))
        previous, next_event = seal.signature, seal.last_event + 1
    report.seals = len(seals)
    report.head = f"{seals[-1].no}:{seals[-1].signature}" if seals else ""


def _check_head(seals: Sequence[AuditSeal], expected: Head | None, report: Report) -> None:
    if expected is None:
        return
    kept = next((seal.signature for seal in seals if seal.no == expected.no), None)
    if kept != expected.signature:
        report.add(
            "cut_off", expected.no, _("链里没有给出的封签 %(no)s：后面的记录被截去或换过。", no=expected.no)
        )


def _check_events(
    events: Iterable[tuple[int, str, bool]],
    seals: Sequence[AuditSeal],
    report: Report,
    *,
    gaps_allowed: bool,
) -> int:
    """Walk events and seals side by side; returns the last number seen."""
    waiting = iter(seals)
    span = _Span.after(0, next(waiting, None))
    number = 0
    for number, signature, genuine in events:
        report.events += 1
        if not genuine:
            report.add("changed", number, _("第 %(n)s 条记录被改过，或不是本系统写的。", n=number))
        while span.seal is not None and number > span.seal.last_event:
            span.close(report)
            span = _Span.after(span.seal.last_event, next(waiting, None))
        span.take(number, signature, report, gaps_allowed=gaps_allowed)
    while span.seal is not None:
        span.close(report)
        span = _Span.after(span.seal.last_event, next(waiting, None))
    return number


@dataclass(slots=True)
class _Span:
    """The events under one seal, or after the last one (`seal` is None)."""

    seal: AuditSeal | None
    expected: int
    named: set[int]
    taken: list[tuple[int, str]] = field(default_factory=list)
    holes: int = 0

    @classmethod
    def after(cls, number: int, seal: AuditSeal | None) -> "_Span":
        named: set[int] = set()
        if seal is not None:
            try:
                named = chain.numbers_in(seal.missing)
            except ValueError:
                named = set()  # a changed seal; its signature says so already
        return cls(seal, number + 1, named)

    def take(self, number: int, signature: str, report: Report, *, gaps_allowed: bool) -> None:
        """Meet the next event."""
        if self.seal is None:
            report.unsealed += 1
            if not gaps_allowed:
                self._miss_until(number, report)
        else:
            self._miss_until(number, report)
            self.taken.append((number, signature))
            if number in self.named:
                report.add("appeared", number, _("第 %(n)s 条记录的号原本空着，后来被填上。", n=number))
        self.expected = number + 1

    def close(self, report: Report) -> None:
        """Come to the end of the seal's events."""
        seal = self.seal
        if seal is None:
            return
        self._miss_until(seal.last_event + 1, report)
        report.named_gaps += len(self.named)
        same = len(self.taken) == seal.rows and chain.hash_of(self.taken) == seal.rows_hash
        if not same and not self.holes:
            report.add("seal_broken", seal.no, _("封签 %(no)s 与它封住的记录不符。", no=seal.no))

    def _miss_until(self, number: int, report: Report) -> None:
        for missing in range(self.expected, number):
            if missing not in self.named:
                self.holes += 1
                report.add("missing", missing, _("第 %(n)s 条记录不见了。", n=missing))


def _events(db: Session) -> Iterator[tuple[int, str, bool]]:
    """Stream events in order with whether their signature is ours."""
    ring = keys()
    table = AuditEvent.__table__  # type: ignore[attr-defined]
    columns = [table.c[name] for name in ("id", "signature", *SIGNED)]
    rows = db.execute(sa.select(*columns).order_by(table.c.id), execution_options={"yield_per": AT_ONCE})
    for number, signature, at, *rest in rows:
        # Stored values are text, numbers or nothing already: only the instant is written out.
        signed = content_of([number, at.isoformat(timespec="microseconds"), *rest])
        yield number, signature, ring.verifies(signed, signature)


def _check_sequence(db: Session, last: int, report: Report) -> None:
    """SQLite remembers the highest number it dealt: a cut-off end leaves it behind."""
    sequence = sa.table("sqlite_sequence", sa.column("name"), sa.column("seq", BigKey))
    dealt = db.execute(sa.select(sequence.c.seq).where(sequence.c.name == "audit_event")).scalar_one_or_none()
    for missing in range(max(last, _sealed_until(db)) + 1, int(dealt or 0) + 1):
        report.add("missing", missing, _("第 %(n)s 条记录不见了。", n=missing))


def _sealed_until(db: Session) -> int:
    statement = sa.select(sa.func.coalesce(sa.func.max(col(AuditSeal.last_event)), 0))
    return int(db.execute(statement).scalar_one())
