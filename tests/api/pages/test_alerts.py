"""The alert centre in a browser: what is shown, to whom, and what its forms do."""

import pytest

from portfolio.access import Role
from tests.api.pages.alert_town import make_town
from tests.markup import parse


@pytest.fixture
def town(sqlite_database, settings):
    return make_town(sqlite_database, settings)


def test_the_list_shows_what_is_overdue_and_each_chip_leads_to_its_count(town):
    office = town.office()
    shown = parse(office.get("/alerts").text)
    assert "“主体完工”应于2024年6月20日完成，逾期 8 天" in shown.text_content()
    for chip in shown.xpath('//a[contains(@class, "chip")][span[@class="count"]]'):
        count = int(chip.xpath('string(span[@class="count"])'))
        rows = parse(office.get(chip.get("href")).text).xpath("//tbody/tr")
        assert len(rows) == count


def test_a_partial_request_gets_the_rows_alone(town):
    answer = town.office().get("/alerts", headers={"HX-Request": "true"})
    assert "<html" not in answer.text
    assert 'id="rows"' in answer.text


def test_an_empty_filter_says_what_to_try(town):
    assert "没有符合条件的预警" in town.office().get("/alerts?standing=snoozed").text


def test_one_alert_shows_its_ladder_its_history_and_who_was_told(town):
    text = parse(town.office().get(f"/alerts/{town.alert.id}").text).text_content()
    for words in (
        "龙湖水厂：“主体完工”逾期 8 天",
        "第一级：应告知联系人、责任单位负责人",
        "若仍未完成，将告知责任领导",
    ):
        assert words in text


def test_taking_note_goes_back_to_the_alert_and_stands_in_its_history(town):
    contact = town.visitor(town.city.contact, Role.REPORTER)
    address = f"/alerts/{town.alert.id}"
    done = contact.post(f"{address}/acknowledge", data={"until": "2024-07-05", "comment": "本周碰头"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert town.events()[-1] == "acknowledged"


def test_a_refused_form_keeps_its_words_and_says_what_is_wrong(town):
    answer = town.office().post(
        f"/alerts/{town.alert.id}/acknowledge", data={"until": "2020-01-01", "comment": "本周碰头"}
    )
    page = parse(answer.text)
    assert answer.status_code == 422
    assert page.xpath('string(//textarea[@name="comment"])') == "本周碰头"
    assert page.xpath('//*[@id="mistakes"]//a[@href="#f-until"]')
    assert town.events()[-1] != "acknowledged"


@pytest.mark.parametrize("day", ["2024年7月5日", "2024.7.5", "20240705"])
def test_a_day_is_taken_as_people_write_it(town, day):
    form = {"until": day, "comment": "本周碰头"}
    assert town.office().post(f"/alerts/{town.alert.id}/acknowledge", data=form).status_code == 303


def test_a_day_of_the_preview_that_is_none_is_said_and_the_next_working_day_shown(town):
    answer = town.office().get("/alerts/preview", params={"on": "下周"})
    assert answer.status_code == 422
    assert parse(answer.text).xpath('//*[@id="mistakes"]//a[@href="#f-on"]')
    assert "封邮件" in answer.text


def test_the_snooze_form_names_its_own_date_field(town):
    answer = town.office().post(f"/alerts/{town.alert.id}/snooze", data={"snooze_until": "", "reason": "x"})
    assert parse(answer.text).xpath('//*[@id="mistakes"]//a[@href="#f-snooze_until"]')


def test_the_office_snoozes_ends_it_and_comments(town):
    office, address = town.office(), f"/alerts/{town.alert.id}"
    office.post(f"{address}/snooze", data={"snooze_until": "2024-07-05", "reason": "等批复"})
    assert "暂不提醒。" in office.get(address).text
    office.post(f"{address}/end-snooze")
    office.post(f"{address}/comment", data={"words": "已批"})
    assert town.events()[-3:] == ["snoozed", "unsnoozed", "commented"]


def test_a_viewer_is_offered_nothing_to_do(town):
    viewer = town.visitor(town.city.chief, Role.VIEWER)
    assert not parse(viewer.get(f"/alerts/{town.alert.id}").text).xpath("//main//form")


def test_an_alert_that_does_not_exist_is_not_found(town):
    assert town.office().get("/alerts/999999").status_code == 404


def test_a_stranger_is_sent_to_the_sign_in_with_the_way_back(town):
    answer = town.visitor().get("/alerts?mine=1")
    assert answer.headers["location"] == "/sign-in?next=/alerts%3Fmine%3D1"


def test_who_would_get_what_is_shown_and_nothing_is_written(town):
    before = town.events()
    text = town.office().get("/alerts/preview?on=2024-07-01").text
    assert "照现在的数据和规则，2024年7月1日（周一）会发" in text
    assert "联络员" in text
    assert town.events() == before


def test_a_rule_is_tried_out_over_the_last_90_days(town):
    text = parse(town.office().get("/alerts/try?rule=milestone_overdue&days=1,3").text).text_content()
    assert "这条规则会说 2 次，涉及 1 个项目" in text


@pytest.mark.parametrize(
    ("rule", "expected"), [("unbudgeted", "1 个在办项目没有任何资金数据"), ("unassigned", "一次也不会说")]
)
def test_a_gap_is_tried_out_without_thresholds(town, rule, expected):
    page = parse(town.office().get(f"/alerts/try?rule={rule}").text)
    assert expected in page.text_content()
    assert not page.xpath("//input[@name='days']")
    assert not page.xpath("//a[@href='/projects/']")


@pytest.mark.parametrize("address", ["/alerts/preview", "/alerts/try"])
def test_looking_ahead_and_trying_out_are_the_offices(town, address):
    assert town.visitor(town.city.leader, Role.LEADER).get(address).status_code == 403


def test_thresholds_that_are_no_numbers_are_named(town):
    answer = town.office().get("/alerts/try?days=three")
    assert answer.status_code == 422
    assert "请写成 30, 7, 1" in answer.text
