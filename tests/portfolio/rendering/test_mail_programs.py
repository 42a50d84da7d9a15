"""What Outlook, Foxmail, QQ Mail, phones and dark mode need, held for every mail that there is.

The full digest has ten items of long names, decisions and the books; a folder under `templates/mail/` that is
not drawn here fails the first test.
"""

import re
from dataclasses import replace
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from portfolio.alerts.delivery.access_letters import Letter
from portfolio.rendering import MailText, mail
from portfolio.rendering.mail_parts import MailItem, MailSection
from tests.markup import parse
from tests.portfolio.rendering.test_mails import DIGEST

LONG = MailItem(
    "amber",
    "南水北调中线工程沿线生态保育带与郑州段水源地保护工程（新郑观音寺调蓄水库）" * 2,
    "https://x.test/alerts/mail/" + "a" * 90,
    "逾期 1,024 天",
    "“主体完工”应于2023年5月底完成，逾期 1,024 天，预测2025年12月底。",
    "没有联系人、责任单位负责人可以通知，请重点项目办协调。",
    "节点由郑州市自然资源和规划局（郑州航空港经济综合实验区分局）负责；责任单位：郑州市水利局",
)
FULL = replace(
    DIGEST,
    charge="您分管 24 个项目：逾期 6 个，预测推迟 3 个，等待协调 2 个。",
    sections=(MailSection("今天报给您", (LONG,) * 10), *DIGEST.sections),
    books=(("上次评估", "2024年6月28日 06:00"), ("应告知", "289 项 = 已送达 288 + 死信 1；账目相符")),
)
LETTER = Letter("王芳", "https://x.test/reset/" + "b" * 43, date(2024, 6, 5), demo=True)
MAILS: dict[str, dict[str, Any]] = {
    "digest": {"mail": FULL},
    "reset": {"letter": LETTER},
    "audit_head": {"letter": replace(LETTER, matter="17:" + "c" * 64)},
}
every_mail = pytest.mark.parametrize("name", MAILS)
FORBIDDEN = (
    "<svg", "<img", "<script", "<link", "<form", "<input", "<video", "flex", "grid", "float", "position:",
    "background-image", "url(", "var(", "rem;", "vw;", "calc(", "@import", "@font-face",
)  # fmt: skip


def drawn(name: str) -> MailText:
    return mail(name, MAILS[name])


def body(name: str):
    return parse(drawn(name).html)


def test_every_mail_that_there_is_is_looked_at():
    folder = files("templates").joinpath("mail")
    assert {each.name for each in folder.iterdir() if each.is_dir() and not each.name.startswith("_")} == set(
        MAILS
    )


@every_mail
def test_nothing_is_used_that_some_mail_program_drops(name):
    html = drawn(name).html.lower()
    assert [each for each in FORBIDDEN if each in html] == []


@every_mail
def test_layout_is_by_tables_that_screen_readers_skip_and_no_wider_than_640(name):
    page = body(name)
    tables = page.xpath("//table")
    assert tables
    assert {each.get("role") for each in tables} == {"presentation"}
    assert all(each.get("cellpadding") == each.get("cellspacing") == "0" for each in tables)
    assert all(int(each) <= 640 for each in page.xpath("//@width") if each.isdigit())


@every_mail
def test_each_background_is_said_twice_for_outlook(name):
    for element in body(name).xpath("//*[contains(@style, 'background-color')]"):
        stated = re.search(r"background-color:\s*(#[0-9a-f]{6})", element.get("style").lower())
        assert stated is not None
        assert element.get("bgcolor", "").lower() == stated[1], element.tag


@every_mail
def test_dark_mode_is_declared_and_every_colour_has_its_dark_one(name):
    html = drawn(name).html
    assert '<meta name="color-scheme" content="light dark">' in html
    dark = html.partition("@media (prefers-color-scheme: dark)")[2]
    coloured = {
        each
        for element in body(name).xpath("//*[contains(@style, 'color:')]")
        for each in element.get("class", "").split()
    }
    lacking = {each for each in coloured if f".{each}" not in dark}
    assert lacking <= {"preheader", "item", "lamp", "fact", "decision", "sheet"}, lacking


@every_mail
def test_a_mail_is_small_and_begins_with_its_preheader(name):
    html = drawn(name).html
    assert len(html.encode()) < 100_000
    first = body(name).xpath("//body/*[1]")[0]
    assert first.get("class") == "preheader"
    assert first.text_content().strip()


def test_without_styles_and_pictures_a_digest_says_what_its_text_says():
    text = re.sub(r"\s+", "", body("digest").xpath("//body")[0].text_content())
    for line in drawn("digest").text.splitlines():
        words = re.sub(r"\s+", "", re.sub(r"https?://\S+|^== | ==$|^--$|[【】]", "", line)).rstrip("：")
        for part in re.split(r"[：　]", words):
            assert part in text, part


@pytest.mark.parametrize("name", ["reset", "audit_head"])
def test_what_matters_in_a_letter_stands_in_both_parts(name):
    matter = MAILS[name]["letter"].matter
    assert matter in drawn(name).text
    assert matter in body(name).xpath("//body")[0].text_content()


@pytest.mark.parametrize("name", ["digest", "audit_head"])
def test_what_comes_unasked_says_why_and_whom_to_tell(name):
    for part in (drawn(name).text, body(name).text_content()):
        assert "收到这封信，是因为您是" in part
        assert "请告诉" in part


@every_mail
def test_links_are_absolute_and_the_language_is_said(name):
    page = body(name)
    assert page.xpath("/html/@lang") == ["zh-CN"]
    assert all(each.startswith("https://") for each in page.xpath("//a/@href"))


@every_mail
def test_the_subject_is_one_line_of_at_most_thirty_characters(name):
    assert 0 < len(drawn(name).subject) <= 30
    assert "\n" not in drawn(name).subject
