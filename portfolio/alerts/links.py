"""Links in a mail: a signed token opens one alert for one recipient, and nothing else.

Any number of looks within 14 days. Acting is always a form that POSTs, since scanners follow links;
deciding needs a sign-in, since mails are forwarded.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from portfolio.signing import KeyRing

VALID = timedelta(days=14)
PATH = "/alerts/mail/"


@dataclass(frozen=True, slots=True)
class Pass:
    """What a token opens, for whom, and the day (real, not business) on which it was made."""

    alert_id: int
    person_id: int
    made_on: date


def token(ring: KeyRing, given: Pass) -> str:
    """Sign a pass."""
    text = f"{given.alert_id}-{given.person_id}-{given.made_on.toordinal()}"
    return f"{text}.{ring.sign(text.encode())}"


def read(ring: KeyRing, text: str, today: date) -> Pass | None:
    """Return what a token opens; None when it is not ours, was altered, or is older than 14 days."""
    body, _, signature = text.partition(".")
    if not ring.verifies(body.encode(), signature):
        return None
    alert, person, made = (int(part) for part in body.split("-"))
    found = Pass(alert, person, date.fromordinal(made))
    return found if found.made_on <= today <= found.made_on + VALID else None
