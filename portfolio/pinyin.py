"""Pinyin of names, so that 机场三期 is found by `jichang` and by `jcsq`."""

import re

from pypinyin import lazy_pinyin

_CHINESE = re.compile(r"[㐀-鿿]+")
_LATIN = re.compile(r"[0-9a-z]+")
_PIECE = re.compile(f"{_CHINESE.pattern}|{_LATIN.pattern}")


def names(text: str) -> tuple[str, str]:
    """Return the full pinyin and the initials of a name, lower case, without blanks or marks.

    Latin letters and digits stand in both as they are: `T3航站楼` is `t3hangzhanlou`, `t3hzl`.
    """
    full: list[str] = []
    initials: list[str] = []
    for piece in _PIECE.findall(text.lower()):
        if _LATIN.fullmatch(piece):
            full.append(piece)
            initials.append(piece)
            continue
        syllables = lazy_pinyin(piece)
        full += syllables
        initials += [syllable[0] for syllable in syllables]
    return "".join(full), "".join(initials)
