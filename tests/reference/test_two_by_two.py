"""Mantel-Haenszel, Peto and the corrections of empty cells against R: 17 sets of 2x2 tables."""

import numpy as np
import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import UndefinedError
from metaleak.pooling.common_effect import CommonEffect
from tests.reference.agreement import CLOSED, differences, load, number

R = load("two_by_two.json.gz")
VARIANTS = {"": {}, "_nocorrect": {"continuity": False}, "_add0": {"exact": False}}
MODELS = {
    f"MH_{code}{variant}": CommonEffect(measure=code, method="mantel-haenszel", **settings)
    for code in ("OR", "RR", "RD")
    for variant, settings in VARIANTS.items()
} | {"PETO": CommonEffect(method="peto")}


def table(name):
    data = R["data"][name]
    return StudyTable.from_two_arms(data["ai"], data["n1i"], data["ci"], data["n2i"])


def undefined(record):
    return record["beta"] is None


def test_the_grid_is_complete():
    """Seventeen sets, ten fits each."""
    assert len(R["mh_peto"]) == 17
    assert all(set(records) == set(MODELS) for records in R["mh_peto"].values())


@pytest.mark.parametrize("name", R["mh_peto"])
def test_estimates(name):
    """Pooled value, standard error, statistic, p value, interval; where R has NA ours names the reason."""
    found = []
    for key, record in R["mh_peto"][name].items():
        if undefined(record):
            with pytest.raises(UndefinedError, match="not defined"):
                MODELS[key].fit(table(name))
            continue
        c = MODELS[key].fit(table(name)).coefficients[0]
        ours = {"beta": c.value, "se": c.se, "stat": c.statistic, "pval": c.p_value}
        ours |= {"ci_lb": c.ci.low, "ci_ub": c.ci.high}
        pairs = [(f"{key} {part}", value, record[part]) for part, value in ours.items()]
        found += differences(pairs, CLOSED)

    assert found == []


@pytest.mark.parametrize("name", [name for name in R["mh_peto"] if name != "edge_k1_zero"])
def test_heterogeneity(name):
    """Q around the pooled value, I2 and H2, over the tables that say something."""
    found = []
    for key, record in R["mh_peto"][name].items():
        het = MODELS[key].fit(table(name)).heterogeneity
        ours = {"QE": het.q, "QEp": het.q_p, "I2": 100 * het.i2, "H2": het.h2}
        found += differences([(f"{key} {part}", v, record[part]) for part, v in ours.items()], CLOSED)
        assert het.q_df == record["k_yi"] - 1

    assert found == []


@pytest.mark.parametrize(
    ("name", "variant"),
    [(n, v) for n in R["mh_peto"] for v in VARIANTS if not undefined(R["mh_peto"][n][f"MH_OR{v}"])],
)
def test_tests_of_association_and_of_equal_odds_ratios(name, variant):
    """Cochran-Mantel-Haenszel with both variances, and Tarone's test, which needs two tables."""
    record = R["mh_peto"][name][f"MH_OR{variant}"]
    detail = MODELS[f"MH_OR{variant}"].fit(table(name)).detail
    pairs = [
        ("CMH", detail.association.statistic, record["CMH"]),
        ("CMHp", detail.association.p_value, record["CMHp"]),
        ("CO", detail.cochran.statistic, record["CO"]),
        ("COp", detail.cochran.p_value, record["COp"]),
    ]
    if record["k_pos"] > 1:
        pairs += [
            ("TA", detail.equal_ratios.statistic, record["TA"]),
            ("TAp", detail.equal_ratios.p_value, record["TAp"]),
        ]

    assert differences(pairs, CLOSED) == []
    assert (detail.equal_ratios is None) == (record["k_pos"] < 2)


@pytest.mark.parametrize("name", R["corrections"])
@pytest.mark.parametrize("code", ["OR", "RR", "RD"])
@pytest.mark.parametrize("to", ["all", "only0", "if0all", "none"])
def test_corrections_of_empty_cells(name, code, to):
    """The four ways in which escalc adds a half; R's NA and infinities are ours."""
    record = R["corrections"][name][f"{code}_{to}_keep00"]
    columns = [np.array(R["data"][name][key]) for key in ("ai", "n1i", "ci", "n2i")]

    with np.errstate(divide="ignore", invalid="ignore"):
        yi, vi = measure(code).effect(*columns, zero=Zero(to=to))

    for ours, theirs in ((yi, record["yi"]), (vi, record["vi"])):
        known = [i for i, value in enumerate(theirs) if value is not None and np.isfinite(number(value))]
        pairs = [(i, float(ours[i]), theirs[i]) for i in known]
        assert differences(pairs, CLOSED) == []
        assert all(not np.isfinite(ours[i]) for i in range(len(ours)) if i not in known)


@pytest.mark.parametrize("name", ["edge_double_zero", "edge_all_events"])
@pytest.mark.parametrize("code", ["OR", "RR"])
@pytest.mark.parametrize("to", ["all", "only0", "if0all"])
def test_rows_that_say_nothing_are_dropped(name, code, to):
    """With drop00 R has NA for rows without an event, or only events, in both arms; ours are gone."""
    record = R["corrections"][name][f"{code}_{to}_drop00"]

    effects = measure(code).effects(table(name), Zero(to=to))

    known = [i for i, value in enumerate(record["yi"]) if value is not None]
    assert effects.kept.tolist() == known
    assert (
        differences([(i, y, record["yi"][i]) for i, y in zip(known, effects.yi, strict=True)], CLOSED) == []
    )
    assert "are left out" in effects.notes[0]
