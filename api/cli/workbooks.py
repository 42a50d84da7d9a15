"""`portfolio import` and `portfolio export`: workbooks in and out, with the rights of who asks."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

from api.cli.context import JsonOption, load_settings, open_database, system_actor, tell
from portfolio.access import Actor, Way
from portfolio.errors import Invalid

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from imports.organisations.listing import Listing
    from imports.pipeline import Received
    from imports.preview.findings import Preview
    from portfolio.database import Database
    from portfolio.signing import KeyRing

Chosen = TypeVar("Chosen", bound=StrEnum)
KindArgument = typer.Argument(help="projects、milestones、budgets、payments 或 indicators。")
TargetArgument = typer.Argument(help="要写的文件，.xlsx 或 .csv。")
SourceArgument = typer.Argument(help="要读的工作簿（.xlsx）。")
AsOption = typer.Option("", "--as", help="以某个账号的名义和权限；不写则是系统账号。")
YearOption = typer.Option([], "--year", help="只要这一年；可以写几次。")


def export(
    kind: str = KindArgument,
    file: Path = TargetArgument,
    *,
    year: list[int] = YearOption,
    sector: str = typer.Option("", "--sector", help="只要这个领域（代码或名称）。"),
    district: str = typer.Option("", "--district", help="只要这个区县（代码或名称）。"),
    stage: str = typer.Option("", "--stage", help="只要这个阶段，如 implementation。"),
    project: str = typer.Option("", "--project", help="只要这个项目（编码）。"),
    search: str = typer.Option("", "--search", help="名称里有这几个字的。"),
    blank: bool = typer.Option(False, "--blank", help="空表，供填写。"),
    as_user: str = AsOption,
) -> None:
    """导出工作簿：改好后可以原样导入。.csv 只供查看和别的软件用。"""
    from imports.exports.send import Form, Order, take_out
    from imports.fields import WorkbookKind
    from imports.layouts.sheet import Wanted
    from portfolio import clock, installation

    chosen = _one_of(WorkbookKind, kind, "要导出什么")
    form = _one_of(Form, file.suffix.removeprefix("."), "文件的后缀")
    wanted = Wanted(search, sector, district, stage, project, tuple(year))
    with open_database().reading() as db:
        actor = _actor(db, as_user)
        parcel = take_out(
            db,
            actor,
            Order(chosen, form, wanted, blank),
            _ring(),
            today=installation.today(db),
            now=clock.now(),
        )
    try:
        file.write_bytes(parcel.content)
    except OSError as error:
        raise Invalid(f"写不了 {file}。请检查文件夹和权限。") from error
    typer.echo(f"已导出 {parcel.rows} 行到 {file}。")


def import_(
    file: Path = SourceArgument,
    *,
    dry_run: bool = typer.Option(False, "--dry-run", help="只看会改什么，不写入；不写 --apply 时就是这样。"),
    apply: bool = typer.Option(False, "--apply", help="写入。有冲突或错误时一个也不写。"),
    reason: str = typer.Option("", "--reason", help="写入的理由；改基线时必填。"),
    as_json: bool = JsonOption,
    as_user: str = AsOption,
) -> None:
    """导入工作簿或机构名单：先逐项说明会改什么，加 --apply 才写入。退出码：0 可以导入，2 被拒绝或有错误。"""
    from imports import pipeline
    from imports.apply.work import Decision
    from imports.layouts.base import View
    from imports.organisations.listing import recognise
    from imports.preview.findings import as_json as as_values
    from portfolio import audit, clock, installation

    if apply and dry_run:
        raise Invalid("--dry-run 和 --apply 只能用一个。")
    received, ring = pipeline.Received(file.name, _content(file)), _ring()
    database = open_database()
    book = pipeline.read(received)
    listing = None if isinstance(book, str) else recognise(book)
    if listing is not None:
        _import_units(database, received, listing, apply=apply, as_json=as_json, as_user=as_user)
        return
    with database.reading() as db:
        view = View(_actor(db, as_user), installation.today(db))
        found = pipeline.preview(db, view, received, book, ring)
    words = in_words(found)
    if apply and found.is_clean:
        now = clock.now()
        with database.writing() as db:
            code = pipeline.receive(db, view, received, book, ring, now=now).code
            batch = pipeline.confirm(db, view, code, book, ring, Decision(reason=reason), now=now)
        audit.seal(database, now)
        words += (
            f"\n已写入，批次 {batch.code}：改了 {batch.fields_changed} 处，新增 {batch.records_created} 个。"
        )
    else:
        words += "" if found.refused else "\n没有写入。"
    tell(as_values(found), words, as_json=as_json)
    if not found.is_clean:
        raise typer.Exit(2)


def _import_units(
    database: "Database",
    received: "Received",
    listing: "Listing",
    *,
    apply: bool,
    as_json: bool,
    as_user: str,
) -> None:
    """A list of units, as a whole or not at all."""
    from imports.organisations import importing
    from imports.organisations.importing import Action
    from portfolio import audit, clock

    with database.reading() as db:
        actor = _actor(db, as_user)
        found = importing.plan(db, actor, listing)
    if apply and found.is_clean:
        with database.writing() as db:
            importing.apply(db, actor, listing)
        audit.seal(database, clock.now())
    counts = "，".join(
        f"{word} {found.count(action)} 个"
        for word, action in (("新增", Action.CREATE), ("更改", Action.UPDATE), ("未变", Action.UNCHANGED))
    )
    lines = [f"{received.name}·{found.sheet}：机构{counts}，有错 {found.count(Action.ERROR)} 行。"]
    lines += [f"  错误 {each.cell} “{each.value}”：{each.message}" for each in found.faults]
    lines.append("已写入。" if apply and found.is_clean else "没有写入。")
    tell(
        {"file": received.name, "sha256": received.sha256, **found.as_dict()},
        "\n".join(lines),
        as_json=as_json,
    )
    if not found.is_clean:
        raise typer.Exit(2)


def in_words(found: "Preview") -> str:
    """The preview as a few lines for a terminal."""
    from imports.preview.findings import Action

    if found.refused:
        return found.refused
    counts = found.summary
    lines = [
        (
            f"{found.file}：新增 {counts[Action.CREATE]} 行，更改 {counts[Action.UPDATE]} 行，"
            f"未变 {counts[Action.UNCHANGED]} 行，冲突 {counts[Action.CONFLICT]} 行，"
            f"错误 {counts[Action.ERROR]} 行。"
        ),
        *found.notices,
    ]
    for row in found.rows:
        lines += [f"  改 {each.cell} {row.project}：{each.old} → {each.new}" for each in row.changes]
        lines += [
            f"  冲突 {each.cell} {row.project}：导出时 {each.exported}，表里 {each.theirs}，现在 {each.now}"
            for each in row.conflicts
        ]
        lines += [f"  错误 {each.cell} “{each.value}”：{each.message}" for each in row.faults]
    return "\n".join(lines)


def _actor(db: "Session", login: str) -> Actor:
    """The system account; or someone's own rights, with the operating system's user noted too."""
    if not login:
        return system_actor()
    from portfolio import installation
    from portfolio.people import accounts

    account = accounts.by_login(db, login)
    assert account.id is not None
    origin = system_actor().origin
    actor = accounts.actor_for(db, account.id, today=installation.today(db), way=Way.COMMAND, origin=origin)
    if actor is None:
        raise Invalid(f"账号 {login} 已停用，不能以它的名义做事。")
    return actor


def _ring() -> "KeyRing":
    from portfolio.signing import Purpose, key_ring

    return key_ring(load_settings(), Purpose.WORKBOOK)


def _one_of(kinds: type[Chosen], word: str, what: str) -> Chosen:
    try:
        return kinds(word)
    except ValueError:
        known = "、".join(each.value for each in kinds)
        raise Invalid(f"{what}：没有“{word}”。可以是 {known}。") from None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"读不了 {file}。请检查路径和权限。") from error
