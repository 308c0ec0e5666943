"""Which entry of the parameter vector is what: (incidence, tau, sensitivity, share?, omega)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Layout:
    """Places of the parameters.

    Attributes
    ----------
    incidence, sensitivity : int
        How many coefficients each linear predictor has.
    has_share : bool
        Whether the logit of a mixing share is estimated.
    """

    incidence: int
    sensitivity: int
    has_share: bool = False

    @property
    def size(self) -> int:
        """The number of parameters."""
        return self.incidence + self.sensitivity + 2 + self.has_share

    @property
    def tau(self) -> int:
        """The place of the between-study spread of the rate."""
        return self.incidence

    @property
    def gamma(self) -> slice:
        """The places of the sensitivity's coefficients."""
        return slice(self.tau + 1, self.tau + 1 + self.sensitivity)

    @property
    def share(self) -> int | None:
        """The place of the logit of the mixing share."""
        return self.size - 2 if self.has_share else None

    @property
    def omega(self) -> int:
        """The place of the between-study spread of the sensitivity."""
        return self.size - 1

    def rate_loading(self, x: Floats) -> Floats:
        """Return (rows, 2, P): the mean ``x beta`` and the spread tau of each row's true logit."""
        loading = np.zeros((len(x), 2, self.size))
        loading[:, 0, : self.incidence] = x
        loading[:, 1, self.tau] = 1
        return loading

    def sensitivity_loading(self, w: Floats) -> Floats:
        """Return (rows, 2, P): the mean ``w gamma`` and the spread omega of each row's sensitivity."""
        loading = np.zeros((len(w), 2, self.size))
        loading[:, 0, self.gamma] = w
        loading[:, 1, self.omega] = 1
        return loading
