"""How the review is cited."""

from pathlib import Path

import pytest

from metaleak.reporting.citation import citation

CFF = """cff-version: 1.2.0
title: "Leaks & 50 % {braces}"
version: 2.1
doi: 10.1000/synthetic
date-released: '2031-05-06'
authors:
  - family-names: Synthetic
    given-names: A.
  - name: 'A Synthetic Group'
keywords:
  - name: not an author
"""


def test_sentence_and_entry(changed):
    """Authors, title, version, year, DOI, the state of the sheets and the caveat, in both."""
    found = citation(changed(citation=CFF))

    assert found.sentence.startswith(
        "A. Synthetic and A Synthetic Group. Synthetic leaks. Leaks & 50 % {braces}."
    )
    assert "Version 2.1. 2031. 10.1000/synthetic. Evidence in the state " in found.sentence
    assert "Rehearsal: abstract-level evidence" in found.sentence
    assert found.bibtex.startswith("@misc{leaks,\n  author = {{A. Synthetic} and {A Synthetic Group}},\n")
    assert "  year = {2031},\n" in found.bibtex
    assert "not an author" not in found.sentence


def test_the_entry_is_read_by_a_bibtex_reader(changed):
    """bibtexparser finds one entry with every field; braces of a title do not open anything."""
    import bibtexparser

    library = bibtexparser.parse_string(citation(changed(citation=CFF)).bibtex)
    (entry,) = library.entries

    assert not library.failed_blocks
    assert entry["version"] == "2.1"
    assert r"Leaks \& 50 \%  braces" in entry["note"]


def test_the_state_changes_with_the_sheets(changed):
    """Another digest of a sheet is another state."""
    one, other = (
        citation(changed(citation=CFF, digests={"extraction/leaks.csv": mark * 32})) for mark in ("ab", "cd")
    )

    assert one.bibtex != other.bibtex


def test_released_reviews_carry_no_caveat(changed):
    """The caveat goes with the status."""
    assert "Rehearsal" not in citation(changed(citation=CFF, status="released")).bibtex


@pytest.mark.parametrize("cff", ["", "title: alone\n", "authors:\n  - name: nobody\n"])
def test_nothing_to_cite(changed, cff):
    """Without a title and authors there is no block."""
    assert citation(changed(citation=cff)) is None


def test_this_review(changed):
    """The file of this repository is read."""
    text = (Path(__file__).parents[2] / "CITATION.cff").read_text(encoding="utf-8")

    assert citation(changed(citation=text)).sentence.startswith("The metaleak contributors. ")
