"""Counts that may lie behind a printed row, each with its weight."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from metaleak.numerics.binomial import log_choose
from metaleak.numerics.detection.nodes import Seen

Counts = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Counts in the order of :class:`Seen`, with the logarithm of their weight.

    ``share`` is +1 or -1 where the weight is an estimated share or the rest of it.
    """

    counts: Counts
    log_weight: float = 0.0
    share: int = 0

    def has(self, *events: Seen) -> bool:
        """Whether any of the events was counted."""
        return any(self.counts[event] > 0 for event in events)


def counts_of(**by_name: float) -> Counts:
    """Return counts by the names of their events.

    Examples
    --------
    >>> counts_of(CT=44, NOT_CT=36)[:3]
    (44.0, 36.0, 0.0)
    """
    return tuple(float(by_name.get(seen.name, 0.0)) for seen in Seen)


NOTHING = counts_of()

#: One alternative that adds nothing.
ALONE = (Alternative(NOTHING),)


def added(left: Counts, right: Counts) -> Counts:
    """Return the sum of two counts, event by event."""
    return tuple(a + b for a, b in zip(left, right, strict=True))


def product(left: Sequence[Alternative], right: Sequence[Alternative]) -> tuple[Alternative, ...]:
    """Return every pair of alternatives as one; pairs with equal counts are merged."""
    merged: dict[tuple[Counts, int], float] = {}
    for a in left:
        for b in right:
            key = (added(a.counts, b.counts), a.share + b.share)
            weight = a.log_weight + b.log_weight
            merged[key] = float(np.logaddexp(merged[key], weight)) if key in merged else weight
    return tuple(Alternative(counts, weight, share) for (counts, share), weight in merged.items())


def choose(x: float, n: float) -> float:
    """Return the logarithm of a binomial coefficient."""
    return float(log_choose(np.array(x), np.array(n)))


def on_either(yes: float, no: float, share: float | str) -> tuple[Alternative, ...]:
    """Return a count of unknown imaging as read on CT, with a declared or estimated share, or on the index."""
    on_ct, on_index = counts_of(CT=yes, NOT_CT=no), counts_of(INDEX=yes, NOT_INDEX=no)
    if isinstance(share, str):
        return Alternative(on_ct, share=1), Alternative(on_index, share=-1)
    weighted = ((on_ct, float(share)), (on_index, 1 - float(share)))
    return tuple(Alternative(counts, math.log(weight)) for counts, weight in weighted if weight > 0)
