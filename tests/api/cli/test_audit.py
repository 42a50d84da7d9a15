"""`portfolio audit`: exit codes that a nightly job can rely on."""

import sqlite3

import pytest


@pytest.fixture
def changed(command):
    """A trail of three events, sealed."""
    for login in ("one", "two", "three"):
        assert command("users", "add", login, "--name", "李工").code == 0
    return command


def test_an_untouched_trail_is_clean(changed):
    answer = changed("audit", "verify")
    assert answer.code == 0
    assert answer.out.endswith("没有发现改动。")


def test_the_head_of_today_holds_tomorrow_and_a_wrong_one_does_not(changed):
    head = changed("audit", "head").out
    changed("users", "add", "four", "--name", "王工")
    assert changed("audit", "verify", "--head", head).code == 0
    no, _, _signature = head.partition(":")
    assert changed("audit", "verify", "--head", f"{no}:else").code == 1


@pytest.mark.parametrize("head", ["7", "x:y", "²:y", "7:"])
def test_a_head_that_is_none_is_bad_input(changed, head):
    answer = changed("audit", "verify", "--head", head)
    assert answer.code == 2
    assert "序号:签名" in answer.err


def test_a_change_behind_the_products_back_is_found(changed, sqlite_database):
    with sqlite3.connect(str(sqlite_database.url.database)) as file:
        triggers = file.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            file.execute(f"DROP TRIGGER {name}")
        file.execute("UPDATE audit_event SET actor = '别人' WHERE id = 2")
    answer = changed("audit", "verify", "--json")
    assert answer.code == 1
    assert answer.json["findings"]


def test_sealing_again_seals_nothing_and_an_empty_trail_has_no_head(command, changed):
    assert command("audit", "seal", "--json").json["rows"] == 0


def test_before_any_change_there_is_no_head(command):
    answer = command("audit", "head", "--json")
    assert (answer.code, answer.json) == (0, {"head": ""})
    assert command("audit", "verify").code == 0
