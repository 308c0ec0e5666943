"""Every inverse-variance fit of R's grid: 44 data sets, 9 measures, 10 estimators of tau2, 4 tests."""

import numpy as np
import pytest

from metaleak.effects.measures import Zero, measure
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.pooling.common_effect import CommonEffect
from metaleak.pooling.random_effects import RandomEffects
from tests.reference.agreement import CLOSED, ITERATIVE, differences, load

R = load("inverse_variance.json.gz")
MEASURES = {"prop": ("PR", "PLN", "PLO", "PAS", "PFT"), "tab": ("OR", "RR", "RD", "PETO")}
METHODS = ("EE", "DL", "HE", "HS", "HSk", "SJ", "ML", "REML", "EB", "PM")
TESTS = {"z": "wald", "knha": "hksj", "adhoc": "hksj-adhoc", "t": "t"}
ITERATED = ("ML", "REML", "EB", "PM")
SETS = [(kind, name) for kind in MEASURES for name in R["data"][kind]]
ALONE = ("edge_k1", "edge_single_1of1", "edge_k1_zero")
by_set = pytest.mark.parametrize(("kind", "name"), SETS, ids=[name for _, name in SETS])
by_larger_set = pytest.mark.parametrize(
    ("kind", "name"),
    [item for item in SETS if item[1] not in ALONE],
    ids=[name for _, name in SETS if name not in ALONE],
)

#: escalc keeps rows without an event in either arm, so R's grid has them; metaleak drops them by default.
KEEP = Zero(double="keep")


def table(kind, name):
    data = R["data"][kind][name]
    if kind == "prop":
        return StudyTable.from_counts(data["xi"], data["ni"])
    return StudyTable.from_two_arms(data["ai"], data["n1i"], data["ci"], data["n2i"])


def model(code, method, **settings):
    if method == "EE":
        return CommonEffect(measure=code, zero=KEEP, ci_method=settings.get("ci_method", "wald"))
    return RandomEffects(measure=code, method=method, zero=KEEP, **{"tau2_ci": "none", **settings})


def cells(kind, name):
    """Return measure, estimator and R's record for every fit of a set."""
    for code in MEASURES[kind]:
        for method in METHODS:
            yield code, method, R[kind][name][code]["fits"][method]


def tolerance(method):
    return ITERATIVE if method in ITERATED else CLOSED


def without_spread(record):
    """R's plain Hartung-Knapp has no width where the studies are identical; ours takes its floor."""
    return record["tests"]["knha"][0] == 0


def test_the_grid_is_complete():
    """Every set has every measure, every measure every estimator, every estimator every test."""
    assert [len(R["data"][kind]) for kind in MEASURES] == [27, 17]
    for kind, name in SETS:
        assert set(R[kind][name]) - {"study_ci"} == set(MEASURES[kind])
        for _, _, record in cells(kind, name):
            assert set(record["tests"]) == set(TESTS)


@by_set
def test_effects_and_variances(kind, name):
    """yi and vi as escalc computes them; R's missing ones are rows that say nothing."""
    found = []
    for code in MEASURES[kind]:
        record = R[kind][name][code]
        effects = measure(code).effects(table(kind, name), KEEP)
        known = [i for i, value in enumerate(record["yi"]) if value is not None]
        for key, ours in (("yi", effects.yi), ("vi", effects.vi)):
            theirs = [record[key][i] for i in known]
            found += differences(zip([code] * len(known), ours, theirs, strict=True), CLOSED)

    assert found == []


@by_larger_set
def test_estimates_and_heterogeneity(kind, name):
    """Mean, tau2 with its standard error, I2, H2, Q and its p value, for every estimator."""
    found = []
    for code, method, r in cells(kind, name):
        fit = model(code, method).fit(table(kind, name))
        het = fit.heterogeneity
        pairs = [
            ("beta", fit.estimate, r["beta"]),
            ("tau2", het.tau2, r.get("tau2_global", r["tau2"])),
            ("se_tau2", het.tau2_se, r["se_tau2"]),
            ("I2", 100 * het.i2, r["I2"]),
            ("H2", het.h2, r["H2"]),
            ("QE", het.q, r["QE"]),
            ("QEp", het.q_p, r["QEp"]),
        ]
        found += [(code, method, *gap) for gap in differences(pairs, tolerance(method))]

    assert found == []


@by_set
@pytest.mark.parametrize("test", TESTS)
def test_intervals_and_tests(kind, name, test):
    """Standard error, statistic, p value, interval, metafor's prediction interval, degrees of freedom."""
    found = []
    for code, method, r in cells(kind, name):
        fit = model(code, method, ci_method=TESTS[test], pi_method="metafor").fit(table(kind, name))
        if test == "knha" and without_spread(r):
            assert any("floor" in note for note in fit.notes)
            continue
        c, prediction = fit.coefficients[0], fit.prediction
        ours = [c.se, c.statistic, c.p_value, c.ci.low, c.ci.high]
        ours += [None, None] if prediction is None else [prediction.low, prediction.high]
        theirs = r["tests"][test]
        if fit.k < 3:
            theirs = [*theirs[:5], None, None, theirs[7]]
        if fit.k == 1:
            theirs = [*r["tests"]["z"][:5], None, None, None]
        pairs = zip(R["about"]["testcol"], [*ours, c.df], theirs, strict=True)
        found += [(code, method, *gap) for gap in differences(pairs, tolerance(method), scale=c.se)]

    assert found == []


@by_set
def test_prediction_intervals(kind, name):
    """The normal quantile, t with k - 1 and t with k - 2 degrees of freedom; never below three rows."""
    found = []
    for code, method, r in cells(kind, name):
        for ours, theirs in (("wald", "z"), ("t-k1", "t_km1"), ("t", "t_km2")) if "pi" in r else ():
            prediction = model(code, method, pi_method=ours).fit(table(kind, name)).prediction
            if table(kind, name).k < 3:
                assert prediction is None
                continue
            pairs = [
                (f"{ours} low", prediction.low, r["pi"][theirs][0]),
                (f"{ours} high", prediction.high, r["pi"][theirs][1]),
            ]
            found += [(code, method, *gap) for gap in differences(pairs, tolerance(method))]

    assert found == []


@by_set
def test_on_the_readers_scale(kind, name):
    """Estimate, interval and prediction interval after metafor's inverse; PFT with two sizes."""
    found = []
    for code, method, r in cells(kind, name):
        if "back" not in r:
            continue
        fit = model(code, method, ci_method="wald", pi_method="wald").fit(table(kind, name))
        found += [(code, method, *gap) for gap in back_transformed(fit.natural(), r["back"], method)]
        if "back_n_ivar" in r:
            by_variance = fit.natural(size="inverse-variance")
            found += [(code, *gap) for gap in back_transformed(by_variance, r["back_n_ivar"], method)]
            assert any("10.1002/jrsm.1348" in note for note in by_variance.notes)
        if "back_knha" in r and not without_spread(r) and fit.k > 1:
            adjusted = model(code, method, ci_method="hksj").fit(table(kind, name)).natural()
            found += [(code, "knha", *gap) for gap in back_transformed(adjusted, r["back_knha"], method)]

    assert found == []


def back_transformed(natural, theirs, method):
    pairs = [
        ("estimate", natural.estimate, theirs[0]),
        ("low", natural.ci.low, theirs[1]),
        ("high", natural.ci.high, theirs[2]),
    ]
    if natural.prediction is not None and len(theirs) > 3:
        pairs += [
            ("pi low", natural.prediction.low, theirs[3]),
            ("pi high", natural.prediction.high, theirs[4]),
        ]
    return differences(pairs, tolerance(method))


@by_larger_set
def test_log_likelihoods_and_information_criteria(kind, name):
    """The maximised (restricted) likelihood; AIC, BIC and AICc follow from it and the number of parameters."""
    found = []
    for code, method, r in cells(kind, name):
        fit = model(code, method).fit(table(kind, name))
        if "fitstats" not in r:
            continue
        height, m = fit.convergence.log_likelihood, fit.convergence.n_parameters
        n = fit.k - (1 if method == "REML" else 0)
        few = max(n, m + 2)
        criteria = [height, -2 * height + 2 * m, -2 * height + m * np.log(n)]
        criteria.append(-2 * height + 2 * m * few / (few - m - 1))
        theirs = [r["fitstats"][i] for i in (0, 2, 3, 4)]
        pairs = zip(("ll", "AIC", "BIC", "AICc"), criteria, theirs, strict=True)
        found += [(code, method, *gap) for gap in differences(pairs, tolerance(method))]

    assert found == []


@by_larger_set
def test_q_profile(kind, name):
    """Limits of tau2, I2 and H2, beyond the 100 at which metafor stops by default."""
    found = []
    for code in MEASURES[kind]:
        r = R[kind][name][code]["confint"]
        het = model(code, "REML", tau2_ci="q-profile").fit(table(kind, name)).heterogeneity
        for i, side in enumerate(("low", "high")):
            share = getattr(het.i2_ci, side)
            pairs = [
                (f"tau2 {side}", getattr(het.tau2_ci, side), r["tau2"][i]),
                (f"I2 {side}", 100 * share, r["I2"][i]),
                (f"H2 {side}", 1 / (1 - share), r["H2"][i]),
            ]
            found += [(code, *gap) for gap in differences(pairs, ITERATIVE)]

    assert found == []


@by_set
def test_weights(kind, name):
    """Shares of the common-effect and the REML fit; metafor prints percent."""
    found = []
    for code in MEASURES[kind]:
        record = R[kind][name][code]
        for method in ("EE", "REML"):
            ours = model(code, method).fit(table(kind, name)).weights
            theirs = record.get(f"weights_{method}")
            pairs = zip(range(len(ours)), 100 * ours, theirs, strict=True)
            found += [(code, method, *gap) for gap in differences(pairs, tolerance(method))]

    assert found == []


@pytest.mark.parametrize(("kind", "name"), [item for item in SETS if item[1] in ALONE])
def test_one_row_defines_no_heterogeneity(kind, name):
    """metafor calls tau2, I2 and Q of one row 0; here they are not defined. The mean agrees."""
    for code, method, r in cells(kind, name):
        fit = model(code, method).fit(table(kind, name))

        assert fit.heterogeneity.tau2 is None
        assert fit.heterogeneity.i2 is None
        assert fit.prediction is None
        assert differences([(code, fit.estimate, r["beta"])], CLOSED) == []


def test_second_maxima_are_named():
    """Where R's search finds two hills of the likelihood, the lower one stands in the result."""
    checked = 0
    for kind, name in SETS:
        for code, method, r in cells(kind, name):
            if r.get("n_local_maxima", 1) > 1:
                fit = model(code, method).fit(table(kind, name))
                assert fit.detail.second_maximum is not None
                assert any("second, lower maximum" in note for note in fit.notes)
                checked += 1

    assert checked == 5


@pytest.mark.parametrize("name", [n for n in R["data"]["prop"] if "study_ci" in R["prop"][n]])
def test_intervals_of_single_studies(name):
    """Clopper-Pearson and Wilson, as R's binom.test and prop.test give them."""
    data, record = R["data"]["prop"][name], R["prop"][name]["study_ci"]
    found = []
    for method in ("clopper-pearson", "wilson"):
        limits = study_intervals(data["xi"], data["ni"], method=method)
        for ours, side in zip(limits, ("lb", "ub"), strict=True):
            theirs = record[method.replace("-", "_")][side]
            found += differences(zip(range(len(ours)), ours, theirs, strict=True), (1e-9, 1e-8))

    assert found == []
