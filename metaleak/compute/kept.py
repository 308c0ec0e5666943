"""Finished chunks on disk, so that a killed job goes on where it stood.

A file is the SHA-256 of an array file and the array file; it appears whole or not at all, and one that is damaged
counts as missing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
from pathlib import Path

import numpy as np
import numpy.typing as npt

from metaleak.storage import atomic

Floats = npt.NDArray[np.float64]
_DIGEST = hashlib.sha256().digest_size


class Kept:
    """The chunks of one job in ``folder``; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, number: int) -> Floats | None:
        """Return a chunk, or None where it is missing or damaged."""
        if self.folder is None:
            return None
        try:
            data = self._path(number).read_bytes()
        except OSError:
            return None
        head, body = data[:_DIGEST], data[_DIGEST:]
        if hashlib.sha256(body).digest() != head:
            return None
        found: Floats = np.load(io.BytesIO(body), allow_pickle=False)
        return found

    def save(self, number: int, values: Floats) -> None:
        """Keep a chunk.

        Raises
        ------
        StorageError
            When it cannot be written.
        """
        if self.folder is None:
            return
        buffer = io.BytesIO()
        np.save(buffer, values, allow_pickle=False)
        body = buffer.getvalue()
        atomic.write_bytes(self._path(number), hashlib.sha256(body).digest() + body)

    def _path(self, number: int) -> Path:
        return (self.folder or Path()) / f"{number:06d}.chunk"


def forget(folder: Path) -> None:
    """Remove the chunks of one job, and the folder around them once it is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.parent.rmdir()
