"""The pages of workbooks: out, in, looked at, written, taken back."""

from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import col

from api.app import create_app
from portfolio import clock, reference
from portfolio.access import Role
from portfolio.finance.models import Amount
from portfolio.money import Fen
from portfolio.people import sessions
from portfolio.people.models import SignInSession
from tests.build import TODAY, make_account, make_grant
from tests.imports.conftest import fill


@pytest.fixture
def sign_in(sqlite_database, settings):
    """A browser signed in as a new person with one role."""

    def enter(role: Role = Role.OFFICE) -> TestClient:
        client = TestClient(create_app(settings, sqlite_database), base_url=settings.base_url)
        with sqlite_database.writing() as db:
            account = make_account(db)
            make_grant(db, account, role)
            client.cookies.set("portfolio_session", sessions.start(db, account.id, clock.now()))
            db.flush()
            newest = sa.select(col(SignInSession.csrf)).order_by(col(SignInSession.id).desc()).limit(1)
            client.headers["X-CSRF-Token"] = db.execute(newest).scalar_one()
        return client

    return enter


@pytest.fixture
def office(sqlite_database, sign_in) -> Any:
    with sqlite_database.writing() as db:
        reference.load(db, today=TODAY)
    client = sign_in()
    with sqlite_database.writing() as db:
        fill(db)
    return client


def taken_out(client, **wanted) -> Any:
    answer = client.get("/workbooks/file", params={"kind": "budgets", "years": "2024"} | wanted)
    assert answer.status_code == 200, answer.text
    return answer.content


def edited(content: bytes, **cells) -> bytes:
    book = load_workbook(BytesIO(content))
    for place, value in cells.items():
        book["2024年"][place] = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def upload(client, content: bytes, name="资金计划.xlsx"):
    return client.post("/workbooks", files={"file": (name, content)})


def test_the_desk_offers_the_way_in_and_the_way_out(office):
    page = office.get("/workbooks")
    assert page.status_code == 200
    assert "上传并核对" in page.text
    assert "导出 Excel" in page.text


def test_a_workbook_goes_out_in_is_shown_written_and_taken_back(office, sqlite_database):
    page = upload(office, edited(taken_out(office), Q5=2000))
    assert page.url.path == "/workbooks/B0001"
    assert "1,234.567801" in page.text
    assert "2024年!Q5" in page.text
    page = office.post("/workbooks/B0001/apply", data={"reason": "财政下达"})
    assert page.status_code == 200
    assert "已写入" in page.text
    with sqlite_database.reading() as db:
        held = sa.select(sa.func.count()).where(col(Amount.sum) == Fen(2_000_000_000), col(Amount.is_current))
        assert db.execute(held).scalar_one() == 1
    page = office.post("/workbooks/B0001/undo", data={"reason": "发错了"})
    assert "整批撤销了" in page.text
    assert "B0001" in office.get("/workbooks").text


@pytest.mark.slow
def test_faults_are_shown_and_the_file_comes_back_marked(office):
    page = upload(office, edited(taken_out(office), Q5="约两千"))
    assert "约两千" in page.text
    answer = office.get("/workbooks/B0001/marked")
    assert answer.status_code == 200, answer.text
    book = load_workbook(BytesIO(answer.content))
    assert "不是金额" in book["2024年"]["Q5"].comment.text
    assert book["导入问题"]["A2"].value == "2024年!Q5"


@pytest.mark.slow
def test_a_faulty_workbook_is_not_written_unless_its_faults_are_left_out(office):
    upload(office, edited(taken_out(office), Q5="约两千", H6=1))
    page = office.post("/workbooks/B0001/apply", data={"reason": ""})
    assert page.status_code == 422
    assert "还有错误没有改正" in page.text
    page = office.post("/workbooks/B0001/apply", data={"leave_faults": "1"})
    assert "写入 1 处更改" in page.text


def test_what_is_not_a_workbook_is_refused_with_a_sentence(office):
    page = upload(office, b"PK not really", "../../etc/passwd")
    assert "没有读成" in page.text
    assert "etc" not in page.text


@pytest.mark.slow
def test_a_blank_template_and_csv_go_out(office):
    assert taken_out(office, blank="true")[:2] == b"PK"
    assert taken_out(office, form="csv").decode("utf-8-sig").startswith("年度,编码,项目名称")


@pytest.mark.slow
def test_an_auditor_takes_workbooks_out_and_sends_nothing_in_and_a_viewer_neither(office, sign_in):
    auditor, viewer = sign_in(Role.AUDITOR), sign_in(Role.VIEWER)
    asked = {"params": {"kind": "budgets"}}
    assert [each.get("/workbooks/file", **asked).status_code for each in (auditor, viewer)] == [200, 403]
    assert [each.get("/workbooks").status_code for each in (auditor, viewer)] == [200, 403]
    assert [upload(each, b"x").status_code for each in (auditor, viewer)] == [403, 403]


@pytest.mark.slow
def test_an_auditor_looks_at_a_batch_and_is_offered_nothing_to_do(office, sign_in):
    upload(office, edited(taken_out(office), Q5=2000))
    page = sign_in(Role.AUDITOR).get("/workbooks/B0001")
    assert page.status_code == 200
    assert "/discard" not in page.text
    assert "写入 1 处更改" not in page.text


@pytest.mark.slow
def test_a_batch_is_not_shown_to_another_accountant(office, sign_in):
    upload(office, edited(taken_out(office), Q5=2000))
    assert sign_in(Role.ACCOUNTANT).get("/workbooks/B0001").status_code == 404


@pytest.mark.slow
def test_discarding_leaves_everything_as_it_was(office):
    upload(office, edited(taken_out(office), Q5=2000))
    assert office.post("/workbooks/B0001/discard").status_code == 200
    assert "已放弃" in office.get("/workbooks").text


@pytest.mark.slow
def test_a_sum_says_which_cell_of_which_file_it_came_from(office, sign_in):
    upload(office, edited(taken_out(office), Q5=2000))
    office.post("/workbooks/B0001/apply", data={"reason": "财政下达"})
    asked = {"project": "P0001", "year": 2024, "source": "city"}
    page = office.get("/workbooks/origin", params=asked)
    assert page.status_code == 200, page.text
    for words in ("资金计划.xlsx", "2024年!Q5", "财政下达", "1,234.567801", "已被取代"):
        assert words in page.text
    assert office.get("/projects/P0001").status_code == 200
    assert sign_in(Role.VIEWER).get("/workbooks/origin", params=asked).status_code == 403
