from datetime import date

import pytest

from portfolio.projects.rules.dates import of_year
from portfolio.projects.rules.promises import Standing, standing
from portfolio.projects.rules.stages import Stage

END = date(2025, 12, 31)
AT_END, IN_2022 = of_year(2025), of_year(2022)
BEFORE, AFTER = date(2024, 6, 28), date(2026, 1, 5)
BUILT_LATE = date(2026, 1, 2)


@pytest.mark.parametrize(
    ("kind", "due", "stage", "reached", "today", "expected"),
    [
        ("completion", AT_END, Stage.IMPLEMENTATION, None, BEFORE, Standing.OPEN),
        ("completion", AT_END, Stage.IMPLEMENTATION, None, END, Standing.OPEN),
        ("completion", AT_END, Stage.IMPLEMENTATION, None, AFTER, Standing.LAPSED),
        ("completion", IN_2022, Stage.IMPLEMENTATION, None, BEFORE, Standing.OVERDUE),
        ("completion", AT_END, Stage.COMPLETED, None, AFTER, Standing.MET),
        ("completion", AT_END, Stage.COMPLETED, BUILT_LATE, AFTER, Standing.LATE),
        ("completion", AT_END, Stage.COMPLETED, END, AFTER, Standing.MET),
        ("completion", AT_END, Stage.CANCELLED, None, AFTER, Standing.LAPSED),
        ("start", AT_END, Stage.IMPLEMENTATION, None, AFTER, Standing.MET),
        ("start", AT_END, Stage.PREPARATION, None, AFTER, Standing.LAPSED),
        ("length", None, Stage.IMPLEMENTATION, None, BEFORE, Standing.OPEN),
        ("length", None, Stage.IMPLEMENTATION, None, AFTER, Standing.LAPSED),
        ("capacity", AT_END, Stage.COMPLETION, None, AFTER, Standing.LAPSED),
    ],
)
def test_a_promise_is_met_open_overdue_or_lapsed(kind, due, stage, reached, today, expected):
    assert standing(kind, due, END, stage, reached, today) is expected
