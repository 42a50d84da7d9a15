"""The directory: units in official order, who holds what today."""

from datetime import date, timedelta

import pytest

from portfolio.errors import NotFound
from portfolio.people import directory, organisations, people, posts
from portfolio.people.people import PersonIn
from portfolio.people.posts import PostIn, PostKind
from tests.build import NOON, TODAY, make_account, make_actor, make_organisation, make_person

OFFICE = make_actor()


def head(db, unit, person=None, **fields):
    post = posts.add(db, OFFICE, PostIn(organisation_id=unit.id, kind=PostKind.HEAD, **fields))
    if person is not None:
        posts.appoint(db, OFFICE, post.id or 0, person.id, starts_on=date(2024, 1, 1))
    return post


def test_the_tree_is_in_official_order_with_depth(db):
    city = make_organisation(db, "郑州市")
    late = make_organisation(db, "水利局", parent_id=city.id, position=2)
    make_organisation(db, "发改委", parent_id=city.id, position=1)
    make_organisation(db, "水利处", parent_id=late.id)
    rows = [(row.name, row.depth) for row in directory.tree(db, TODAY)]
    assert rows == [("郑州市", 0), ("发改委", 1), ("水利局", 1), ("水利处", 2)]


def test_people_stand_in_the_order_of_their_pinyin_with_posts_that_do_not_repeat_their_unit(db):
    unit, other = make_organisation(db, "水利局"), make_organisation(db, "林业局")
    chen = people.add(db, OFFICE, PersonIn(name="陈工", organisation_id=unit.id))
    people.add(db, OFFICE, PersonIn(name="于工", organisation_id=unit.id))
    people.add(db, OFFICE, PersonIn(name="白工", organisation_id=unit.id))
    head(db, unit, chen)
    head(db, other, chen, title="代局长")
    rows = directory.people_list(db, TODAY)
    assert [row.name for row in rows] == ["白工", "陈工", "于工"]
    assert rows[1].posts == "主要负责人、林业局 代局长"


def test_people_who_left_and_posts_that_were_closed_are_not_counted(db):
    unit = make_organisation(db)
    make_person(db, organisation_id=unit.id)
    make_person(db, organisation_id=unit.id, left_on=TODAY)
    head(db, unit)
    posts.close(db, OFFICE, head(db, unit).id or 0, on=TODAY)
    (row,) = directory.tree(db, TODAY)
    assert (row.people, row.posts) == (1, 1)


def test_a_merged_or_ended_unit_is_gone_from_the_day_after(db):
    unit, successor = make_organisation(db), make_organisation(db)
    organisations.merge(db, OFFICE, unit.id, successor.id, on=TODAY, reason="机构改革")
    ended = make_organisation(db, valid_to=TODAY)
    gone = {row.id: row.gone for row in directory.tree(db, TODAY)}
    assert gone == {unit.id: True, successor.id: False, ended.id: False}
    assert {row.id: row.gone for row in directory.tree(db, TODAY + timedelta(1))}[ended.id]


def test_a_units_page_says_who_holds_each_post_today(db):
    unit, person = make_organisation(db), make_person(db, "李局长")
    head(db, unit, person, title="局长")
    head(db, unit, title="副局长")
    rows = directory.unit_page(db, unit.id, TODAY).posts
    assert [(row.title, row.holder, row.since) for row in rows] == [
        ("局长", "李局长", date(2024, 1, 1)),
        ("副局长", "", None),
    ]
    assert directory.unit_page(db, unit.id, date(2023, 12, 31)).posts[0].holder == ""


def test_the_chief_is_marked(db):
    unit = make_organisation(db)
    chief = posts.add(db, OFFICE, PostIn(organisation_id=unit.id, kind=PostKind.CHIEF))
    head(db, unit)
    assert [row.id for row in directory.unit_page(db, unit.id, TODAY).posts if row.is_chief] == [chief.id]


def test_a_units_page_shows_its_place_its_names_and_its_successor(db):
    top = make_organisation(db, "郑州市")
    successor = make_organisation(db, "住建局")
    unit = organisations.add(
        db, OFFICE, organisations.OrganisationIn(name="市建委", parent_id=top.id, aliases=["建委"])
    )
    before = directory.unit_page(db, unit.id or 0, TODAY)
    organisations.merge(db, OFFICE, unit.id or 0, successor.id, on=TODAY, reason="机构改革")
    after = directory.unit_page(db, unit.id or 0, TODAY)
    assert (before.parent, before.successor, before.aliases) == (top, None, ("建委",))
    assert (after.successor, after.aliases) == (successor, ())


def test_a_person_row_names_unit_posts_and_login(db):
    unit = make_organisation(db, "市水利局")
    person = make_person(db, organisation_id=unit.id)
    make_account(db, person, login="ligong")
    head(db, unit, person, title="局长")
    (row,) = directory.people_list(db, TODAY)
    assert (row.unit, row.posts, row.login) == ("市水利局", "局长", "ligong")
    assert directory.posts_of(db, person.id, TODAY) == ["市水利局 局长"]
    assert directory.posts_of(db, person.id, date(2023, 1, 1)) == []


def test_a_person_with_two_accounts_is_one_row(db):
    person = make_person(db)
    accounts = [make_account(db, person) for _ in range(2)]
    assert len(directory.people_list(db, TODAY)) == 1
    assert directory.accounts_of(db, person.id) == [each.id for each in accounts]


def test_a_letter_of_patterns_finds_itself_only(db):
    make_person(db, "李工")
    assert directory.people_list(db, TODAY, "%") == []
    assert directory.people_list(db, TODAY, "_") == []


def test_a_list_stops_at_its_limit(db):
    for _ in range(3):
        make_person(db)
    assert len(directory.people_list(db, TODAY, limit=2)) == 2


def test_a_unit_that_is_not_there_is_not_found(sqlite_db):
    with pytest.raises(NotFound):
        directory.unit_page(sqlite_db, 9, NOON.date())
