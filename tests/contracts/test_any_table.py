"""Any table at all: finite numbers, or an error that says what is wrong; never a warning."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects

MODELS = [
    RandomEffects(),
    RandomEffects(ci_method="kenward-roger", tau2_ci="jackson"),
    RandomEffects(method="ML", ci_method="profile", tau2_ci="profile"),
    RandomEffects(method="GENQM", ci_method="hksj", tau2_ci="biggerstaff-jackson"),
    RandomEffects(method="PM", ci_method="t", pi_method="metafor"),
    CommonEffect(),
]
SUMS = [CommonEffect(method="mantel-haenszel", measure=code) for code in ("OR", "RR", "RD")]
SUMS.append(CommonEffect(method="peto"))

arm = st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
counts = st.lists(arm, min_size=1, max_size=8).map(
    lambda rows: StudyTable.from_counts(*zip(*rows, strict=True))
)
small_arm = st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
pairs_of_arms = st.lists(st.tuples(small_arm, small_arm), min_size=1, max_size=6).map(
    lambda rows: StudyTable.from_two_arms(
        [a for (a, _), _ in rows],
        [n for (_, n), _ in rows],
        [c for _, (c, _) in rows],
        [n for _, (_, n) in rows],
    )
)
row = st.tuples(st.floats(-1e3, 1e3), st.floats(1e-6, 1e6))
effects = st.lists(row, min_size=1, max_size=8).map(
    lambda rows: StudyTable.from_effects(*zip(*rows, strict=True), measure="GEN")
)


def require_an_answer(model, table):
    """Finite estimate, error and interval on the model's scale, or a named error."""
    try:
        result = model.fit(table)
    except MetaleakError:
        return
    assert np.isfinite([result.estimate, result.se, result.ci.low, result.ci.high]).all()
    assert result.se > 0
    assert result.tau2 is None or result.tau2 >= 0


@pytest.mark.parametrize("model", MODELS, ids=repr)
@settings(max_examples=40)
@given(table=st.one_of(counts, effects))
def test_counts_and_effects(model, table):
    """Counts up to a million, effects with variances from a millionth to a million."""
    require_an_answer(model, table)


@pytest.mark.parametrize("model", MODELS[:1] + SUMS, ids=repr)
@settings(max_examples=40)
@given(table=pairs_of_arms)
def test_two_arms(model, table):
    """Small arms, among them many without an event."""
    require_an_answer(model, table)
