"""Who may do what: the roles, the permissions, and the one table that ties them.

Rights are permission × scope. This file says which role holds which permission; which rows a
scope covers is said by `projects/scope.py`. Source: the product's roles (docs/glossary.md, 角色).
"""

from dataclasses import dataclass, field
from enum import StrEnum

from portfolio.errors import Refused


class Role(StrEnum):
    """The nine roles, in the order in which the interface lists them."""

    ADMINISTRATOR = "administrator"  # 系统管理员
    OFFICE = "office"  # 重点项目办
    COORDINATOR = "coordinator"  # 县区/行业联络
    REPORTER = "reporter"  # 填报员
    SIGNER = "signer"  # 审签
    ACCOUNTANT = "accountant"  # 财务
    LEADER = "leader"  # 领导
    VIEWER = "viewer"  # 只读
    AUDITOR = "auditor"  # 审计


class ScopeKind(StrEnum):
    """What a right reaches over."""

    ALL = "all"
    ORGANISATION = "organisation"  # the unit and all below it; value: organisation id
    DISTRICT = "district"  # value: district code
    SECTOR = "sector"  # value: sector code
    PROJECT = "project"  # value: project id


class Permission(StrEnum):
    """What someone may do; the value is what the audit trail and the documents print."""

    SEE_PROJECTS = "projects.see"
    SEE_MONEY = "money.see"
    SEE_AUDIT = "audit.see"
    SEE_OPERATIONS = "operations.see"
    EDIT_PROJECTS = "projects.edit"
    MERGE_PROJECTS = "projects.merge"
    ASSIGN_DUTIES = "duties.assign"
    EDIT_MILESTONES = "milestones.edit"
    REPORT_DATES = "milestones.report"
    PROPOSE_BASELINE = "baselines.propose"
    DECIDE_BASELINE = "baselines.decide"
    ASK_PAUSE = "pauses.ask"
    DECIDE_PAUSE = "pauses.decide"
    EDIT_MONEY = "money.edit"
    IMPORT_WORKBOOKS = "workbooks.import"
    SEE_IMPORTS = "workbooks.see"
    OVERSEE_IMPORTS = "workbooks.oversee"
    EXPORT = "workbooks.export"
    ACKNOWLEDGE_ALERT = "alerts.acknowledge"
    COMMENT_ALERT = "alerts.comment"
    SNOOZE_ALERT = "alerts.snooze"
    CONFIGURE_ALERTS = "alerts.configure"
    RUN_ALERTS = "alerts.run"
    EDIT_INDICATORS = "indicators.edit"
    MANAGE_PEOPLE = "people.manage"
    MANAGE_ACCOUNTS = "accounts.manage"
    MANAGE_ADMINISTRATORS = "accounts.administrators"
    SEE_SIGN_INS = "sign_ins.see"
    CHANGE_SETTINGS = "settings.change"


_P, _R = Permission, Role
_DATA = frozenset(
    {
        _R.OFFICE,
        _R.COORDINATOR,
        _R.REPORTER,
        _R.SIGNER,
        _R.ACCOUNTANT,
        _R.LEADER,
        _R.VIEWER,
        _R.AUDITOR,
    }
)
_UNIT = frozenset({_R.OFFICE, _R.REPORTER, _R.SIGNER})

# Read as: this permission is held by these roles. Absent means nobody.
TABLE: dict[Permission, frozenset[Role]] = {
    _P.SEE_PROJECTS: _DATA,
    _P.SEE_MONEY: frozenset({_R.OFFICE, _R.REPORTER, _R.SIGNER, _R.ACCOUNTANT, _R.LEADER, _R.AUDITOR}),
    _P.SEE_AUDIT: frozenset({_R.AUDITOR}),
    _P.SEE_OPERATIONS: frozenset({_R.ADMINISTRATOR}),
    _P.EDIT_PROJECTS: frozenset({_R.OFFICE}),
    _P.MERGE_PROJECTS: frozenset({_R.OFFICE}),
    _P.ASSIGN_DUTIES: frozenset({_R.OFFICE}),
    _P.EDIT_MILESTONES: frozenset({_R.OFFICE}),
    _P.REPORT_DATES: _UNIT,
    _P.PROPOSE_BASELINE: _UNIT,
    _P.DECIDE_BASELINE: frozenset({_R.OFFICE}),
    _P.ASK_PAUSE: _UNIT,
    _P.DECIDE_PAUSE: frozenset({_R.OFFICE}),
    _P.EDIT_MONEY: frozenset({_R.OFFICE, _R.ACCOUNTANT}),
    _P.IMPORT_WORKBOOKS: frozenset({_R.OFFICE, _R.ACCOUNTANT}),
    _P.SEE_IMPORTS: frozenset({_R.OFFICE, _R.ACCOUNTANT, _R.AUDITOR}),  # one's own
    _P.OVERSEE_IMPORTS: frozenset({_R.OFFICE, _R.AUDITOR}),  # everybody's
    _P.EXPORT: _DATA - {_R.VIEWER},
    _P.ACKNOWLEDGE_ALERT: frozenset({_R.OFFICE, _R.COORDINATOR, _R.REPORTER, _R.SIGNER, _R.LEADER}),
    _P.COMMENT_ALERT: frozenset({_R.OFFICE, _R.COORDINATOR, _R.LEADER}),
    _P.SNOOZE_ALERT: frozenset({_R.OFFICE}),
    _P.CONFIGURE_ALERTS: frozenset({_R.OFFICE}),
    _P.RUN_ALERTS: frozenset({_R.ADMINISTRATOR}),
    _P.EDIT_INDICATORS: frozenset({_R.OFFICE}),
    _P.MANAGE_PEOPLE: frozenset({_R.ADMINISTRATOR, _R.OFFICE}),
    _P.MANAGE_ACCOUNTS: frozenset({_R.ADMINISTRATOR, _R.OFFICE}),
    _P.MANAGE_ADMINISTRATORS: frozenset({_R.ADMINISTRATOR}),
    _P.SEE_SIGN_INS: frozenset({_R.AUDITOR}),
    _P.CHANGE_SETTINGS: frozenset({_R.ADMINISTRATOR}),
}


class Way(StrEnum):
    """By which way a change came in."""

    PAGE = "page"
    API = "api"
    WORKBOOK = "workbook"
    COMMAND = "command"
    SCHEDULER = "scheduler"


@dataclass(frozen=True, slots=True)
class Grant:
    """One valid right of an actor: a role within a scope."""

    role: Role
    scope: ScopeKind = ScopeKind.ALL
    value: str = ""
    sees_money: bool = False

    def holds(self, permission: Permission) -> bool:
        """Whether this grant carries the permission (money may be granted on its own)."""
        if permission is Permission.SEE_MONEY and self.sees_money:
            return True
        return self.role in TABLE[permission]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, with the rights valid today, and by which way. Built at the edge for each request."""

    account_id: int | None
    name: str
    way: Way
    grants: tuple[Grant, ...] = ()
    person_id: int | None = None
    organisation_id: int | None = None
    origin: str = ""
    on_behalf_of: str = ""
    is_system: bool = field(default=False)

    def may(self, permission: Permission) -> bool:
        """Whether any grant carries the permission, whatever its scope."""
        return self.is_system or any(grant.holds(permission) for grant in self.grants)

    def may_everywhere(self, permission: Permission) -> bool:
        """Whether the permission is held over the whole portfolio."""
        return self.is_system or any(
            grant.scope is ScopeKind.ALL and grant.holds(permission) for grant in self.grants
        )

    def granting(self, permission: Permission) -> tuple[Grant, ...]:
        """The grants that carry the permission; the row filter turns them into rows."""
        return tuple(grant for grant in self.grants if grant.holds(permission))

    def has_role(self, role: Role) -> bool:
        """Whether the actor holds the role in any scope."""
        return any(grant.role is role for grant in self.grants)

    def require(self, permission: Permission) -> None:
        """Raise Refused unless the permission is held in some scope."""
        if not self.may(permission):
            raise Refused("您的角色不能做这一步。需要时请找重点项目办或系统管理员。")
