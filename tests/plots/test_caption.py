"""Captions, written from settings and selection."""

import pytest

from metaleak.plots.caption import forest_caption, groups_caption


@pytest.mark.parametrize(
    "said",
    [
        "8 rows of 6 studies; arms of one study with equal procedure, unit and modality summed: 7 rows shown.",
        "Squares: rates of studies with Clopper-Pearson intervals, 95 %",
        "information share within the group (not used in estimation)",
        "Diamonds: rate of the median study with profile likelihood interval, 95 %",
        "model: binomial-normal (logistic, random intercept, exact binomial likelihood)",
        "τ² by maximum likelihood, one per group",
        "prediction interval for the true rate of a new study, t with k − p − 1 degrees of freedom",
        "Heterogeneity: likelihood ratio against one rate per row.",
        "Odds ratios: binomial-normal with a common τ².",
        "Computed with metaleak\u00a00.1.0, numpy\u00a02.0.0.",
    ],
)
def test_the_forest_caption_names_what_was_done(shown, said):
    """Rows, model, tau2, intervals, tests and versions are told from the result."""
    assert said in forest_caption(shown())


def test_the_overview_says_nothing_of_what_it_does_not_draw(shown):
    """No squares of studies, no circles, no heterogeneity; notes of groups instead."""
    caption = groups_caption(shown())

    assert not any(word in caption for word in ("Squares", "Circles", "Heterogeneity"))
    assert "τ² is borrowed (group A; group B)." in caption


def test_a_common_tau2_is_said(shown):
    """The caption follows the settings."""
    settings = {"model": {"name": "BinomialNormal", "tau2": "common", "level": 0.9}}

    assert "τ² by maximum likelihood, common to the groups" in forest_caption(shown(**settings))
    assert "interval, 90 %" in forest_caption(shown(**settings))


def test_nothing_pooled_nothing_said_of_a_model(shown):
    """A figure without diamonds does not explain them."""
    assert "Diamonds" not in forest_caption(shown((1, 1)))


@pytest.mark.parametrize(("rows", "forest"), [((3, 1), False), ((3, 3), True)])
def test_open_squares_are_explained_where_they_are_drawn(shown, rows, forest):
    """The forest plot draws a group of one row as its study, the overview as an open square."""
    data = shown(rows, counts=[(3, 9)] * 3 + [(0, 8)] * 3)

    assert ("Open squares" in forest_caption(data)) is forest
    assert "Open squares" in groups_caption(data)


def test_the_caveat_counts(shown):
    """While the review is a rehearsal, its numbers are computed."""
    assert shown().source.caveat == (
        "Rehearsal: abstract-level evidence, extracted once, not the yield of a systematic search; "
        "2 of 8 rows do not say how leaks were looked for."
    )


def test_pairs_have_a_known_imaging(shown):
    """The caveat of pairs does not count rows without imaging."""
    assert shown(sheet="pairs").source.caveat.endswith("not the yield of a systematic search.")


def test_a_released_review_has_no_caveat(shown):
    """What was released is not a rehearsal."""
    assert shown(status="released").source.caveat == ""


def test_an_overall_value_is_explained_where_it_is_drawn(shown):
    """An average over imaging methods is a property of the collection."""
    data = shown(overall=True)

    assert "a property of this collection of studies" in forest_caption(data, overall=True)
    assert "Overall" not in forest_caption(data)
