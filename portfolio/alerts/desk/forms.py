"""The forms of an alert as a browser sends them: text, turned into what the verbs take."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from portfolio.alerts.desk.alerts import AcknowledgeIn, CommentIn, SnoozeIn
from portfolio.errors import Invalid, PortfolioError
from portfolio.i18n import _
from portfolio.projects.rules import typed
from portfolio.rendering.parts import Mistake

MOST = 400


class AcknowledgeForm(BaseModel):
    """Taking note: until when, and what is done about it."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    until: str = Field("", max_length=40)
    comment: str = Field("", max_length=4000)
    version: int | None = None

    def given(self) -> AcknowledgeIn:
        """The same as the verb takes it; raises Invalid."""
        return AcknowledgeIn(
            until=as_day("until", self.until), comment=_words("comment", self.comment), version=self.version
        )


class SnoozeForm(BaseModel):
    """Keeping quiet: until when, and why."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    snooze_until: str = Field("", max_length=40)
    reason: str = Field("", max_length=4000)
    version: int | None = None

    def given(self) -> SnoozeIn:
        """The same as the verb takes it; raises Invalid."""
        until = as_day("snooze_until", self.snooze_until)
        return SnoozeIn(until=until, reason=_words("reason", self.reason), version=self.version)


class CommentForm(BaseModel):
    """A comment alone."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    words: str = Field("", max_length=4000)

    def given(self) -> CommentIn:
        """The same as the verb takes it; raises Invalid."""
        return CommentIn(comment=_words("words", self.words))


def drawn_again(error: PortfolioError, filled: BaseModel) -> dict[str, Any]:
    """What a refused form is drawn with: its words as they were typed, and what is wrong with them.

    A verb names its own fields; where the page has two of a name, the form's differ from it.
    """
    fields = error.fields if isinstance(error, Invalid) else {}
    renamed = {"until": "snooze_until"} if isinstance(filled, SnoozeForm) else {}
    renamed |= {"comment": "words"} if isinstance(filled, CommentForm) else {}
    mistakes = [Mistake(renamed.get(name, name), sentence) for name, sentence in fields.items()]
    return {
        "mistakes": mistakes or [Mistake("", error.message)],
        "wrong": {each.field: each.sentence for each in mistakes},
        "typed": filled.model_dump(),
    }


NOTHING_WRONG: dict[str, Any] = {"mistakes": [], "wrong": {}, "typed": {}}


def as_day(field: str, text: str) -> date:
    """Read a day as it was typed; raises Invalid with the remedy."""
    day = typed.whole_day(text)
    if day is None:
        wrong = _("“%(text)s”不是日期。请填年月日，如 2024-07-12。", text=text)
        sentence = wrong if text else _("请填日期。")
        raise Invalid(sentence, {field: sentence})
    return day


def _words(field: str, text: str) -> str:
    if len(text) > MOST:
        sentence = _("写了 %(n)s 字，最多 %(most)s 字。", n=len(text), most=MOST)
        raise Invalid(sentence, {field: sentence})
    return text
