"""Named points in evaluation and delivery at which a test may end the process. Inert otherwise.

A point is armed only by a test that sets `killer` in its own process; no setting, environment
variable or command line reaches it.
"""

from collections.abc import Callable

POINTS = (
    "evaluate.before_commit", "evaluate.after_commit",
    "claim.before_commit", "claim.after_commit",
    "build.after", "send.before_mail", "freeze.before_commit", "send.before_data", "send.before_dot",
    "send.after_dot", "settle.before_commit", "settle.after_commit",
)  # fmt: skip

killer: Callable[[str], None] | None = None


def reached(point: str) -> None:
    """Say that a point was reached."""
    if killer is not None:
        killer(point)
