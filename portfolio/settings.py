"""Every setting once: type, default, remedy. Read from the environment or a `.env` file.

A secret may also come from a file: `PORTFOLIO_SECRET_KEY_FILE=/run/secrets/key`.
A misspelt `PORTFOLIO_…` name is an error that suggests the right one.
"""

import difflib
import os
import secrets
from collections.abc import Mapping
from enum import StrEnum
from io import StringIO
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from portfolio.errors import BadConfiguration

PREFIX = "PORTFOLIO_"
TEST_PREFIX = "PORTFOLIO_TEST_"
FILE_SUFFIX = "_FILE"
ENV_FILE = Path(".env")  # in the folder the command is started in
MINIMUM_KEY_LENGTH = 32


class Mode(StrEnum):
    """How strict the installation is about secrets and demonstration data."""

    DEVELOPMENT = "development"
    DEMO = "demo"
    PRODUCTION = "production"


class Settings(BaseModel):
    """The installation's settings; descriptions are the documentation (`docs/settings.md`)."""

    # Without the input in errors: a bad secret would stand in the log.
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, frozen=True)

    mode: Mode = Field(
        default=Mode.DEVELOPMENT,
        description="`development`, `demo` or `production`; production refuses weak or missing secrets.",
    )
    data_dir: Path = Field(
        default=Path("data"),
        description="Folder for the SQLite database and the generated secret; created when absent.",
    )
    database_url: str = Field(
        default="",
        description="`sqlite:///path` or `postgresql+psycopg://user:password@host/name`; "
        "empty: `portfolio.db` in the data folder.",
    )
    secret_key: SecretStr = Field(
        default=SecretStr(""),
        description="At least 32 characters; sessions, links, workbooks and audit keys derive from it. "
        "Outside production it is made and kept (mode 600) in the data folder when absent.",
    )
    old_secret_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Earlier secret keys, separated by commas; still accepted for verifying.",
    )
    smtp_url: SecretStr = Field(
        default=SecretStr(""),
        description="`smtp://user:password@host:port` or `smtps://…`. STARTTLS is used when offered, and a "
        "password goes out encrypted only, unless `?starttls=never`. A certificate of one's own is trusted "
        "through `SSL_CERT_FILE`. Empty: mails stay in the outbox.",
    )
    mail_from: str = Field(
        default="portfolio@localhost",
        description="Sender address of all mails; receives bounces.",
    )
    base_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Public address; links in mails are built from it alone.",
    )
    trusted_proxies: str = Field(
        default="",
        description="Addresses of reverse proxies whose forwarding headers count, separated by commas.",
    )
    mail_per_second: float = Field(
        default=5.0,
        description="At most so many mails a second to the mail server; 0: no limit.",
    )
    log_level: str = Field(default="INFO", description="`DEBUG`, `INFO`, `WARNING` or `ERROR`.")

    @property
    def resolved_database_url(self) -> str:
        """The database address, with the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'portfolio.db'}"

    @property
    def mails(self) -> bool:
        """Whether a mail server is set."""
        return bool(self.smtp_url.get_secret_value())

    @property
    def is_production(self) -> bool:
        """Whether weak secrets and demonstration data are refused."""
        return self.mode is Mode.PRODUCTION


def load(environ: Mapping[str, str] | None = None, env_file: Path = ENV_FILE) -> Settings:
    """Read the settings, check names and the secret key, and create the data folder.

    The environment (that of the process by default) wins over the file. Raises BadConfiguration with a
    sentence that names the setting and the remedy.
    """
    environ = os.environ if environ is None else environ
    written = _written(env_file)
    _refuse_unknown_names(environ)
    _refuse_unknown_names(written, f"{env_file} 里")
    try:
        settings = Settings(**{**_values(written), **_values(environ)})
    except ValidationError as error:
        names = ", ".join(PREFIX + str(each["loc"][0]).upper() for each in error.errors())
        raise BadConfiguration(f"设置 {names} 的值不正确。请对照 docs/settings.md 修改。") from error
    return _with_secret(settings)


def known_names() -> list[str]:
    """Return the environment names of all settings."""
    return [PREFIX + name.upper() for name in Settings.model_fields]


def _written(env_file: Path) -> dict[str, str]:
    """What the `.env` file says; a name without a value says nothing."""
    try:
        content = env_file.read_text("utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"设置文件 {env_file} 读不了。请检查权限，并用 UTF-8 保存。") from error
    found = dotenv_values(stream=StringIO(content), interpolate=False)
    return {name: value for name, value in found.items() if value is not None}


def _refuse_unknown_names(given: Mapping[str, str], where: str = "") -> None:
    known = known_names()
    known += [name + FILE_SUFFIX for name in known]
    for name in given:
        if name.startswith(PREFIX) and not name.startswith(TEST_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, 1, 0.5)
            hint = f"是不是想写 {near[0]}？" if near else "请对照 docs/settings.md。"
            raise BadConfiguration(f"{where}没有名为 {name} 的设置。{hint}")


def _values(given: Mapping[str, str]) -> dict[str, Any]:
    """The settings that are given, by field; a `…_FILE` stands for what its file holds."""
    values: dict[str, Any] = {}
    for name in known_names():
        source = given.get(name + FILE_SUFFIX)
        if source:
            values[_field(name)] = _held(name, Path(source))
        elif name in given:
            values[_field(name)] = given[name]
    return values


def _field(name: str) -> str:
    return name.removeprefix(PREFIX).lower()


def _held(name: str, path: Path) -> str:
    try:
        return path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(f"{name}{FILE_SUFFIX} 指向的文件 {path} 读不了。请检查路径和权限。") from error


def _with_secret(settings: Settings) -> Settings:
    secret = settings.secret_key.get_secret_value()
    if secret:
        if len(secret) < MINIMUM_KEY_LENGTH or len(set(secret)) < 8:
            raise BadConfiguration(
                f"PORTFOLIO_SECRET_KEY 太弱，至少要 {MINIMUM_KEY_LENGTH} 个随机字符。"
                '请用 python3 -c "import secrets; print(secrets.token_urlsafe(48))" 生成。'
            )
        _make_folder(settings.data_dir)
        return settings
    if settings.is_production:
        raise BadConfiguration("生产模式必须设置 PORTFOLIO_SECRET_KEY。请生成一个随机密钥并妥善保存。")
    _make_folder(settings.data_dir)
    return settings.model_copy(update={"secret_key": SecretStr(_kept_secret(settings.data_dir))})


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfiguration(f"数据文件夹 {folder} 建不了。请检查 PORTFOLIO_DATA_DIR 和权限。") from error


def _kept_secret(folder: Path) -> str:
    path = folder / "secret.key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text("utf-8").strip()
    secret = secrets.token_urlsafe(48)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secret + "\n")
    return secret
