"""Write a file whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from metaleak.errors import StorageError

#: No program but this one ends a hidden file so.
_SUFFIX = ".metaleak-tmp"


def write_bytes(path: Path, data: bytes) -> bool:
    """Replace ``path`` by ``data`` in one step and return whether the file changed.

    The bytes go to a temporary file in the same folder, are flushed to the disk, and take the name in
    one rename: a crash at any moment leaves the old file or the new one. A file that already holds
    ``data`` is not touched.

    Raises
    ------
    StorageError
        When the folder cannot be written or the disk is full; the old file then stands unchanged.
    """
    # A sheet that is a link to a file elsewhere stays a link.
    path = Path(os.path.realpath(path))
    try:
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, data)
    except OSError as error:
        raise StorageError(
            f"cannot write {path.name}: {error.strerror or error}",
            where=str(path.parent),
            todo="the old file, if there was one, is unchanged; free space or permission, then run again",
        ) from error
    return True


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises
    ------
    StorageError
        When it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StorageError(
            f"cannot read {Path(path).name}: {error.strerror or error}", where=str(path)
        ) from error


def write_text(path: Path, text: str) -> bool:
    """Write ``text`` as UTF-8 with the line ends it holds; see :func:`write_bytes`."""
    return write_bytes(path, text.encode("utf-8"))


def sweep(folder: Path) -> None:
    """Remove temporary files that a killed process left in ``folder``; only the lock's holder may call it."""
    for path in Path(folder).glob(f".*{_SUFFIX}"):
        with contextlib.suppress(OSError):
            path.unlink()


def _replace(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_SUFFIX, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
    _sync_folder(path.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may bring the old directory entry back; some file systems refuse it.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
