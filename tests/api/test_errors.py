"""What went wrong in the domain becomes one status, one sentence, one exit code."""

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from api.dependencies import CurrentActor
from api.errors import EXIT_CODE, STATUS
from portfolio import errors
from portfolio.models import AccessEvent
from tests.api.signed_in import someone, stranger
from tests.markup import parse

LEAVES = [kind for kind in STATUS if kind is not errors.PortfolioError]


def all_errors() -> set[Any]:
    found, waiting = set(), [errors.PortfolioError]
    while waiting:
        children = waiting.pop().__subclasses__()
        found |= set(children)
        waiting += children
    return found


def test_every_error_has_a_status_and_an_exit_code():
    assert set(STATUS) == set(EXIT_CODE) == all_errors()


def test_statuses_tell_errors_apart_and_say_whose_fault_it_was():
    ours = {errors.BadConfiguration, errors.Unavailable}
    assert len(set(STATUS.values())) == len(STATUS)
    assert {kind for kind, status in STATUS.items() if status >= 500} == ours


def test_exit_codes_are_those_that_the_command_line_promises():
    assert set(EXIT_CODE.values()) == {1, 2}


def made(kind):
    return kind("一句话。", 30) if kind is errors.Throttled else kind("一句话。")


@pytest.fixture
def raising(sqlite_database, settings):
    """Add a page and a REST route that raise, to a signed-in client's application."""

    def make(error):
        client = someone(sqlite_database, settings)

        def act(_actor: CurrentActor):
            raise error

        app: Any = client.app
        for path in ("/raise", "/api/v1/raise"):
            app.add_api_route(path, act)
            app.router.routes.insert(0, app.router.routes.pop())
        client._transport.raise_server_exceptions = False  # type: ignore[attr-defined]
        return client

    return make


@pytest.mark.parametrize("kind", [each for each in LEAVES if each is not errors.SignInRequired])
def test_people_get_a_page_with_the_sentence_and_programs_a_problem(raising, kind):
    client = raising(made(kind))
    page, problem = client.get("/raise"), client.get("/api/v1/raise")
    assert page.status_code == problem.status_code == STATUS[kind]
    told = "一句话。" in parse(page.text).text_content()
    assert told is (kind is not errors.NotFound)  # absent and hidden look alike
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] == "一句话。"


def test_one_who_is_not_signed_in_is_led_to_the_door_and_back(sqlite_database, settings):
    with stranger(sqlite_database, settings) as nobody:
        answer = nobody.get("/projects?late=overdue")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/projects%3Flate%3Doverdue"


def test_too_many_tries_say_when_to_come_again(raising):
    assert raising(errors.Throttled("请稍候。", 30)).get("/raise").headers["Retry-After"] == "30"


def test_a_problem_names_its_fields(raising):
    answer = raising(errors.Invalid("没有保存。", {"name": "请填名称。"})).get("/api/v1/raise").json()
    assert "请填名称。" in str(answer)


def test_a_database_that_does_not_answer_is_said_without_its_words(raising):
    client = raising(OperationalError("SELECT secret", {}, Exception("gone")))
    answer = client.get("/raise")
    assert answer.status_code == 503
    assert "没有应答" in answer.text
    assert "secret" not in answer.text


def test_what_the_database_alone_noticed_is_a_conflict_said_without_its_words(raising):
    client = raising(IntegrityError("INSERT secret", {}, Exception("UNIQUE constraint failed: secret")))
    answer = client.get("/raise")
    assert answer.status_code == 409
    assert "同时改了" in answer.text
    assert "secret" not in answer.text


def test_what_nobody_expected_has_a_number_and_tells_nothing_of_the_inside(raising):
    client = raising(ZeroDivisionError("inner workings"))
    page, problem = client.get("/raise"), client.get("/api/v1/raise")
    assert page.status_code == problem.status_code == 500
    assert "inner workings" not in page.text + problem.text
    assert "编号" in problem.json()["detail"]


@pytest.mark.parametrize(
    ("kind", "kept"), [(errors.Refused, 1), (errors.NotFound, 1), (errors.Invalid, 0), (errors.Conflict, 0)]
)
def test_who_was_refused_what_is_kept_and_outlives_the_rollback(raising, sqlite_database, kind, kept):
    raising(made(kind)).get("/raise")
    with sqlite_database.reading() as db:
        events = db.execute(sa.select(AccessEvent)).scalars().all()
    assert [(each.route, each.detail) for each in events if each.route] == [("GET /raise", "一句话。")] * kept
