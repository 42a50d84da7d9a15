"""What a benchmark returns: our time beside a floor that the same run measured, and the ratio we promise."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """Median seconds of our way and of the floor; `bound` is the largest ratio that is good enough."""

    name: str
    ours: float
    floor: float
    bound: float

    @property
    def value(self) -> float:
        """How many times the floor we take."""
        return self.ours / self.floor

    @property
    def holds(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.bound

    def row(self) -> tuple[str, ...]:
        """Return the cells of the printed table."""
        times = f"{self.ours * 1000:.1f} ms", f"{self.floor * 1000:.1f} ms"
        return self.name, *times, f"{self.value:.2f} ×", f"≤ {self.bound:g} ×", _verdict(self.holds)


@dataclass(frozen=True)
class Amount:
    """A count or size that has a limit of its own, whatever the machine."""

    name: str
    ours: float
    bound: float
    unit: str

    @property
    def holds(self) -> bool:
        """Whether the limit is kept."""
        return self.ours <= self.bound

    def row(self) -> tuple[str, ...]:
        """Return the cells of the printed table."""
        return (
            self.name,
            f"{self.ours:g} {self.unit}",
            "",
            "",
            f"≤ {self.bound:g} {self.unit}",
            _verdict(self.holds),
        )


@dataclass(frozen=True)
class Figure:
    """What a page takes, to be looked at: milliseconds depend on the machine, so nothing is promised of them."""

    name: str
    seconds: float
    statements: int
    holds: bool = True

    def row(self) -> tuple[str, ...]:
        """Return the cells of the printed table."""
        return self.name, f"{self.seconds * 1000:.1f} ms", "", f"{self.statements} statements", "", ""


@dataclass(frozen=True)
class NotRun:
    """What could not be measured here, and why; it breaks no promise and keeps none."""

    name: str
    why: str
    holds: bool = True

    def row(self) -> tuple[str, ...]:
        """Return the cells of the printed table."""
        return self.name, "", "", "", "", f"NOT RUN: {self.why}"


Result = Ratio | Amount | Figure | NotRun


def in_turns(
    ours: Callable[[], object], floor: Callable[[], object], times: int, before: Callable[[], object] = int
) -> tuple[float, float]:
    """Median wall times of both, one after the other, so that a busy moment of the machine meets both."""
    pairs = [(_seconds(ours, before), _seconds(floor, before)) for _ in range(times + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def median_seconds(act: Callable[[], object], times: int, before: Callable[[], object] = int) -> float:
    """Median wall time of an act, after one that warms up; `before` prepares each and does not count."""
    return statistics.median([_seconds(act, before) for _ in range(times + 1)][1:])


def _seconds(act: Callable[[], object], before: Callable[[], object]) -> float:
    before()
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def _verdict(holds: bool) -> str:
    return "good" if holds else "TOO SLOW"
