"""What becomes of the steps of a review, and the files that they write."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from metaleak.errors import MetaleakError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step: its name, whether it was done or found unchanged, and a few words."""

    step: str
    unchanged: bool
    detail: str = ""

    def __str__(self) -> str:
        """Return one line for the terminal."""
        state = "unchanged" if self.unchanged else "done"
        return f"{self.step}: {state}" + (f" ({self.detail})" if self.detail else "")


def result_path(name: str) -> str:
    """Return where an analysis writes its result."""
    return f"analyses/{name}.result.json"


def rows_path(name: str) -> str:
    """Return where an analysis writes every candidate row with its verdict."""
    return f"analyses/{name}.rows.csv"


@contextmanager
def in_step(step: str) -> Iterator[None]:
    """Say in which step an error arose that does not name its place."""
    try:
        yield
    except MetaleakError as error:
        if error.where is None:
            error.where = step
            error.args = (f"{step}: {error.args[0]}",)
        raise
