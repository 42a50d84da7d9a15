import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portfolio.people.rules.passwords import LONGEST, SHORTEST, fault

ABOUT = ("liwei", "李伟", "li.wei", "市水利局")


@pytest.mark.parametrize(
    "password",
    [
        "一句足够长的话就可以当密码",
        "correcthorsebatterystaple",
        "x8Kq2!mZp0vv",
        "今天 天气 很好 我们去黄河边",
        "ÄÖÜ≠∞ zusammen 12",
        "y" + "长" * 5 + "话说从头abc" + "z" * (LONGEST - 14),
    ],
)
def test_any_characters_do_as_long_as_it_is_long_and_hard_to_guess(password):
    assert SHORTEST <= len(password) <= LONGEST
    assert fault(password, ABOUT) is None


@pytest.mark.parametrize(
    "password",
    ["1234567890", "qwertyuiop", "Password1234", "P@ssw0rd123", "1qaz2wsx3edc", "zxcvbnm,./12", "aaaaaaaaaaaa",
     "abcabcabcabc", "woaini1314", "woaini5201314", "zhengzhou2025", "admin@123456", "huawei12#$", "manchester",
     "administrator"],
)  # fmt: skip
def test_what_many_choose_is_refused_in_capitals_and_with_digits_too(password):
    assert fault(password, ABOUT) == fault("1234567890")


@pytest.mark.slow
def test_every_common_password_that_is_long_enough_is_refused():
    long_enough = [each for each in FREQUENCY_LISTS["passwords"] if len(each) >= SHORTEST]
    assert len(long_enough) > 1000
    assert [each for each in long_enough if fault(each) is None] == []


def test_too_short_too_long_and_about_oneself_are_said_apart():
    words = [fault("x8Kq2!mZp", ABOUT), fault("长话" * 65, ABOUT), fault("x8Kq2!mZp0 李伟x li.wei", ABOUT)]
    assert all(words)
    assert len(set(words)) == 3
    assert "市水利局" not in str(fault("我在市水利局上班二十年了呀", ABOUT))
    assert fault("我在市水利局上班二十年了呀", ABOUT) is not None
