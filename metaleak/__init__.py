"""metaleak: from the sheet row to the pooled rate, and back.

Importing the package loads nothing; every name below loads its module when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

#: Public name -> the module that defines it.
_HOME = {
    "BayesianBinomialNormal": "metaleak.pooling.bayesian_binomial_normal",
    "BayesianDetectionAdjusted": "metaleak.pooling.detection.bayesian",
    "BayesianNormalNormal": "metaleak.pooling.bayesian_normal_normal",
    "BetaBinomial": "metaleak.pooling.beta_binomial",
    "BinomialNormal": "metaleak.pooling.binomial_normal",
    "CloglogNormal": "metaleak.pooling.cloglog_normal",
    "CommonEffect": "metaleak.pooling.common_effect",
    "DetectionAdjusted": "metaleak.pooling.detection.model",
    "DetectionTable": "metaleak.effects.detection_table",
    "Multilevel": "metaleak.pooling.multilevel",
    "RandomEffects": "metaleak.pooling.random_effects",
    "Review": "metaleak.question.review",
    "StudyTable": "metaleak.effects.table",
    "TwoArmBinomialNormal": "metaleak.pooling.two_arm_binomial_normal",
    "Zero": "metaleak.effects.measures",
    "cumulate": "metaleak.synthesis.leave_out",
    "effective_counts": "metaleak.effects.clustering",
    "effective_exposure": "metaleak.effects.clustering",
    "explained_variance": "metaleak.synthesis.explained",
    "fit_many": "metaleak.pooling.model",
    "future_studies": "metaleak.synthesis.future",
    "gosh": "metaleak.synthesis.gosh",
    "influence": "metaleak.synthesis.leave_out",
    "leave_one_out": "metaleak.synthesis.leave_out",
    "marginal_contrast": "metaleak.pooling.marginal",
    "marginal_means": "metaleak.pooling.marginal",
    "matched_contrast": "metaleak.synthesis.matched",
    "next_study": "metaleak.synthesis.next_study",
    "permutation_test": "metaleak.synthesis.permutation",
    "pool_by": "metaleak.synthesis.subgroups",
    "selection_model": "metaleak.synthesis.selection",
    "specification_chance": "metaleak.synthesis.specification_chance",
    "specification_curve": "metaleak.synthesis.specification",
    "Specification": "metaleak.synthesis.specification",
    "shrunken_rates": "metaleak.synthesis.shrunken",
    "small_study_test": "metaleak.synthesis.small_study",
    "trim_and_fill": "metaleak.synthesis.small_study",
    "precision_curve": "metaleak.synthesis.future",
    "prior_sensitivity": "metaleak.pooling.prior_sensitivity",
    "read_records": "metaleak.records.read",
    "read_review": "metaleak.question.review",
    "review_flow": "metaleak.workflow.flow",
}

__all__ = ["__version__", *sorted([*_HOME, "plots"])]


def __getattr__(name: str) -> Any:
    """Load a public name (PEP 562)."""
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    if name == "plots":
        return import_module("metaleak.plots")
    raise AttributeError(f"module 'metaleak' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
