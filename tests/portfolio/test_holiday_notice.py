"""Reading the State Council's notice as it is pasted."""

from datetime import date

import chinese_calendar
import pytest

from portfolio.errors import Invalid
from portfolio.holiday_notice import read

NOTICE_2025 = """国务院办公厅关于2025年部分节假日安排的通知
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
经国务院批准，现将2025年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
一、元旦：1月1日（周三）放假1天，不调休。
二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
三、清明节：4月4日（周五）至6日（周日）放假，共3天。
四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作。
"""
NOTICE_2024 = """一、元旦：1月1日放假，与周末连休。
二、春节：2月10日至17日放假调休，共8天。2月4日（星期日）、2月18日（星期日）上班。鼓励各单位结合带薪年休假等制度落实，安排职工在除夕（2月9日）休息。
三、清明节：4月4日至6日放假调休，共3天。4月7日（星期日）上班。
四、劳动节：5月1日至5日放假调休，共5天。4月28日（星期日）、5月11日（星期六）上班。
五、端午节：6月10日放假，与周末连休。
六、中秋节：9月15日至17日放假调休，共3天。9月14日（星期六）上班。
七、国庆节：10月1日至7日放假调休，共7天。9月29日（星期日）、10月12日（星期六）上班。"""


@pytest.mark.parametrize(("text", "year"), [(NOTICE_2024, 2024), (NOTICE_2025, 2025)])
def test_the_notices_of_two_years_are_read_as_the_calendar_package_knows_them(text, year):
    understood = read(text, year)
    off = {day for day in chinese_calendar.holidays if day.year == year and day.weekday() < 5}
    worked = {day for day in chinese_calendar.workdays if day.year == year and day.weekday() >= 5}
    assert set(understood.days_off) == off
    assert set(understood.days_worked) == worked
    assert not understood.mistakes


def test_advice_to_rest_is_no_holiday_and_is_shown_as_not_taken():
    understood = read(NOTICE_2024, 2024)
    assert date(2024, 2, 9) not in understood.days_off
    assert any("2月9日" in doubt for doubt in understood.doubts)


def test_a_holiday_over_the_new_year_keeps_its_days_of_the_year_before():
    understood = read(
        "元旦：2018年12月30日至2019年1月1日放假调休，共3天。2018年12月29日（星期六）上班。", 2019
    )
    assert set(understood.days_off) == {date(2018, 12, 31), date(2019, 1, 1)}
    assert set(understood.days_worked) == {date(2018, 12, 29)}


@pytest.mark.parametrize(
    ("text", "year", "said"),
    [
        ("国庆节：10月1日（周四）至8日放假调休，共8天。", 2025, "2025年10月1日是周三"),
        ("国庆节：10月1日至8日放假调休，共7天。", 2025, "是 8 天"),
        ("国庆节：10月1日至8日放假调休，共8天。9月29日上班。", 2025, "2025年9月29日是周一"),
        (NOTICE_2025, 2026, "通知说的是2025年"),
    ],
)
def test_what_contradicts_itself_is_named(text, year, said):
    assert any(said in mistake for mistake in read(text, year).mistakes)


def test_festivals_that_are_not_mentioned_are_named():
    understood = read("国庆节：10月1日（周五）至7日（周四）放假调休，共7天。9月26日（周日）上班。", 2027)
    assert understood.doubts == ("没有读到：元旦、春节、清明、劳动节、端午、中秋。",)


@pytest.mark.parametrize("text", ["", "今天天气好。", "国庆节放假。", "国庆节：2月30日放假。"])
def test_a_text_without_a_holiday_is_refused_with_an_example(text):
    with pytest.raises(Invalid):
        read(text, 2027)
