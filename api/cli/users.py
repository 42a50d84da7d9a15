"""`portfolio users`: add, list, disable, and print one-time sign-in addresses."""

from dataclasses import asdict

import typer
from pydantic import ValidationError

from api.cli.context import JsonOption, load_settings, open_database, system_actor, tell
from portfolio import audit, clock, installation
from portfolio.access import Role, ScopeKind
from portfolio.errors import Invalid

app = typer.Typer(help="用户：增加、列出、停用、发一次性登录链接。", no_args_is_help=True)


@app.command("add")
def add(
    login: str = typer.Argument(help="账号名。"),
    name: str = typer.Option(..., help="姓名。"),
    email: str = typer.Option("", help="邮箱。"),
    organisation: str = typer.Option("", help="单位的名称、简称或别名。"),
    role: list[Role] = typer.Option([], help="角色，可以写几次。"),
    scope: ScopeKind = typer.Option(ScopeKind.ALL, help="角色的范围。"),
    scope_value: str = typer.Option("", help="范围的对象：单位名称、区县或领域代码、项目号。"),
    as_json: bool = JsonOption,
) -> None:
    """增加一个人和账号，打印设置密码的一次性链接（24 小时有效）。"""
    from portfolio.people import accounts, organisations, people, roles
    from portfolio.people.accounts import AccountIn
    from portfolio.people.people import PersonIn
    from portfolio.people.roles import GrantIn

    database, now, actor = open_database(), clock.now(), system_actor()
    try:
        with database.writing() as db:
            unit = organisations.named(db, organisation) if organisation else None
            if scope is ScopeKind.ORGANISATION:
                scope_value = str(organisations.named(db, scope_value).id)
            person = people.add(
                db, actor, PersonIn(name=name, email=email, organisation_id=unit.id if unit else None)
            )
            account = accounts.add(db, actor, AccountIn(login=login, person_id=person.id or 0), now=now)
            today = installation.today(db, now)
            for each in role:
                filled = GrantIn(role=each, scope=scope, scope_value=scope_value, starts_on=today)
                roles.give(db, actor, account.id or 0, filled, now=now)
            token = accounts.issue_link(db, actor, account.id or 0, now=now)
    except ValidationError as error:
        raise Invalid("；".join(each["msg"] for each in error.errors())) from error
    audit.seal(database, now)
    address = _address(token)
    tell(
        {"login": login, "link": address}, f"已增加 {login}（{name}）。第一次登录：{address}", as_json=as_json
    )


@app.command("list")
def list_(as_json: bool = JsonOption) -> None:
    """列出账号、姓名、单位、角色和状态。"""
    from portfolio.people import queries

    database = open_database()
    with database.reading() as db:
        rows = queries.accounts(db, installation.today(db))
    lines = [f"{row.login}\t{row.name}\t{row.organisation}\t{row.roles_text}\t{row.state}" for row in rows]
    tell([asdict(row) for row in rows], "\n".join(lines) or "还没有账号。", as_json=as_json)


@app.command("disable")
def disable(
    login: str = typer.Argument(help="账号名或邮箱。"),
    reason: str = typer.Option("", help="原因，写进留痕。"),
) -> None:
    """停用一个账号：它的登录立即结束，链接作废。不会删除。"""
    from portfolio.people import accounts

    database, now = open_database(), clock.now()
    with database.writing() as db:
        account = accounts.by_login(db, login)
        accounts.disable(db, system_actor(), account.id or 0, now=now, reason=reason)
    audit.seal(database, now)
    typer.echo(f"已停用 {login}。")


@app.command("link")
def link(login: str = typer.Argument(help="账号名或邮箱。"), as_json: bool = JsonOption) -> None:
    """打印一次性登录地址：还没有密码的设置密码（24 小时），有密码的直接登录（1 小时）。"""
    from portfolio.people import accounts

    database, now = open_database(), clock.now()
    with database.writing() as db:
        account = accounts.by_login(db, login)
        token = accounts.issue_link(db, system_actor(), account.id or 0, now=now)
    audit.seal(database, now)
    address = _address(token)
    tell({"login": login, "link": address}, address, as_json=as_json)


def _address(token: str) -> str:
    return f"{load_settings().base_url.rstrip('/')}/link/{token}"
