"""Densities on panels of Legendre nodes: exact calculus on smooth curves, many at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.numerics.chebyshev import evaluated
from metaleak.numerics.false_position import root

Floats = npt.NDArray[np.float64]

_STEPS = 60
#: Quantiles are known to this share of their panel, or as well as sums of rounded numbers let them.
_TOLERANCE = 1e-13
_ROUNDING = 4e-16

#: The tail below a shortest interval is known to this share of both tails.
_TAIL_TOLERANCE = 1e-9


@lru_cache(maxsize=16)
def legendre(points: int) -> tuple[Floats, Floats]:
    """Return nodes and weights on -1 .. 1."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return nodes, weights


@lru_cache(maxsize=16)
def _series(points: int) -> tuple[Floats, Floats]:
    """Return matrices from values at the nodes to Chebyshev coefficients of the curve and of its integral."""
    chebyshev = np.polynomial.chebyshev
    curve: Floats = np.linalg.inv(chebyshev.chebvander(legendre(points)[0], points - 1)).T.astype(np.float64)
    integral = np.stack([chebyshev.chebint(unit, lbnd=-1) for unit in np.eye(points)])
    return curve, curve @ integral


def panel_nodes(breaks: Floats, points: int) -> Floats:
    """Return the nodes (b, P, n) of panels between ascending breaks (b, P + 1)."""
    middle, half = (breaks[:, 1:] + breaks[:, :-1]) / 2, np.diff(breaks, axis=1) / 2
    places: Floats = middle[..., None] + half[..., None] * legendre(points)[0]
    return places


def panel_weights(breaks: Floats, points: int) -> Floats:
    """Return the weights (b, P, n) of an integral over the panels."""
    weights: Floats = (np.diff(breaks, axis=1) / 2)[..., None] * legendre(points)[1]
    return weights


@dataclass(frozen=True, slots=True, eq=False)
class PanelDensity:
    """Densities given at Legendre nodes of panels.

    Parameters
    ----------
    breaks : array (b, P + 1)
        Ascending ends of the panels; outside them the densities are 0.
    values : array (b, P, n)
        The densities at the nodes, which integrate to 1; see :meth:`normalised`.

    Examples
    --------
    >>> breaks = np.linspace(-9, 9, 13)[None]
    >>> normal = PanelDensity.normalised(breaks, np.exp(-panel_nodes(breaks, 12)**2 / 2))
    >>> float(round(normal.quantile([0.975])[0, 0], 8))
    1.95996398
    """

    breaks: Floats
    values: Floats

    @classmethod
    def normalised(cls, breaks: Floats, values: Floats) -> PanelDensity:
        """Make densities of values (b, P, n) that are proportional to them."""
        mass = (panel_weights(breaks, values.shape[2]) * values).sum(axis=(1, 2))
        return cls(breaks, values / mass[:, None, None])

    @property
    def nodes(self) -> Floats:
        """The places of the values, array (b, P, n)."""
        return panel_nodes(self.breaks, self.values.shape[2])

    @property
    def masses(self) -> Floats:
        """The probability of each node, array (b, P, n)."""
        masses: Floats = panel_weights(self.breaks, self.values.shape[2]) * self.values
        return masses

    def mean(self) -> Floats:
        """Return the means, array (b,)."""
        mean: Floats = (self.masses * self.nodes).sum(axis=(1, 2))
        return mean

    def sd(self) -> Floats:
        """Return the standard deviations, array (b,)."""
        gap = self.nodes - self.mean()[:, None, None]
        spread: Floats = np.sqrt(np.maximum((self.masses * gap * gap).sum(axis=(1, 2)), 0.0))
        return spread

    def cdf(self, places: Any) -> Floats:
        """Return the probabilities below ``places`` (b, q)."""
        t = np.clip(places, self.breaks[:, :1], self.breaks[:, -1:])
        panel = self._panel(t)
        row = np.arange(len(t))[:, None]
        start, half = self._span(panel)
        integral = self.values[row, panel] @ _series(self.values.shape[2])[1]
        return self._before()[row, panel] + half * evaluated(integral, (t - start) / half - 1)

    def density(self, places: Any) -> Floats:
        """Return the densities at ``places`` (b, q), 0 outside the panels."""
        t = np.asarray(places, dtype=np.float64)
        outside = (t < self.breaks[:, :1]) | (t > self.breaks[:, -1:])
        panel = self._panel(t)
        start, half = self._span(panel)
        curve = self.values[np.arange(len(t))[:, None], panel] @ _series(self.values.shape[2])[0]
        return np.where(outside, 0.0, evaluated(curve, (t - start) / half - 1))

    def quantile(self, shares: Any) -> Floats:
        """Return the places (b, q) below which the ``shares`` lie; shares (q,) or (b, q), 0..1."""
        wanted = np.broadcast_to(shares, (len(self.breaks), np.shape(shares)[-1]))
        before, row = self._before(), np.arange(len(self.breaks))[:, None]
        panel = (wanted[..., None] > before[:, None, 1:]).sum(axis=2)
        start, half = self._span(panel)
        curve, integral = (self.values[row, panel] @ series for series in _series(self.values.shape[2]))
        target = (wanted - before[row, panel]) / half
        low, high = np.full(wanted.shape, -1.0), np.full(wanted.shape, 1.0)
        at = np.zeros(wanted.shape)
        for _ in range(_STEPS):
            gap = evaluated(integral, at) - target
            low, high = np.where(gap < 0, at, low), np.where(gap >= 0, at, high)
            with np.errstate(divide="ignore", invalid="ignore"):
                new = at - gap / evaluated(curve, at)
            # A gap of rounding moves the place by rounding over the density: no step will mend that.
            done = (np.abs(new - at) <= _TOLERANCE) | (np.abs(gap) <= _ROUNDING)
            new = np.where((new > low) & (new < high), new, (low + high) / 2)
            at = np.where(done, at, new)
            if done.all():
                break
        return start + half * (at + 1)

    def shortest(self, level: float) -> Floats:
        """Return the shortest intervals (b, 2) of a level; densities with one top are assumed.

        Notes
        -----
        Both ends have the same density, unless one end of the panels is denser than any such pair.
        """
        rest = 1 - level
        tail = root(
            lambda below: self._imbalance(below, level),
            np.zeros(len(self.breaks)),
            np.full(len(self.breaks), rest),
            tolerance=_TAIL_TOLERANCE * rest,
        )
        ends = self.quantile(np.stack([tail, tail + level], axis=1))
        # An end of the panels is that number itself, not one that is rounded to it.
        ends[tail == 0, 0] = self.breaks[tail == 0, 0]
        ends[tail == rest, 1] = self.breaks[tail == rest, -1]
        return ends

    def _imbalance(self, tail: Floats, level: float) -> Floats:
        """Return density at the lower end less that at the upper end, given the probability below."""
        ends = self.density(self.quantile(np.stack([tail, tail + level], axis=1)))
        gap: Floats = ends[:, 0] - ends[:, 1]
        return gap

    def _panel(self, t: Floats) -> npt.NDArray[np.intp]:
        inside: npt.NDArray[np.intp] = (t[..., None] >= self.breaks[:, None, 1:-1]).sum(axis=2)
        return inside

    def _span(self, panel: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
        row = np.arange(len(self.breaks))[:, None]
        start = self.breaks[row, panel]
        return start, (self.breaks[row, panel + 1] - start) / 2

    def _before(self) -> Floats:
        """Return the probability before each panel, array (b, P)."""
        ends = np.cumsum(self.masses.sum(axis=2), axis=1)
        return np.concatenate([np.zeros((len(ends), 1)), ends[:, :-1]], axis=1)


#: Ends of the inner panels around a centre, in units of the scale; beyond them an end is at most this many
#: times as far as the one before.
_INNER = np.array([0.5, 1.1, 1.8, 2.7, 3.8, 5.2])
_GROWTH = 1.8

#: Mass that may be left out beyond the last panel.
_NEGLIGIBLE = 1e-13


def mixture_breaks(weights: Floats, centres: Floats, spreads: Floats) -> Floats:
    """Return breaks (b, P + 1) that hold mixtures of bell-shaped components.

    Parameters
    ----------
    weights, centres, spreads : arrays (b, t)
        Weights that sum to 1, means and standard deviations of the components.

    Notes
    -----
    The scale is the root of the variance of the centres and the squared median spread, so that a few very
    wide components do not stretch the inner panels; the outer ones grow geometrically to the last mass.
    """
    centre = (weights * centres).sum(axis=1, keepdims=True)
    order = np.argsort(spreads, axis=1)
    cumulative = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    middle = np.take_along_axis(order, (cumulative < 0.5).sum(axis=1, keepdims=True), axis=1)
    median = np.take_along_axis(spreads, middle, axis=1)
    scale = np.sqrt((weights * (centres - centre) ** 2).sum(axis=1, keepdims=True) + median**2)
    reach = np.sqrt(2 * np.log(np.maximum(weights / _NEGLIGIBLE, 1.0)))
    needed = (np.abs(centres - centre) + reach * spreads).max(axis=1, keepdims=True)
    growth = np.maximum(needed / (_INNER[-1] * scale), _GROWTH)
    count = int(np.ceil(np.log(growth.max()) / np.log(_GROWTH)))
    outer = _INNER[-1] * scale * growth ** (np.arange(1, count + 1) / count)
    offsets = np.concatenate([_INNER * scale, outer], axis=1)
    breaks: Floats = centre + np.concatenate([-offsets[:, ::-1], np.zeros_like(centre), offsets], axis=1)
    return breaks


#: How far the logarithm of a bell has fallen at the ends of its panels: 1.7, 3.5, 5.5 and 8 standard
#: deviations of a normal one.
_DROPS = np.array([1.5, 6.0, 15.0, 32.0])
_TAIL_GROWTH = 2.5


def bell_breaks(places: Floats, log_density: Floats) -> Floats:
    """Return breaks (1, P + 1) that hold a density with one top, from a look at ascending ``places`` (q,).

    The panels end where the logarithm has fallen by fixed amounts, so that skew and long tails are followed.
    """
    top = int(np.clip(log_density.argmax(), 1, len(places) - 2))
    drop = log_density[top] - log_density
    left = np.interp(_DROPS, np.maximum.accumulate(drop[top::-1]), places[top] - places[top::-1])
    right = np.interp(_DROPS, np.maximum.accumulate(drop[top:]), places[top:] - places[top])
    breaks: Floats = places[top] + np.concatenate([-_grown(left)[::-1], [0.0], _grown(right)])[None]
    return breaks


def _grown(ends: Floats) -> Floats:
    """Return ascending distances with more ends between those that are far apart: tails may be long."""
    # Drops beyond the look end with it; panels of no width would say nothing.
    ends = np.unique(ends)
    parts = [ends[:1]]
    for low, high in pairwise(ends):
        count = int(np.ceil(np.log(high / low) / np.log(_TAIL_GROWTH)))
        parts.append(low * (high / low) ** (np.arange(1, count + 1) / count))
    return np.concatenate(parts)
