"""``metaleak new``: the same folders for another review, with one synthetic example that runs at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from metaleak.errors import StorageError, UsageError
from metaleak.storage import atomic
from metaleak.workflow.project import PROJECT

#: Names in the package -> names in a review: packaging tools leave hidden files out.
_RENAMED = {"gitignore": ".gitignore"}


def new_review(folder: Path) -> list[str]:
    """Start a review in ``folder`` and return the files that were made, sorted.

    The file that makes it a review, ``metaleak.toml``, comes last: a start that is cut off leaves no
    half review behind.

    Raises
    ------
    UsageError
        When there is something in the folder already, or the name cannot be a folder.
    StorageError
        When it cannot be written.
    """
    _refuse_used(folder)
    made: list[Path] = []
    try:
        for name, source in sorted(_starter(), key=lambda item: (item[0] == PROJECT, item[0])):
            made.append(folder / name)
            atomic.write_bytes(folder / name, source.read_bytes())
    except BaseException:
        for path in made:
            with suppress(OSError):
                path.unlink()
        raise
    return sorted(path.relative_to(folder).as_posix() for path in made)


def _refuse_used(folder: Path) -> None:
    if "\x00" in str(folder):
        raise UsageError("this cannot be the name of a folder", got=str(folder))
    try:
        if folder.is_dir():
            held = next(folder.iterdir(), None)
        else:
            held = folder if folder.exists() or folder.is_symlink() else None
    except OSError as error:
        raise StorageError(f"cannot look into the folder: {error.strerror}", where=str(folder)) from error
    if held is not None:
        raise UsageError(
            "the folder is not empty",
            required="a new name, or an empty folder",
            got=held.name,
            where=str(folder),
            todo="choose another name; nothing was written",
        )


def _starter() -> Iterator[tuple[str, Traversable]]:
    return _walk(files("metaleak.workflow") / "starter", "")


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, Traversable]]:
    for item in folder.iterdir():
        name = prefix + _RENAMED.get(item.name, item.name)
        if item.is_dir():
            yield from _walk(item, f"{name}/")
        else:
            yield name, item
