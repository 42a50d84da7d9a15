"""`portfolio audit`: verify the trail, link what is new, print the head to keep outside."""

import typer

from api.cli.context import JsonOption, open_database, tell
from portfolio import clock
from portfolio.audit import Head, Report, head, seal, verify
from portfolio.errors import Invalid

app = typer.Typer(help="审计留痕：核验、封签。", no_args_is_help=True)
SHOWN = 20


@app.command("verify")
def verify_(
    expected: str = typer.Option("", "--head", help="以前记下的链头（序号:签名），核对后面没有被截去。"),
    as_json: bool = JsonOption,
) -> None:
    """核验全部留痕：有没有被改、被删、插入、调换或截去。没有问题退出码 0，有问题 1。"""
    report = verify(open_database(), _head(expected))
    tell(report.as_dict(), _in_words(report), as_json=as_json)
    if not report.is_clean:
        raise typer.Exit(1)


@app.command("seal")
def seal_(as_json: bool = JsonOption) -> None:
    """把已提交的留痕接进链里。服务运行时每分钟自动做一次。"""
    done = seal(open_database(), clock.now())
    values = {"rows": done.rows, "up_to": done.up_to, "waiting": done.waiting}
    tell(values, f"封签 {done.rows} 条，到第 {done.up_to} 条；等下一次 {done.waiting} 条。", as_json=as_json)


@app.command("head")
def head_(as_json: bool = JsonOption) -> None:
    """打印链头。请存在这台机器以外的地方，以后用 verify --head 核对。"""
    with open_database().reading() as db:
        last = head(db)
    tell({"head": str(last) if last else ""}, str(last or "还没有封签。"), as_json=as_json)


def _head(text: str) -> Head | None:
    if not text:
        return None
    no, _, signature = text.strip().partition(":")
    if not no.isdecimal() or not signature:
        raise Invalid("--head 要写成“序号:签名”，就是 portfolio audit head 打印的那一行。")
    return Head(int(no), signature)


def _in_words(report: Report) -> str:
    lines = [f"留痕 {report.events} 条，封签 {report.seals} 枚，尚未封签 {report.unsealed} 条。"]
    if report.named_gaps:
        lines.append(f"撤回的事务空出 {report.named_gaps} 个号，已记在封签里。")
    lines += [f"✗ {each.sentence}" for each in report.findings[:SHOWN]]
    if report.found > SHOWN:
        lines.append(f"… 共 {report.found} 处。")
    lines.append(
        "没有发现改动。" if report.is_clean else f"发现 {report.found} 处问题。请保留现场，联系审计。"
    )
    return "\n".join(lines)
