"""Parse in a child process with bounded memory and time, so that no file can harm the server."""

import multiprocessing
import resource
from multiprocessing.connection import Connection
from typing import Any

from imports.files import limits as bounds
from imports.files import readers
from imports.files.limits import Limits
from imports.files.sheets import ReadBook, ReadSheet, Unreadable

MEMORY = 1_024_000_000
CPU_SECONDS = 40
WAIT_SECONDS = 60
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["imports.files.readers"])


def read(content: bytes, limits: Limits = bounds.DEFAULT) -> ReadBook:
    """Check and parse a file; raises Unreadable with a sentence for whatever is wrong with it."""
    notices = bounds.check(content, limits)
    answer = _parse(content, limits)
    if isinstance(answer, str):
        raise Unreadable(answer)
    return ReadBook(answer, notices)


def _parse(content: bytes, limits: Limits) -> tuple[ReadSheet, ...] | str:
    ours, theirs = _context.Pipe(duplex=False)
    worker = _context.Process(target=_work, args=(theirs, content, limits), daemon=True)
    worker.start()
    theirs.close()  # else the death of the child is not seen
    try:
        if not ours.poll(WAIT_SECONDS):
            return "这个文件读得太久，已停下。请删去无关的工作表，或分成几个文件。"
        answer: tuple[ReadSheet, ...] | str = ours.recv()
    except EOFError:
        return "这个文件太大或已损坏，没有读完。请用 Excel 另存一次，或分成几个文件。"
    else:
        return answer
    finally:
        worker.kill()
        worker.join()
        ours.close()


def _work(answer: "Connection[Any, Any]", content: bytes, limits: Limits) -> None:
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(kind, (most, most))
    try:
        answer.send(readers.read(content, limits))
    except Unreadable as refused:
        answer.send(str(refused))
    except Exception:  # noqa: BLE001  (whatever a parser trips over is the file's fault, and said so)
        answer.send("这个文件的内容不合规范，读不了。请用 Excel 打开并另存一次再传。")
