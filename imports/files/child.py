"""Parse in a child process with bounded memory and time, so that no file can harm the server."""

import multiprocessing
import resource
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from imports.files import limits as bounds
from imports.files import readers
from imports.files.limits import Limits
from imports.files.sheets import ReadBook, Unreadable

MEMORY = 1_024_000_000
CPU_SECONDS = 40
WAIT_SECONDS = 60
WRITTEN = 300_000_000
Answer = TypeVar("Answer")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["imports.files.readers"])


def read(content: bytes, limits: Limits = bounds.DEFAULT) -> ReadBook:
    """Check and parse a file; raises Unreadable with a sentence for whatever is wrong with it."""
    notices = bounds.check(content, limits)
    return ReadBook(run(readers.read, content, limits), notices)


def run(work: Callable[..., Answer], *arguments: Any, may_write: bool = False) -> Answer:
    """Call a function of a module in a child with bounded memory and time; raises Unreadable.

    `may_write` lets it keep temporary files, as writing a workbook does.
    """
    ours, theirs = _context.Pipe(duplex=False)
    worker = _context.Process(target=_work, args=(theirs, work, arguments, may_write), daemon=True)
    worker.start()
    theirs.close()  # else the death of the child is not seen
    try:
        if not ours.poll(WAIT_SECONDS):
            raise Unreadable("这个文件读得太久，已停下。请删去无关的工作表，或分成几个文件。")
        refused, answer = ours.recv()
    except EOFError:
        raise Unreadable("这个文件太大或已损坏，没有读完。请用 Excel 另存一次，或分成几个文件。") from None
    finally:
        worker.kill()
        worker.join()
        ours.close()
    if refused:
        raise Unreadable(refused)
    found: Answer = answer
    return found


def _work(
    answer: "Connection[Any, Any]", work: Callable[..., Any], arguments: tuple[Any, ...], may_write: bool
) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, WRITTEN if may_write else 0),
        (resource.RLIMIT_NOFILE, 64),
    ):
        resource.setrlimit(kind, (most, most))
    try:
        answer.send(("", work(*arguments)))
    except Unreadable as refused:
        answer.send((str(refused), None))
    except Exception:  # noqa: BLE001  (whatever a parser trips over is the file's fault, and said so)
        answer.send(("这个文件的内容不合规范，读不了。请用 Excel 打开并另存一次再传。", None))
