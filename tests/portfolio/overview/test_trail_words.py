"""The trail speaks to an auditor in the interface's own words; what it does not know it shows as stored."""

import pytest

from portfolio.overview import trail_words


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
