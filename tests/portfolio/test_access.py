"""One table says who may what; a right is a permission within a scope."""

import pytest

from portfolio.access import TABLE, Actor, Grant, Permission, Role, ScopeKind, Way
from portfolio.errors import Refused
from tests.build import make_actor, make_system_actor

WRITES_DATA = [
    each
    for each in Permission
    if each.value.split(".")[0] in ("projects", "duties", "milestones", "baselines", "pauses", "money")
    and not each.value.endswith(".see")
]


@pytest.mark.parametrize("permission", list(Permission))
def test_every_permission_is_held_by_somebody(permission):
    assert TABLE[permission]


@pytest.mark.parametrize("role", list(Role))
def test_every_role_may_do_something_and_none_may_do_all(role):
    held = {each for each, roles in TABLE.items() if role in roles}
    assert held
    assert held != set(Permission)


def test_the_administrator_sees_no_business_data():
    administrator = make_actor(Role.ADMINISTRATOR)
    hidden = (Permission.SEE_PROJECTS, Permission.SEE_MONEY, Permission.EXPORT, Permission.SEE_AUDIT)
    assert not any(administrator.may(each) for each in hidden)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AUDITOR, Role.LEADER, Role.COORDINATOR])
def test_those_who_only_look_change_no_data(role):
    assert not any(make_actor(role).may(each) for each in WRITES_DATA)


def test_only_the_office_decides_what_others_propose():
    for permission in (Permission.DECIDE_BASELINE, Permission.DECIDE_PAUSE, Permission.MERGE_PROJECTS):
        assert TABLE[permission] == {Role.OFFICE}


def test_only_an_administrator_makes_administrators():
    assert TABLE[Permission.MANAGE_ADMINISTRATORS] == {Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", [Role.VIEWER, Role.COORDINATOR])
def test_money_may_be_granted_on_its_own(role):
    assert not make_actor(role).may(Permission.SEE_MONEY)
    assert make_actor(role, sees_money=True).may(Permission.SEE_MONEY)
    assert not make_actor(role, sees_money=True).may(Permission.EDIT_MONEY)


def test_a_right_within_a_scope_is_no_right_over_everything():
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.DISTRICT, "410102")
    assert accountant.may(Permission.EDIT_MONEY)
    assert not accountant.may_everywhere(Permission.EDIT_MONEY)
    assert make_actor(Role.ACCOUNTANT).may_everywhere(Permission.EDIT_MONEY)


def test_one_over_everything_and_another_within_a_scope_are_not_mixed_up():
    both = Actor(
        1,
        "李工",
        Way.PAGE,
        grants=(Grant(Role.VIEWER), Grant(Role.ACCOUNTANT, ScopeKind.PROJECT, "7")),
    )
    assert both.may_everywhere(Permission.SEE_PROJECTS)
    assert not both.may_everywhere(Permission.SEE_MONEY)
    assert both.granting(Permission.EDIT_MONEY) == (Grant(Role.ACCOUNTANT, ScopeKind.PROJECT, "7"),)
    assert len(both.granting(Permission.SEE_PROJECTS)) == 2


@pytest.mark.parametrize("permission", list(Permission))
def test_someone_without_rights_may_nothing_and_is_told_whom_to_ask(permission):
    nobody = Actor(1, "路人", Way.PAGE)
    assert not nobody.may(permission)
    assert not nobody.may_everywhere(permission)
    with pytest.raises(Refused, match="请找重点项目办"):
        nobody.require(permission)


def test_commands_and_jobs_may_everything_without_a_grant():
    system = make_system_actor()
    assert all(system.may(each) and system.may_everywhere(each) for each in Permission)
    assert not system.has_role(Role.OFFICE)


def test_a_role_is_held_whatever_its_scope():
    signer = make_actor(Role.SIGNER, ScopeKind.ORGANISATION, 3)
    assert signer.has_role(Role.SIGNER)
    assert not signer.has_role(Role.REPORTER)
