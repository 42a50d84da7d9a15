"""What can go wrong, as a tree.

    PortfolioError              everything we raise on purpose
    ├─ NotFound                 absent, or hidden from this actor (the two are not told apart)
    ├─ Refused                  the actor may not do this
    │  └─ SignInRequired        nobody is signed in
    ├─ Invalid                  the input breaks a rule; names fields
    ├─ Conflict                 someone changed the row meanwhile, or the state forbids it
    ├─ Throttled                too many tries; carries the seconds to wait
    ├─ BadConfiguration         a setting is missing or wrong; carries the remedy
    └─ Unavailable              the database or a server does not answer

No status codes here: `api/errors.py` maps each leaf to a status, a page and an exit code.
Messages are sentences in the interface's language: what happened, then what to do.
"""

from collections.abc import Mapping


class PortfolioError(Exception):
    """Base of everything raised on purpose; `message` is fit to be shown to a person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(PortfolioError):
    """The thing does not exist, or this actor may not know that it does."""


class Refused(PortfolioError):
    """The actor lacks the permission, or a field may not be set by this role."""


class SignInRequired(Refused):
    """Nobody is signed in."""


class Invalid(PortfolioError):
    """The input breaks a rule; `fields` maps a field's name to its sentence."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields: dict[str, str] = dict(fields or {})


class Conflict(PortfolioError):
    """The row was changed by someone else meanwhile, or its state forbids the step."""


class Throttled(PortfolioError):
    """Too many tries at something that checks a secret; `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class BadConfiguration(PortfolioError):
    """A setting is missing or wrong; the message ends with the remedy."""


class Unavailable(PortfolioError):
    """The database or another server does not answer."""
