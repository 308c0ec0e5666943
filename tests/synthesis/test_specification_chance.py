"""Curves with permuted words."""

from itertools import permutations

import numpy as np
import pytest

import metaleak as ml
from metaleak.errors import SettingError
from metaleak.synthesis.specification import Specification, specification_curve
from metaleak.synthesis.specification_chance import specification_chance

CODING = {"CT": "CT", "xray": "X-ray"}
CONTRAST = ("X-ray", "CT")
COUNTS = ([30, 29, 31, 33, 9, 6, 8, 5], [50, 50, 50, 50, 40, 40, 40, 40])


def asked(counts=COUNTS, words=("CT",) * 4 + ("xray",) * 4, unit=("vertebra",) * 8, ci="wald", **changes):
    table = ml.StudyTable.from_counts(
        *counts, moderators={"modality": list(words), "unit": list(unit)}, **changes
    )
    return [
        Specification(
            choices={"method": method},
            model=ml.RandomEffects(measure="PLO", method=method, ci_method=ci, tau2_ci="none"),
            tau2="separate",
            table=table,
            coding=CODING,
        )
        for method in ("DL", "REML")
    ]


def test_the_observed_curve_is_the_curve():
    """Its median and share are those of the fits."""
    found = specification_chance(asked(), contrast=CONTRAST, permutations=20)["all"]
    curve = specification_curve(asked(), contrast=CONTRAST)

    assert found.median == pytest.approx(curve["log_or"].median(), abs=1e-10)
    assert found.share == (curve["log_or_high"] < 0).mean()


def test_p_values_agree_with_all_permutations():
    """70 ways to choose four of eight: two have medians as far from 0 as a clean split."""
    every = []
    for chosen in {tuple(sorted(order[:4])) for order in permutations(range(8))}:
        words = ["CT" if i in chosen else "xray" for i in range(8)]
        every.append(specification_curve(asked(words=words), contrast=CONTRAST)["log_or"].median())
    exact = np.mean(
        np.abs(every) >= abs(specification_curve(asked(), contrast=CONTRAST)["log_or"].median()) - 1e-9
    )
    found = specification_chance(asked(), contrast=CONTRAST, permutations=4000, seed=3)["all"]

    assert found.median_p == pytest.approx(exact, abs=4 * np.sqrt(exact / 4000))


def test_words_stay_within_their_unit():
    """Where each unit has one word there is nothing to exchange, and every curve is the observed one."""
    unit = ("vertebra",) * 4 + ("patient",) * 4
    found = specification_chance(asked(unit=unit), contrast=CONTRAST, permutations=50)["all"]

    assert (found.movable, found.median_p, found.share_p) == (0, 1.0, 1.0)


def test_a_study_with_several_words_keeps_them():
    """It is counted, not moved."""
    study = ["a", "b", "c", "d", "a", "e", "f", "g"]
    found = specification_chance(asked(study=study), contrast=CONTRAST, permutations=50)["all"]

    assert (found.studies, found.movable) == (7, 6)


def test_the_same_seed_gives_the_same_curves():
    """To the last bit; the observed curve is the same with any."""
    first, again, other = (
        specification_chance(asked(), contrast=CONTRAST, permutations=60, seed=seed)["all"]
        for seed in (1, 1, 2)
    )

    assert first == again
    assert first.median == other.median


def test_curves_of_single_choices():
    """The same permutations, told apart by an axis."""
    found = specification_chance(asked(), contrast=CONTRAST, permutations=20, by="method")

    assert list(found) == ["all", "DL", "REML"]
    assert found["DL"].specifications == 1


def test_only_fast_specifications_are_permuted():
    """Exact models alone are refused."""
    slow = [
        Specification(
            choices={}, model=ml.BinomialNormal(), tau2="common", table=asked()[0].table, coding=CODING
        )
    ]

    with pytest.raises(SettingError, match="can be permuted"):
        specification_chance(slow, contrast=CONTRAST)
