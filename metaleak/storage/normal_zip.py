"""Zip archives whose bytes depend on their contents alone: sorted names, one date, no owner."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

#: The first day that the format knows.
DATE = (1980, 1, 1, 0, 0, 0)


def packed(files: Mapping[str, bytes], *, first: str | None = None) -> bytes:
    """Return a zip archive of ``files``, by name; ``first`` is the member that a reader expects in front.

    Parameters
    ----------
    files : mapping of str to bytes
        Member -> content; names are relative and use ``/``.
    first : str, optional
        The member that comes before the sorted others.

    Returns
    -------
    bytes
        The archive; the same members give the same bytes.

    Examples
    --------
    >>> packed({"b": b"2", "a": b"1"}) == packed({"a": b"1", "b": b"2"})
    True
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in sorted(files, key=lambda name: (name != first, name)):
            entry = zipfile.ZipInfo(name, DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, files[name], compresslevel=6)
    return out.getvalue()


def normalised(
    data: bytes, *, first: str | None = None, rewrite: Callable[[str, bytes], bytes] | None = None
) -> bytes:
    """Return the archive ``data`` packed again; ``rewrite`` may change a member, given its name.

    Examples
    --------
    >>> once = packed({"a": b"1"})
    >>> normalised(once) == once
    True
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    if rewrite is not None:
        files = {name: rewrite(name, content) for name, content in files.items()}
    return packed(files, first=first)
