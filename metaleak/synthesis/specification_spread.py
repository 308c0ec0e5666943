"""Which decision moves the estimates of a specification curve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def shares_of_spread(choices: Sequence[Mapping[str, str]], values: Floats) -> dict[str, float]:
    """Return how much of the spread of estimates goes with each choice alone (eta squared), largest first.

    The shares of one-way analyses of variance; choices that go together share what they explain, so that
    the shares need not sum to one.

    Examples
    --------
    >>> shares_of_spread([{"unit": "a", "by": "x"}, {"unit": "b", "by": "x"}], np.array([1.0, 2.0]))
    {'unit': 1.0, 'by': 0.0}
    """
    total = float(((values - values.mean()) ** 2).sum())
    shares = {}
    for axis in dict.fromkeys(name for item in choices for name in item):
        words = np.array([item.get(axis, "") for item in choices])
        between = sum(
            float((words == word).sum() * (values[words == word].mean() - values.mean()) ** 2)
            for word in sorted(set(words))
        )
        shares[axis] = between / total if total > 0 else 0.0
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def moves_of(choices: Sequence[Mapping[str, str]], values: Floats) -> dict[str, list[tuple[str, int, float]]]:
    """Return, for every axis, each choice with how many specifications took it and their median estimate."""
    found = {}
    for axis in dict.fromkeys(name for item in choices for name in item):
        words = [item.get(axis, "") for item in choices]
        found[axis] = [
            (
                word,
                words.count(word),
                float(np.median([v for v, w in zip(values, words, strict=True) if w == word])),
            )
            for word in dict.fromkeys(words)
            if word
        ]
    return found
