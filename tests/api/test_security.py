"""The guard and the form token, as a browser and an attacker meet them."""

import re

import pytest

from api.dependencies import TOKEN_HEADER
from api.security import POLICY
from portfolio.errors import BadConfiguration
from portfolio.rendering.own_forms import OwnForms
from tests.api.signed_in import someone, stranger
from tests.server import settings_for


@pytest.fixture
def client(sqlite_database, settings):
    return someone(sqlite_database, settings)


@pytest.mark.parametrize("path", ["/sign-in", "/account", "/nowhere", "/healthz", "/static/css/app.css"])
def test_every_answer_carries_the_headers(client, path):
    headers = client.get(path).headers
    assert headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_behind_tls_the_cookie_is_bound_to_the_host_and_transport(sqlite_database, tmp_path):
    settings = settings_for(tmp_path, base_url="https://projects.example")
    client = stranger(sqlite_database, settings, loopback=False)
    assert client.get("/sign-in").headers["strict-transport-security"].startswith("max-age=31536000")
    assert client.get("/sign-in", headers={"Host": "127.0.0.1"}).status_code == 400


def test_an_unknown_host_is_refused_except_by_watchers(client):
    assert client.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    assert client.get("/sign-in", headers={"Host": "[oops"}).status_code == 400
    assert client.get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_an_unsafe_request_from_elsewhere_is_refused_before_anything_else(client, headers):
    assert client.post("/sign-out", headers=headers).status_code == 403
    assert client.get("/account").status_code == 200


def test_a_form_without_the_sessions_token_is_refused(client):
    del client.headers[TOKEN_HEADER]
    assert client.post("/sign-out").status_code == 403
    assert client.post("/sign-out", data={"csrf": "guess"}).status_code == 403
    assert client.post("/sign-out", headers={TOKEN_HEADER: "guéss".encode("latin-1")}).status_code == 403
    assert client.get("/account").status_code == 200


def test_every_form_of_a_page_carries_the_token_and_strict_forms_take_it(client):
    token = client.headers.pop(TOKEN_HEADER)
    text = client.get("/account").text
    forms = re.findall(r"<form[^>]*method=\"post\"[^>]*>(.{0,120})", text, re.DOTALL)
    assert len(forms) >= 2
    assert [each for each in forms if f'name="csrf" value="{token}"' not in each] == []
    filled = {"csrf": token, "current": "x", "password": "另一句更长一些的话", "again": "不一样"}
    assert client.post("/account/password", data=filled).status_code == 422
    assert "两次填的密码不一样" in client.post("/account/password", data=filled).text


def test_a_field_that_a_form_does_not_know_is_refused(client):
    answer = client.post("/account/password", data={"current": "x", "is_system": "1"})
    assert answer.status_code == 422
    assert "is_system" in answer.text


def test_forwarded_addresses_count_from_named_proxies_only(sqlite_database, tmp_path):
    told = {"X-Forwarded-For": "6.6.6.6, 10.9.9.9, 10.0.0.2"}
    settings = settings_for(tmp_path, trusted_proxies="10.0.0.0/24")
    seen = []
    for peer in ("10.0.0.1", "172.16.0.1"):
        client = stranger(sqlite_database, settings, client=(peer, 5000))
        client.post("/sign-in", data={"login": "x", "password": "y"}, headers=told)
        with sqlite_database.reading() as db:
            seen.append(
                db.connection()
                .exec_driver_sql("SELECT origin FROM access_event ORDER BY id DESC LIMIT 1")
                .scalar()
            )
    assert seen == ["10.9.9.9", "172.16.0.1"]


def test_a_misspelt_proxy_stops_the_start(sqlite_database, tmp_path):
    with pytest.raises(BadConfiguration, match="TRUSTED_PROXIES"):
        stranger(sqlite_database, settings_for(tmp_path, trusted_proxies="proxy.local")).get("/healthz")


def test_an_unexpected_error_is_logged_without_what_was_typed(sqlite_database, settings, monkeypatch, capsys):
    def breaks(*_):
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr("portfolio.people.passwords.matches", breaks)
    client = stranger(sqlite_database, settings, raise_server_exceptions=False)
    answer = client.post("/sign-in", data={"login": "li", "password": "geheim-geheim"})
    written = "".join(capsys.readouterr())
    assert answer.status_code == 500
    assert "broken on purpose" not in answer.text
    assert "broken on purpose" in written
    assert "geheim" not in written


def test_refusals_outlive_the_rollback_of_their_request(sqlite_database, settings):
    client = someone(sqlite_database, settings)
    client.post("/account/sessions/999/end")
    with sqlite_database.reading() as db:
        row = db.connection().exec_driver_sql("SELECT kind, route FROM access_event").one()
    assert tuple(row) == ("hidden", "POST /account/sessions/999/end")


@pytest.mark.parametrize(
    ("tag", "carries"),
    [
        ('<form method="post" action="/x">', True),
        ('<form class="a" action="{{ a }}"{% if b > 1 %} id="c"{% endif %} method="post">', True),
        ('<form method="post" action="{{ a }}"><b>{{ c }}</b>', True),
        ('<form method="dialog">', False),
        ('<form method="get"><input></form><p>method="post"</p>', False),
    ],
)
def test_the_field_is_put_into_posting_forms_only(tag, carries):
    drawn = OwnForms.preprocess(None, tag, None)  # type: ignore[arg-type]
    assert drawn.count("own_form()") == carries
    assert not carries or drawn.startswith(tag.partition("><b>")[0])
