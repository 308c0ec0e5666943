"""The words of the statistics, each with its sentence.

The words of the field (procedure, modality, unit, leak site) are data: they stand in a review's
``codebook.toml``.
"""

from __future__ import annotations

from enum import StrEnum


class Word(StrEnum):
    """A controlled word that carries one sentence of explanation."""

    sentence: str

    def __new__(cls, value: str, sentence: str = "") -> Word:
        """Make a member from its code and its sentence."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.sentence = sentence
        return member


class Measure(Word):
    """The scale on which effects are pooled; codes as in metafor's escalc, which has no PCLL."""

    PR = "PR", "raw proportion x/n"
    PLN = "PLN", "log of the proportion"
    PLO = "PLO", "log odds of the proportion (logit)"
    PAS = "PAS", "arcsine square root of the proportion"
    PFT = "PFT", "Freeman-Tukey double arcsine of the proportion"
    PCLL = "PCLL", "complementary log-log of the proportion: log of minus the log of 1 - x/n"
    OR = "OR", "log odds ratio of two arms"
    RR = "RR", "log risk ratio of two arms"
    RD = "RD", "risk difference of two arms"
    PETO = "PETO", "Peto's log odds ratio of two arms"
    MPRR = "MPRR", "log ratio of two rates read on the same units"
    MPRD = "MPRD", "difference of two rates read on the same units"
    MPORC = "MPORC", "conditional log odds ratio of two readings of the same units"
    MPOR = "MPOR", "marginal log odds ratio of two readings of the same units"
    MPPETO = "MPPETO", "Peto's log odds ratio of two readings of the same units"
    GEN = "GEN", "an effect with its sampling variance, given as it is"


class Tau2Method(Word):
    """Estimators of the between-study variance; codes as in metafor."""

    EE = "EE", "no between-study variance: the equal-effects model"
    DL = "DL", "DerSimonian and Laird's method of moments"
    HE = "HE", "Hedges and Olkin's unweighted moments"
    HS = "HS", "Hunter and Schmidt"
    HSK = "HSk", "Hunter and Schmidt with a small-sample correction"
    SJ = "SJ", "Sidik and Jonkman's model error variance"
    ML = "ML", "maximum likelihood"
    REML = "REML", "restricted maximum likelihood"
    EB = "EB", "empirical Bayes (Morris), the same root as Paule-Mandel"
    PM = "PM", "Paule and Mandel's estimating equation"
    PMM = "PMM", "Paule and Mandel's statistic at its median: median-unbiased"
    GENQM = "GENQM", "generalised Q with weights 1 / sqrt(v) at its median: median-unbiased"


class CiMethod(Word):
    """How the interval of the pooled value is made."""

    WALD = "wald", "normal quantile times the model-based standard error"
    T = "t", "t quantile with k - p degrees of freedom times the model-based standard error"
    HKSJ = (
        "hksj",
        "Hartung-Knapp-Sidik-Jonkman: t quantile and a standard error rescaled by the weighted residuals",
    )
    HKSJ_ADHOC = "hksj-adhoc", "Hartung-Knapp-Sidik-Jonkman with the rescaling factor never below one"
    PROFILE = "profile", "profile likelihood"
    KENWARD_ROGER = "kenward-roger", "a standard error and degrees of freedom that know tau2 as estimated"


class PiMethod(Word):
    """How the prediction interval for the true value in a new study is made."""

    T = "t", "Higgins-Thompson-Spiegelhalter: t with k - p - 1 degrees of freedom"
    T_K1 = "t-k1", "t with k - p degrees of freedom"
    WALD = "wald", "normal quantile"
    BOOTSTRAP = "bootstrap", "quantiles of simulated values (Nagashima, Noma and Furukawa)"
    METAFOR = "metafor", "the fit's own covariance and degrees of freedom, as metafor prints it"
