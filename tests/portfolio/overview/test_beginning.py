"""The first steps: each says where it stands, and is done when it is."""

from datetime import date

from portfolio import installation
from portfolio.access import Role
from portfolio.alerts.snapshot import MAIL_START
from portfolio.overview import beginning
from portfolio.overview.projects.project_filter import ProjectFilter
from portfolio.overview.projects.project_list import ids
from portfolio.people import posts
from portfolio.people.posts import PostIn, PostKind
from portfolio.projects import standing
from portfolio.projects.rules.stages import Stage
from tests.build import (
    TODAY,
    make_account,
    make_actor,
    make_duty,
    make_milestone,
    make_organisation,
    make_person,
    make_project,
)

OFFICE = make_actor()


def steps(db, actor=OFFICE, mails=False):
    standing.refresh(db)
    return {step.title: step for step in beginning.steps(db, actor, TODAY, mails=mails)}


def test_an_empty_database_has_everything_of_people_and_mail_still_to_do(db):
    done = {title for title, step in steps(db).items() if step.done}
    assert done == {"明确责任", "批准基线"}  # no project is without owner while there is none


def test_an_administrator_is_shown_nothing_of_projects(db):
    assert not {"明确责任", "批准基线"} & set(steps(db, make_actor(Role.ADMINISTRATOR)))


def test_units_and_people_are_done_when_there_is_more_than_the_first_run_made(db):
    city = make_organisation(db)
    for _ in range(2):
        unit = make_organisation(db, parent_id=city.id)
        make_account(db, make_person(db, organisation_id=unit.id), password_hash="x")
    shown = steps(db)
    assert shown["建机构"].done
    assert shown["建人员和账号"].done


def test_posts_are_done_when_every_unit_below_the_city_has_a_holder_today(db):
    city = make_organisation(db)
    units = [make_organisation(db, parent_id=city.id) for _ in range(2)]
    for place, unit in enumerate(units):
        assert not steps(db)["配齐职务"].done
        assert steps(db)["配齐职务"].sentence.startswith(f"{2 - place} 个")
        post = posts.add(db, OFFICE, PostIn(organisation_id=unit.id, kind=PostKind.HEAD))
        posts.appoint(db, OFFICE, post.id or 0, make_person(db).id, starts_on=TODAY)
    assert steps(db)["配齐职务"].done


def test_the_number_of_a_step_is_that_of_the_list_it_leads_to(db):
    owned = make_project(db)
    make_duty(db, owned, organisation_id=make_organisation(db).id)
    make_milestone(db, make_project(db), baseline=date(2025, 1, 1))
    make_project(db, stage=Stage.COMPLETED)
    shown = steps(db)
    for title, late in (("明确责任", "unassigned"), ("批准基线", "undated")):
        wanted = ProjectFilter.model_validate({"late": late})
        assert shown[title].sentence.startswith(f"{len(ids(db, OFFICE, wanted, today=TODAY))} 项")
        assert shown[title].href.endswith(late)


def test_mail_is_connected_first_and_then_started(db):
    administrator = make_actor(Role.ADMINISTRATOR)
    assert not steps(db, administrator)["接上邮件"].done
    installation.put(db, MAIL_START, "2024-07-01")
    shown = steps(db, administrator, mails=True)
    assert shown["接上邮件"].done
    assert shown["启用预警邮件"].done
    assert "2024年7月1日" in shown["启用预警邮件"].sentence
