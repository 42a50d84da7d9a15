"""Compare a rule's facts with the alerts known: open, open again, worsen, resolve. Set-based.

One pass over the facts counts what is new, changed or gone: on most days nothing is, and that was all.
What is new or changed goes into a temporary table; what opens is inserted from there, what changed is
usually little and goes row by row. Each transition is an event.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import bulk, conditions
from portfolio.alerts.conditions import FACTS, Facts, Scope
from portfolio.alerts.evaluation.standing import Stand
from portfolio.alerts.models import Alert, AlertEvent, AlertState
from portfolio.alerts.rules.registry import Rule, Telling
from portfolio.database import BigKey, Instant
from portfolio.projects.models import Milestone

_OPEN = (AlertState.FIRING, AlertState.SNOOZED)
_scratch = sa.MetaData()
MET = sa.Table(
    "alert_met",
    _scratch,
    sa.Column("subject_id", BigKey),
    sa.Column("project_id", BigKey),
    sa.Column("milestone_id", BigKey),
    sa.Column("due_on", sa.Date),
    sa.Column("opened_on", sa.Date),
    sa.Column("level", sa.Integer),
    sa.Column("alert_id", BigKey),
    sa.Column("known_state", sa.String(24)),
    sa.Column("known_level", sa.Integer),
    sa.Column("known_due_on", sa.Date),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DROP",
)


@dataclass(slots=True)
class Scanned:
    """How many alerts a scan moved. `fresh`: those with an id above `before_id` stand on a rung already."""

    opened: int = 0
    worsened: int = 0
    resolved: int = 0
    before_id: int = 0
    fresh: bool = False

    def add(self, other: "Scanned") -> None:
        """Sum up another scan."""
        self.opened += other.opened
        self.worsened += other.worsened
        self.resolved += other.resolved


def scan_rule(db: Session, rule: Rule, scope: Scope, at: datetime, stand: Stand | None = None) -> Scanned:
    """Bring the alerts of one rule in line with the facts of a day; `stand` is where new ones stand at once."""
    facts, everywhere = conditions.met(rule.code, scope), None
    if scope.thresholds[rule.code].switched_on() is not None:
        everywhere = conditions.everywhere(rule.code, scope)
    return scan_facts(db, rule, facts, scope.day, at, stand, everywhere)


def scan_facts(
    db: Session, rule: Rule, facts: Facts, day: date, at: datetime, stand: Stand | None = None,
    everywhere: Facts | None = None,
) -> Scanned:  # fmt: skip
    """Bring the alerts of one rule in line with given facts.

    `everywhere` are the facts also where the rule is switched off: what ends there ends without a word.
    """
    seen = _look(db, rule, facts)
    done = Scanned(resolved=_resolve(db, rule, facts, day, at, everywhere) if seen.gone else 0)
    if seen.fresh or seen.changed:
        _keep(db, rule, facts)
    if seen.fresh:
        highest: Any = db.execute(sa.select(sa.func.coalesce(sa.func.max(col(Alert.id)), 0))).scalar_one()
        done.before_id = highest
        done.opened += _open(db, rule, day, at, stand, done.before_id)
        done.fresh = stand is not None
    if seen.changed:
        changed = _change(db, rule, day, at)
        done.opened += changed.opened
        done.worsened += changed.worsened
    return done


def end_switched_off(db: Session, rules: Iterable[Rule], day: date, at: datetime) -> None:
    """End, without a word, the open alerts of rules that are switched off everywhere."""
    nothing = sa.select(col(Alert.subject_id)).where(sa.false())
    by_code, is_open = {rule.code: rule for rule in rules}, col(Alert.state).in_(_OPEN)
    speaking = sa.select(col(Alert.rule)).where(col(Alert.rule).in_(list(by_code)), is_open).distinct()
    for code in sorted(db.execute(speaking).scalars()):
        theirs = sa.select(col(Alert.subject_id)).where(col(Alert.rule) == code, is_open)
        _resolve(db, by_code[code], nothing, day, at, theirs)


@dataclass(frozen=True, slots=True)
class _Seen:
    """How many facts are new, how many differ from what is known, how many open alerts have none any more."""

    fresh: int
    changed: int
    gone: int


def _look(db: Session, rule: Rule, facts: Facts) -> _Seen:
    """Count in one pass over the facts; each subject is in them at most once."""
    met, beside = _beside_known(rule, facts)
    unknown = col(Alert.id).is_(None)
    open_ones = sa.select(sa.func.count()).where(col(Alert.rule) == rule.code, col(Alert.state).in_(_OPEN))
    counted = db.execute(
        sa.select(
            sa.func.count().filter(unknown),
            sa.func.count().filter(~unknown, _differs(met)),
            sa.func.count().filter(col(Alert.state).in_(_OPEN)),
            open_ones.select_from(Alert).correlate(None).scalar_subquery(),
        ).select_from(beside)
    ).one()
    fresh, changed, still, known = counted
    return _Seen(fresh, changed, known - still)


def _keep(db: Session, rule: Rule, facts: Facts) -> None:
    """Fill the temporary table with what is new or changed."""
    bulk.scratch(db, MET)
    met, beside = _beside_known(rule, facts)
    wanted = (
        sa.select(
            *(met.c[name] for name in FACTS),
            col(Alert.id),
            sa.cast(col(Alert.state), sa.String),
            col(Alert.level),
            col(Alert.due_on),
        )
        .select_from(beside)
        .where(sa.or_(col(Alert.id).is_(None), _differs(met)))
    )
    db.execute(sa.insert(MET).from_select([column.name for column in MET.columns], wanted))


def _beside_known(rule: Rule, facts: Facts) -> tuple[sa.Subquery, sa.Join]:
    """The facts beside what is known of their subjects."""
    met = facts.subquery("met")
    same = sa.and_(col(Alert.rule) == rule.code, col(Alert.subject_id) == met.c.subject_id)
    return met, met.outerjoin(Alert, same)


def _differs(met: sa.Subquery) -> Any:
    return sa.or_(
        col(Alert.state) == AlertState.RESOLVED,
        col(Alert.level) != met.c.level,
        col(Alert.due_on).is_distinct_from(met.c.due_on),
        col(Alert.project_id).is_distinct_from(met.c.project_id),
    )


def _open(db: Session, rule: Rule, day: date, at: datetime, stand: Stand | None, before: int) -> int:
    rung: Any = sa.literal("")
    next_on: Any = sa.literal(day, sa.Date)
    if stand is not None:
        rung, next_on = sa.literal(stand.rung), sa.literal(stand.next_on, sa.Date)
        if stand.apart:
            apart = MET.c.project_id.in_(stand.apart)
            rung = sa.case((apart, ""), else_=rung)
            next_on = sa.case((apart, sa.literal(day, sa.Date)), else_=next_on)
    values = {
        "rule": sa.literal(rule.code),
        "subject_id": MET.c.subject_id,
        "project_id": MET.c.project_id,
        "milestone_id": MET.c.milestone_id,
        "state": sa.literal(AlertState.FIRING.value, sa.String),
        "rung": rung,
        "level": MET.c.level,
        "episode": sa.literal(1),
        "due_on": MET.c.due_on,
        "opened_on": MET.c.opened_on,
        "first_seen_on": sa.literal(day, sa.Date),
        "clock_on": sa.literal(day, sa.Date),
        "next_on": next_on,
        "outcome": sa.literal(""),
        "version": sa.literal(1),
    }
    opened = bulk.changed(
        db,
        sa.insert(Alert).from_select(
            list(values), sa.select(*values.values()).where(MET.c.alert_id.is_(None))
        ),
    )
    event = {
        "alert_id": col(Alert.id),
        "seq": sa.literal(1),
        "episode": sa.literal(1),
        "kind": sa.literal("opened"),
        "rung": col(Alert.rung),
        "day": sa.literal(day, sa.Date),
        "at": sa.literal(at, Instant),
        "actor": sa.literal(""),
        "detail": sa.literal(""),
    }
    fresh = sa.select(*event.values()).where(col(Alert.id) > before, col(Alert.rule) == rule.code)
    db.execute(sa.insert(AlertEvent).from_select(list(event), fresh))
    return opened


def _change(db: Session, rule: Rule, day: date, at: datetime) -> Scanned:
    """Open again, worsen, or follow a moved date; row by row, since few change in a day."""
    rows = db.execute(
        sa.select(MET, col(Alert.version), col(Alert.episode), col(Alert.rung), col(Alert.clock_on))
        .join(Alert, col(Alert.id) == MET.c.alert_id)
        .order_by(MET.c.alert_id)
    ).all()
    done, updates, events = Scanned(), [], []
    for row in rows:
        update, kind = _changed(rule, row, day)
        done.opened += kind == "opened"
        done.worsened += kind == "worsened"
        updates.append({"key": row.alert_id, **update})
        if not kind:
            continue
        events.append(
            {
                "alert_id": row.alert_id,
                "seq": update["version"],
                "episode": update["episode"],
                "kind": kind,
                "rung": update["rung"],
                "day": day,
                "at": at,
            }
        )
    _write(db, updates, events)
    return done


def _changed(rule: Rule, row: Any, day: date) -> tuple[dict[str, Any], str]:
    same = {
        "project_id": row.project_id,
        "milestone_id": row.milestone_id,
        "level": row.level,
        "due_on": row.due_on,
        "version": row.version + 1,
        "episode": row.episode,
        "rung": row.rung,
        "state": AlertState.FIRING,
        "clock_on": row.clock_on,
        "next_on": day,
    }
    if row.known_state == AlertState.RESOLVED:
        again = {"episode": row.episode + 1, "rung": "", "first_seen_on": day, "clock_on": day}
        again |= {"opened_on": row.opened_on, "resolved_on": None, "outcome": "", "snoozed_until": None}
        return same | again, "opened"
    kept = same | {"state": AlertState(row.known_state)}
    if rule.telling is Telling.ONCE and row.level > row.known_level:
        return kept | {"rung": f"worse:{row.level}"}, "worsened"
    if rule.telling is Telling.LADDER and row.due_on != row.known_due_on:
        # A baseline moved to a later day that has passed too: the clock starts behind it.
        return kept | {"clock_on": max(row.clock_on, row.opened_on), "opened_on": row.opened_on}, "moved"
    if rule.telling is Telling.WEEKLY:
        return {"level": row.level}, ""  # a count that changes is told with the week, not logged daily
    if rule.telling is Telling.ONCE:
        return {name: value for name, value in kept.items() if name != "next_on"}, "moved"
    return kept, "moved"


def _resolve(db: Session, rule: Rule, facts: Facts, day: date, at: datetime, everywhere: Facts | None) -> int:
    still = _holds(facts, "still")
    off = sa.false() if everywhere is None else _holds(everywhere, "everywhere")
    gone: Any = db.execute(
        sa.select(
            col(Alert.id), col(Alert.version), col(Alert.episode), col(Alert.rung),
            col(Milestone.actual), col(Milestone.withdrawn_at), col(Milestone.baseline), col(Milestone.id).label("milestone"),
            sa.case((off, 1), else_=0).label("off"),
        )
        .outerjoin(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(
            col(Alert.rule) == rule.code,
            col(Alert.state).in_(_OPEN),
            ~still,
        )
    ).all()  # fmt: skip
    updates = [
        {
            "key": row.id,
            "state": AlertState.RESOLVED,
            "resolved_on": day,
            "outcome": (outcome := _outcome(rule, row, day)),
            "next_on": None if outcome in ("replaced", "off") else day,
            "version": row.version + 1,
            "snoozed_until": None,
        }
        for row in gone
    ]
    events = [
        {
            "alert_id": row.id,
            "seq": row.version + 1,
            "episode": row.episode,
            "kind": "resolved",
            "rung": row.rung,
            "day": day,
            "at": at,
            "detail": update["outcome"],
        }
        for row, update in zip(gone, updates, strict=True)
    ]
    _write(db, updates, events)
    return len(gone)


def _holds(facts: Facts, name: str) -> Any:
    """Whether facts hold of an alert's subject."""
    found = facts.subquery(name)
    return sa.select(found.c.subject_id).where(found.c.subject_id == col(Alert.subject_id)).exists()


def _outcome(rule: Rule, row: Any, day: date) -> str:
    """Say why an alert ended: rule off, done, withdrawn, replaced (by being overdue), moved, or simply gone."""
    if row.off:
        return "off"
    if row.milestone is None:
        return "gone"
    if row.actual is not None:
        return "done"
    if row.withdrawn_at is not None:
        return "withdrawn"
    if row.baseline is None:
        return "moved"
    if rule.yields_to_overdue and row.baseline < day:
        return "replaced"
    return "moved" if row.baseline >= day else "gone"


def _write(db: Session, updates: Sequence[dict[str, Any]], events: Sequence[dict[str, Any]]) -> None:
    """Update alerts by key, in runs of equal columns, and log the events."""
    by_columns: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for each in updates:
        by_columns.setdefault(tuple(each), []).append(each)
    for columns, rows in by_columns.items():
        statement = (
            sa.update(Alert)
            .where(col(Alert.id) == sa.bindparam("key"))
            .values({name: sa.bindparam(f"v_{name}") for name in columns if name != "key"})
        )
        renamed = [
            {name if name == "key" else f"v_{name}": value for name, value in row.items()} for row in rows
        ]
        db.connection().execute(statement, renamed)
    if events:
        db.execute(sa.insert(AlertEvent), [{"actor": "", "detail": "", **event} for event in events])
