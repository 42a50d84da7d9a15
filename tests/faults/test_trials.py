"""Sixty seeded trials of everything at once: failing servers, kills, days without a run, changing facts and people."""

import pytest

from tests.faults import soak
from tests.faults.trial import Ground


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    made = Ground(tmp_path_factory.mktemp("trials"))
    yield made
    made.database.dispose()


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1, 61, 10))
def test_nothing_is_lost_doubled_or_told_too_early(ground, first):
    found = {seed: faults for seed in range(first, first + 10) if (faults := ground.trial(seed)[0])}
    assert found == {}, "run `python -m tests.faults.soak 1 SEED` to see one alone"


@pytest.mark.slow
def test_the_trials_see_a_sender_that_forgets(ground, monkeypatch):
    """The net has no hole: a sender that marks before it sends loses mails, and the oracle says so."""
    monkeypatch.setattr("portfolio.alerts.delivery.dispatch.outbox.freeze", soak.forgetful)
    assert any(ground.trial(seed)[0] for seed in range(1, 6))


@pytest.mark.slow
def test_the_trials_see_an_engine_that_forgets_who_took_over(ground, monkeypatch):
    """Nor here: an engine that tells newcomers at the next rung only leaves items untold, and the oracle says so."""
    monkeypatch.setattr("portfolio.alerts.evaluation.newcomers.look_again", lambda *_given: None)
    assert any(ground.trial(seed)[0] for seed in range(1, 21))
