"""What a person reads in one digest: worst first, few rows, plain words; what was told before rides along."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from portfolio.alerts.delivery import reasons
from portfolio.alerts.delivery.claiming import Claim
from portfolio.alerts.delivery.readers import UNSAID, Reader, Reason
from portfolio.alerts.links import PATH, Pass, token
from portfolio.alerts.reading import AlertView
from portfolio.alerts.rules.ladder import Step, step_of
from portfolio.alerts.sentences import ask, missing, rung_name, say
from portfolio.i18n import _
from portfolio.rendering.filters import shu, yueri
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


@dataclass(frozen=True, slots=True)
class Item:
    """A due item with its alert as it stands now."""

    id: int
    rung: str
    missing: str
    alert: AlertView
    reason: Reason = UNSAID

    @property
    def is_settled(self) -> bool:
        """Whether it says that something is over."""
        return self.rung == "settled"


def compose(
    claimed: Claim,
    items: Sequence[Item],
    context: Sequence[AlertView],
    reader: Reader,
    day: date,
    site: Site,
) -> DigestMail:
    """Put into words what is told to whom, and what was told before and is still open."""
    return _Composer(claimed, items, context, reader, day, site).mail()


class _Composer:
    """Puts the words of one digest together."""

    def __init__(
        self,
        claimed: Claim,
        items: Sequence[Item],
        context: Sequence[AlertView],
        reader: Reader,
        day: date,
        site: Site,
    ) -> None:
        self._claimed, self._context, self._day, self._site = claimed, context, day, site
        self._items, self._reader = items, reader
        self._settled = [item for item in items if item.is_settled]
        self._open = self._one_per_alert([item for item in items if not item.is_settled])
        steps = {step_of(item.rung) for item in items if not item.is_settled}
        for_a_leader = steps <= _AMONG_LEADERS and bool(steps or reader.charges)
        self._most = MOST_FOR_LEADERS if for_a_leader else MOST

    def mail(self) -> DigestMail:
        facts = count_words([(item.alert.rule, item.rung) for item in [*self._open, *self._settled]])
        return DigestMail(
            subject=subject(facts, self._day),
            preheader=self._preheader(),
            day=self._day,
            lead=self._lead(facts),
            sections=self._sections(),
            charge=reasons.in_charge(self._reader.charges),
            why=reasons.why([(item.reason, item.alert.name, item.alert.answers) for item in self._items]),
            wrong=reasons.whom_to_tell(self._reader.contact),
            links=(Link(_("打开运行状态页") if self._of_operations else _("打开预警页"), self._page),),
            number=f"{self._claimed.id}-{self._day:%m%d}",
            demo=self._site.demo,
        )

    @property
    def _of_operations(self) -> bool:
        """Whether all that is told is the administrator's, who has no page of alerts."""
        return all(each.alert.rule == "operations" for each in self._items)

    @property
    def _page(self) -> str:
        """Where more is found."""
        return self._site.base_url + ("/operations" if self._of_operations else "/alerts?mine=1")

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
            more = Link(_("另有 %(n)s 项", n=shu(total - len(shown))), self._page)
        return MailSection(title, shown, more)

    def _row(self, item: Item) -> MailItem:
        said = item.alert.said
        return MailItem(
            said.level, item.alert.name, self._href(item.alert), said.fact, said.sentence,
            who=item.alert.answers.words, note=_asked(item),
        )  # fmt: skip

    def _old_row(self, view: AlertView) -> MailItem:
        said = say(view.facts)
        return MailItem(
            said.level, view.name, self._href(view), said.fact, said.sentence, who=view.answers.words
        )

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


def _asked(item: Item) -> str:
    """To which rung it came, and what its reader is asked to do; nothing of what is settled."""
    if item.is_settled:
        return ""
    if item.missing:
        return missing(item.missing)
    wanted = ask(item.alert.rule, step_of(item.rung))
    if item.rung[:1] in "234":
        return _("已到%(rung)s，%(ask)s", rung=rung_name(item.rung), ask=wanted)
    return wanted


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
LONGEST_SUBJECT = 30


def subject(facts: list[str], day: date) -> str:
    """The subject says the fact and the day, worst first, in at most 30 characters."""
    head, tail = _("【项目预警】"), _("（%(day)s）", day=yueri(day))
    kept: list[str] = []
    for fact in facts:
        if len(head + "，".join([*kept, fact]) + tail) <= LONGEST_SUBJECT:
            kept.append(fact)
    return head + "，".join(kept) + tail
