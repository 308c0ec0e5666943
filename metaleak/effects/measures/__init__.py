"""The scales on which effects are pooled, one file each; :func:`measure` finds one by its code."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from metaleak.effects.measures.base import MeasureBase, Zero
from metaleak.effects.measures.given import Given
from metaleak.effects.measures.marginal_odds_ratio import MarginalOddsRatio
from metaleak.effects.measures.matched_odds_ratio import ConditionalOddsRatio
from metaleak.effects.measures.matched_peto import MatchedPetoOddsRatio
from metaleak.effects.measures.matched_risk_difference import MatchedRiskDifference
from metaleak.effects.measures.matched_risk_ratio import MatchedRiskRatio
from metaleak.effects.measures.odds_ratio import LogOddsRatio
from metaleak.effects.measures.pas import Arcsine
from metaleak.effects.measures.pcll import ComplementaryLogLog
from metaleak.effects.measures.peto import PetoOddsRatio
from metaleak.effects.measures.pft import FreemanTukey
from metaleak.effects.measures.pln import LogProportion
from metaleak.effects.measures.plo import Logit
from metaleak.effects.measures.pr import RawProportion
from metaleak.effects.measures.risk_difference import RiskDifference
from metaleak.effects.measures.risk_ratio import LogRiskRatio
from metaleak.guards import one_of

__all__ = ["MeasureBase", "Zero", "default_measure", "measure", "measures"]

_ALL = (
    RawProportion(),
    LogProportion(),
    Logit(),
    Arcsine(),
    FreemanTukey(),
    ComplementaryLogLog(),
    LogOddsRatio(),
    LogRiskRatio(),
    RiskDifference(),
    PetoOddsRatio(),
    MatchedRiskRatio(),
    MatchedRiskDifference(),
    ConditionalOddsRatio(),
    MarginalOddsRatio(),
    MatchedPetoOddsRatio(),
    Given(),
)

#: The measure that a model takes when it is given none, by kind of table.
_DEFAULTS = {"counts": "PLO", "two_arms": "OR", "pairs": "MPRR", "effects": "GEN"}


@lru_cache(maxsize=1)
def measures() -> Mapping[str, MeasureBase]:
    """Return every measure by its code."""
    return {item.code: item for item in _ALL}


def measure(code: str) -> MeasureBase:
    """Return the measure with a code as in metafor's escalc.

    Raises
    ------
    SettingError
        For an unknown code, with the known ones.

    Examples
    --------
    >>> measure("PLO").inverse(0.0)
    0.5
    """
    return measures()[one_of("measure", code, measures())]


def default_measure(kind: str) -> str | None:
    """Return the code that fits a kind of table, None where there is none."""
    return _DEFAULTS.get(kind)
