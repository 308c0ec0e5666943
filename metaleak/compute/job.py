"""A job: a function, what all its chunks share, and the chunks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from typing import Any

import numpy as np
import numpy.typing as npt

import metaleak
from metaleak.errors import MachineError
from metaleak.storage import digest

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Job:
    """Chunks of one computation.

    Attributes
    ----------
    name : str
        What is computed, in a word or two, for the reader of the progress bar.
    function : callable
        ``function(shared, chunk)`` gives an array of floats, or whatever :func:`metaleak.compute.local.on_cores` is to
        bring back. It lives in a module, so that other processes find it,
        and depends on its arguments alone.
    shared, chunks : objects that can be pickled
        What every chunk needs, and the chunks in their order.
    identity : JSON value
        Whatever decides the numbers: model, rows, seed, chunk size.
    """

    name: str
    function: Callable[[Any, Any], Any]
    shared: Any
    chunks: Sequence[Any]
    identity: Any

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the job: equal digests, equal numbers."""
        where = f"{self.function.__module__}.{self.function.__qualname__}"
        return digest.of_value([where, self.identity, len(self.chunks), versions()])


@dataclass(frozen=True, slots=True, eq=False)
class Header:
    """What a process is told before the chunks of a job: the function, what they share, and whose versions."""

    function: Callable[[Any, Any], Any]
    shared: Any
    expected: Mapping[str, str]


@lru_cache(maxsize=1)
def versions() -> Mapping[str, str]:
    """Return the versions that can change a bit of a number."""
    return {"metaleak": metaleak.__version__, "numpy": version("numpy"), "scipy": version("scipy")}


def compute(function: Callable[[Any, Any], Any], shared: Any, chunk: Any, expected: Mapping[str, str]) -> Any:
    """Compute one chunk in another process.

    Raises
    ------
    MachineError
        When that process has other versions: its numbers could differ in their last bits.
    """
    own = versions()
    if own != dict(expected):
        raise MachineError(
            "a worker has other versions",
            required=_listed(expected),
            got=_listed(own),
            todo="install the same constraints.txt on every worker",
        )
    return function(shared, chunk)


def _listed(found: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(found.items()))
