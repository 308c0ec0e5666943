"""Figures in words."""

from metaleak.plots.alt_text import forest_alt_text, groups_alt_text


def test_it_begins_with_what_is_drawn(shown):
    """The kind of figure, its rows and studies, its groups and its axis."""
    start = (
        "Forest plot: 7 rows of 6 studies in 2 groups; Rate, % of the units counted (patient or vertebra)."
    )

    assert forest_alt_text(shown()).startswith(start)


def test_every_group_is_told_with_its_numbers(shown):
    """Counts, median study, prediction interval and mean."""
    said = "group A: 4 rows of 3 studies, 98 of 462; median study 21.2 % [14.8, 44.8], prediction interval 4.2 to 84.2"

    assert f"{said}, mean over studies 22.3 % [17.0, 52.7]." in forest_alt_text(shown())
    assert f"{said}." in groups_alt_text(shown())


def test_a_group_that_is_not_pooled_is_told_with_its_reason(shown):
    """Nobody has to see the figure to know that it was one row."""
    assert "group A: 1 study, 5 of 60, 8.3 % [3.3, 13.3]; one row: shown as it is." in forest_alt_text(
        shown((1,))
    )


def test_contrasts_and_caveat_are_told(shown):
    """The odds ratio and what the evidence is not."""
    told = forest_alt_text(shown())

    assert "group B against group A: odds ratio 0.49 [0.20, 1.18], p = 0.106" in told
    assert told.endswith("2 of 8 rows do not say how leaks were looked for.")


def test_a_released_review_ends_with_its_numbers(shown):
    """No caveat, no empty end."""
    assert groups_alt_text(shown(status="released")).endswith("18 studies).")


def test_the_overall_value_is_told_where_it_is_drawn(shown):
    """Under the name that it has in the figure."""
    data = shown(overall=True)

    assert "Overall: mixture of imaging methods: 7 rows of 6 studies" in forest_alt_text(data, overall=True)
    assert "Overall" not in forest_alt_text(data)
