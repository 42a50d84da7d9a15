"""Do something in a fork of this warm process, which may be killed at a named point."""

import gc
import os
import signal
from collections.abc import Callable

from portfolio.alerts import points
from portfolio.database import Database


def in_fork(database: Database, act: Callable[[], object], point: str = "", nth: int = 1) -> bool:
    """Run `act` in a child; kill -9 it when it reaches `point` for the n-th time. True if it was killed."""
    child = os.fork()
    if child == 0:
        _run(database, act, point, nth)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    assert os.WEXITSTATUS(status) == 0, f"the child failed at {point}"
    return False


def start(database: Database, act: Callable[[], object]) -> int:
    """Start `act` in a child and return its process id; wait for it with `wait`."""
    child = os.fork()
    if child == 0:
        _run(database, act, "", 1)
    return child


def wait(child: int) -> None:
    """Wait for a child; it must end well."""
    _, status = os.waitpid(child, 0)
    assert os.WIFEXITED(status)
    assert os.WEXITSTATUS(status) == 0


def _run(database: Database, act: Callable[[], object], point: str, nth: int) -> None:
    code = 1
    try:
        gc.disable()  # it would copy the parent's pages only to find nothing
        database.forget_connections()
        left = nth

        def killer(name: str) -> None:
            nonlocal left
            if name == point:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        points.killer = killer
        act()
        code = 0
    except BaseException:  # noqa: BLE001 - a child must never return into the test
        import traceback

        traceback.print_exc()
    finally:
        os._exit(code)
