"""So many requests per second, from all threads and processes of a machine together.

There are as many slots as requests are allowed per second. A request holds one slot from before it is sent
until its answer is read, and the slot then rests for a second. Two requests of one slot reach the server at
least that second apart, however long they were under way; hence no second sees more requests than there are
slots. A slot is a file under a lock that the system releases when its holder dies.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from metaleak.errors import LockedError, StorageError
from metaleak.search.clock import Clock

#: How often a busy machine is asked again, and when waiting for it is given up.
_POLL, _PATIENCE = 0.1, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Limiter:
    """At most ``per_second`` requests in any ``rest`` seconds.

    Attributes
    ----------
    folder : Path
        Where the slots lie; all processes that share the folder share the limit.
    per_second : int
        Number of slots.
    rest : float
        Seconds that a slot rests after its answer.
    """

    folder: Path
    per_second: int
    clock: Clock
    rest: float = 1.0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a slot and hold it for one request.

        Raises
        ------
        LockedError
            When other processes hold all slots for five minutes.
        StorageError
            When the folder cannot be written or the disk is full.
        """
        stamp, lock = self._take()
        try:
            self.clock.sleep(self._rest_left(stamp))
            # A holder that dies leaves this mark, and the slot rests from when it is found.
            with _writable(self.folder):
                stamp.write_text("in use")
            yield
        finally:
            with suppress(OSError):
                stamp.write_text(repr(self.clock.monotonic()))
            lock.release()

    def _take(self) -> tuple[Path, FileLock]:
        stamps = [self.folder / f"slot-{number}" for number in range(self.per_second)]
        give_up = self.clock.monotonic() + _PATIENCE
        with _writable(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            while self.clock.monotonic() < give_up:
                for stamp in sorted(stamps, key=self._rest_left):
                    lock = FileLock(stamp.with_suffix(".lock"))
                    with suppress(Timeout):
                        lock.acquire(blocking=False)
                        return stamp, lock
                self.clock.sleep(_POLL)
        raise LockedError(
            "other processes hold every place for a request",
            where=str(self.folder),
            got=f"no place for {_PATIENCE:g} s",
            todo="end hanging metaleak processes, then run again",
        )

    def _rest_left(self, stamp: Path) -> float:
        try:
            since = self.clock.monotonic() - float(stamp.read_text())
        except FileNotFoundError:
            return 0.0
        except ValueError:
            return self.rest
        # After a restart of the machine its clock begins anew, and the mark lies in the future.
        return min(max(self.rest - since, 0.0), self.rest)


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"cannot keep the request limit: {error.strerror or error}",
            where=str(folder),
            todo="free space or permission there, then run again",
        ) from error


def shared_folder(host: str, fallback: Path) -> Path:
    """Return the folder where all of a user's processes share the limit of ``host``.

    It lies in the user's cache; where that cannot be written, in ``fallback``.
    """
    import platformdirs

    folder = platformdirs.user_cache_path("metaleak", appauthor=False) / "limit" / host.replace(":", "-")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "slot-0.lock").touch()
    except OSError:
        return fallback
    return folder
