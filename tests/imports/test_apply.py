"""What was shown is written, as a whole, once, with its origin; and is undone as a whole."""

import json
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col

from imports.apply.work import Choice
from imports.fields import WorkbookKind
from imports.models import BatchState, ImportChange
from imports.preview.findings import Action
from portfolio.access import Role, ScopeKind
from portfolio.errors import Conflict, Invalid, NotFound, Refused
from portfolio.finance import queries
from portfolio.finance.models import Amount
from portfolio.models import AuditEvent
from portfolio.money import Fen
from portfolio.projects.models import BaselineState, BaselineVersion, Milestone, Project
from portfolio.projects.rules.stages import Stage
from tests.build import make_account, make_actor
from tests.imports.test_round_trip import amount_now, summary

CITY = "budget.2024.city.approved_fen"


def sums(db) -> dict[str, int]:
    ids = db.execute(sa.select(col(Project.id))).scalars().all()
    return {f"{slot.project_id}.{slot.label}": sum_.amount for slot, sum_ in queries.sums(db, ids).items()}


def project(db, name) -> Any:
    return db.execute(sa.select(Project).where(col(Project.name) == name)).scalar_one()


def milestone(db, kind) -> Any:
    return db.execute(sa.select(Milestone).where(col(Milestone.kind) == kind)).scalar_one()


@pytest.fixture
def changed(exported, edited):
    return edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 2000, "2024年!V5": "清空", "2024年!H6": 1})


def test_sending_writes_no_amount(books, send, changed):
    before = sums(books)
    assert send(changed).state is BatchState.PREVIEWED
    assert sums(books) == before


def test_confirming_writes_exactly_what_was_shown(books, send, confirm, changed):
    before = sums(books)
    batch = confirm(send(changed))
    after = sums(books)
    assert (batch.state, batch.fields_changed) == (BatchState.APPLIED, 3)
    assert {key: after.get(key) for key in before | after if after.get(key) != before.get(key)} == {
        "1.approved.2024.city": 2_000_000_000,
        "1.approved.2024.own": None,
        "2.planned.2024.special_bond": 1_000_000,
    }


def test_the_same_file_twice_changes_nothing_the_second_time(books, send, confirm, changed, preview):
    confirm(send(changed))
    again = send(changed)
    assert set(summary(preview(changed))) == {"unchanged"}
    assert confirm(again).fields_changed == 0


def test_confirming_twice_writes_once(books, send, confirm, changed):
    batch = send(changed)
    confirm(batch)
    rows = books.execute(sa.select(sa.func.count()).select_from(Amount)).scalar_one()
    confirm(batch)
    assert books.execute(sa.select(sa.func.count()).select_from(Amount)).scalar_one() == rows


def test_each_value_knows_its_cell_and_batch(books, send, confirm, changed):
    batch = confirm(send(changed))
    row = books.execute(sa.select(Amount).where(col(Amount.sum) == Fen(2_000_000_000))).scalar_one()
    assert (row.origin, row.batch_id) == ("2024年!Q5", batch.id)
    change = books.execute(sa.select(ImportChange).where(col(ImportChange.path) == CITY)).scalar_one()
    assert (json.loads(change.before), json.loads(change.after)) == (1_234_567_801, 2_000_000_000)


def test_the_audit_trail_names_the_batch(books, send, confirm, changed):
    batch = confirm(send(changed))
    names = books.execute(
        sa.select(col(AuditEvent.batch)).where(col(AuditEvent.entity) == "amount")
    ).scalars()
    assert set(names) == {batch.code}


def test_a_database_that_changed_since_is_shown_again_first(books, send, confirm, changed):
    batch = send(changed)
    books.execute(amount_now(7))
    with pytest.raises(Conflict):
        confirm(batch)


def test_a_conflict_waits_for_a_choice_and_obeys_it(books, send, confirm, changed):
    books.execute(amount_now(7))
    batch = send(changed)
    with pytest.raises(Invalid):
        confirm(batch)
    confirm(batch, choices={"2024年!Q5": Choice.THEIRS})
    assert sums(books)["1.approved.2024.city"] == 2_000_000_000


def test_choosing_what_stands_now_keeps_it(books, send, confirm, changed):
    books.execute(amount_now(7))
    confirm(send(changed), choices={"2024年!Q5": Choice.NOW})
    assert sums(books)["1.approved.2024.city"] == 7


def test_faulty_rows_are_left_out_only_on_request(books, send, confirm, exported, edited):
    content = edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": "约两千", "2024年!H6": 1})
    batch = send(content)
    with pytest.raises(Invalid):
        confirm(batch)
    assert confirm(batch, leave_faults=True).fields_changed == 1


def test_an_accountant_takes_an_own_batch_back(books, send, confirm, take_back, changed):
    accountant, before = make_actor(Role.ACCOUNTANT, account_id=make_account(books).id), sums(books)
    take_back(confirm(send(changed, accountant)), accountant)
    assert sums(books) == before


def test_undoing_brings_back_what_stood_there(books, send, confirm, take_back, changed):
    before = sums(books)
    batch = confirm(send(changed))
    take_back(batch)
    assert sums(books) == before
    assert batch.state is BatchState.UNDONE


def test_undo_refuses_where_something_newer_touched_a_field(
    books, send, confirm, take_back, exported, edited
):
    first = confirm(send(edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 2000})))
    after = sums(books)
    confirm(send(edited(exported(WorkbookKind.BUDGETS), {"2024年!Q5": 3000})))
    with pytest.raises(Conflict, match="Q5"):
        take_back(first)
    assert sums(books) == after | {"1.approved.2024.city": 3_000_000_000}


def test_undo_wants_a_reason(send, confirm, take_back, changed):
    with pytest.raises(Invalid):
        take_back(confirm(send(changed)), reason="")


def test_projects_are_corrected_created_and_undone(books, send, confirm, take_back, exported, edited):
    cells = {"项目!H5": "日供水 30 万吨", "项目!E5": "中原区、金水区", "项目!L5": 1_000_001, "项目!B12": "新水厂",
             "项目!C12": "项目", "项目!D12": "水利", "项目!F12": "前期工作", "项目!J12": 5}  # fmt: skip
    content = edited(exported(WorkbookKind.PROJECTS), cells)
    batch = confirm(send(content))
    assert project(books, "龙湖水厂").scale == "日供水 30 万吨"
    assert project(books, "新水厂").stage is Stage.PREPARATION
    assert (batch.records_created, batch.fields_changed) == (1, 8)
    assert set(summary_of(send(content))) == {"unchanged"}
    take_back(batch)
    assert project(books, "龙湖水厂").scale == "日供水 20 万吨"
    assert project(books, "新水厂").stage is Stage.CANCELLED


def test_a_moved_baseline_becomes_a_proposal_and_wants_a_reason(
    books, send, confirm, take_back, exported, edited
):
    cells = {"节点!G4": date(2023, 4, 1), "节点!H5": "2024-12"}
    content = edited(exported(WorkbookKind.MILESTONES), cells)
    batch = send(content)
    with pytest.raises(Invalid):
        confirm(batch)
    confirm(batch, reason="征地晚了")
    version = books.execute(sa.select(BaselineVersion)).scalar_one()
    assert (version.state, version.batch_id) == (BaselineState.PROPOSED, batch.id)
    assert milestone(books, "start").baseline == date(2023, 3, 15)
    assert milestone(books, "completion_acceptance").forecast == date(2024, 12, 31)
    assert set(summary_of(send(content))) == {"unchanged"}
    take_back(batch)
    assert version.state is BaselineState.WITHDRAWN
    assert milestone(books, "completion_acceptance").forecast is None


def test_a_new_milestone_is_added_with_its_dates_and_withdrawn_again(
    books, send, confirm, take_back, exported, edited
):
    cells = {"节点!B9": "P0001", "节点!D9": "施工许可", "节点!E9": "南段", "节点!I9": date(2024, 5, 6)}
    content = edited(exported(WorkbookKind.MILESTONES), cells)
    batch = confirm(send(content))
    added = milestone(books, "construction_permit")
    assert (added.label, added.actual) == ("南段", date(2024, 5, 6))
    assert set(summary_of(send(content))) == {"unchanged"}
    take_back(batch)
    assert added.withdrawn_at is not None


def test_months_are_written_and_undone(books, send, confirm, take_back, exported, edited):
    before = sums(books)
    content = edited(exported(WorkbookKind.PAYMENTS), {"2024年!AD5": 5, "2024年!AJ5": "12.5"})
    batch = confirm(send(content))
    after = sums(books)
    assert {key: value for key, value in after.items() if before.get(key) != value} == {
        "1.paid.opening.city": 5_000_000,
        "1.paid.2024-06.city": 12_500_000,
    }
    take_back(batch)
    assert sums(books) == before


def test_rows_outside_the_scope_are_errors(books, preview, changed):
    accountant = make_actor(Role.ACCOUNTANT, ScopeKind.PROJECT, 2)
    fates = {row.row: row.action for row in preview(changed, accountant).rows}
    assert fates == {5: Action.ERROR, 6: Action.UPDATE, 7: Action.ERROR}


def test_without_the_right_to_a_field_its_change_is_an_error(preview, exported, edited):
    content = edited(exported(WorkbookKind.PROJECTS), {"项目!H5": "日供水 30 万吨", "项目!L5": 7})
    (row,) = [row for row in preview(content, make_actor(Role.ACCOUNTANT)).rows if row.action is Action.ERROR]
    assert [fault.cell for fault in row.faults] == ["项目!H5"]


def test_importing_is_a_right(preview, changed):
    with pytest.raises(Refused):
        preview(changed, make_actor(Role.LEADER))


def test_a_batch_is_its_senders_own(books, send, confirm, changed):
    batch = send(changed, make_actor(Role.ACCOUNTANT, account_id=None))
    with pytest.raises(NotFound):
        confirm(batch, make_actor(Role.ACCOUNTANT, account_id=None))


def summary_of(batch) -> dict[str, int]:
    from imports.preview import stored

    return summary(stored.load(batch.findings))
