"""How much an answer rests on the prior of tau."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.pooling.bayesian_binomial_normal import BayesianBinomialNormal
from metaleak.pooling.bayesian_normal_normal import BayesianNormalNormal
from metaleak.pooling.priors import tau_prior
from metaleak.pooling.result import MetaResult, Natural

if TYPE_CHECKING:
    import pandas as pd


def prior_sensitivity(
    model: BayesianBinomialNormal | BayesianNormalNormal,
    table: StudyTable,
    scales: Sequence[float] = (0.5, 1.0, 2.0),
) -> pd.DataFrame:
    """Refit with other scales of the prior of tau.

    Parameters
    ----------
    model : BayesianBinomialNormal or BayesianNormalNormal
        Its prior of tau keeps its kind and its degrees of freedom.
    table : StudyTable
        The rows.
    scales : sequence of float
        What takes the place of the prior's first number: scale, mean or upper end, > 0.

    Returns
    -------
    DataFrame
        One row per scale: ``tau_prior``, ``estimate``, ``ci_low``, ``ci_high``, ``pi_low``, ``pi_high`` on
        the scale that a reader knows where there is one, ``tau``, ``tau_low``, ``tau_high`` and
        ``log_evidence``, whose differences are logarithms of Bayes factors.

    Raises
    ------
    SettingError
        For a scale that is not positive.

    Examples
    --------
    >>> table = StudyTable.from_counts([35, 29, 12, 44], [56, 59, 48, 80])
    >>> prior_sensitivity(BayesianBinomialNormal(), table)[["tau_prior", "tau"]].round(2).values.tolist()
    [['half-normal(0.5)', 0.54], ['half-normal(1)', 0.69], ['half-normal(2)', 0.8]]
    """
    import pandas as pd

    rows = []
    for scale in scales:
        prior = (model.tau_prior[0], float(scale), *model.tau_prior[2:])
        result = replace(model, tau_prior=prior).fit(table)
        shown = _shown(result)
        tau = result.detail.tau_estimate
        rows.append(
            {
                "tau_prior": str(tau_prior(prior)),
                "estimate": shown.estimate,
                "ci_low": shown.ci.low,
                "ci_high": shown.ci.high,
                "pi_low": shown.prediction.low if shown.prediction else None,
                "pi_high": shown.prediction.high if shown.prediction else None,
                "tau": tau.value,
                "tau_low": tau.ci.low,
                "tau_high": tau.ci.high,
                "log_evidence": result.detail.log_evidence,
            }
        )
    return pd.DataFrame(rows)


def _shown(result: MetaResult) -> MetaResult | Natural:
    """Return the result on the scale that a reader knows, or as it is where there is none."""
    try:
        return result.natural()
    except UndefinedError:
        return result
