"""Reading the trail: every filter narrows, none widens, and a page is a page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from portfolio import audit
from portfolio.access import Way
from portfolio.audit import Change
from portfolio.models import AccessEvent
from portfolio.overview import trail
from portfolio.overview.trail import SIZE, TrailFilter
from tests.build import NOON, make_actor, make_organisation


def record(db, entity="project", id_=1, at=NOON, **fields):
    actor = make_actor(name=fields.pop("who", "王芳"), way=fields.pop("way", Way.PAGE))
    with time_machine.travel(at, tick=False):
        audit.record(db, actor, Change(entity, id_, fields.pop("action", "correct"), **fields))


def ids(db, **wanted):
    found, total = trail.entries(db, TrailFilter.model_validate(wanted))
    assert len(found) == min(total, SIZE)
    return [int(each.entity_id) for each in found]


def test_the_newest_comes_first_and_pages_do_not_overlap(db):
    for n in range(SIZE + 5):
        record(db, id_=n)
    assert ids(db) == list(range(SIZE + 4, 4, -1))
    found, total = trail.entries(db, TrailFilter(page=2))
    assert ([int(each.entity_id) for each in found], total) == ([4, 3, 2, 1, 0], SIZE + 5)


@pytest.mark.parametrize(
    ("wanted", "kept"),
    [
        ({"who": "李"}, [2]),
        ({"entity": "pause"}, [3]),
        ({"entity_id": "2"}, [2]),
        ({"way": "command"}, [3]),
        ({"project": "7"}, [1]),
        ({"who": "%"}, []),
        ({"project": "P0007"}, []),
        ({"project": "²"}, []),
        ({"project": "9" * 40}, []),
    ],
)
def test_each_filter_keeps_what_it_names(db, wanted, kept):
    record(db, id_=1, project_id=7)
    record(db, id_=2, who="李工", project_id=8)
    record(db, "pause", 3, way=Way.COMMAND)
    assert ids(db, **wanted) == kept


def test_days_are_days_in_zhengzhou(db):
    for n, hour in enumerate((15, 16)):
        record(db, id_=n, at=datetime(2024, 6, 27, hour, 30, tzinfo=UTC))
    assert ids(db, until="2024-06-27") == [0]
    assert ids(db, since="2024-06-28") == [1]
    assert ids(db, since="2024-06-27", until="2024-06-28") == [1, 0]
    assert ids(db, since="2024年6月28日") == [1]


def test_what_is_no_day_finds_nothing_and_says_so(db):
    record(db)
    assert ids(db, since="昨天") == []
    assert "“昨天”不是日期" in trail.misread(TrailFilter(since="昨天"))["since"]


def test_a_number_is_told_by_the_name_of_what_it_stands_for(db):
    unit = make_organisation(db, name="郑州市水利局")
    below = {"name": "水利工程中心", "parent_id": unit.id, "position": 3}
    record(db, "organisation", 9, after=below)
    record(db, "person", 9, before={"organisation_id": 404}, after={"organisation_id": unit.id})
    told = [entry.told for entry in trail.entries(db, TrailFilter())[0]]
    assert told[0] == (("机构", "404", "郑州市水利局"),)
    assert told[1] == (("名称", "", "水利工程中心"), ("上级", "", "郑州市水利局"))


def test_an_entry_shows_each_field_before_and_after(db):
    record(db, before={"name": "旧"}, after={"name": "新", "districts": ["中原区"]}, reason="更名")
    ((entry,), _total) = trail.entries(db, TrailFilter())
    assert entry.fields == (("name", "旧", "新"), ("districts", "", '["中原区"]'))
    assert (entry.what, entry.done, entry.reason) == ("项目", "更正", "更名")


def test_the_export_streams_what_the_pages_show(db):
    for n in range(SIZE + 5):
        record(db, id_=n)
    record(db, "pause", 99)
    exported = [entry.entity_id for entry in trail.all_entries(db, TrailFilter(entity="project"))]
    assert exported == [str(n) for n in range(SIZE + 4, -1, -1)]


def test_sign_ins_come_newest_first_and_by_kind(db):
    for n, kind in enumerate(("signed_in", "failed", "signed_in")):
        db.add(AccessEvent(at=NOON + timedelta(n), kind=kind, login=f"u{n}"))
        db.flush()
    assert [each.login for each in trail.sign_ins(db)] == ["u2", "u1", "u0"]
    assert [each.login for each in trail.sign_ins(db, "failed")] == ["u1"]
    assert len(trail.sign_ins(db, limit=1)) == 1


def test_the_kinds_of_rows_are_named_and_sorted_by_name(db):
    for entity in ("project", "pause", "something_new"):
        record(db, entity)
    assert {choice.label for choice in trail.entities(db)} == {"项目", "暂停", "something_new"}
