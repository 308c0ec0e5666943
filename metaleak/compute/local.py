"""Chunks on the cores of this machine: one process per core, started anew where one dies."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import IO, Any, cast

from metaleak.compute.job import Floats, Job, versions
from metaleak.errors import MachineError

#: A chunk that kills so many processes is at fault itself.
_DEATHS = 3

#: The child finds the package where this process found it.
_START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from metaleak.compute.worker import serve; serve()"
)

#: One core each: libraries must not start threads of their own beside.
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def on_cores(job: Job, numbers: Sequence[int], workers: int) -> Iterator[tuple[int, Floats]]:
    """Yield the chunks with these numbers as they are done.

    Raises
    ------
    MachineError
        When a chunk has killed its process three times.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in numbers:
        waiting.put(number)
    done: SimpleQueue[tuple[int, Floats] | BaseException] = SimpleQueue()
    team = [_Hand(job, waiting, done) for _ in range(min(workers, len(numbers)))]
    try:
        for _ in numbers:
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield found
    finally:
        for hand in team:
            hand.stop()


class _Hand:
    """A thread with a process that computes for it."""

    def __init__(self, job: Job, waiting: SimpleQueue[int], done: SimpleQueue[Any]) -> None:
        self._job, self._waiting, self._done = job, waiting, done
        self._stopped = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._work, name="metaleak", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        process = self._process
        if process is not None:
            process.kill()
        self._thread.join()

    def _work(self) -> None:
        try:
            while not self._stopped.is_set():
                try:
                    number = self._waiting.get_nowait()
                except Empty:
                    return
                found = self._computed(number)
                if found is not None:
                    self._done.put((number, found))
        except BaseException as error:
            self._done.put(error)
        finally:
            self._end()

    def _computed(self, number: int) -> Floats | None:
        for _ in range(_DEATHS):
            try:
                process = self._process or self._start()
                pickle.dump(self._job.chunks[number], _pipe(process.stdin), protocol=pickle.HIGHEST_PROTOCOL)
                _pipe(process.stdin).flush()
                good, found = pickle.load(_pipe(process.stdout))
            except (EOFError, OSError, pickle.UnpicklingError):
                self._end()
                if self._stopped.is_set():
                    return None
                continue
            if not good:
                raise found
            return cast("Floats", found)
        raise MachineError(
            f"{self._job.name}: a chunk has killed {_DEATHS} processes",
            todo="is there enough memory? fewer workers need less; workers=1 computes in this process",
        )

    def _start(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD},
        )
        self._process = process
        if self._stopped.is_set():
            process.kill()
        pipe = _pipe(process.stdin)
        pickle.dump(sys.path, pipe)
        job = self._job
        pickle.dump((job.function, job.shared, versions()), pipe, protocol=pickle.HIGHEST_PROTOCOL)
        pipe.flush()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            try:
                _pipe(pipe).close()
            except OSError:
                # What was buffered for a dead process goes nowhere.
                continue
        process.wait()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    return cast("IO[bytes]", pipe)
