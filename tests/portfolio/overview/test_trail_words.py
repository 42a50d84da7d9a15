"""The trail speaks to an auditor in the interface's own words; what it does not know it shows as stored."""

import ast

import pytest

from portfolio.overview import trail_words
from portfolio.projects.milestone_dates import DateField
from tests.house.sources import trees


@pytest.mark.parametrize(
    ("name", "stored", "shown"),
    [
        ("sum", 12_345_670_000, "12,345.67"),
        ("day", "2024-06-28", "2024年6月28日"),
        ("proposed_at", "2024-06-28T04:00:00+00:00", "2024年6月28日 12:00"),
        ("doubtful", True, "是"),
        ("kind", "completed", "完成投资"),
        ("stage", "completed", "投入使用"),
        ("state", "approved", "已批准"),
        ("source", "bank_loan", "银行贷款"),
        ("districts", ["中牟县", "新郑市"], "中牟县、新郑市"),
        ("name", "something new", "something new"),
        ("note", None, ""),
    ],
)
def test_a_stored_value_is_said_in_words(name: str, stored: object, shown: str) -> None:
    assert trail_words.value(name, stored) == shown


@pytest.mark.parametrize("name", ["version", "pinyin", "recorded_at", "baseline_precision"])
def test_what_only_machines_need_is_left_to_the_export(name: str) -> None:
    assert not trail_words.said(name)


def recorded_actions():
    """Every word that a verb may write as the action of a `Change`, where it stands in the call itself."""
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Change" and len(node.args) > 2:
                words = (getattr(each, "value", None) for each in ast.walk(node.args[2]))
                yield from (word for word in words if isinstance(word, str))


@pytest.mark.slow
def test_every_action_that_a_verb_writes_is_said_in_words():
    assert sorted({action for action in recorded_actions() if action not in trail_words.ACTIONS}) == []


@pytest.mark.parametrize("action", [*DateField, "take back", "hand over", "set_password", "change_password"])
def test_actions_that_come_from_elsewhere_have_words_too(action: str) -> None:
    assert str(action) in trail_words.ACTIONS
