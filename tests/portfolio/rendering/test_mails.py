"""The digest mail: text and HTML say the same, and survive mail programs."""

import re
from datetime import date

from portfolio.rendering import Link, mail
from portfolio.rendering.mail_parts import DigestMail, MailDecision, MailItem, MailSection
from tests.markup import parse

OPEN = MailSection(
    "仍未解决",
    (
        MailItem(
            "red",
            "西水东引工程",
            "https://x.test/alerts/7",
            "逾期 371 天",
            "“主体完工”应于2023年5月底完成。",
            "已到第四级，请您协调。",
            "责任单位：市水利局",
        ),
        MailItem(
            "unreported",
            "九龙水厂<一期>",
            "https://x.test/alerts/9",
            "8 个工作日",
            "5月月报未报，已催 2 次。",
        ),
    ),
    Link("另有 12 项", "https://x.test/alerts"),
)
DIGEST = DigestMail(
    subject="【项目预警】2 项逾期，1 件等您决定（6月5日）",
    preheader="西水东引工程逾期 371 天；观音寺调蓄工程等您决定。",
    day=date(2024, 6, 5),
    lead="您分管的 24 项中，红灯 6 项；1 件事等您决定，已过期限 7 天。",
    sections=(MailSection("今天变了", ()), OPEN),
    why="收到这封信，是因为您是上述项目的责任领导。",
    wrong="不是您的事，请告诉重点项目办。",
    charge="您分管 24 个项目：逾期 6 个，预测推迟 3 个，等待协调 2 个。",
    decisions=(
        MailDecision(
            "南水北调新郑观音寺调蓄工程",
            "由市级统筹指标，还是调整库区边界？",
            "应于5月29日决定。",
            "https://x.test/d/1",
        ),
    ),
    links=(Link("打开系统", "https://x.test/"),),
    number="digest-0605-L07",
    demo=True,
)


def test_text_and_html_say_the_same() -> None:
    drawn = mail("digest", {"mail": DIGEST})
    shown = parse(drawn.html).text_content()
    facts = [
        DIGEST.lead,
        DIGEST.charge,
        DIGEST.why,
        DIGEST.wrong,
        "请您决定",
        "另有 12 项",
        "演示数据",
        "九龙水厂<一期>",
        "■ 红",
        "○ 未报",
    ]
    facts += [each.sentence for each in OPEN.items] + [each.fact for each in OPEN.items]
    facts += ["已到第四级，请您协调。", "责任单位：市水利局"]
    for fact in facts:
        assert fact in shown, fact
        assert fact in drawn.text, fact
    addresses = set(re.findall(r"https://[^\s\"<]+", drawn.text))
    assert addresses == set(re.findall(r'href="([^"]+)"', drawn.html))


def test_the_subject_is_one_line_and_not_escaped() -> None:
    assert mail("digest", {"mail": DIGEST}).subject == DIGEST.subject


def test_an_empty_section_is_left_out() -> None:
    drawn = mail("digest", {"mail": DIGEST})
    assert "今天变了" not in drawn.text + drawn.html


def test_styles_are_inline_and_the_dark_block_is_kept() -> None:
    drawn = mail("digest", {"mail": DIGEST})
    tree = parse(drawn.html)
    assert "prefers-color-scheme" in drawn.html
    assert "color: #b3261e" in tree.xpath("//td[contains(@class, 'lamp-red')]/@style")[0]
    assert not tree.xpath("//svg|//img|//script|//link|//form")
    assert "flex" not in drawn.html
    assert len(drawn.html.encode()) < 60_000
