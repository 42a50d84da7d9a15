"""What must be told, computed apart from the code under test: plain loops over plain values.

Knows the product's rules only: reminders 30, 7, 1 calendar days before; rungs 1, 7, 15, 30 working days
after the later of the first overdue day and first sight; then every 30. It never reads our tables.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

Worked = Callable[[date], bool]
Item = tuple[int, str, int, str, int]  # milestone, rule, episode, rung, person
AUDIENCE = {
    "due": ("contact",),
    "1": ("contact", "head"),
    "2": ("coordinator", "office"),
    "3": ("leader",),
    "4": ("chief",),
}
RUNGS = ((1, "1"), (7, "2"), (15, "3"), (30, "4"))


@dataclass
class Fact:
    """A milestone as it stands in the world."""

    baseline: date
    actual: date | None = None


@dataclass
class Known:
    """What the oracle remembers of one alert."""

    open: bool = False
    episode: int = 0
    clock_on: date = date.min
    due_on: date = date.min


@dataclass
class Oracle:
    """Follows the world day by day; `people` maps a place to its person, `owners` a milestone to its own.

    Both change as the days go by: what is due is due to who answers on the day it is evaluated.
    """

    worked: Worked
    mail_start: date
    people: dict[str, int]
    owners: dict[int, int] = field(default_factory=dict)
    alerts: dict[tuple[int, str], Known] = field(default_factory=dict)

    def evaluate(self, day: date, world: dict[int, Fact]) -> None:
        """A day was evaluated with the facts as they stood."""
        for milestone, fact in world.items():
            overdue = fact.actual is None and fact.baseline < day
            near = fact.actual is None and 0 <= (fact.baseline - day).days <= 30
            self._note((milestone, "overdue"), overdue, day, fact.baseline)
            self._note((milestone, "due"), near, day, fact.baseline)

    def due(self, day: date) -> set[Item]:
        """The items that stand due on a working day, told or not."""
        if not self.worked(day) or day < self.mail_start:
            return set()
        return {
            (milestone, rule, known.episode, rung, self._holder(place, milestone))
            for (milestone, rule), known in self.alerts.items()
            if known.open
            for rung in self._rungs(rule, known, day)
            for place in AUDIENCE["due" if rule == "due" else rung[0]]
        }

    def _holder(self, place: str, milestone: int) -> int:
        """Who holds a place; a milestone's own owner stands where the project's contact would."""
        return self.owners.get(milestone, self.people[place]) if place == "contact" else self.people[place]

    def _note(self, key: tuple[int, str], holds: bool, day: date, baseline: date) -> None:
        known = self.alerts.setdefault(key, Known())
        if holds and not known.open:
            known.open, known.episode, known.clock_on = True, known.episode + 1, day
        elif not holds:
            known.open = False
        if holds and known.due_on != baseline:
            known.clock_on = (
                max(known.clock_on, baseline + timedelta(days=1)) if key[1] == "overdue" else known.clock_on
            )
        known.due_on = baseline

    def _rungs(self, rule: str, known: Known, day: date) -> Iterable[str]:
        if rule == "due":
            left = (known.due_on - day).days
            reached = [n for n in (30, 7, 1) if 0 <= left <= n]
            return [f"due{min(reached)}"] if reached else []
        begin = max(known.clock_on, self.mail_start)
        reading = sum(1 for n in range((day - begin).days + 1) if self.worked(begin + timedelta(days=n)))
        words = [word for at, word in RUNGS if reading >= at]
        if reading >= 60:
            words[-1] = f"4+{(reading - 30) // 30 * 30}"
        return words
