"""Which group plays which part."""

import copy

from metaleak.reporting.roles import pairs_of, read_twice, roles_of, same_contrasts


def test_roles_are_read_from_what_is_declared(synthetic):
    """The first contrast leads, the joint reading is a control, silent rows are found by their word."""
    roles = roles_of(synthetic.results["modality"], no_modality="not_reported")

    assert roles.contrast["of"] == "X-ray"
    assert [control["of"] for control in roles.controls] == ["CT+xray"]
    assert (roles.reference, roles.silent) == ("CT", "not reported")


def test_a_joint_reading_is_never_the_contrast(synthetic):
    """Declared first, it is a control all the same."""
    result = copy.deepcopy(synthetic.results["modality"])
    result["difference"].reverse()

    assert roles_of(result, no_modality="not_reported").contrast is None


def test_pairs_count_their_bounds(synthetic):
    """A comparison without an overlap is a bound; a low confidence is counted."""
    found = pairs_of(synthetic)

    assert (found.index, found.reference, found.unit) == ("X-ray", "CT", "patients")
    assert (found.bounds, found.low_confidence) == (1, 1)


def test_every_comparison_may_be_a_bound(synthetic, changed):
    """Only a printed overlap makes a share more than a bound."""
    silent = [{**row, "both_positive": ""} for row in synthetic.pairs]
    printed = [{**row, "both_positive": "9"} for row in synthetic.pairs]

    assert pairs_of(changed(pairs=silent)).bounds == 2
    assert pairs_of(changed(pairs=printed)).bounds == 0


def test_bounds_are_unknown_without_the_sheet(changed):
    """Nothing is claimed about overlaps that cannot be looked up."""
    assert pairs_of(changed(pairs=())).bounds is None


def test_without_a_paired_analysis_there_are_no_pairs(synthetic, changed):
    """The page does without."""
    assert pairs_of(changed(results={"modality": synthetic.results["modality"]})) is None


def test_studies_read_twice_are_found_by_the_reason(synthetic):
    """Only rows that gave way to another imaging method count."""
    assert read_twice(synthetic) == {"Ct1"}


def test_the_same_contrast_is_found_elsewhere(synthetic):
    """Other analyses with the same two groups are named by their title."""
    found = same_contrasts(synthetic, {"of": "X-ray", "against": "CT"})

    assert [title for title, _ in found] == ["Patients alone"]
