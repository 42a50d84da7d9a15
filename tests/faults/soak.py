"""`make soak`: two thousand seeded trials. `python -m tests.faults.soak [COUNT [FIRST SEED]]`."""

import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col

from portfolio.alerts.delivery.claiming import Claim
from portfolio.alerts.models import Notification, Status
from portfolio.database import Database
from tests.faults.trial import Ground

COUNT, SAID_EVERY = 2000, 100


def forgetful(
    database: Database, claimed: Claim, address: str, subject: str, content: bytes, now: datetime
) -> bool:
    """A planted fault: marks a mail as sent before it is handed over, as careless senders do."""
    with database.writing() as db:
        db.execute(
            sa.update(Notification).where(col(Notification.id) == claimed.id).values(status=Status.SENT)
        )
    return True


@dataclass(frozen=True)
class Found:
    """What one trial came to."""

    seed: int
    kills: int
    faults: list[str]


def main() -> int:
    """Run the trials in memory where there is such a folder, else where temporary files go.

    Prints one JSON line for each trial with faults, how far it is every hundred trials, and a sum.
    """
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    memory = Path("/dev/shm")
    begun, kills, bad = time.monotonic(), 0, 0
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        for done, found in enumerate(_side_by_side(Path(folder), range(first, first + count)), 1):
            kills += found.kills
            bad += bool(found.faults)
            if found.faults:
                _say(json.dumps({"seed": found.seed, "faults": found.faults}, ensure_ascii=False))
            if done % SAID_EVERY == 0:
                _say(f"{done} of {count} trials, {kills} kills that hit, {bad} with faults")
    each = (time.monotonic() - begun) / count
    _say(f"{count} trials of {each:.2f} s, {kills} kills that hit, {bad} with faults")
    return 1 if bad else 0


def _side_by_side(folder: Path, seeds: range) -> Iterator[Found]:
    """One warm process a core, each with a ground of its own."""
    fork = multiprocessing.get_context("fork")
    with fork.Pool(os.cpu_count(), _warm_up, (folder,)) as pool:
        yield from pool.imap_unordered(_try_out, seeds, chunksize=5)


_ground: list[Ground] = []


def _warm_up(folder: Path) -> None:
    own = folder / str(os.getpid())
    own.mkdir()
    _ground.append(Ground(own))


def _try_out(seed: int) -> Found:
    faults, trial = _ground[0].trial(seed)
    return Found(seed, trial.kills, faults)


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
