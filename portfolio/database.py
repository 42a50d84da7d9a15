"""Engines, column types, and the two doors: `reading()` and `writing()`.

`writing()` is the only place that commits. On SQLite it takes the write lock at its first
statement (BEGIN IMMEDIATE), so a second writing session opened by the same thread would
wait for itself: open one at a time. `reading()` cannot write on either database.
"""

import fcntl
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Dialect, Engine, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import QueryableAttribute, Session
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

from portfolio.errors import BadConfiguration, Conflict
from portfolio.money import Fen

POOL_SIZE = 16
BUSY_TIMEOUT_MS = 10_000
AT_A_TIME = 5_000
_PREPARING = 7_201_402  # any number that nothing else here locks
OnDelete = Literal["CASCADE", "SET NULL", "RESTRICT"]

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

BigKey = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Instant(TypeDecorator[datetime]):
    """A moment in UTC. Refuses naive values; reads back aware on both databases."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; a naive datetime is a programming error."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant: {value}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """SQLite gives naive values back: they are UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class FenType(TypeDecorator[Fen]):
    """A `Fen` as a 64-bit integer."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: Fen | None, dialect: Dialect) -> int | None:
        """Store the number of fen."""
        return None if value is None else value.amount

    def process_result_value(self, value: Any, dialect: Dialect) -> Fen | None:
        """Read fen; sums come back as Decimal on PostgreSQL."""
        return None if value is None else Fen(int(value))


class Exact(TypeDecorator[Decimal]):
    """A decimal kept as its own text, since NUMERIC is binary on SQLite. Not for sorting in SQL."""

    impl = sa.String(40)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        """Store plain digits."""
        return None if value is None else f"{value:f}"

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        """Read the exact decimal back."""
        return None if value is None else Decimal(value)


def key() -> Any:
    """Primary key: a 64-bit number dealt by the database."""
    return Field(default=None, primary_key=True, sa_type=BigKey)


def ref(
    target: str,
    *,
    on_delete: OnDelete = "RESTRICT",
    index: bool = True,
    primary_key: bool = False,
) -> Any:
    """Required foreign key to `table.column`; what is referred to cannot be deleted by default."""
    return Field(
        foreign_key=target,
        ondelete=on_delete,
        index=index,
        primary_key=primary_key,
        sa_type=_key_type(target),
    )


def maybe_ref(target: str, *, on_delete: OnDelete = "RESTRICT", index: bool = True) -> Any:
    """Optional foreign key to `table.column`."""
    return Field(
        default=None,
        foreign_key=target,
        ondelete=on_delete,
        index=index,
        nullable=True,
        sa_type=_key_type(target),
    )


def _key_type(target: str) -> Any:
    return sa.String(40) if target.endswith((".code", ".key")) else BigKey


def instant(*, nullable: bool = False, index: bool = False) -> Any:
    """An instant column (UTC)."""
    return Field(default=None, nullable=nullable, index=index, sa_type=Instant)


def choice(
    kind: type[StrEnum],
    default: StrEnum | None = None,
    *,
    nullable: bool = False,
    check: str = "",
) -> Any:
    """A column that holds one of the enum's values, checked by the database too.

    `check` names the constraint where a table has two columns of the same enum.
    """
    column = sa.Enum(
        kind,
        native_enum=False,
        length=24,
        values_callable=lambda members: [member.value for member in members],
        create_constraint=True,
        name=check or _snake(kind.__name__),
    )
    if default is None and not nullable:
        return Field(sa_type=column)
    return Field(default=default, nullable=nullable, sa_type=column)


def row_version() -> Any:
    """Counter for optimistic locking: people send the version they saw; see `check_version`."""
    return Field(default=1, nullable=False)


def check_version(seen: int | None, stored: int) -> None:
    """Refuse a change made on an outdated row; raises Conflict. `None` skips the check."""
    if seen is not None and seen != stored:
        raise Conflict("这一条刚被别人改过。请刷新页面，看过新的内容再改。")


class days_between(sa.sql.functions.FunctionElement[int]):  # noqa: N801 - read as a function
    """Whole days from one date expression to another, on both databases."""

    type = sa.Integer()
    inherit_cache = True
    name = "days_between"


@compiles(days_between)
def _days_on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(each, **kw) for each in element.clauses)
    return f"({last} - {first})"


@compiles(days_between, "sqlite")
def _days_on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    first, last = (compiler.process(each, **kw) for each in element.clauses)
    return f"CAST(julianday({last}) - julianday({first}) AS INTEGER)"


def select(
    db: Session, statement: sa.Executable, values: Mapping[str, Any] | None = None
) -> sa.CursorResult[*tuple[Any, ...]]:
    """Run a select of columns past the ORM, which takes twice as long for the same small answer.

    Not for entities: of those it gives the bare columns. What the session has pending is written first.
    """
    if db.autoflush:
        db.flush()
    return db.connection().execute(statement, values)


def rel(attribute: object) -> QueryableAttribute[Any]:
    """Give a relationship attribute the type that loader options ask for."""
    if not isinstance(attribute, QueryableAttribute):
        raise TypeError(f"not a mapped attribute: {attribute!r}")
    return attribute


Value = TypeVar("Value", int, str)


def in_parts(values: Iterable[Value]) -> Iterator[list[Value]]:
    """Cut many values, each once and in order, into lists that one statement carries (SQLite: 32,766 at most)."""
    ordered = sorted(set(values))
    for start in range(0, len(ordered), AT_A_TIME):
        yield ordered[start : start + AT_A_TIME]


def insert(db: Session, table: type[Any]) -> Any:
    """An INSERT of the database's own dialect, so that it knows ON CONFLICT."""
    own: Any = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    return own(table)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


class Database:
    """One database: an engine that writes and one that only reads."""

    def __init__(self, url: str) -> None:
        """Prepare both engines; nothing is opened until the first statement."""
        self.url = _checked(url)
        if self.is_sqlite:
            self._writer, self._reader = (
                _sqlite_engine(self.url, False),
                _sqlite_engine(self.url, True),
            )
        else:
            self._writer, self._reader = (
                _postgres_engine(self.url, False),
                _postgres_engine(self.url, True),
            )

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and diagnosis."""
        return self._writer

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session that sees one consistent state and cannot write."""
        with Session(self._reader, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction: commits when the block ends, rolls back when it raises."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold back other processes that come here too: several may start on one database at once.

        A lock on a file beside the database, or one of PostgreSQL's that lasts as long as a transaction,
        so that it holds behind a pooler too. It ends with the process.
        """
        if not self.is_sqlite:
            with self._reader.connect() as connection:
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_PREPARING)))
                yield
        elif self.url.database:
            with Path(f"{self.url.database}.lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        else:
            yield

    def gather_statistics(self) -> None:
        """Let SQLite see how rows are spread, a few hundred of each index: without it, it walks the wrong ones.

        PostgreSQL does this by itself.
        """
        if self.is_sqlite:
            with self._writer.begin() as connection:
                connection.exec_driver_sql("PRAGMA analysis_limit=400")
                connection.exec_driver_sql("ANALYZE")

    def forget_connections(self) -> None:
        """In a forked child: leave the parent's connections alone and open own ones."""
        self._writer.dispose(close=False)
        self._reader.dispose(close=False)

    def dispose(self) -> None:
        """Close all pooled connections."""
        self._writer.dispose()
        self._reader.dispose()


def _checked(url: str) -> URL:
    try:
        parsed = make_url(url)
    except sa.exc.ArgumentError as error:
        raise BadConfiguration(
            "PORTFOLIO_DATABASE_URL 不是数据库地址。请写成 sqlite:///路径 或 postgresql+psycopg://用户:密码@主机/库名。"
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise BadConfiguration(f"不支持 {parsed.get_backend_name()} 数据库。请使用 sqlite 或 postgresql。")
    if parsed.get_backend_name() == "sqlite" and parsed.database:
        _make_folder(Path(parsed.database).parent)
    return parsed


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadConfiguration(
            f"数据库的文件夹 {folder} 建不了。请检查 PORTFOLIO_DATABASE_URL 和权限。"
        ) from error


def _sqlite_engine(url: URL, read_only: bool) -> Engine:
    engine = sa.create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        connect_args={"timeout": BUSY_TIMEOUT_MS / 1000},
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-65536",
            "mmap_size=268435456",
            f"query_only={'ON' if read_only else 'OFF'}",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        if cursor.execute("PRAGMA foreign_keys").fetchone() != (1,):
            raise BadConfiguration("这个 SQLite 不检查外键，不能使用。请换用带外键支持的 SQLite。")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: URL, read_only: bool) -> Engine:
    # prepare_threshold None: prepared statements break behind a pooler in transaction mode.
    engine = sa.create_engine(
        url,
        pool_size=POOL_SIZE,
        max_overflow=0,
        pool_pre_ping=True,
        connect_args={"prepare_threshold": None},
    )
    # Set per transaction, not at connect: a pooler in transaction mode refuses start-up options.
    mode = "ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "READ WRITE"

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"SET TRANSACTION {mode}")

    return engine
