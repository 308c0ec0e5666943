"""Libraries that only exports need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from metaleak.errors import MissingExtraError


def loaded(name: str) -> Any:
    """Return a library of the extra ``export``.

    Raises
    ------
    MissingExtraError
        When it is not installed, with the line that installs it.
    """
    try:
        return import_module(name)
    except ModuleNotFoundError:
        raise MissingExtraError(
            f"this export needs {name}",
            required="the extra called export",
            todo="pip install 'metaleak[export]', in this folder: .venv/bin/python -m pip install -e '.[export]'",
        ) from None
