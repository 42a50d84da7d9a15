"""Passwords: Argon2id, few at a time, and the same time for accounts that do not exist.

Parameters are those of RFC 9106's second choice: 64 MiB, 3 passes, 4 lanes.
Rules for new passwords follow ASVS 5.0 chapter 6.2: length and a list of common ones, no composition.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from portfolio.errors import Invalid, Throttled
from portfolio.i18n import _
from portfolio.people.rules.passwords import fault

AT_ONCE = 4  # each takes 64 MiB
PATIENCE_SECONDS = 10.0
COST = RFC_9106_LOW_MEMORY

_hasher = PasswordHasher.from_parameters(COST)
_room = threading.BoundedSemaphore(AT_ONCE)


def hashed(password: str, *, about: tuple[str, ...] = ()) -> str:
    """Check a new password against the rules and hash it; raises Invalid.

    `about` holds what others know of its owner (name, login, address): it may not be part of it.
    """
    wrong = fault(password, about)
    if wrong is not None:
        raise Invalid(wrong, {"password": wrong})
    with _one_of_few():
        return _hasher.hash(password)


def matches(password: str, stored: str) -> bool:
    """Say whether the password is the one stored; takes as long when nothing is stored."""
    with _one_of_few():
        try:
            _hasher.verify(stored or _nobodys(), password)
        except (VerificationError, InvalidHashError):
            return False
    return bool(stored)


def outdated(stored: str) -> bool:
    """Say whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def rehashed(password: str) -> str:
    """Hash a password that was just verified again, with today's parameters."""
    with _one_of_few():
        return _hasher.hash(password)


@contextmanager
def _one_of_few() -> Iterator[None]:
    if not _room.acquire(timeout=PATIENCE_SECONDS):
        raise Throttled(_("现在登录的人太多。请过几秒再试。"), retry_after=5)
    try:
        yield
    finally:
        _room.release()


@cache
def _nobodys() -> str:
    # Compared with for unknown users, so that their answer takes as long as a known one's.
    return _hasher.hash("no account has this password")
