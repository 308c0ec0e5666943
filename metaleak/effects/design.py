"""Design matrices: which coefficient each row of a table speaks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """A matrix ``x`` of shape (k, p) and the names of its columns."""

    x: Floats
    names: tuple[str, ...]

    @property
    def is_intercept(self) -> bool:
        """Whether the design is one common mean."""
        return self.names == ("intercept",)


def intercept(k: int) -> Design:
    """Return the design of one common mean for ``k`` rows."""
    return Design(np.ones((k, 1)), ("intercept",))


def cell_means(groups: Sequence[str]) -> Design:
    """Return a design with one mean per group, the groups in order of first appearance."""
    names = tuple(dict.fromkeys(groups))
    x = np.array([[1.0 if group == name else 0.0 for name in names] for group in groups])
    return Design(x, names)
