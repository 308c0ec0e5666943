"""What the index shows, from the same patients and from the contrast between studies: two sources, one test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from scipy import special

from metaleak.effects.detection_table import PAIRED, DetectionTable, RowKind
from metaleak.errors import ConvergenceError, UndefinedError
from metaleak.numerics.distributions import chi2_tail, quantile
from metaleak.pooling.detection.assembly import Assembly, assemble
from metaleak.pooling.detection.estimates import Top, limits_of, top_of
from metaleak.pooling.detection.fits import Fits
from metaleak.pooling.detection.model import DetectionAdjusted

#: Level of the test and power at which the smallest gap that it finds is told.
_ALPHA, _POWER = 0.05, 0.8

_COMPARES = (*PAIRED, RowKind.SENSITIVITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The sensitivity of the median study from one source; a limit is None where the likelihood gives none."""

    value: float
    ci_low: float | None
    ci_high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoSources:
    """The sensitivity from pairs and from the contrast between studies.

    Attributes
    ----------
    direct, indirect : Source
        From rows that compare both on the same units; from rows read on the index alone.
    statistic, p : float
        Penalised likelihood ratio of equal sensitivities, against chi2(1).
    detectable : float or None
        The gap between the logits that the test finds with 80 % power, nearly.
    """

    direct: Source
    indirect: Source
    statistic: float
    p: float
    detectable: float | None


def two_sources(model: DetectionAdjusted, table: DetectionTable) -> TwoSources:
    """Compare the sensitivity from pairs with that from the contrast between studies.

    Parameters
    ----------
    model : DetectionAdjusted
        Without moderators.
    table : DetectionTable
        With pairs, and with rows read on the index alone.

    Raises
    ------
    UndefinedError
        When one of the two sources is missing.
    ConvergenceError
        When a penalised fit has no maximum.
    TableError, SeparationError
        As fitting the model raises them.

    Notes
    -----
    One likelihood with a sensitivity for each source and common mu, tau and omega. Both fits are penalised by
    log(omega): the plain likelihood ratio rejects true equality too often where few pairs are.
    """
    _require_both(table)
    told = told_sources(table)
    equal = _penalised(top_of(assemble(table, model)))
    tops = {name: top_of(assemble(told, with_sources(model, name))) for name in ("direct", "indirect")}
    apart = _penalised(tops["direct"])
    statistic = max(2 * (apart - equal), 0.0)
    return TwoSources(
        direct=_source(tops["direct"], model),
        indirect=_source(tops["indirect"], model),
        statistic=statistic,
        p=float(chi2_tail(statistic, 1)),
        detectable=_detectable(tops["direct"]),
    )


def told_sources(table: DetectionTable) -> DetectionTable:
    """Return the table with the moderator ``source``: ``"direct"`` or ``"indirect"``."""
    sources = tuple("direct" if kind in _COMPARES else "indirect" for kind in table.kind)
    return replace(table, moderators=MappingProxyType({**table.moderators, "source": sources}))


def with_sources(model: DetectionAdjusted, reference: str) -> DetectionAdjusted:
    """Return the model with a sensitivity for each source, the first coefficient that of ``reference``."""
    return replace(model, detection_moderators=f'~ C(source, "{reference}")')


def equal_fit(model: DetectionAdjusted, table: DetectionTable) -> tuple[Assembly, Fits]:
    """Return the penalised fit with one sensitivity for both sources; errors as :func:`two_sources` raises them."""
    _require_both(table)
    top = top_of(assemble(table, model))
    _penalised(top)
    return top.assembly, top.penalised or top.fits


def _require_both(table: DetectionTable) -> None:
    if not len(table.rows_of(*_COMPARES)) or not len(table.rows_of(RowKind.INDEX)):
        raise UndefinedError(
            "the sensitivity has one source only",
            required="rows read on both, and rows read on the index alone",
        )


def _penalised(top: Top) -> float:
    if top.penalised is None:
        raise ConvergenceError("the penalised likelihood has no maximum", todo="add pairs")
    return float(top.penalised.value[0])


def _source(top: Top, model: DetectionAdjusted) -> Source:
    value = float(special.expit(top.theta[top.assembly.layout.gamma.start]))
    try:
        low, high = limits_of(top, model.ci_method, model.level).gamma[0]
    except ConvergenceError:
        return Source(value=value, ci_low=None, ci_high=None)
    return Source(value=value, ci_low=_limit(low), ci_high=_limit(high))


def _limit(logit: float) -> float | None:
    return float(special.expit(logit)) if np.isfinite(logit) else None


def _detectable(top: Top) -> float | None:
    if top.penalised is None:
        return None
    place = top.assembly.layout.gamma.start + 1
    variance = float(top.penalised.covariance()[0, place, place])
    gap = float(quantile(1 - _ALPHA / 2) + quantile(_POWER)) * variance**0.5
    return gap if np.isfinite(gap) and gap > 0 else None
