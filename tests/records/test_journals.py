"""Journals under their names."""

import pytest

from metaleak.records.journals import is_same_journal, journal_words


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("J Neurosurg Spine", "Journal of neurosurgery. Spine", True),
        ("AJNR Am J Neuroradiol", "AJNR. American journal of neuroradiology", True),
        ("J. Vasc. Interv. Radiol.", "Journal of Vascular and Interventional Radiology", True),
        ("Spine (Phila Pa 1976)", "SPINE", True),
        ("Spine", "Spine J", False),
        ("Eur Spine J", "Eur Radiol", False),
        ("Acta Radiol", "Acta Radiol Short Rep", False),
    ],
)
def test_abbreviations(left, right, same):
    """Word by word in their order; one word more is another journal."""
    assert is_same_journal(journal_words(left), journal_words(right)) is same
