"""What the groups are made of."""

from metaleak.reporting.makeup import makeup_sentence, makeup_table


def test_the_table_counts_every_kind(synthetic):
    """Procedure, unit, imaging and confidence of each group, the largest first."""
    table = makeup_table("modality", synthetic.results["modality"])

    cells = [cell.text for cell in table.rows[2].cells]
    assert cells == ["X-ray", "PVP 2", "patient 1, vertebra 1", "fluoroscopy 1, X-ray 1", "high 1, low 1"]


def test_the_sentence_says_imaging_and_units(synthetic):
    """A group of one kind is said as briefly as it is."""
    assert makeup_sentence(synthetic.results["modality"], "CT") == "CT: 3 CT; 3 count vertebrae."
