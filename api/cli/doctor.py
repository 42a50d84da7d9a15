"""`portfolio doctor`: is everything in order, and if not, what to do."""

import shutil
import smtplib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

import typer
from sqlalchemy.exc import SQLAlchemyError

from api.cli.context import JsonOption, load_settings, tell
from portfolio import clock
from portfolio.database import Database
from portfolio.errors import Unavailable
from portfolio.settings import Settings

LEAST_FREE_BYTES = 500_000_000
SMTP_TIMEOUT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, in words, and the remedy when it is not."""

    what: str
    well: bool
    words: str
    remedy: str = ""


Check = Callable[[Settings, Database], Finding]


def doctor(as_json: bool = JsonOption) -> None:
    """检查数据库、结构版本、邮件、工作日历和磁盘；每个问题都说怎么办。有问题时退出码为 1。"""
    settings = load_settings()
    database = Database(settings.resolved_database_url)
    findings = [check(settings, database) for check in CHECKS]
    lines = [
        f"{'✓' if each.well else '✗'} {each.what}：{each.words}{'' if each.well else each.remedy}"
        for each in findings
    ]
    tell([asdict(each) for each in findings], "\n".join(lines), as_json=as_json)
    if not all(each.well for each in findings):
        raise typer.Exit(1)


def _opens(_settings: Settings, database: Database) -> Finding:
    try:
        with database.reading() as db:
            db.connection().exec_driver_sql("SELECT 1")
    except SQLAlchemyError as error:
        return Finding(
            "数据库",
            False,
            f"打不开（{type(error).__name__}）。",
            "请检查 PORTFOLIO_DATABASE_URL 和文件权限。",
        )
    return Finding("数据库", True, f"{database.url.get_backend_name()}，可以读取。")


def _schema(_settings: Settings, database: Database) -> Finding:
    from portfolio import migrating

    try:
        current, newest = migrating.current(database), migrating.newest()
    except Unavailable:
        return Finding("结构", False, "读不出版本。", "请先让数据库可以打开。")
    if current == newest:
        return Finding("结构", True, f"是最新的 {newest}。")
    return Finding("结构", False, f"是 {current or '空'}，最新是 {newest}。", "请运行 portfolio db upgrade。")


def _mail(settings: Settings, _database: Database) -> Finding:
    address = settings.smtp_url.get_secret_value()
    if not address:
        return Finding("邮件", False, "没有设置邮件服务器，邮件留在发件箱里。", "请设置 PORTFOLIO_SMTP_URL。")
    server = urlsplit(address)
    connect = smtplib.SMTP_SSL if server.scheme == "smtps" else smtplib.SMTP
    try:
        with connect(server.hostname or "", server.port or 0, timeout=SMTP_TIMEOUT_SECONDS) as smtp:
            smtp.noop()
    except (OSError, smtplib.SMTPException) as error:
        return Finding(
            "邮件", False, f"邮件服务器 {server.hostname} 没有应答（{error}）。", "请检查地址、端口和网络。"
        )
    return Finding("邮件", True, f"邮件服务器 {server.hostname} 有应答。")


def _calendar(_settings: Settings, database: Database) -> Finding:
    from portfolio.models import CalendarStatus, CalendarYear

    year = clock.civil_date(clock.now()).year
    try:
        with database.reading() as db:
            known = db.get(CalendarYear, year)
    except SQLAlchemyError:
        known = None
    if known is not None and known.status is CalendarStatus.CONFIRMED:
        return Finding("工作日历", True, f"{year} 年已确认。")
    return Finding(
        "工作日历",
        False,
        f"{year} 年还没有国务院办公厅通知的确认。",
        "请运行 portfolio db upgrade，或录入放假通知。",
    )


def _disk(settings: Settings, _database: Database) -> Finding:
    free = shutil.disk_usage(settings.data_dir).free
    words = f"{settings.data_dir} 还有 {free / 1e9:.1f} GB。"
    return Finding("磁盘", free >= LEAST_FREE_BYTES, words, "请腾出空间或换一个数据文件夹。")


CHECKS: tuple[Check, ...] = (_opens, _schema, _mail, _calendar, _disk)
