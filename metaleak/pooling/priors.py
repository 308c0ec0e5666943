"""Priors of the Bayesian models: a name with its numbers, checked once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.errors import SettingError

Floats = npt.NDArray[np.float64]

#: Priors on the between-study standard deviation and what their numbers are.
TAU_PRIORS = {
    "half-normal": ("scale",),
    "half-cauchy": ("scale",),
    "half-t": ("scale", "df"),
    "uniform": ("upper",),
    "exponential": ("mean",),
}

#: Priors on the pooled value and what their numbers are.
MU_PRIORS = {"flat": (), "normal": ("mean", "sd")}

#: A tail that holds less than this probability is cut off.
_NEGLIGIBLE = 1e-14


@dataclass(frozen=True, slots=True)
class TauPrior:
    """A prior density of the between-study standard deviation on 0 .. infinity."""

    kind: str
    numbers: tuple[float, ...]

    def log_density(self, tau: Floats) -> Floats:
        """Return the logarithm of the density."""
        found: Floats = np.asarray(self._log_density(tau), dtype=np.float64)
        return found

    def _log_density(self, tau: Floats) -> Any:
        scale = self.numbers[0]
        u = np.asarray(tau, dtype=np.float64) / scale
        if self.kind == "half-normal":
            return np.log(2 / math.pi) / 2 - math.log(scale) - u * u / 2
        if self.kind == "exponential":
            return -math.log(scale) - u
        if self.kind == "uniform":
            return np.where(u <= 1, -math.log(scale), -np.inf)
        df = self.tail - 1
        constant = special.gammaln((df + 1) / 2) - special.gammaln(df / 2) - math.log(df * math.pi) / 2
        return (
            math.log(2) + constant - math.log(scale) - (df + 1) / 2 * np.log1p(np.minimum(u * u, 1e300) / df)
        )

    @property
    def tail(self) -> float:
        """The power with which the density falls: infinite for light tails, 2 for the half-Cauchy."""
        if self.kind == "half-cauchy":
            return 2.0
        return self.numbers[1] + 1 if self.kind == "half-t" else math.inf

    @property
    def upper(self) -> float:
        """The value beyond which the prior holds nothing that counts."""
        scale = self.numbers[0]
        if self.kind == "uniform":
            return scale
        if self.kind == "exponential":
            return -scale * math.log(_NEGLIGIBLE)
        if self.kind == "half-normal":
            return scale * float(-special.ndtri(_NEGLIGIBLE / 2))
        return float(scale * _NEGLIGIBLE ** (-1 / (self.tail - 1)))

    def __str__(self) -> str:
        """Return the prior as it is written in a setting."""
        return f"{self.kind}({', '.join(f'{number:g}' for number in self.numbers)})"


def tau_prior(setting: Any) -> TauPrior:
    """Return the prior that a setting such as ``("half-normal", 1.0)`` names.

    Raises
    ------
    SettingError
        For an unknown name or numbers that are not positive. Inverse-gamma priors on tau2 are not offered:
        near 0 they decide the answer (Gelman 2006, doi:10.1214/06-BA117A).

    Examples
    --------
    >>> str(tau_prior(("half-t", 1.0, 4)))
    'half-t(1, 4)'
    """
    kind, numbers = _checked("tau_prior", setting, TAU_PRIORS)
    if not all(number > 0 for number in numbers):
        raise SettingError("tau_prior needs positive numbers", required=_form(kind, TAU_PRIORS), got=setting)
    return TauPrior(kind, numbers)


@dataclass(frozen=True, slots=True)
class MuPrior:
    """A normal prior of the pooled value; ``precision`` 0 is flat."""

    mean: float
    precision: float

    def log_density(self, mu: Floats) -> Floats:
        """Return the logarithm of the density; a flat prior is 1 everywhere."""
        if self.precision == 0:
            return np.zeros(np.shape(mu))
        gap = np.asarray(mu) - self.mean
        log_density: Floats = math.log(self.precision / (2 * math.pi)) / 2 - self.precision * gap * gap / 2
        return log_density


def mu_prior(setting: Any, *, proper: bool) -> MuPrior:
    """Return the prior that a setting such as ``("normal", 0, 1.5)`` or ``("flat",)`` names.

    Raises
    ------
    SettingError
        For an unknown name, an sd that is not positive, or a flat prior where a ``proper`` one is needed.
    """
    kind, numbers = _checked("mu_prior", setting, MU_PRIORS)
    if kind == "flat":
        if proper:
            raise SettingError(
                "mu_prior must be proper: without an event the posterior is no distribution under a flat one",
                required='("normal", mean, sd)',
                got=setting,
            )
        return MuPrior(0.0, 0.0)
    if numbers[1] <= 0:
        raise SettingError("mu_prior needs a positive sd", required='("normal", mean, sd)', got=setting)
    return MuPrior(numbers[0], 1 / numbers[1] ** 2)


def _checked(name: str, setting: Any, known: dict[str, tuple[str, ...]]) -> tuple[str, tuple[float, ...]]:
    forms = " or ".join(_form(kind, known) for kind in known)
    if (
        not isinstance(setting, Sequence)
        or isinstance(setting, str)
        or not setting
        or setting[0] not in known
    ):
        raise SettingError(f"{name} is not a known prior", required=forms, got=setting)
    kind, numbers = setting[0], tuple(setting[1:])
    fine = len(numbers) == len(known[kind]) and all(
        isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
        for number in numbers
    )
    if not fine:
        raise SettingError(
            f"{name} has other numbers than its name needs", required=_form(kind, known), got=setting
        )
    return kind, tuple(float(number) for number in numbers)


def _form(kind: str, known: dict[str, tuple[str, ...]]) -> str:
    return "(" + ", ".join([f'"{kind}"', *known[kind]]) + ("" if known[kind] else ",") + ")"
