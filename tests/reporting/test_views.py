"""What the templates show, section by section."""

from metaleak.reporting.views import analysis_view, overview


def test_the_overview_stands_in_the_answer_only(synthetic):
    """The main analysis shows its other figures with the results."""
    assert overview(synthetic).id == "figure.modality-groups"
    assert [p.id for p in analysis_view(synthetic, "modality").pictures] == ["figure.modality-forest"]


def test_long_figures_are_folded_away(synthetic):
    """Sheets taller than wide belong behind a line with their size."""
    (forest,) = analysis_view(synthetic, "patients").pictures

    assert forest.is_long
    assert forest.summary == "Forest plot: 3 observations"


def test_a_name_that_begins_another_takes_no_figure(synthetic, changed):
    """modality does not show the figures of modality-by-site."""
    report = changed(
        figures={**synthetic.figures, "modality-by-site-forest": synthetic.figures["modality-forest"]}
    )

    assert len(analysis_view(report, "modality").pictures) == 1


def test_notes_name_their_groups(synthetic):
    """Notes of the analysis come first; why a group is not pooled is a note too."""
    assert analysis_view(synthetic, "patients").notes == (
        "No row for: the moon.",
        "X-ray: one row: shown as it is.",
    )


def test_the_command_that_traces_a_group_is_quoted(synthetic):
    """A name with spaces can be typed."""
    groups = analysis_view(synthetic, "modality").groups

    assert [group.trace for group in groups][-1] == "metaleak trace modality 'not reported'"
