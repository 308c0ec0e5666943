"""Permutation p values against metafor's permutest: exact ones to the last digit, drawn ones within their error."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.permutation import permutation_test

REFERENCE = json.loads((Path(__file__).parent / "permutest.json").read_text())


def case(name):
    entry = REFERENCE[name]
    x = np.array(entry["X"], dtype=float) if entry.get("X") else np.empty((0, 0))
    moderators = {f"x{i}": x[:, i].tolist() for i in range(x.shape[1])}
    table = StudyTable.from_effects(entry["yi"], entry["vi"], measure="GEN", moderators=moderators)
    model = RandomEffects(
        method=entry["method"],
        ci_method={"z": "wald", "knha": "hksj"}[entry["test"]],
        moderators="~ " + " + ".join(moderators) if moderators else None,
    )
    return entry, model, table, list(moderators)


@pytest.mark.parametrize("name", [n for n, e in REFERENCE.items() if e["exact"]])
def test_exact(name):
    """All distinct permutations, or all sign flips: R's p values for the whole and for each moderator."""
    entry, model, table, terms = case(name)

    whole = permutation_test(model, table)

    assert whole.p_value == pytest.approx(entry["QMp"], abs=1e-12)
    assert str(entry["iter_used"]) in whole.method
    for term, p in zip(terms, entry["pval"][1:], strict=False):
        assert permutation_test(model, table, term=term).p_value == pytest.approx(p, abs=1e-12)


@pytest.mark.parametrize("name", [n for n, e in REFERENCE.items() if not e["exact"]])
def test_drawn(name):
    """Drawn permutations agree within three Monte Carlo errors."""
    entry, model, table, _ = case(name)

    ours = permutation_test(model, table, n=5000, seed=7).p_value

    error = math.sqrt(2 * entry["QMp"] * (1 - entry["QMp"]) / 5000)
    assert ours == pytest.approx(entry["QMp"], abs=3 * error)
