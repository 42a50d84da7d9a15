"""Progress by weights, stage changes, codes, names and templates."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portfolio.errors import Invalid
from portfolio.projects.rules import codes, kinds, templates
from portfolio.projects.rules.progress import Weighed, progress
from portfolio.projects.rules.stages import Stage, check_change

TODAY = date(2024, 6, 28)
PAST, COMING = date(2024, 4, 30), date(2024, 12, 31)


@pytest.mark.parametrize(
    ("milestones", "earned", "planned"),
    [
        ([Weighed(60, PAST, None), Weighed(40, COMING, None)], "0", "0.6"),
        ([Weighed(60, PAST, PAST), Weighed(40, COMING, None)], "0.6", "0.6"),
        ([Weighed(1, None, PAST), Weighed(3, None, None), Weighed(0, PAST, PAST)], "0.25", "0"),
        ([Weighed(1, COMING, PAST), Weighed(1, PAST, None)], "0.5", "0.5"),
    ],
)
def test_progress_is_the_share_of_weight_reached_and_due(milestones, earned, planned):
    found = progress(milestones, TODAY)
    assert found is not None
    assert (found.earned, found.planned) == (Decimal(earned), Decimal(planned))


def test_without_weights_there_is_no_progress_rather_than_none():
    assert progress([Weighed(0, PAST, PAST)], TODAY) is None


some_days = st.none() | st.dates(date(2021, 1, 1), date(2027, 12, 31))


@given(st.lists(st.builds(Weighed, st.integers(0, 100), some_days, some_days)))
def test_progress_stays_between_nothing_and_the_whole(milestones):
    found = progress(milestones, TODAY)
    if found:
        assert 0 <= found.earned <= 1
        assert 0 <= found.planned <= 1


@pytest.mark.parametrize(
    ("before", "after", "day", "document", "reason", "field"),
    [
        (Stage.PREPARATION, Stage.IMPLEMENTATION, TODAY, "", "", None),
        (Stage.PREPARATION, Stage.IMPLEMENTATION, COMING, "", "", "happened_on"),
        (Stage.IMPLEMENTATION, Stage.SUSPENDED, TODAY, "", "资金", "document"),
        (Stage.IMPLEMENTATION, Stage.SUSPENDED, TODAY, "郑政〔2024〕1号", "", None),
        (Stage.SUSPENDED, Stage.IMPLEMENTATION, TODAY, "", "", "reason"),
        (Stage.COMPLETION, Stage.IMPLEMENTATION, TODAY, "", "", "reason"),
        (Stage.COMPLETION, Stage.IMPLEMENTATION, TODAY, "", "整改", None),
        (Stage.IDENTIFICATION, Stage.CANCELLED, TODAY, "", "", "document"),
    ],
)
def test_a_change_of_stage_is_dated_documented_and_reasoned(before, after, day, document, reason, field):
    if field is None:
        check_change(before, after, day, TODAY, document, reason)
        return
    with pytest.raises(Invalid) as refused:
        check_change(before, after, day, TODAY, document, reason)
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    "text", ["2019-410184-76-01-012345", "２０１９－４１０１８４－７６－０１－０１２３４５", ""]
)
def test_a_national_code_of_the_right_shape_is_taken_in_half_width(text):
    assert codes.national_code(text) in ("2019-410184-76-01-012345", "")


@pytest.mark.parametrize("text", ["2019-410184-76-01-01234", "P0042", "19-410184-76-01-012345"])
def test_a_national_code_of_another_shape_is_refused(text):
    with pytest.raises(Invalid):
        codes.national_code(text)


@pytest.mark.parametrize(
    ("kind", "label", "name"),
    [
        ("construction_permit", "", "施工许可"),
        ("construction_permit", "南段", "施工许可（南段）"),
        ("free", "蓄水验收", "蓄水验收"),
    ],
)
def test_a_milestone_is_called_by_kind_and_label(kind, label, name):
    assert kinds.name_of(kind, label) == name


@pytest.mark.parametrize("sector", [*templates.BY_SECTOR, "culture", None])
def test_each_template_weighs_a_hundred_and_names_each_milestone_once(sector):
    planned = templates.template_for(sector)
    assert sum(each.weight for each in planned) == 100
    assert len({(each.kind, each.label) for each in planned}) == len(planned)
    assert any(each.is_key for each in planned)
    assert {each.kind for each in planned} <= {*kinds.NAMES, kinds.FREE}
