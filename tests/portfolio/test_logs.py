"""Logs are lines for machines and never show the values of variables."""

import json

import pytest
import structlog

from portfolio import logs


@pytest.fixture
def lines(capsys):
    logs.configure()
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    structlog.reset_defaults()


def test_one_event_is_one_line_of_json_in_utc(lines):
    structlog.get_logger().info("scan", 项目="机场三期")
    (line,) = lines()
    assert (line["event"], line["项目"], line["level"]) == ("scan", "机场三期", "info")
    assert line["timestamp"].endswith("Z")


def test_what_a_request_bound_stands_on_each_of_its_lines(lines):
    with structlog.contextvars.bound_contextvars(request="r1"):
        structlog.get_logger().info("one")
    structlog.get_logger().info("two")
    assert [line.get("request") for line in lines()] == ["r1", None]


def sign_in(password: str) -> None:
    raise RuntimeError(len(password))


def test_a_traceback_tells_where_but_not_with_which_values(lines):
    try:
        sign_in("s3cret" * 2)
    except RuntimeError as error:
        structlog.get_logger().error("unexpected", exc_info=error)
    (line,) = lines()
    assert "in sign_in" in line["exception"]
    assert "s3crets3cret" not in json.dumps(line)
