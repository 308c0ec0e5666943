"""The detection model with priors: against a dense grid, against maximum likelihood, and against itself."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import SettingError
from metaleak.pooling.detection.assembly import assemble
from metaleak.pooling.detection.bayesian import BayesianDetectionAdjusted, detection_priors, quantiles
from metaleak.pooling.detection.estimates import top_of
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.pooling.result import MetaResult

NAN = float("nan")
SMALL = DetectionTable.from_counts(
    [80, 60, 90, 102, 84, 148, 95], ct=[44, 40, 39, NAN, NAN, 80, 50], index=[NAN, NAN, NAN, 27, 32, 48, 29]
)


def plenty(k=120, seed=3):
    """Return synthetic studies, a third of each kind."""
    rng = np.random.default_rng(seed)
    n = rng.integers(60, 200, k)
    rate, seen = special.expit(-0.3 + 0.8 * rng.normal(size=k)), special.expit(0.4 + 0.5 * rng.normal(size=k))
    ct = rng.binomial(n, rate)
    index = rng.binomial(ct, seen)
    kind = np.arange(k) % 3
    return DetectionTable.from_counts(
        n.tolist(),
        ct=np.where(kind == 1, NAN, ct.astype(float)).tolist(),
        index=np.where(kind == 0, NAN, index.astype(float)).tolist(),
    )


def test_a_dense_grid_gives_the_same_posterior():
    """Means and spreads of mean logits by brute force over all four parameters."""
    model = BayesianDetectionAdjusted(draws=8000, omega_prior=("half-normal", 1.0))
    ours = model.fit(SMALL)
    likelihood = top_of(assemble(SMALL, model)).fits.likelihood
    axes = [
        np.linspace(-0.9, 1.2, 17),
        np.exp(np.linspace(np.log(0.02), np.log(2.2), 13)),
        np.linspace(-0.8, 2.0, 17),
        np.exp(np.linspace(np.log(0.02), np.log(3.0), 13)),
    ]
    layout = assemble(SMALL, model).layout
    mu, tau, s, omega = (part.ravel() for part in np.meshgrid(*axes, indexing="ij"))
    theta = np.zeros((mu.size, layout.size))
    theta[:, 0], theta[:, layout.tau], theta[:, layout.gamma.start] = mu, tau, s
    theta[:, layout.omega] = omega
    rows = np.zeros(mu.size, dtype=np.intp)
    height = np.concatenate(
        [
            likelihood.take(rows[part]).value(theta[part], np.arange(part.size))
            for part in np.array_split(np.arange(mu.size), 60)
        ]
    )
    # The grid is even in the logarithms of the spreads.
    height += np.log(tau * omega) - tau**2 / 2 - omega**2 / 2 - (mu**2 + s**2) / (2 * 1.5**2)
    weights = np.exp(height - height.max())
    weights /= weights.sum()

    for place, values in ((0, mu), (layout.gamma.start, s)):
        mean = weights @ values
        sd = np.sqrt(weights @ (values - mean) ** 2)
        found = ours.coefficients[0] if place == 0 else None
        middle = quantiles(values, weights, [0.5])[0]
        if found is not None:
            assert found.value == pytest.approx(mean, abs=0.06 * sd)
            assert found.se == pytest.approx(sd, rel=0.06)
        else:
            seen = special.logit(ours.detail.sensitivity["xray"].value)
            assert seen == pytest.approx(mean, abs=0.1 * sd)
            assert abs(middle - mean) < sd


def test_where_data_are_plenty_priors_do_not_matter():
    """Within a tenth of a standard error of maximum likelihood, intervals as long."""
    table = plenty()
    ml, bayes = DetectionAdjusted(draws=0).fit(table), BayesianDetectionAdjusted(draws=2000).fit(table)
    seen, theirs = bayes.detail.sensitivity["xray"], ml.detail.sensitivity["xray"]

    assert bayes.estimate == pytest.approx(ml.estimate, abs=0.15 * ml.se)
    assert bayes.ci.high - bayes.ci.low == pytest.approx(ml.ci.high - ml.ci.low, rel=0.1)
    assert seen.value == pytest.approx(theirs.value, abs=0.01)
    assert seen.ci.high - seen.ci.low == pytest.approx(theirs.ci.high - theirs.ci.low, rel=0.12)


def test_few_pairs_are_enough_and_wider_priors_give_wider_answers():
    """One row per pair of priors; the scale of omega widens the sensitivity."""
    table = detection_priors(BayesianDetectionAdjusted(draws=1500), SMALL, tau_scales=(0.5, 2.0))
    width = (table["sensitivity_high"] - table["sensitivity_low"]).tolist()

    assert table["omega_prior"].tolist() == ["half-normal(0.5)"] * 2 + ["half-normal(1)"] * 2
    assert width[2] > width[0]
    assert width[3] > width[1]
    assert (table["effective_draws"] > 300).all()


def test_without_a_pair_the_prior_decides_and_the_result_says_so():
    """There is an answer, wide, with a note."""
    table = DetectionTable.from_counts(
        [80, 60, 90, 70, 102, 84, 66], ct=[44, 40, 39, 30, NAN, NAN, NAN], index=[NAN] * 4 + [27, 32, 20]
    )

    result = BayesianDetectionAdjusted(draws=1500).fit(table)
    seen = result.detail.sensitivity["xray"].ci

    assert any("no pair informs the sensitivity" in note for note in result.notes)
    assert seen.high - seen.low > 0.35


def test_equal_settings_give_equal_numbers_and_a_stored_result_comes_back():
    """To the last bit."""
    model = BayesianDetectionAdjusted(draws=800)
    first, again = model.fit(SMALL), model.fit(SMALL)

    back = MetaResult.from_dict(first.to_dict())

    assert first.digest == again.digest == back.digest
    assert back.detail.sensitivity["xray"] == first.detail.sensitivity["xray"]
    assert replace(model, seed=2).fit(SMALL).digest != first.digest


def test_a_cut_likelihood_is_refused():
    """With what to take instead."""
    table = DetectionTable.from_counts(
        [80, 60, 90, 102, 50],
        ct=[44, 40, 39, NAN, NAN],
        index=[30, NAN, NAN, 27, NAN],
        unreported=[NAN] * 4 + [20],
    )

    with pytest.raises(SettingError, match="does not cut"):
        BayesianDetectionAdjusted(unreported=0.5, draws=200).fit(table)
