from portfolio.plan.rules.text import Heading, clauses, closed, locate, passages

HEADINGS = [
    Heading("c08", "第八章", "完善国际物流枢纽体系"),
    Heading("c08s1", "第一节", "加快建设“门户”"),
    Heading("b05", "专栏5", "重大交通枢纽设施工程"),
]
TEXT = """ 第八章 完善国际物流枢纽体系

加快推动枢纽优势。

第一节 加快建设 “门户”

推进机场 三
—75—
期建设,启动第四跑道;谋划机场三期后续。

专栏5:重大交通枢纽设施工程

1.航空枢纽建设
推进郑州机场三期(一期)
2.铁路枢纽建设
建成2.5公里的机场三期配套线。
"""


def test_a_text_is_cut_at_its_headings():
    found = passages(TEXT, HEADINGS)
    assert [passage.line for passage in found.values()] == [1, 5, 11]
    assert found["c08"].text == "第八章完善国际物流枢纽体系加快推动枢纽优势。"


def test_blanks_and_page_numbers_inside_a_name_are_closed():
    section = passages(TEXT, HEADINGS)["c08s1"]
    at = locate(section, "机场三期建设")
    assert at is not None
    assert section.line_at(at) == 7
    assert closed(" — 12 — ") == ""


def test_the_second_occurrence_stands_elsewhere():
    section = passages(TEXT, HEADINGS)["c08s1"]
    at = locate(section, "机场三期", 2)
    assert at is not None
    assert section.line_at(at) == 9
    assert locate(section, "机场三期", 3) is None


def test_wide_and_narrow_brackets_are_the_same():
    assert locate(passages(TEXT, HEADINGS)["b05"], "机场三期（一期）") is not None


def test_clauses_end_at_stops_and_before_numbered_items_but_not_inside_figures():
    texts = [clause.text for clause in clauses(passages(TEXT, HEADINGS)["b05"])]
    assert texts == [
        "1.航空枢纽建设推进郑州机场三期(一期)",
        "2.铁路枢纽建设建成2.5公里的机场三期配套线。",
    ]


def test_a_heading_damaged_by_scanning_is_still_found_and_a_missing_one_has_no_passage():
    damaged = TEXT.replace("重大交通枢纽设施工程", "重大交通枢钮设施工程")
    assert set(passages(damaged, HEADINGS)) == {"c08", "c08s1", "b05"}
    assert set(passages(TEXT.replace("专栏5", "图"), HEADINGS)) == {"c08", "c08s1"}
