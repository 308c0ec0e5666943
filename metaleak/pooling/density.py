"""A posterior or predictive density that stands in a stored result."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from metaleak.numerics.panels import PanelDensity
from metaleak.pooling.result import Interval, Prediction
from metaleak.pooling.storable import storable

Floats = npt.NDArray[np.float64]


@storable
@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Density:
    """A density on panels of Legendre nodes, from which every quantile and probability follows.

    Attributes
    ----------
    breaks : array (P + 1,)
        Ends of the panels, ascending, on the model's scale.
    values : array (P, n)
        The density at the nodes of each panel.
    """

    breaks: Floats
    values: Floats

    @classmethod
    def of(cls, panels: PanelDensity) -> Density:
        """Take the only density of a batch of one."""
        return cls(breaks=_fixed(panels.breaks[0]), values=_fixed(panels.values[0]))

    @property
    def x(self) -> Floats:
        """Places along the curve, ascending: what is drawn against :attr:`y`."""
        return self._panels.nodes.ravel()

    @property
    def y(self) -> Floats:
        """The density at these places."""
        return self.values.ravel()

    def cdf(self, place: float) -> float:
        """Return the probability below a place."""
        return float(self._panels.cdf(np.array([[place]]))[0, 0])

    def quantile(self, share: float) -> float:
        """Return the place below which a share (0..1) lies."""
        return float(self._panels.quantile([share])[0, 0])

    def equal_tailed(self, level: float) -> Interval:
        """Return the interval with the same probability beyond both ends."""
        low, high = (float(end) for end in self._panels.quantile([(1 - level) / 2, (1 + level) / 2])[0])
        return Interval(low, high, level, "equal-tailed credible")

    def shortest(self, level: float) -> Interval:
        """Return the shortest interval: no place outside it is denser than one inside."""
        low, high = (float(end) for end in self._panels.shortest(level)[0])
        return Interval(low, high, level, "shortest credible")

    @property
    def mean(self) -> float:
        """The mean of what the panels hold."""
        return float(self._panels.mean()[0])

    @property
    def sd(self) -> float:
        """The standard deviation of what the panels hold."""
        return float(self._panels.sd()[0])

    @property
    def _panels(self) -> PanelDensity:
        return PanelDensity(self.breaks[None], self.values[None])


@storable
@dataclass(frozen=True, slots=True, kw_only=True)
class DensityPrediction(Prediction):
    """A prediction interval cut from a predictive density; ``centre`` is its median."""

    density: Density

    def above(self, cut: float) -> float:
        """Return the probability of a true value above ``cut``, on the model's scale."""
        return 1 - self.density.cdf(cut)


def predicted(density: Density, level: float) -> DensityPrediction:
    """Return the equal-tailed predictive interval."""
    limits = density.equal_tailed(level)
    return DensityPrediction(
        low=limits.low,
        high=limits.high,
        level=level,
        method="posterior predictive, equal-tailed",
        centre=density.quantile(0.5),
        se=density.sd,
        df=None,
        density=density,
    )


def _fixed(array: Floats) -> Floats:
    copy = np.array(array)
    copy.setflags(write=False)
    return copy
