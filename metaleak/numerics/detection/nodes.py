"""Log-probabilities of what two imagings show, at given logits, with first and second derivatives.

A unit leaks with probability ``p = expit(a)``; CT shows the leak with probability ``c`` (one unless
declared otherwise); the index imaging shows a leak that CT shows with probability ``S = expit(b)`` and
calls a unit without one positive with probability ``e = 1 - specificity``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

#: Beyond these logits products of two probabilities leave the range of doubles; nothing there has weight.
_FURTHEST = 300.0


class Seen(IntEnum):
    """What was counted: the columns of an array of counts."""

    CT = 0
    NOT_CT = 1
    INDEX = 2
    NOT_INDEX = 3
    INDEX_OF_CT = 4
    MISSED_OF_CT = 5
    INDEX_WITHOUT_CT = 6
    NEITHER = 7


@dataclass(frozen=True, slots=True)
class Imaging:
    """What is declared about the two imagings, not estimated.

    Attributes
    ----------
    specificity : float
        Of the index, in units without a leak on CT, 0..1.
    ct_sensitivity : float
        The share of true leaks that CT shows, 0..1.
    sees_what_ct_misses : bool
        Whether the index shows leaks that CT misses as often as those that it shows; otherwise never.
    """

    specificity: float = 1.0
    ct_sensitivity: float = 1.0
    sees_what_ct_misses: bool = False

    def shares(self, seen: Seen) -> tuple[float, float, float]:
        """Return the probability of an event in leaks that the index would show, would miss, and without leak."""
        c, e = self.ct_sensitivity, 1 - self.specificity
        missed, clean = 1 - c, 1 - e
        if self.sees_what_ct_misses:
            index, only_index, neither = (1.0, 0.0, e), (missed, 0.0, e), (0.0, missed, clean)
            not_index = (0.0, 1.0, clean)
        else:
            index, not_index = (c + missed * e, missed * e, e), (missed * clean, c + missed * clean, clean)
            only_index, neither = (missed * e, missed * e, e), (missed * clean, missed * clean, clean)
        return {
            Seen.CT: (c, c, 0.0),
            Seen.NOT_CT: (missed, missed, 1.0),
            Seen.INDEX: index,
            Seen.NOT_INDEX: not_index,
            Seen.INDEX_WITHOUT_CT: only_index,
            Seen.NEITHER: neither,
        }[seen]


@dataclass(frozen=True, slots=True, eq=False)
class Nodes:
    """Log-probabilities and their derivatives in the logits ``a`` and ``b``, arrays (..., events, nodes)."""

    log: Floats
    a: Floats
    b: Floats
    aa: Floats
    ab: Floats
    bb: Floats


def expand(a: Floats, b: Floats, events: tuple[Seen, ...], imaging: Imaging) -> Nodes:
    """Return every event's log-probability on a product of logits.

    Parameters
    ----------
    a : array (..., n, 1)
        Logits of the true rate.
    b : array (..., 1, m) or (..., n, m)
        Logits of the sensitivity.
    events : tuple of Seen
        Which events, in the order of the result.
    imaging : Imaging
        What is declared.

    Returns
    -------
    Nodes
        Arrays (..., len(events), n * m).
    """
    a, b = np.clip(a, -_FURTHEST, _FURTHEST), np.clip(b, -_FURTHEST, _FURTHEST)
    rate, sensitivity = _Share.at(a), _Share.at(b)
    shape = np.broadcast_shapes(a.shape, b.shape)
    found = np.empty((6, *shape[:-2], len(events), *shape[-2:]))
    for i, seen in enumerate(events):
        parts = (
            _conditional(seen, sensitivity)
            if seen in _OF_CT
            else _joint(imaging.shares(seen), rate, sensitivity)
        )
        for target, part in zip(found, parts, strict=True):
            target[..., i, :, :] = part
    return Nodes(*found.reshape(*found.shape[:-2], -1))


def log_probabilities(a: Floats, b: Floats, events: tuple[Seen, ...], imaging: Imaging) -> Floats:
    """Return the log-probabilities alone; see :func:`expand`."""
    a, b = np.clip(a, -_FURTHEST, _FURTHEST), np.clip(b, -_FURTHEST, _FURTHEST)
    p, q, s, t = special.expit(a), special.expit(-a), special.expit(b), special.expit(-b)
    shape = np.broadcast_shapes(a.shape, b.shape)
    found = np.empty((*shape[:-2], len(events), *shape[-2:]))
    for i, seen in enumerate(events):
        if seen in _OF_CT:
            found[..., i, :, :] = np.log(s if seen is Seen.INDEX_OF_CT else t)
        else:
            shown, hidden, clean = imaging.shares(seen)
            found[..., i, :, :] = np.log(p * (shown * s + hidden * t) + clean * q)
    return found.reshape(*found.shape[:-2], -1)


_OF_CT = (Seen.INDEX_OF_CT, Seen.MISSED_OF_CT)


@dataclass(frozen=True, slots=True, eq=False)
class _Share:
    """A probability, its complement, and two derivatives in its logit."""

    yes: Floats
    no: Floats
    d1: Floats
    d2: Floats

    @classmethod
    def at(cls, logit: Floats) -> _Share:
        yes, no = special.expit(logit), special.expit(-logit)
        slope = yes * no
        return cls(yes, no, slope, slope * (no - yes))


Six = tuple[Floats | float, ...]


def _conditional(seen: Seen, sensitivity: _Share) -> Six:
    """Return the jet of log S or log (1 - S)."""
    if seen is Seen.INDEX_OF_CT:
        return np.log(sensitivity.yes), 0.0, sensitivity.no, 0.0, 0.0, -sensitivity.d1
    return np.log(sensitivity.no), 0.0, -sensitivity.yes, 0.0, 0.0, -sensitivity.d1


def _joint(shares: tuple[float, float, float], rate: _Share, sensitivity: _Share) -> Six:
    """Return the jet of the log of ``p (shown S + hidden (1 - S)) + clean (1 - p)``."""
    shown, hidden, clean = shares
    of_leaks = shown * sensitivity.yes + hidden * sensitivity.no
    bend = shown - hidden
    chance = rate.yes * of_leaks + clean * rate.no
    a = rate.d1 * (of_leaks - clean) / chance
    aa = rate.d2 * (of_leaks - clean) / chance
    if bend == 0:
        return np.log(chance), a, 0.0, aa - a * a, 0.0, 0.0
    b = bend * rate.yes * sensitivity.d1 / chance
    ab = bend * rate.d1 * sensitivity.d1 / chance
    bb = bend * rate.yes * sensitivity.d2 / chance
    return np.log(chance), a, b, aa - a * a, ab - a * b, bb - b * b
