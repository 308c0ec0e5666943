"""Identifiers in one form."""

import pytest

from metaleak.records import identifiers


@pytest.mark.parametrize(
    "text",
    [
        "10.1097/BRS.1",
        "doi:10.1097/brs.1",
        "https://doi.org/10.1097/BRS.1.",
        "http://dx.doi.org/10.1097%2Fbrs.1",
        "(10.1097/brs.1)",
    ],
)
def test_a_doi_is_one(text):
    """Case, resolver, label, marks around it."""
    assert identifiers.doi(text) == "10.1097/brs.1"


@pytest.mark.parametrize("text", ["", "10.1", "10.1097/", "n/a", "10.1002/central/CN-1"])
def test_what_is_no_doi(text):
    """Nothing is better than a wrong one."""
    assert identifiers.doi(text) == ""


def test_old_dois_keep_their_brackets():
    """A bracket that belongs stays."""
    assert identifiers.doi("10.1016/s0140-6736(05)67014-2)") == "10.1016/s0140-6736(05)67014-2"


def test_other_identifiers():
    """PubMed numbers are digits alone; ISBNs lose their hyphens."""
    assert [identifiers.pmid(text) for text in ("007", "1a", "١")] == ["7", "", ""]
    assert identifiers.isbn("ISBN 0-306-40615-2") == "0306406152"
    assert identifiers.issns("12345-6789") == ()
