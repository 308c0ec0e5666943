"""Every error that metaleak raises on purpose.

The tree::

    MetaleakError
    ├── InputError            the input is wrong: exit code 1
    │   ├── SheetError        a sheet cannot be used (its findings say where)
    │   ├── ConfigError       a TOML file holds an unknown key or a wrong value
    │   ├── SelectionError    a question selects nothing
    │   ├── TableError        numbers that no study table can hold (also a ValueError)
    │   ├── SettingError      a model setting outside its range (also a ValueError)
    │   ├── UndefinedError    a quantity that this fit does not define
    │   ├── SeparationError   all counts are 0 or all are n: no finite estimate
    │   └── ConvergenceError  an iteration ended without an optimum
    └── MachineError          wrong use, or the machine failed: exit code 2
        ├── UsageError        a command was called in a way that it does not know
        ├── LockedError       another process holds the review
        ├── StorageError      a file could not be read or written
        ├── NetworkError      a server was not reached, refused, or answered what nobody can read
        │   └── RefusedError  the server refuses the question itself
        ├── IncompleteError   a search ended with records outstanding (it says which)
        └── MissingExtraError an optional package is not installed

An error has five parts: what happened, what was required, what was found, where, and what to do.
"""

from __future__ import annotations

from typing import Any

_NOTHING: Any = object()


class MetaleakError(Exception):
    """An error a person can act on: what, required, got, where, to do."""

    exit_code = 2

    def __init__(
        self,
        what: str,
        *,
        required: str | None = None,
        got: Any = _NOTHING,
        where: str | None = None,
        todo: str | None = None,
    ) -> None:
        self.what = what
        self.required = required
        self.got = None if got is _NOTHING else got
        self.has_got = got is not _NOTHING
        self.where = where
        self.todo = todo
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.required:
            parts.append(f"required: {self.required}")
        if self.has_got:
            parts.append(f"got: {self.got!r}" if isinstance(self.got, str) else f"got: {self.got}")
        if self.todo:
            parts.append(self.todo)
        return "; ".join(parts)


class InputError(MetaleakError):
    """The input is wrong: a sheet, a TOML file, a selection, numbers."""

    exit_code = 1


class SheetError(InputError):
    """A sheet cannot be used."""


class ConfigError(InputError):
    """A TOML file holds an unknown key or a wrong value."""


class SelectionError(InputError):
    """A question selects nothing."""


class TableError(InputError, ValueError):
    """Numbers that no study table can hold."""


class SettingError(InputError, ValueError):
    """A model setting outside its allowed values."""


class UndefinedError(InputError):
    """A quantity that this fit does not define."""


class SeparationError(InputError):
    """All counts are 0, or all are n: the random-effects estimate is infinite."""


class ConvergenceError(InputError):
    """An iteration ended without an optimum; ``state`` holds where it stood.

    Parameters are those of :class:`MetaleakError`, and ``state``, a mapping with the last iterate.
    """

    def __init__(self, what: str, *, state: dict[str, Any] | None = None, **parts: Any) -> None:
        super().__init__(what, **parts)
        self.state = dict(state or {})


class MachineError(MetaleakError):
    """Wrong use, or the machine failed."""


class UsageError(MachineError):
    """A command was called in a way that it does not know."""


class LockedError(MachineError):
    """Another process holds the review."""


class StorageError(MachineError):
    """A file could not be read or written."""


class NetworkError(MachineError):
    """A server was not reached, refused, or answered what nobody can read."""


class RefusedError(NetworkError):
    """The server understood the question and refuses it; asking again does not help."""


class IncompleteError(MachineError):
    """A search ended with records outstanding; ``missing`` holds their numbers.

    Parameters are those of :class:`MetaleakError`, and ``missing``, the PubMed numbers.
    """

    def __init__(self, what: str, *, missing: tuple[int, ...] = (), **parts: Any) -> None:
        super().__init__(what, **parts)
        self.missing = missing


class MissingExtraError(MachineError):
    """An optional package is not installed."""
