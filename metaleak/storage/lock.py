"""One writer at a time: a lock that the system releases when its holder dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from metaleak.errors import LockedError, StorageError


@contextmanager
def review_lock(root: Path, *, timeout: float = 10.0) -> Iterator[None]:
    """Hold the review in ``root`` for writing; wait up to ``timeout`` seconds for another holder.

    Raises
    ------
    LockedError
        When another process still holds it.
    StorageError
        When the lock file cannot be made.
    """
    doing = "another metaleak command is writing to this review"
    with _held(root, "lock", doing=doing, timeout=timeout):
        yield


@contextmanager
def search_lock(root: Path, *, timeout: float = 1.0) -> Iterator[None]:
    """Hold the searches of the review in ``root``: one search at a time, while the review stays free.

    Raises
    ------
    LockedError
        When another process is searching.
    StorageError
        When the lock file cannot be made.
    """
    doing = "another metaleak command is searching for this review"
    with _held(root, "search-lock", doing=doing, timeout=timeout):
        yield


@contextmanager
def _held(root: Path, name: str, *, doing: str, timeout: float) -> Iterator[None]:
    import filelock

    folder = Path(root) / ".metaleak"
    try:
        folder.mkdir(exist_ok=True)
        lock = filelock.FileLock(folder / name)
        lock.acquire(timeout=timeout)
    except filelock.Timeout:
        raise LockedError(
            doing,
            where=str(root),
            got=f"no answer for {timeout:g} s",
            todo="wait until it ends, then run again",
        ) from None
    except OSError as error:
        raise StorageError(
            f"cannot lock the review: {error.strerror or error}",
            where=str(folder),
            todo="give permission to write there, then run again",
        ) from error
    try:
        yield
    finally:
        lock.release()
