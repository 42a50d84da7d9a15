import pytest

from portfolio.pinyin import names


@pytest.mark.parametrize(
    ("name", "full", "initials"),
    [
        ("郑州机场三期工程", "zhengzhoujichangsanqigongcheng", "zzjcsqgc"),
        ("T3航站楼", "t3hangzhanlou", "t3hzl"),
        ("“一环十横十纵”（二期）", "yihuanshihengshizongerqi", "yhshszeq"),
        ("", "", ""),
    ],
)
def test_a_name_is_found_by_its_pinyin_and_by_its_initials(name, full, initials):
    assert names(name) == (full, initials)
