"""What a new password must be: long enough, not easily guessed, not about its owner (ASVS 5.0, 6.2).

How easily it is guessed is estimated by zxcvbn: it knows 30,000 leaked passwords by rank, words, names,
keyboards, dates and repetitions, and sees through capitals, digits for letters and appended numbers.
"""

from zxcvbn import zxcvbn

from portfolio.i18n import _

SHORTEST = 10
LONGEST = 128
LEAST_GUESSES = 10**8  # below: too weak against tries that are not slowed down (zxcvbn, score 2 and less)
ESTIMATED = 64  # characters looked at: a strong beginning is enough, and long ones cost seconds
# What passwords are made of here and zxcvbn, made elsewhere, does not know.
_LOCAL = (
    *("woaini", "aini", "5201314", "1314520", "1314", "zhengzhou", "henan", "zhongguo", "china", "beijing"),
    *("huawei", "wang", "zhang", "admin", "administrator", "changeme", "welcome", "mima", "qwerty"),
)


def fault(password: str, about: tuple[str, ...] = ()) -> str | None:
    """Return what is wrong with a new password as a sentence, or None when it may be used."""
    lowered = password.casefold()
    if len(password) < SHORTEST:
        return _("密码至少要 %(n)s 个字符，可以是一句话。", n=SHORTEST)
    if len(password) > LONGEST:
        return _("密码最多 %(n)s 个字符。", n=LONGEST)
    if len(set(lowered)) < 5 or _guesses(password, about) < LEAST_GUESSES:
        return _("这个密码太常见，容易被猜中。请换一个。")
    if any(len(each) >= 4 and each.casefold() in lowered for each in about):
        return _("密码里不要包含姓名、账号或单位名。请换一个。")
    return None


def _guesses(password: str, about: tuple[str, ...]) -> int:
    return int(zxcvbn(password[:ESTIMATED], user_inputs=[*_LOCAL, *about])["guesses"])
