"""Effects that come with their sampling variances."""

from __future__ import annotations

from typing import Any

from metaleak.effects.measures.base import Floats, MeasureBase, Zero, undefined


class Given(MeasureBase):
    """The ``yi`` and ``vi`` of the table, as they are."""

    code = "GEN"
    kind = "effects"
    scale = "effect"
    has_natural = False
    bounds = (float("-inf"), float("inf"))

    def effect(self, *cells: Floats, zero: Zero) -> tuple[Floats, Floats]:
        """Return the table's columns."""
        return cells[0], cells[1]

    def inverse(self, value: Any, *, n: float | None = None) -> Any:
        """Raise: nobody said what scale these effects are on."""
        raise undefined(self.code)

    def forward(self, value: Any, *, n: float | None = None) -> Any:
        """Raise: nobody said what scale these effects are on."""
        raise undefined(self.code)
