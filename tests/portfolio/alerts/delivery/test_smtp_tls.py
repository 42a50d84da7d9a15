"""Signing in and encryption against a real mail server with a certificate of its own."""

import ssl
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from pydantic import SecretStr

from portfolio.alerts.delivery import dispatch
from portfolio.alerts.evaluation import evaluate
from portfolio.alerts.models import Notification, Status
from portfolio.people.models import Person
from portfolio.settings import Settings
from tests import build
from tests.portfolio.alerts.city import SENDER, make_city, make_milestone, morning

FRIDAY = date(2024, 6, 21)
EIGHT = morning(FRIDAY)
HOST = "127.0.0.1"


class Office:
    """Takes mails and remembers how each came; knows one user and remembers every password it was shown."""

    def __init__(self):
        self.encrypted, self.signed_in, self.passwords = [], [], []
        self.port = 0

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - the library's name
        self.encrypted.append(
            session.ssl is not None
            or isinstance(server.transport.get_extra_info("ssl_object"), ssl.SSLObject)
        )
        self.signed_in.append(bool(session.authenticated))
        return "250 OK"

    def authenticate(self, _server, _session, _envelope, _mechanism, given):
        self.passwords.append(given.password.decode())
        return AuthResult(success=given.password == b"right", handled=False)  # the server answers


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def certificate(authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    return context


@pytest.fixture
def trusted(authority, tmp_path, monkeypatch):
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))


@pytest.fixture
def one_mail(sqlite_database):
    with sqlite_database.writing() as db:
        made = make_city(db)
        db.get(Person, made.head).left_on = date(2024, 1, 1)
        db.get(Person, made.office).email = ""
        make_milestone(db, made.project, FRIDAY - timedelta(days=1))
    evaluate.scan(sqlite_database, FRIDAY, EIGHT, owner="test", sender=SENDER)
    return sqlite_database


class Listening(Controller):
    """Takes any free port, and knows it before it knocks at its own door."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()


@contextmanager
def serving(**options):
    office = Office()
    given: dict[str, Any] = {"authenticator": office.authenticate, "auth_require_tls": False} | options
    controller = Listening(office, HOST, 0, **given)
    controller.start()
    office.port = controller.port
    try:
        yield office
    finally:
        controller.stop()


def send(database, url, at=EIGHT):
    given = Settings(
        smtp_url=SecretStr(url), secret_key=SecretStr(build.SECRET), mail_per_second=0, mail_from=SENDER
    )
    return dispatch.send(database, given, lambda: at, owner="test")


def the_mail(database):
    with database.reading() as db:
        return db.execute(sa.select(Notification)).scalar_one()


def test_starttls_is_used_where_it_is_offered_and_the_sender_signs_in(one_mail, certificate, trusted):
    with serving(tls_context=certificate) as office:
        assert send(one_mail, f"smtp://office:right@{HOST}:{office.port}").sent == 1
    assert (office.encrypted, office.signed_in) == ([True], [True])


def test_smtps_is_encrypted_from_the_first_byte(one_mail, certificate, trusted):
    with serving(ssl_context=certificate) as office:
        assert send(one_mail, f"smtps://office:right@{HOST}:{office.port}").sent == 1
    assert (office.encrypted, office.signed_in) == ([True], [True])


def test_starttls_never_is_heeded(one_mail, certificate):
    with serving(tls_context=certificate) as office:
        assert send(one_mail, f"smtp://{HOST}:{office.port}?starttls=never").sent == 1
    assert office.encrypted == [False]


def test_a_wrong_password_opens_the_circuit_and_burns_no_message(one_mail, certificate, trusted):
    with serving(tls_context=certificate) as office:
        done = send(one_mail, f"smtp://office:wrong@{HOST}:{office.port}")
        assert "535" in done.held
        mail = the_mail(one_mail)
        assert (mail.status, mail.attempts) == (Status.PENDING, 0)
        assert send(one_mail, f"smtp://office:right@{HOST}:{office.port}").sent == 0
        later = EIGHT + timedelta(minutes=16)
        assert send(one_mail, f"smtp://office:right@{HOST}:{office.port}", later).sent == 1


@pytest.mark.parametrize(("scheme", "option"), [("smtp", "tls_context"), ("smtps", "ssl_context")])
def test_a_certificate_that_is_not_trusted_is_a_temporary_failure(one_mail, certificate, scheme, option):
    with serving(**{option: certificate}) as office:
        assert send(one_mail, f"{scheme}://office:right@{HOST}:{office.port}").retried == 1
    assert office.passwords == []
    assert the_mail(one_mail).last_error.startswith("connect: 邮件服务器的证书不可信：")


def test_a_certificate_of_another_server_is_not_trusted(one_mail, authority, trusted):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("mail.example.org").configure_cert(context)
    with serving(tls_context=context) as office:
        assert send(one_mail, f"smtp://office:right@{HOST}:{office.port}").retried == 1
    assert office.passwords == []


def test_no_password_is_sent_in_clear(one_mail):
    with serving() as office:
        assert send(one_mail, f"smtp://office:right@{HOST}:{office.port}").retried == 1
    assert (office.passwords, office.encrypted) == ([], [])
    assert the_mail(one_mail).last_error == "connect: 邮件服务器不提供加密连接，密码没有发出"
