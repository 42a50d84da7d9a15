"""What a person reads in one digest: re-checked when it goes out, worst first, few rows, plain words.

Read-only. What no longer holds is named for cancelling; what was told before rides along as context.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.alerts import reading, snapshot
from portfolio.alerts.conditions import CONDITIONS, Scope
from portfolio.alerts.links import PATH, Pass, token
from portfolio.alerts.models import TOLD, Alert, AlertAck, AlertState, Notification, NotificationItem, Phase
from portfolio.alerts.outbox import Claim
from portfolio.alerts.reading import AlertView
from portfolio.alerts.rules.ladder import Step, step_of
from portfolio.alerts.sentences import missing, places_of, rung_name, say
from portfolio.i18n import _
from portfolio.rendering.filters import yueri
from portfolio.rendering.mail_parts import DigestMail, MailItem, MailSection
from portfolio.rendering.parts import Link
from portfolio.signing import KeyRing

MOST, MOST_FOR_LEADERS = 10, 5
_AMONG_LEADERS = frozenset({Step.THIRD, Step.FOURTH})


@dataclass(frozen=True, slots=True)
class Site:
    """What a mail needs of the installation: its address, its link keys, the real day links are dated by."""

    base_url: str
    links: KeyRing
    real_day: date
    demo: bool = False
    stopped_projects: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Item:
    """A due item with its alert as it stands now."""

    id: int
    rung: str
    missing: str
    alert: AlertView

    @property
    def is_settled(self) -> bool:
        """Whether it says that something is over."""
        return self.rung == "settled"


@dataclass(frozen=True, slots=True)
class Checked:
    """A notification after the re-check: what it still carries, what falls away, or why it must not go."""

    items: tuple[Item, ...] = ()
    fallen: tuple[int, ...] = ()
    refusal: str = ""
    address: str = ""
    mail: DigestMail | None = None


def check(db: Session, claimed: Claim, scope: Scope, site: Site) -> Checked:
    """Read a claimed notification again: is the recipient still there, do its items still hold?"""
    address = snapshot.address(db, scope.day, claimed.recipient_id)
    if address is None:
        return Checked(refusal=_("收件人已离开、停用或邮箱退信"))
    items = _items(db, claimed, scope.day)
    standing = _standing(db, items, scope, site)
    kept = tuple(item for item in items if item.id in standing)
    fallen = tuple(item.id for item in items if item.id not in standing)
    if not kept:
        return Checked(fallen=fallen, address=address)
    context = _context(db, claimed.recipient_id, {item.alert.id for item in kept}, scope)
    composer = _Composer(claimed, kept, context, scope.day, site, demo=site.demo)
    return Checked(kept, fallen, "", address, composer.mail())


def _items(db: Session, claimed: Claim, today: date) -> list[Item]:
    rows = db.execute(
        sa.select(
            col(NotificationItem.id), col(NotificationItem.alert_id), col(NotificationItem.episode),
            col(NotificationItem.rung), col(NotificationItem.missing),
        ).where(col(NotificationItem.notification_id) == claimed.id, ~col(NotificationItem.cancelled))
    ).all()  # fmt: skip
    wanted = reading.selection().where(col(Alert.id).in_({row.alert_id for row in rows}))
    by_id = {view.id: view for view in reading.views(db, wanted, today)}
    return [
        Item(row.id, row.rung, row.missing, by_id[row.alert_id])
        for row in rows
        if by_id[row.alert_id].episode == row.episode
    ]


def _standing(db: Session, items: Sequence[Item], scope: Scope, site: Site) -> set[int]:
    """The items that may still be told: open ones whose facts hold, settled ones that stay settled."""
    holding = _holding(db, items, scope)
    quiet = _quieted(db, items, scope.day)
    return {
        item.id
        for item in items
        if item.alert.project_id not in site.stopped_projects
        and item.id not in quiet
        and (
            (item.alert.state is AlertState.RESOLVED and item.alert.id not in holding)
            if item.is_settled
            else (item.alert.state is AlertState.FIRING and item.alert.id in holding)
        )
    }


def _holding(db: Session, items: Sequence[Item], scope: Scope) -> set[int]:
    """The alerts whose condition holds at this moment; those without SQL hold until evaluated again."""
    held: set[int] = set()
    by_rule: dict[str, set[int]] = {}
    for item in items:
        by_rule.setdefault(item.alert.rule, set()).add(item.alert.id)
    for rule, ids in by_rule.items():
        if rule not in CONDITIONS:
            held |= {item.alert.id for item in items if item.alert.rule == rule and not item.is_settled}
            continue
        facts = CONDITIONS[rule](scope).subquery()
        found: Any = db.execute(
            sa.select(col(Alert.id))
            .join(facts, facts.c.subject_id == col(Alert.subject_id))
            .where(col(Alert.id).in_(ids))
        ).scalars()
        held |= set(found)
    return held


def _quieted(db: Session, items: Sequence[Item], today: date) -> set[int]:
    """Items whose principal took note until a later day."""
    if not items:
        return set()
    found: Any = db.execute(
        sa.select(col(NotificationItem.id))
        .join(
            AlertAck,
            sa.and_(
                col(AlertAck.alert_id) == col(NotificationItem.alert_id),
                col(AlertAck.person_id) == col(NotificationItem.principal_id),
                col(AlertAck.episode) == col(NotificationItem.episode),
            ),
        )
        .where(
            col(NotificationItem.id).in_([item.id for item in items]),
            col(AlertAck.until) >= today,
            col(NotificationItem.rung) != "settled",
        )
    ).scalars()
    return set(found)


def _context(db: Session, person: int, besides: set[int], scope: Scope) -> list[AlertView]:
    """What this person was told before and is still open; it causes no mail of its own."""
    told = (
        sa.select(col(NotificationItem.alert_id))
        .join(Notification, col(Notification.id) == col(NotificationItem.notification_id))
        .where(
            col(NotificationItem.recipient_id) == person,
            col(NotificationItem.alert_id) == col(Alert.id),
            col(NotificationItem.episode) == col(Alert.episode),
            ~col(NotificationItem.cancelled),
            sa.or_(col(Notification.status).in_(TOLD), col(Notification.phase) == Phase.DATA),
        )
        .exists()
    )
    wanted = reading.selection().where(
        col(Alert.state) == AlertState.FIRING, col(Alert.id).not_in(besides), told
    )
    views = reading.views(db, wanted, scope.day)
    items = [Item(view.id, view.rung, "", view) for view in views]
    holding = _holding(db, items, scope)
    return sorted((view for view in views if view.id in holding), key=lambda view: view.gravity)


class _Composer:
    """Puts the words of one digest together."""

    def __init__(
        self,
        claimed: Claim,
        items: Sequence[Item],
        context: list[AlertView],
        day: date,
        site: Site,
        *,
        demo: bool,
    ) -> None:
        self._claimed, self._context, self._day, self._site, self._demo = claimed, context, day, site, demo
        self._settled = [item for item in items if item.is_settled]
        self._open = self._one_per_alert([item for item in items if not item.is_settled])
        steps = {step_of(item.rung) for item in items if not item.is_settled}
        self._most = MOST_FOR_LEADERS if steps and steps <= _AMONG_LEADERS else MOST

    def mail(self) -> DigestMail:
        facts = count_words([(item.alert.rule, item.rung) for item in [*self._open, *self._settled]])
        return DigestMail(
            subject=subject(facts, self._day),
            preheader=self._preheader(),
            day=self._day,
            lead=self._lead(facts),
            sections=self._sections(),
            why=self._why(),
            wrong=_("如果不是您负责的事，请告诉重点项目办。"),
            links=(Link(_("打开预警页"), f"{self._site.base_url}/alerts?mine=1"),),
            number=f"{self._claimed.id}-{self._day:%m%d}",
            demo=self._demo,
        )

    def _one_per_alert(self, items: list[Item]) -> list[Item]:
        """One row an alert, though several of its rungs may be due to one person at once."""
        best: dict[int, Item] = {}
        for item in items:
            known = best.get(item.alert.id)
            if known is None or (step_of(item.rung), item.rung) > (step_of(known.rung), known.rung):
                best[item.alert.id] = item
        return sorted(best.values(), key=lambda item: item.alert.gravity)

    def _sections(self) -> tuple[MailSection, ...]:
        settled_room = max(1, self._most - len(self._open)) if self._settled else 0
        rest = max(0, self._most - len(self._open) - min(len(self._settled), settled_room))
        return (
            self._section(_("今天报给您"), [self._row(item) for item in self._open], self._most),
            self._section(_("已解决"), [self._row(item) for item in self._settled], settled_room),
            self._section(
                _("仍未解决"), [self._old_row(view) for view in self._context[: self._most]], rest,
                len(self._context),
            ),
        )  # fmt: skip

    def _section(self, title: str, rows: list[MailItem], most: int, count: int | None = None) -> MailSection:
        total = len(rows) if count is None else count
        shown = tuple(rows[:most])
        more = None
        if shown and total > len(shown):
            more = Link(_("另有 %(n)s 项", n=total - len(shown)), f"{self._site.base_url}/alerts?mine=1")
        return MailSection(title, shown, more)

    def _row(self, item: Item) -> MailItem:
        said = item.alert.said
        note = missing(item.missing)
        if not item.is_settled and not note and item.rung[:1] in "234":
            note = _("已到%(rung)s。", rung=rung_name(item.rung))
        return MailItem(said.level, item.alert.name, self._href(item.alert), said.fact, said.sentence, note)

    def _old_row(self, view: AlertView) -> MailItem:
        said = say(view.facts)
        return MailItem(said.level, view.name, self._href(view), said.fact, said.sentence)

    def _href(self, view: AlertView) -> str:
        given = Pass(view.id, self._claimed.recipient_id, self._site.real_day)
        return f"{self._site.base_url}{PATH}{token(self._site.links, given)}"

    def _lead(self, facts: list[str]) -> str:
        text = "，".join(facts)
        if self._open:
            worst = self._open[0].alert
            text += _("。最要紧的是%(name)s，%(fact)s", name=worst.name, fact=worst.said.fact)
        if self._context:
            text += _("；另有 %(n)s 项报过您的仍未解决", n=len(self._context))
        return text + "。"

    def _preheader(self) -> str:
        worst = [*self._open, *self._settled][:2]
        return "；".join(f"{item.alert.name}{item.alert.said.fact}" for item in worst) + "。"

    def _why(self) -> str:
        places: dict[str, None] = {}
        for item in [*self._open, *self._settled]:
            rung = "1" if item.is_settled else item.rung
            places |= dict.fromkeys(places_of(item.alert.rule, rung))
        if any(item.missing for item in self._open):
            places[_("重点项目办")] = None
        return _("收到这封信，是因为您是上述事项的%(places)s，或其代理人。", places="或".join(places))


def count_words(told: Sequence[tuple[str, str]]) -> list[str]:
    """Count what is told, given as (rule, rung), the worst first: `3 项逾期`, `1 项需您协调`, `1 项已解决`."""
    still = [(rule, rung) for rule, rung in told if rung != "settled"]
    counts = Counter(_KIND.get(rule, _("待补")) for rule, _rung in still)
    asked = sum(1 for rule, rung in still if rule == "milestone_overdue" and rung[:1] in "234")
    parts = [_("%(n)s 项%(kind)s", n=counts[kind], kind=kind) for kind in _ORDER if counts[kind]]
    if asked:
        parts.insert(1, _("%(n)s 项需您协调", n=asked))
    if len(told) > len(still):
        parts.append(_("%(n)s 项已解决", n=len(told) - len(still)))
    return parts


_KIND = {
    "milestone_overdue": _("逾期"),
    "promise_at_risk": _("承诺转差"),
    "milestone_slipping": _("预测转差"),
    "milestone_due": _("即将到期"),
    "gate_stuck": _("审批停滞"),
    "operations": _("运行提醒"),
}
_ORDER = (*_KIND.values(), _("待补"))
LONGEST_SUBJECT = 40


def subject(facts: list[str], day: date) -> str:
    """The subject says the fact and the day, worst first, in at most 40 characters."""
    head, tail = _("【项目预警】"), _("（%(day)s）", day=yueri(day))
    kept: list[str] = []
    for fact in facts:
        if len(head + "，".join([*kept, fact]) + tail) <= LONGEST_SUBJECT:
            kept.append(fact)
    return head + "，".join(kept) + tail
