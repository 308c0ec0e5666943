"""Three-level models against metafor's rma.mv, and robust covariances against clubSandwich."""

import json
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.multilevel import Multilevel

REFERENCE = json.loads((Path(__file__).parent / "multilevel.json").read_text())
HTZ = json.loads((Path(__file__).parent / "htz.json").read_text())
FITS = ("REML", "ML", "REML_mod", "CHE", "CHE_mod")


def fitted(name, fit, robust):
    entry = REFERENCE[name]
    data = entry["data"]
    labels = [f"{i}" for i in range(len(data["yi"]))]
    table = StudyTable.from_effects(
        data["yi"],
        data["vi"],
        measure="GEN",
        study=data["cluster"],
        label=labels,
        moderators={"m": data["mod"]},
    )
    model = Multilevel(
        robust=robust,
        method="ML" if fit == "ML" else "REML",
        rho=entry["CHE_rho"] if fit.startswith("CHE") else 0.0,
        moderators="~ m" if fit.endswith("mod") else None,
    )
    return model.fit(table)


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", REFERENCE)
def test_components_and_coefficients(name, fit):
    """Variance components, coefficients, log-likelihood and Q as rma.mv finds them."""
    r = REFERENCE[name][fit]

    ours = fitted(name, fit, "none")

    assert [ours.detail.sigma2_between, ours.detail.sigma2_within] == pytest.approx(r["sigma2"], rel=1e-6)
    assert [c.value for c in ours.coefficients] == pytest.approx(r["beta"], rel=1e-7)
    assert [c.se for c in ours.coefficients] == pytest.approx(r["se"], rel=1e-6)
    assert [c.ci.low for c in ours.coefficients] == pytest.approx(r["ci_lb"], rel=1e-6)
    assert ours.convergence.log_likelihood == pytest.approx(r["logLik"], abs=1e-9)
    assert ours.heterogeneity.q == pytest.approx(r["QE"], rel=1e-9)


@pytest.mark.parametrize("robust", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("name", REFERENCE)
def test_robust_covariances(name, fit, robust):
    """Errors, degrees of freedom (Satterthwaite's for CR2), p values and limits as clubSandwich gives them."""
    r = REFERENCE[name][fit][robust]

    ours = fitted(name, fit, robust)

    df = r["df"] if len(r["df"]) == len(ours.coefficients) else r["df"] * len(ours.coefficients)
    assert [c.se for c in ours.coefficients] == pytest.approx(r["se"], rel=1e-6)
    assert [c.df for c in ours.coefficients] == pytest.approx(df, rel=1e-6)
    assert [c.p_value for c in ours.coefficients] == pytest.approx(r["pval"], rel=1e-5)
    assert [c.ci.high for c in ours.coefficients] == pytest.approx(r["ci_ub"], rel=1e-6)


@pytest.mark.parametrize("name", REFERENCE)
def test_profiles_tests_and_shares(name):
    """Profile intervals of both components, their likelihood-ratio tests, I2 by level."""
    r = REFERENCE[name]

    detail = fitted(name, "REML", "CR2").detail

    for interval, key in (
        (detail.sigma2_between_ci, "confint_sigma2_1"),
        (detail.sigma2_within_ci, "confint_sigma2_2"),
    ):
        assert [interval.low, interval.high] == pytest.approx(r[key], rel=1e-6)
    statistics = [test.statistic for test in detail.tests]
    assert statistics == pytest.approx(
        [r["LRT_vs_only_within"]["LRT"], r["LRT_vs_only_between"]["LRT"]], rel=1e-7
    )
    assert [100 * detail.i2_between, 100 * detail.i2_within] == pytest.approx(r["I2_parts"], rel=1e-6)


@pytest.mark.parametrize("name", HTZ)
@pytest.mark.parametrize("term", ["z", "all"])
def test_several_coefficients_at_once(name, term):
    """Hotelling's T-squared with CR2 and its degrees of freedom, as clubSandwich's Wald_test gives them."""
    data, r = REFERENCE[name]["data"], HTZ[name][term]
    k = len(data["yi"])
    table = StudyTable.from_effects(
        data["yi"],
        data["vi"],
        measure="GEN",
        study=[str(c) for c in data["cluster"]],
        label=[str(i) for i in range(k)],
        moderators={"m": data["mod"], "z": [str((i + 1) % 3) for i in range(k)]},
    )

    regression = Multilevel(moderators='~ m + C(z, "0")').fit(table).regression
    ours = regression.omnibus if term == "all" else regression.terms[1]

    assert ours.method == "cluster-robust F, HTZ"
    assert ours.df == pytest.approx((r["df_num"], r["df_denom"]), rel=1e-5)
    assert ours.statistic == pytest.approx(r["statistic"], rel=1e-5)
    assert ours.p_value == pytest.approx(r["p_value"], rel=1e-5)
