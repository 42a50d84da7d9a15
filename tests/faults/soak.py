"""`make soak`: two thousand seeded trials. `python -m tests.faults.soak [COUNT [FIRST SEED]]`."""

import sys
import tempfile
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import col

from portfolio.alerts.claiming import Claim
from portfolio.alerts.models import Notification, Status
from portfolio.database import Database
from tests.faults import trial

COUNT = 2000


def forgetful(
    database: Database, claimed: Claim, address: str, subject: str, content: bytes, now: datetime
) -> bool:
    """A planted fault: marks a mail as sent before it is handed over, as careless senders do."""
    with database.writing() as db:
        db.execute(
            sa.update(Notification).where(col(Notification.id) == claimed.id).values(status=Status.SENT)
        )
    return True


def main() -> int:
    """Run the trials in memory where there is such a folder, else where temporary files go."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        return trial.main(first, count, Path(folder), lambda words: sys.stdout.write(words + "\n"))


if __name__ == "__main__":
    sys.exit(main())
