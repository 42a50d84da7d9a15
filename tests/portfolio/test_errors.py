"""The tree of what can go wrong is drawn as it is."""

from portfolio import errors


def all_errors():
    found, waiting = [], [errors.PortfolioError]
    while waiting:
        kind = waiting.pop()
        found.append(kind)
        waiting += kind.__subclasses__()
    return found


def test_the_drawn_tree_names_every_error():
    drawn = errors.__doc__ or ""
    assert [kind.__name__ for kind in all_errors() if kind.__name__ not in drawn] == []


def test_invalid_input_names_its_fields_and_keeps_its_own_copy():
    fields = {"name": "请填名称。"}
    invalid = errors.Invalid("没有保存。", fields)
    fields.clear()
    assert (invalid.message, invalid.fields, str(invalid)) == (
        "没有保存。",
        {"name": "请填名称。"},
        "没有保存。",
    )
    assert errors.Invalid("没有保存。").fields == {}


def test_too_many_tries_carry_the_seconds_to_wait():
    assert errors.Throttled("请稍候。", 30).retry_after == 30
