"""`portfolio plan`: load the plan's data."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.context import JsonOption, open_database, system_actor, tell

if TYPE_CHECKING:
    from imports.plans.load import Report

app = typer.Typer(help="规划：载入规划数据，与原文核对。", no_args_is_help=True)
SHOWN = 40


@app.command()
def load(
    folder: Path | None = typer.Option(None, help="规划数据的文件夹；不写则用随软件带的郑州“十四五”规划。"),
    dry_run: bool = typer.Option(False, "--dry-run", help="只说会改什么，不写入。"),
    as_json: bool = JsonOption,
) -> None:
    """载入规划里的项目、专项、举措、章节和指标。可以重复运行：人改过的保留，并列出来。"""
    from imports.plans import data
    from imports.plans import load as loading
    from portfolio import clock

    wanted = data.read(folder or data.packaged())
    database = open_database()
    if dry_run:
        with database.reading() as db:
            report = loading.preview(db, wanted)
    else:
        with database.writing() as db:
            report = loading.load(db, system_actor(), wanted, now=clock.now())
    tell(report.as_json(), _in_words(report), as_json=as_json)


def _in_words(report: "Report") -> str:
    verb = "将" if report.dry_run else "已"
    lines = [
        (
            f"{report.plan} 第 {report.version} 版：{verb}新建 {report.created} 项，认领 {report.adopted} 项，"
            f"更新 {report.updated} 项，未变 {report.unchanged} 项；人改过而保留 {len(report.kept)} 处。"
        )
    ]
    if report.merged or report.followed:
        lines.append(f"合并 {len(report.merged)} 项，跟随此前合并 {report.followed} 项。")
    if report.gone:
        lines.append(f"数据里已不再有、仍保留的：{'、'.join(report.gone)}。")
    lines += [f"  改 {n.key} {n.name}：{n.field} {n.before} → {n.after}" for n in report.changes[:SHOWN]]
    lines += [
        f"  留 {n.key} {n.name}：{n.field} 现为 {n.before}，数据为 {n.after}" for n in report.kept[:SHOWN]
    ]
    hidden = max(len(report.changes) - SHOWN, 0) + max(len(report.kept) - SHOWN, 0)
    if hidden:
        lines.append(f"  另有 {hidden} 处，用 --json 看全部。")
    return "\n".join(lines)
