"""`portfolio projects`: list them and look at one, as text or as JSON."""

from dataclasses import asdict
from typing import Any

import typer

from api.cli.context import JsonOption, open_database, system_actor, tell

app = typer.Typer(help="项目：列出和查看。", no_args_is_help=True)


@app.command("list")
def list_(
    *,
    q: str = typer.Option("", "--q", help="名称、别名、代码、拼音或单位里的词。"),
    sector: str = typer.Option("", help="领域代码，如 aviation。"),
    district: str = typer.Option("", help="区县代码，如 airport。"),
    section: str = typer.Option("", help="规划的篇、章、节或专栏，如 b05。"),
    stage: str = typer.Option("", help="阶段，如 implementation。"),
    kind: str = typer.Option("", help="project、programme 或 measure。"),
    late: str = typer.Option("", help="overdue、soon、slipping、undated 或 unassigned。"),
    page: int = typer.Option(1, help="第几页，每页 50 项。"),
    everything: bool = typer.Option(False, "--all", help="全部列出，不分页。"),
    as_json: bool = JsonOption,
) -> None:
    """列出项目，最晚的在前；加 --all 按代码全部列出。"""
    from portfolio import installation
    from portfolio.overview.projects import project_list
    from portfolio.overview.projects.project_filter import filter_of
    from portfolio.overview.projects.project_records import records

    wanted = filter_of(
        q=q, sector=sector, district=district, section=section, stage=stage, kind=kind, late=late, page=page
    )
    with open_database().reading() as db:
        today = installation.today(db)
        choose = project_list.ids if everything else project_list.ids_of_page
        found = records(db, choose(db, system_actor(), wanted, today=today))
    lines = [f"{each.code}  {each.stage:<14}  {each.name}" for each in found]
    tell([asdict(each) for each in found], "\n".join(lines or ["没有符合的项目。"]), as_json=as_json)


@app.command()
def show(code: str = typer.Argument(help="项目代码，如 P0042。"), as_json: bool = JsonOption) -> None:
    """查看一个项目：规划出处、承诺、责任分工和节点。"""
    from portfolio import installation
    from portfolio.overview.projects.milestone_records import milestone_records
    from portfolio.overview.projects.project_page import project_page
    from portfolio.overview.projects.project_records import records

    with open_database().reading() as db:
        page = project_page(db, system_actor(), code, today=installation.today(db))
        (record,) = records(db, [page.id])
    milestones = [asdict(each) for each in milestone_records(page)]
    values: dict[str, Any] = asdict(record) | {"milestones": milestones}
    held = [f"  {each.kind_name}：{each.name}" for each in page.held]
    dated = [
        f"  {each['name']}：基线 {each['baseline'] or '–'}，预测 {each['forecast'] or '–'}，"
        f"实际 {each['actual'] or '–'}"
        for each in milestones
    ]
    head = f"{page.code} {page.name}（{page.stage_name}）"
    text = "\n".join([head, "责任分工", *(held or ["  未明确"]), "节点", *(dated or ["  还没有"])])
    tell(values, text, as_json=as_json)
