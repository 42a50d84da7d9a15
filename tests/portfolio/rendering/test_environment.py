"""The environment is strict: names, escaping, no inline style or script."""

import re
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from portfolio.rendering import Person, Shell, block, environment

SHELL = Shell(person=Person("王芳", "重点项目办"), today=date(2024, 6, 28), demo=True)
SOURCES = sorted(Path(str(files("templates"))).rglob("*.html"))


def test_a_name_that_is_not_given_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nobody }}").render()


def test_a_component_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ ui.lapm('red') }}").render()


def test_what_people_wrote_is_escaped_in_components() -> None:
    drawn = environment().from_string("{{ ui.notice(text=words) }}").render(words="<b>&")
    assert "&lt;b&gt;&amp;" in drawn


def test_sentences_escape_what_is_put_into_them() -> None:
    drawn = environment().from_string('{{ _("名称：%(name)s", name=name) }}').render(name="<i>")
    assert drawn == "名称：&lt;i&gt;"


def test_every_page_of_a_demonstration_says_so() -> None:
    drawn = environment().get_template("layout.html").render(shell=SHELL)
    assert "演示数据" in drawn
    assert "业务日期：2024年6月28日。" in drawn


def test_a_block_is_drawn_alone_with_components_and_values() -> None:
    assert 'class="rule"' in block("layout.html", "masthead", SHELL, {})


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_date_is_asked_for_in_the_browsers_language_instead_of_the_pages(source: Path) -> None:
    assert not re.search(r"""type="date"|kind=["']date""", source.read_text("utf-8"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_no_template_breaks_the_content_security_policy(source: Path) -> None:
    text = source.read_text("utf-8")
    if "mail" not in source.parts:  # a mail's styles are inlined when it is drawn
        assert not re.search(r"\sstyle=", text)
    assert not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"hx-on|\sjs:|\son[a-z]+=|javascript:", text)
    assert not re.search(r"\|\s*safe\b|Markup\(", text)
