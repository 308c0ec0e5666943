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
    import filelock

    folder = Path(root) / ".metaleak"
    try:
        folder.mkdir(exist_ok=True)
        lock = filelock.FileLock(folder / "lock")
        lock.acquire(timeout=timeout)
    except filelock.Timeout:
        raise LockedError(
            "another metaleak command is writing to this review",
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
