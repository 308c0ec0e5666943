"""The other end of a pipe: a process that computes chunks until its parent closes or dies.

``multiprocessing`` would run the user's script again in every process, and fail where the script has no guard; this
process loads the job's function and nothing else.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from typing import IO, Any

from metaleak.compute.job import Header, compute
from metaleak.errors import MachineError


def serve() -> None:
    """Read jobs and their chunks from standard input, and write ``(True, value)`` or ``(False, error)`` for each."""
    # Ctrl-C goes to the whole group of processes; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(sys.stdin.buffer, told), daemon=True).start()
    try:
        _answer(told)
    except BrokenPipeError:
        _leave()


def _listen(source: IO[bytes], told: SimpleQueue[Any]) -> None:
    """Hear it at once when the parent is gone, also in the middle of a long chunk."""
    try:
        while True:
            told.put(pickle.load(source))
    except EOFError:
        _leave()
    except BaseException as error:
        told.put(error)


def _leave() -> None:
    # Nobody is left to be told, and what is buffered goes nowhere.
    os._exit(1)


def _answer(told: SimpleQueue[Any]) -> None:
    # What a library prints must not get between the answers.
    with os.fdopen(os.dup(1), "wb") as answers:
        os.dup2(2, 1)
        header: Header | None = None
        while True:
            message = told.get()
            if isinstance(message, Header):
                header = message
                continue
            answers.write(_answered(header, message))
            answers.flush()


def _answered(header: Header | None, chunk: Any) -> bytes:
    try:
        if isinstance(chunk, BaseException):
            raise chunk
        if header is None:
            raise MachineError("a chunk came before its job")
        found = compute(header.function, header.shared, chunk, header.expected)
        return pickle.dumps((True, found), protocol=pickle.HIGHEST_PROTOCOL)
    except Exception as error:
        return pickle.dumps((False, error), protocol=pickle.HIGHEST_PROTOCOL)
