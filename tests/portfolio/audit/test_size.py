import time

import pytest

from portfolio import audit
from portfolio.audit import Change
from tests.build import NOON, make_actor


@pytest.mark.slow
def test_a_hundred_thousand_events_are_verified_completely(sqlite_database, record_property):
    actor = make_actor()
    changes = [
        Change("project", n, "edit", {"name": "旧"}, {"name": f"新{n}"}, reason="例行") for n in range(10_000)
    ]
    for _ in range(10):
        with sqlite_database.writing() as db:
            audit.record(db, actor, *changes, at=NOON)
    assert audit.seal(sqlite_database, NOON).rows == 100_000
    begun = time.process_time()
    report = audit.verify(sqlite_database)
    record_property("verify CPU seconds", round(time.process_time() - begun, 1))
    assert report.is_clean
    assert (report.events, report.unsealed) == (100_000, 0)
