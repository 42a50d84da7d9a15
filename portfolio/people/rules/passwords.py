"""What a new password must be: long enough, not common, not about its owner (ASVS 5.0, 6.2)."""

from portfolio.i18n import _

SHORTEST = 10
LONGEST = 128
_LISTED = """
1234567890 0123456789 12345678910 123456789a a123456789 a1234567890 1234567890a 0987654321 9876543210
1111111111 0000000000 8888888888 6666666666 5201314520 1314520520 147258369a 1472583690 1qaz2wsx3edc
1q2w3e4r5t 1q2w3e4r5t6y qwertyuiop qwertyuiop1 qwerty12345 qwerty123456 asdfghjkl1 asdfghjkl; zxcvbnm123
zaq12wsxcde qazwsxedcrfv password12 password123 password1234 passw0rd123 p@ssw0rd123 p@ssword123
administrator admin123456 admin12345 adminadmin admin@123456 admin@12345 root123456 welcome123 welcome1234
letmein1234 iloveyou123 iloveyou520 woaini1314 woaini5201314 woaini520520 zhengzhou123 zhengzhou2024
zhengzhou2025 zhengzhou2026 henan123456 abcd123456 abc1234567 abcdefghij abcdefg123 aa12345678 aa123456789
qq123456789 wang123456 zhang123456 test123456 changeme123 default123 huawei@123 huawei12#$ 1234abcd1234
"""
_COMMON = frozenset(_LISTED.split())


def fault(password: str, about: tuple[str, ...] = ()) -> str | None:
    """Return what is wrong with a new password as a sentence, or None when it may be used."""
    lowered = password.casefold()
    if len(password) < SHORTEST:
        return _("密码至少要 %(n)s 个字符，可以是一句话。", n=SHORTEST)
    if len(password) > LONGEST:
        return _("密码最多 %(n)s 个字符。", n=LONGEST)
    if lowered in _COMMON or len(set(lowered)) < 5:
        return _("这个密码太常见，容易被猜中。请换一个。")
    if any(len(each) >= 4 and each.casefold() in lowered for each in about):
        return _("密码里不要包含姓名、账号或单位名。请换一个。")
    return None
