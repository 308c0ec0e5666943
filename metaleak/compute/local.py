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

from metaleak.compute.job import Header, Job, versions
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


class Team:
    """Processes of this machine that compute for one job after another.

    They start when the first job comes, wait between jobs, and end with the block, with an error, or with this
    process, however it ends.

    Parameters
    ----------
    workers : int
        How many there may be.

    Examples
    --------
    >>> with Team(2) as team:
    ...     team.workers, team.is_started
    (2, False)
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._idle: list[subprocess.Popen[bytes]] = []

    @property
    def is_started(self) -> bool:
        """Whether processes wait for a job."""
        return bool(self._idle)

    def __enter__(self) -> Team:
        """Return the team."""
        return self

    def __exit__(self, *_: object) -> None:
        """End every process."""
        while self._idle:
            _ended(self._idle.pop())

    def taken(self) -> subprocess.Popen[bytes]:
        """Return a process that nobody uses."""
        try:
            return self._idle.pop()
        except IndexError:
            return _started()

    def given_back(self, process: subprocess.Popen[bytes]) -> None:
        """Take a process back that has answered everything."""
        self._idle.append(process)


def on_cores(
    job: Job, numbers: Sequence[int], workers: int, team: Team | None = None
) -> Iterator[tuple[int, Any]]:
    """Yield the chunks with these numbers as they are done; a ``team`` goes on living.

    Raises
    ------
    MachineError
        When a chunk has killed its process three times.
    """
    if team is None:
        with Team(workers) as own:
            yield from on_cores(job, numbers, workers, own)
        return
    waiting: SimpleQueue[int] = SimpleQueue()
    for number in numbers:
        waiting.put(number)
    done: SimpleQueue[tuple[int, Any] | BaseException] = SimpleQueue()
    hands = [_Hand(job, waiting, done, team) for _ in range(min(workers, len(numbers)))]
    try:
        for _ in numbers:
            found = done.get()
            if isinstance(found, BaseException):
                raise found
            yield found
        for hand in hands:
            hand.join()
    finally:
        for hand in hands:
            hand.stop()


class _Hand:
    """A thread with a process that computes for it."""

    def __init__(self, job: Job, waiting: SimpleQueue[int], done: SimpleQueue[Any], team: Team) -> None:
        self._job, self._waiting, self._done, self._team = job, waiting, done, team
        self._stopped = Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = Thread(target=self._work, name="metaleak", daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join()

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
                    self._rest()
                    return
                found = self._computed(number)
                if found is not None:
                    self._done.put((number, found[0]))
        except BaseException as error:
            self._done.put(error)
        finally:
            self._end()

    def _rest(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            self._team.given_back(process)

    def _computed(self, number: int) -> tuple[Any] | None:
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
            return (found,)
        raise MachineError(
            f"{self._job.name}: a chunk has killed {_DEATHS} processes",
            todo="is there enough memory? fewer workers need less; workers=1 computes in this process",
        )

    def _start(self) -> subprocess.Popen[bytes]:
        process = self._process = self._team.taken()
        if self._stopped.is_set():
            process.kill()
        job, pipe = self._job, _pipe(process.stdin)
        header = Header(job.function, job.shared, versions())
        pickle.dump(header, pipe, protocol=pickle.HIGHEST_PROTOCOL)
        pipe.flush()
        return process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _ended(process)


def _started() -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **_ONE_THREAD},
    )
    pickle.dump(sys.path, _pipe(process.stdin))
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and wait until it is gone."""
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
