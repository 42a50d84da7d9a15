"""Units: a tree in official order, found by every name they ever had, merged without a ring."""

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlmodel import col

from portfolio.access import Role
from portfolio.errors import Conflict, Invalid, NotFound, PortfolioError, Refused
from portfolio.models import AuditEvent
from portfolio.people import organisations
from portfolio.people.models import Organisation
from portfolio.people.organisations import OrganisationIn
from portfolio.people.rules.tree import lies_under
from tests.build import TODAY, make_actor, make_organisation

OFFICE = make_actor()


def unit(db, name="市城管局", **fields):
    return organisations.add(db, OFFICE, OrganisationIn(name=name, **fields))


def edited(db, row, **fields):
    values = {"name": row.name, "parent_id": row.parent_id} | fields
    return organisations.edit(db, OFFICE, row.id, OrganisationIn.model_validate(values))


def merged(db, one, other):
    organisations.merge(db, OFFICE, one.id, other.id, on=TODAY, reason="机构改革")


def trail(db):
    return [row.action for row in db.execute(sa.select(AuditEvent).order_by(col(AuditEvent.id))).scalars()]


def test_a_unit_stands_last_among_its_siblings_unless_told_otherwise(db):
    city = unit(db, "郑州市")
    first, second = unit(db, "发改委", parent_id=city.id), unit(db, "城管局", parent_id=city.id)
    between = unit(db, "财政局", parent_id=city.id, position=5)
    assert [first.position, second.position, between.position] == [1, 2, 5]
    assert unit(db, "水利局", parent_id=city.id).position == 6


@pytest.mark.parametrize("name", ["郑州市城市管理局", "市城管局", "城管", " 城管 "])
def test_it_is_found_by_name_alias_and_a_short_name_of_its_own(db, name):
    made = unit(db, "郑州市城市管理局", short_name="城管", aliases=["市城管局"])
    assert organisations.find(db, name) is made
    assert organisations.named(db, name) is made


def test_a_short_name_of_two_units_finds_neither(db):
    for name in ("中原区住建局", "金水区住建局"):
        unit(db, name, short_name="住建局")
    assert organisations.find(db, "住建局") is None


@pytest.mark.parametrize("name", ["", "没有的局"])
def test_what_is_not_there_is_not_found(db, name):
    unit(db)
    assert organisations.find(db, name) is None
    with pytest.raises(NotFound):
        organisations.named(db, name)


def test_a_renamed_unit_answers_to_both_names_and_may_take_the_old_one_again(db):
    made = unit(db, "市建委")
    edited(db, made, name="市住建局")
    assert organisations.find(db, "市建委") is made
    assert edited(db, made, name="市建委", aliases=["市住建局"]).name == "市建委"
    assert organisations.find(db, "市住建局") is made


@pytest.mark.parametrize(("name", "field"), [("市建委", "name"), ("建委", "name")])
def test_no_two_units_share_a_name_or_an_alias(db, name, field):
    unit(db, "市建委", aliases=["建委"])
    with pytest.raises(Invalid) as refused:
        unit(db, name)
    assert set(refused.value.fields) == {field}
    with pytest.raises(Invalid) as refused:
        unit(db, "别的局", aliases=[name])
    assert set(refused.value.fields) == {"aliases"}


def test_sent_again_it_changes_nothing_and_an_old_page_is_refused(db):
    made = unit(db, "市建委")
    edited(db, made, name="市住建局", version=1)
    edited(db, made, name="市住建局", aliases=["市建委"], version=1)
    assert (made.version, trail(db)) == (2, ["add", "edit"])
    with pytest.raises(Conflict):
        edited(db, made, name="住房局", version=1)


def test_nothing_stands_under_itself_at_any_depth(db):
    top = unit(db, "甲局")
    middle = unit(db, "乙处", parent_id=top.id)
    low = unit(db, "丙科", parent_id=middle.id)
    for above in (top, middle, low):
        with pytest.raises(Invalid) as refused:
            edited(db, top, parent_id=above.id)
        assert set(refused.value.fields) == {"parent_id"}


def test_a_unit_that_ends_before_it_begins_is_refused(db):
    with pytest.raises(Invalid) as refused:
        unit(db, valid_from=date(2024, 5, 1), valid_to=date(2024, 4, 30))
    assert set(refused.value.fields) == {"valid_to"}


def test_a_merged_units_names_find_its_successor_over_several_mergers(db):
    first, second, third = unit(db, "甲局", aliases=["老甲"]), unit(db, "乙局"), unit(db, "丙局")
    merged(db, first, second)
    merged(db, second, third)
    assert all(organisations.find(db, name) is third for name in ("甲局", "老甲", "乙局", "丙局"))
    assert (first.merged_into_id, first.valid_to) == (second.id, TODAY)


def test_a_merger_never_makes_a_ring(db):
    one, other = unit(db, "甲局"), unit(db, "乙局")
    merged(db, one, other)
    for pair in ((other, one), (one, other), (one, one)):
        with pytest.raises(Conflict):
            merged(db, *pair)
    assert organisations.find(db, "甲局") is other


def test_a_unit_is_not_merged_into_one_below_it_but_into_one_above(db):
    top = unit(db, "甲局")
    low = unit(db, "丙科", parent_id=unit(db, "乙处", parent_id=top.id).id)
    with pytest.raises(Conflict, match="下级"):
        merged(db, top, low)
    merged(db, low, top)
    assert organisations.find(db, "丙科") is top


def test_the_subtree_holds_all_below_and_nothing_beside(db):
    top, beside = unit(db, "甲局"), unit(db, "丁局")
    middle = unit(db, "乙处", parent_id=top.id)
    low = unit(db, "丙科", parent_id=middle.id)
    assert organisations.subtree(db, top.id or 0) == {top.id, middle.id, low.id}
    assert organisations.subtree(db, beside.id or 0) == {beside.id}


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.REPORTER, Role.LEADER, Role.VIEWER, Role.AUDITOR])
def test_only_those_who_manage_people_change_units(sqlite_db, role):
    made, actor = make_organisation(sqlite_db), make_actor(role)
    with pytest.raises(Refused):
        organisations.add(sqlite_db, actor, OrganisationIn(name="新局"))
    with pytest.raises(Refused):
        organisations.edit(sqlite_db, actor, made.id, OrganisationIn(name="改名局"))
    with pytest.raises(Refused):
        organisations.merge(sqlite_db, actor, made.id, made.id, on=TODAY, reason="机构改革")


def test_a_name_of_blanks_is_none():
    with pytest.raises(ValidationError):
        OrganisationIn(name="  ")


acts = st.lists(
    st.tuples(st.sampled_from(["merge", "move"]), st.integers(0, 4), st.integers(0, 4)), max_size=10
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=25)
@given(acts)
def test_whatever_is_moved_and_merged_every_unit_has_a_top_and_a_living_successor(sqlite_db, acts):
    units = [make_organisation(sqlite_db) for _ in range(5)]
    for what, one, other in acts:
        try:
            if what == "merge":
                merged(sqlite_db, units[one], units[other])
            else:
                edited(sqlite_db, units[one], parent_id=units[other].id)
        except PortfolioError:
            continue
    parents = dict(sqlite_db.execute(sa.select(col(Organisation.id), col(Organisation.parent_id))).all())
    assert not any(above and lies_under(parents, above, low) for low, above in parents.items())
    found = [organisations.find(sqlite_db, each.name) for each in units]
    assert all(each is not None and each.merged_into_id is None for each in found)
