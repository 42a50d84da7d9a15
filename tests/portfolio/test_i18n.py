"""Sentences: the Chinese source stands where no catalogue speaks."""

from datetime import date
from gettext import NullTranslations
from pathlib import Path

import pytest

from portfolio import i18n
from portfolio.i18n import _
from portfolio.rendering import filters


class English(NullTranslations):
    """A catalogue of two sentences."""

    def gettext(self, message: str) -> str:
        return {"晚 %(n)s 天": "%(n)s days late", "%(y)s年%(m)s月": "%(m)s/%(y)s"}.get(message, message)


def test_the_source_sentence_stands_without_a_catalogue() -> None:
    assert _("共 %(n)s 项", n=3) == "共 3 项"
    with i18n.using("fr"):
        assert _("红") == "红"


def test_the_catalogue_holds_the_sentences_of_templates_and_mails_too() -> None:
    catalogue = Path("portfolio/locale/zh_CN/LC_MESSAGES/messages.po").read_text("utf-8")
    for sentence in ("项目清单", "没有找到符合的项目。", "设置新密码（30 分钟内有效）"):
        assert f'msgid "{sentence}"' in catalogue


def test_a_catalogue_speaks_inside_its_block_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(i18n, "catalogue", lambda locale: English() if locale == "en" else NullTranslations())
    with i18n.using("en"):
        assert filters.huaqi(36) == "36 days late"
        assert filters.qi(date(2024, 5, 1)) == "5/2024"
    assert filters.huaqi(36) == "晚 36 天"


def test_a_percent_sign_is_written_twice() -> None:
    assert _("完成率 %(n)s%%", n="41.0") == "完成率 41.0%"


def test_the_reader_before_is_spoken_to_again_after_a_block_even_one_that_failed() -> None:
    with pytest.raises(RuntimeError), i18n.using("en"), i18n.using("fr"):
        raise RuntimeError
    assert i18n.current_locale() == i18n.SOURCE_LOCALE


def test_one_and_many_have_a_sentence_each() -> None:
    with i18n.using("en"):
        assert [i18n.ngettext("one project", "many projects", n) for n in (1, 2)] == [
            "one project",
            "many projects",
        ]


def test_a_place_without_its_value_is_an_error_not_a_hole() -> None:
    with pytest.raises(KeyError):
        _("共 %(n)s 项", m=3)
