"""What the groups are made of."""

from metaleak.reporting.makeup import compared, makeup_sentence, makeup_table


def test_the_table_counts_every_kind(synthetic):
    """Procedure, unit, imaging and confidence of each group, the largest first."""
    table = makeup_table("modality", synthetic.results["modality"])

    cells = [cell.text for cell in table.rows[2].cells]
    assert cells == ["X-ray", "PVP 2", "patient 1, vertebra 1", "fluoroscopy 1, X-ray 1", "high 1, low 1"]


def test_the_sentence_says_imaging_and_units(synthetic):
    """A group of one kind is said as briefly as it is."""
    assert makeup_sentence(synthetic.results["modality"], "CT") == "CT: 3 CT; 3 count vertebrae."


def test_a_contrast_says_what_else_differs(synthetic):
    """Both groups are described, with the warning that belongs to every contrast of studies."""
    said = compared(synthetic.results["patients"])

    assert said.startswith("X-ray: 1 CT; 1 counts patients. CT: 2 CT;")
    assert said.endswith("Whatever else differs between groups of studies enters their contrast too.")


def test_without_a_contrast_nothing_is_compared(synthetic):
    """The pairs compare within patients, not between studies."""
    assert compared(synthetic.results["pairs"]) == ""
