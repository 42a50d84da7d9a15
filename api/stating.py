"""From what was typed into a form to a verb's input; what cannot be read becomes sentences by field."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ValidationError

from portfolio.errors import Invalid
from portfolio.i18n import _
from portfolio.projects.rules import typed as typed_dates
from portfolio.projects.rules.dates import PlannedDate

Model = TypeVar("Model", bound=BaseModel)


def _blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _day(value: object) -> object:
    """ISO when it is understood, None when empty; else as typed, for the verb's input to refuse at its field."""
    understood = typed_dates.whole_day(value) if isinstance(value, str) else value
    return understood.isoformat() if isinstance(understood, date) else _blank(value)


TypedDay = Annotated[str | None, BeforeValidator(_day)]
OptionalId = Annotated[int | None, BeforeValidator(_blank)]


def stated(model: type[Model], values: Mapping[str, Any]) -> Model:
    """Build a verb's input; raises Invalid with a sentence for each field that cannot be read."""
    try:
        return model.model_validate(dict(values))
    except ValidationError as error:
        wrong = {str(each["loc"][0]) if each["loc"] else "": _sentence(each) for each in error.errors()}
        raise Invalid(_("有 %(n)s 处要改。", n=len(wrong)), wrong) from None


def planned(text: str, field: str, today: date) -> PlannedDate | None:
    """Read a typed date; an empty one is None. Raises Invalid that names the field."""
    if not text.strip():
        return None
    try:
        return typed_dates.understand(text, today)
    except Invalid as error:
        raise Invalid(error.message, {field: error.message}) from None


def _sentence(error: Any) -> str:
    context = error.get("ctx", {})
    match error["type"]:
        case "missing" | "string_too_short" | "too_short":
            return _("请填写，至少 %(n)s 个字。", n=context.get("min_length", 1))
        case "string_too_long":
            return _("太长了，最多 %(n)s 个字。", n=context["max_length"])
        case "int_parsing" | "int_type" | "int_from_float":
            return _("请填整数。")
        case "greater_than_equal":
            return _("不能小于 %(n)s。", n=context["ge"])
        case "less_than_equal":
            return _("不能大于 %(n)s。", n=context["le"])
        case "enum" | "literal_error":
            return _("请从列表里选一个。")
        case "date_from_datetime_parsing" | "date_parsing" | "date_type":
            return _("请填年月日，如 2024-07-12。")
        case _:
            return _("没有读懂，请改正后再存。")
