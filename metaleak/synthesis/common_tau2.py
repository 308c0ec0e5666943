"""One group of a joint fit with a common tau2, as a result of its own."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from scipy import special

from metaleak.effects.table import StudyTable
from metaleak.numerics.binomial import modes
from metaleak.numerics.binomial_normal import averaged_logit
from metaleak.numerics.distributions import two_sided_quantile
from metaleak.pooling.binomial_normal import BinomialNormalDetail
from metaleak.pooling.prediction import prediction_interval
from metaleak.pooling.result import Estimate, Heterogeneity, Interval, MetaResult


def group_of_joint_fit(joint: MetaResult, part: StudyTable, index: int, *, note: str = "") -> MetaResult:
    """Return the group behind coefficient ``index`` of a fit with one mean per group.

    Estimate, interval and tau2 are those of the joint fit; the prediction interval has its degrees of
    freedom, k - p - 1 over all rows. What the joint fit does not define for one group (its own i2 and q)
    is None.
    """
    coefficient = replace(joint.coefficients[index], name="intercept")
    tau2 = joint.tau2 or 0.0
    prediction = prediction_interval(
        coefficient.value,
        coefficient.se,
        tau2,
        k=joint.k,
        p=len(joint.coefficients),
        level=joint.level,
        method="t",
    )
    weights, detail, n_harmonic = _rows_of_the_group(joint, part, index, coefficient.value, tau2)
    return replace(
        joint,
        k=part.k,
        k_studies=part.k_studies,
        labels=part.label,
        coefficients=(coefficient,),
        vcov=joint.vcov[index : index + 1, index : index + 1],
        heterogeneity=Heterogeneity(
            tau2=tau2, tau2_se=joint.heterogeneity.tau2_se, tau2_ci=joint.heterogeneity.tau2_ci
        ),
        prediction_interval=prediction,
        weights=weights,
        detail=detail,
        n_harmonic=n_harmonic,
        n_inverse=1 / coefficient.se**2,
        notes=tuple(part for part in (note, *_shared(joint)) if part),
        table_digest=part.digest,
    )


def _shared(joint: MetaResult) -> tuple[str, ...]:
    return tuple(text for text in joint.notes if text.startswith("tau2"))


def _rows_of_the_group(joint: MetaResult, part: StudyTable, index: int, mu: float, tau2: float):  # type: ignore[no-untyped-def]
    if not isinstance(joint.detail, BinomialNormalDetail):
        own = np.array([joint.weights[joint.labels.index(label)] for label in part.label])
        n = part.columns.get("ni")
        return own / own.sum(), None, None if n is None else float(part.k / (1 / n).sum())
    tau = math.sqrt(tau2)
    latent = modes(np.full((1, part.k), mu), np.array([[tau]]), part.xi[None], part.ni[None])[0]
    rate = special.expit(latent)
    information = 1 / (tau2 + 1 / (part.ni * rate * (1 - rate)))
    pair = [index, len(joint.coefficients)]
    covariance = joint.detail.covariance[np.ix_(pair, pair)]
    detail = replace(
        joint.detail,
        events=int(part.xi.sum()),
        total=int(part.ni.sum()),
        population_average=_average(mu, tau, covariance, joint.level),
        shrunken=rate,
        covariance=covariance,
    )
    return information / information.sum(), detail, None


def _average(mu: float, tau: float, covariance: np.ndarray, level: float) -> Estimate:
    mean = averaged_logit(np.array([mu]), np.array([tau]))
    slope = np.array([mean.d_mu[0], mean.d_tau[0]])
    half = two_sided_quantile(level) * math.sqrt(slope @ covariance @ slope)
    centre = float(mean.value[0])
    low, high = (float(special.expit(centre + sign * half)) for sign in (-1, 1))
    return Estimate(float(special.expit(centre)), Interval(low, high, level, "delta method on the logit"))
