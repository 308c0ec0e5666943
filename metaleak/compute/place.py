"""Where jobs run, and what is kept of them: set for a whole command, or given with one call."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

from metaleak.compute.kept import forget
from metaleak.errors import SettingError

#: Environment variable: how many processes may compute at once; 1 stays in one process.
WORKERS = "METALEAK_WORKERS"

#: Called with the chunks that are done and all of them.
Progress = Callable[[int, int], None]


def _silent(_done: int, _total: int) -> None:
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where jobs run.

    Attributes
    ----------
    workers : int, optional
        Processes on this machine; 1 stays in this process. None: as many as there are cores, where the job is long
        enough to pay for their start.
    scheduler : str, optional
        The address of a Dask scheduler, such as ``"tcp://10.0.0.1:8786"``.
    keep : Path, optional
        A folder that holds finished chunks until the job is done, so that a killed job goes on where it stood.
    salt : str
        Chunks kept under another salt are not taken over.
    release : bool
        Whether kept chunks go when their job is done; with False they wait for :meth:`forget`.
    progress : callable
        Called after every chunk.
    finished : list of Path
        Jobs that are done and whose chunks are kept.
    """

    workers: int | None = None
    scheduler: str | None = None
    keep: Path | None = None
    salt: str = ""
    release: bool = True
    progress: Progress = _silent
    finished: list[Path] = field(default_factory=list)

    def forget(self) -> None:
        """Remove what was kept of jobs that are done."""
        while self.finished:
            forget(self.finished.pop())

    def __post_init__(self) -> None:
        """Check the settings."""
        number = self.workers
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
            raise SettingError(
                "workers is no number of processes", required="a whole number >= 1", got=number
            )
        if self.scheduler is not None and "://" not in self.scheduler:
            raise SettingError(
                "scheduler is no address", required='such as "tcp://10.0.0.1:8786"', got=self.scheduler
            )
        if self.scheduler is not None and number is not None:
            raise SettingError(
                "workers of this machine and a scheduler exclude each other", todo="give one of them"
            )


_CURRENT: ContextVar[Place] = ContextVar("metaleak_place", default=Place())  # noqa: B039


@contextmanager
def using(place: Place) -> Iterator[Place]:
    """Run every job of the block at a place.

    Examples
    --------
    >>> with using(Place(workers=1)) as place:
    ...     chosen().workers
    1
    """
    token = _CURRENT.set(place)
    try:
        yield place
    finally:
        _CURRENT.reset(token)


def chosen(
    *, workers: int | None = None, scheduler: str | None = None, keep: Path | str | None = None
) -> Place:
    """Return the place that a call names, or the one of the block around it."""
    if workers is None and scheduler is None and keep is None:
        return _CURRENT.get()
    around = _CURRENT.get()
    named = workers is not None or scheduler is not None
    return Place(
        workers=workers if named else around.workers,
        scheduler=scheduler if named else around.scheduler,
        keep=Path(keep) if keep is not None else None,
        salt=around.salt,
        progress=around.progress,
    )


def cores() -> int:
    """Return how many cores this process may use: those of the machine, or what ``METALEAK_WORKERS`` says.

    Raises
    ------
    SettingError
        When the variable is no whole number >= 1.
    """
    told = os.environ.get(WORKERS, "").strip()
    if told and not (told.isdecimal() and int(told) >= 1):
        raise SettingError(f"{WORKERS} is no number of processes", required="a whole number >= 1", got=told)
    there = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return int(told) if told else there
