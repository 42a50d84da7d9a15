"""`portfolio plan`: load the plan's data, check it against the text, attach the text."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from api.cli.context import JsonOption, open_database, system_actor, tell
from portfolio.errors import Invalid

if TYPE_CHECKING:
    from imports.plans.load import FieldNote, Report

app = typer.Typer(help="规划：载入规划数据，与原文核对。", no_args_is_help=True)
SHOWN = 40
TABLES = {
    "sections": "篇章",
    "references": "出处",
    "promises": "承诺",
    "indicators": "主要指标",
    "history": "上期指标",
    "targets": "量化目标",
}
FIELDS = {
    "kind": "类别",
    "name": "名称",
    "aliases": "别名",
    "sector": "领域",
    "districts": "区县",
    "stage": "阶段",
    "part_of": "上级项目",
    "bundle_count": "打捆数",
    "doubtful": "存疑",
    "note": "说明",
    "members": "成员",
}
FolderOption = typer.Option(None, "--folder", help="规划数据的文件夹；不写则用随软件带的郑州“十四五”规划。")
TextFile = typer.Argument(help="规划原文的文本文件（UTF-8）。")


@app.command()
def load(
    folder: Path | None = FolderOption,
    dry_run: bool = typer.Option(False, "--dry-run", help="只说会改什么，不写入。"),
    as_json: bool = JsonOption,
) -> None:
    """载入规划里的项目、专项、举措、章节和指标。可以重复运行：人改过的保留，并列出来。"""
    from imports.plans import data
    from imports.plans import load as loading
    from portfolio import audit, clock

    wanted = data.read(folder or data.packaged())
    database = open_database()
    if dry_run:
        with database.writing() as db:
            report = loading.preview(db, system_actor(), wanted, now=clock.now())
    else:
        with database.writing() as db:
            report = loading.load(db, system_actor(), wanted, now=clock.now())
        audit.seal(database, clock.now())
    tell(report.as_json(), _in_words(report), as_json=as_json)


@app.command()
def verify(file: Path = TextFile, folder: Path | None = FolderOption, as_json: bool = JsonOption) -> None:
    """逐节核对：数据里有哪些名字，原文里还有哪些像项目的名字没有收。只看，不改。退出码：0 收的名字都在原文里，1 有的不在。"""
    from imports.plans import data
    from imports.plans.verify import verify as check

    found = check(_text(file), data.read(folder or data.packaged()))
    lines: list[str] = []
    for section in found.sections:
        if section.line is None:
            lines.append(f"{section.number} {section.title}：原文里没有找到")
            continue
        lost = [held.name for held in section.held if held.line is None]
        lines.append(f"{section.number} {section.title}（第 {section.line} 行）：已收 {len(section.held)} 处")
        lines += [f"  收：{'、'.join(held.name for held in section.held)}"] if section.held else []
        lines += [f"  原文此节没有找到：{name}" for name in lost]
        lines += [f"  未收：{candidate.name}（第 {candidate.line} 行）" for candidate in section.candidates]
    values = found.as_json()
    lines.append(
        f"共找到 {values['sections_found']} 个章节，已收 {values['names_held']} 处，"
        f"其中 {len(found.missing_names)} 处在原文没有找到；像名字而未收的 {values['candidates']} 处。"
    )
    tell(values, "\n".join(lines), as_json=as_json)
    if found.missing_names or found.missing_sections:
        raise typer.Exit(1)


@app.command()
def attach(
    file: Path = TextFile,
    version: int | None = typer.Option(None, "--version", help="规划的第几版；不写则是最新一版。"),
) -> None:
    """把规划原文存进本单位的数据库，页面上就能看到条款。原文不进代码仓库，也不外传。"""
    from portfolio import clock
    from portfolio.plan import texts

    content = _text(file)
    with open_database().writing() as db:
        found = texts.attach(db, system_actor(), content, version, now=clock.now())
    typer.echo(f"已附原文，找到 {found} 个章节。")


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
        left = (f"{key} {report.names[key]}" for key in report.gone)
        lines.append(f"数据里已不再有、仍保留的：{'、'.join(left)}。")
    lines += [
        f"{TABLES[name]}：新增 {counts.created}，更改或撤去 {counts.changed}，未变 {counts.unchanged}。"
        for name, counts in report.tables.items()
        if counts.created or counts.changed
    ]
    lines += [f"  改 {n.key} {n.name}：{_field(n)} {_moved(n)}" for n in report.changes[:SHOWN]]
    lines += [
        f"  留 {n.key} {n.name}：{_field(n)} 现为 {n.before}，数据为 {n.after}" for n in report.kept[:SHOWN]
    ]
    hidden = max(len(report.changes) - SHOWN, 0) + max(len(report.kept) - SHOWN, 0)
    if hidden:
        lines.append(f"  另有 {hidden} 处，用 --json 看全部。")
    return "\n".join(lines)


def _field(note: "FieldNote") -> str:
    return FIELDS.get(note.field, note.field)


def _moved(note: "FieldNote") -> str:
    """Old and new; of a list only what came and went."""
    if not isinstance(note.after, list):
        return f"{note.before or '空'} → {note.after or '空'}"
    came = [f"+{each}" for each in note.after if each not in note.before]
    return "、".join(came + [f"−{each}" for each in note.before if each not in note.after])


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"读不了 {file}。请检查路径，并另存为 UTF-8 文本。") from error
