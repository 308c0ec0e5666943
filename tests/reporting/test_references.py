"""The literature behind the methods."""

import re

from metaleak.reporting.references import REFERENCES


def test_every_reference_has_a_doi_and_a_year():
    """A reader can look every one up."""
    assert all(re.fullmatch(r"10\.\d{4,}/\S+", reference.doi) for reference in REFERENCES.values())
    assert all(key[-4:] in reference.text for key, reference in REFERENCES.items())
