"""Signing in and out. These verbs open transactions of their own, each as short as can be.

Counting a try, checking the secret and opening the session are three steps: the count must stand
whatever follows, and Argon2 takes a tenth of a second in which no write lock may be held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from portfolio.access import Actor, Role, Way
from portfolio.database import Database
from portfolio.errors import Invalid, NotFound, Throttled
from portfolio.i18n import _
from portfolio.people import access_log, accounts, passwords, sessions, throttle, tokens
from portfolio.people.access_log import Kind
from portfolio.people.models import Account, Person
from portfolio.people.throttle import Limit
from portfolio.people.tokens import TokenPurpose


@dataclass(frozen=True, slots=True)
class Browser:
    """From where somebody signs in."""

    origin: str
    agent: str = ""
    session_id: int | None = None  # the session it already has, which a new one replaces


@dataclass(frozen=True, slots=True)
class Reset:
    """A reset token and whom it goes to."""

    account_id: int
    name: str
    email: str
    token: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a one-time address offers: whose it is, and whether it asks for a new password."""

    login: str
    name: str
    purpose: TokenPurpose
    asks_password: bool


def with_password(
    database: Database, login: str, password: str, browser: Browser, *, now: datetime, today: date
) -> str:
    """Check login and password and return the new session's token; raises Invalid or Throttled."""
    limits = throttle.for_sign_in(login, browser.origin)
    _count(database, limits, now, login=login, origin=browser.origin)
    with database.reading() as db:
        account = accounts.find(db, login)
        usable = account is not None and _may_sign_in(db, account, today)
        stored = account.password_hash if account and usable else ""
    if not passwords.matches(password, stored) or account is None:
        with database.writing() as db:
            access_log.note(
                db,
                Kind.SIGN_IN_FAILED,
                now,
                login=login,
                origin=browser.origin,
                account_id=account.id if account else None,
            )
        raise Invalid(_("账号或密码不对。请再试一次，或点“忘记密码”。"))
    fresh = passwords.rehashed(password) if passwords.outdated(stored) else None
    with database.writing() as db:
        throttle.forgive(db, limits, now)
        return _open(db, _still(db, account, stored, fresh), browser, now, Kind.SIGNED_IN)


def as_demo_role(database: Database, role: Role, browser: Browser, *, now: datetime, today: date) -> str:
    """Enter as the demonstration's person of a role. The edge has checked that this is allowed."""
    with database.writing() as db:
        account = accounts.of_role(db, role, today)
        if account is None:
            raise NotFound(_("演示数据里没有这个角色的人。"))
        return _open(db, account, browser, now, Kind.SIGNED_IN)


def look_at_link(database: Database, token: str, browser: Browser, *, now: datetime) -> Invitation:
    """Say what a one-time address offers, without using it; raises NotFound or Throttled."""
    _count(database, throttle.for_link(browser.origin), now, login="", origin=browser.origin)
    with database.reading() as db:
        account, purpose = tokens.look(db, token, now)
        person = db.get(Person, account.person_id) if account.person_id else None
        asks = purpose is not TokenPurpose.LINK or not account.password_hash
        return Invitation(account.login, person.name if person else account.login, purpose, asks)


def use_link(
    database: Database,
    token: str,
    browser: Browser,
    *,
    password: str = "",
    now: datetime,
    today: date,
) -> str:
    """Use a one-time address up and sign in; sets the password where it asks for one."""
    offered = look_at_link(database, token, browser, now=now)
    new = None
    if offered.asks_password:
        with database.reading() as db:
            about = accounts.known_about(db, tokens.look(db, token, now)[0])
        new = passwords.hashed(password, about=about)
    with database.writing() as db:
        account, purpose = tokens.consume(db, token, now)
        if not _may_sign_in(db, account, today):
            raise NotFound(_("这个账号已停用。请联系系统管理员。"))
        if new is not None:
            _set_password(db, account, new, browser, now)
        return _open(db, account, browser, now, Kind.LINK_USED, purpose.value)


def count_reset(database: Database, login: str, browser: Browser, *, now: datetime) -> None:
    """Count a request for a reset mail; raises Throttled. Says nothing about whether the login exists."""
    _count(database, throttle.for_reset(login, browser.origin), now, login=login, origin=browser.origin)


def make_reset(
    database: Database, login: str, browser: Browser, *, now: datetime, today: date
) -> Reset | None:
    """Make a reset token if the login is in use and has an address to send it to; never told to the asker."""
    with database.writing() as db:
        account = accounts.find(db, login)
        account_id = account.id if account else None
        access_log.note(db, Kind.RESET_ASKED, now, login=login, origin=browser.origin, account_id=account_id)
        person = db.get(Person, account.person_id) if account and account.person_id else None
        if account is None or person is None or not person.email or not _may_sign_in(db, account, today):
            return None
        return Reset(
            _id(account), person.name, person.email, tokens.issue(db, _id(account), TokenPurpose.RESET, now)
        )


def change_password(
    database: Database, actor: Actor, current: str, new: str, *, session_id: int | None, now: datetime
) -> None:
    """Set one's own password; all other sessions of the account end. Raises Invalid or Throttled."""
    account_id = actor.account_id or 0
    limits = throttle.for_own_password(account_id)
    _count(database, limits, now, login=actor.name, origin=actor.origin)
    with database.reading() as db:
        account = db.get(Account, account_id)
        if account is None:
            raise NotFound(_("没有这个账号。"))
        about = accounts.known_about(db, account)
    accounts.check_own_password(account.password_hash, current)
    fresh = passwords.hashed(new, about=about)
    with database.writing() as db:
        throttle.forgive(db, limits, now)
        stored = _still(db, account, account.password_hash, None)
        accounts.keep_password(db, actor, stored, fresh, action="change_password")
        sessions.end_all(db, account_id, now, but=session_id)
        tokens.void(db, account_id, now)
        access_log.note(db, Kind.PASSWORD_SET, now, account_id=account_id, origin=actor.origin)


def sign_out(db: Session, actor: Actor, session_id: int, *, now: datetime) -> None:
    """End the session one is in."""
    sessions.end(db, actor.account_id or 0, session_id, now)
    access_log.note(db, Kind.SIGNED_OUT, now, account_id=actor.account_id, origin=actor.origin)


def _count(database: Database, limits: Sequence[Limit], now: datetime, *, login: str, origin: str) -> None:
    with database.writing() as db:
        wait = throttle.count(db, limits, now)
        if wait:
            access_log.note(db, Kind.THROTTLED, now, login=login, origin=origin, detail=limits[0].kind)
    if wait:
        minutes = -(-wait // 60)
        raise Throttled(_("试的次数太多了。请过 %(n)s 分钟再试。", n=minutes), retry_after=wait)


def _may_sign_in(db: Session, account: Account, today: date) -> bool:
    if account.is_system or account.disabled_at is not None:
        return False
    person = db.get(Person, account.person_id) if account.person_id else None
    return person is None or person.left_on is None or person.left_on >= today


def _still(db: Session, seen: Account, stored: str, fresh: str | None) -> Account:
    """Return the account as it is now; what was checked must not have changed meanwhile."""
    account = db.get(Account, _id(seen), with_for_update=True)
    if account is None or account.disabled_at is not None or account.password_hash != stored:
        raise Invalid(_("账号或密码不对。请再试一次，或点“忘记密码”。"))
    if fresh is not None:
        account.password_hash = fresh
    return account


def _set_password(db: Session, account: Account, password_hash: str, browser: Browser, now: datetime) -> None:
    actor = Actor(_id(account), account.login, Way.PAGE, origin=browser.origin)
    accounts.keep_password(db, actor, account, password_hash, action="set_password")
    sessions.end_all(db, _id(account), now)
    tokens.void(db, _id(account), now)
    access_log.note(db, Kind.PASSWORD_SET, now, account_id=account.id, origin=browser.origin)


def _open(
    db: Session, account: Account, browser: Browser, now: datetime, kind: Kind, detail: str = ""
) -> str:
    account.last_sign_in_at = now
    if browser.session_id is not None:
        sessions.drop(db, browser.session_id, now)
    access_log.note(
        db, kind, now, account_id=account.id, login=account.login, origin=browser.origin, detail=detail
    )
    return sessions.start(db, _id(account), now, origin=browser.origin, agent=browser.agent)


def _id(account: Account) -> int:
    if account.id is None:
        raise LookupError("account was not stored")
    return account.id
