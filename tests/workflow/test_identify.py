"""What a person types to name a study."""

import pytest

from metaleak.errors import UsageError
from metaleak.workflow.identify import Identifier, identify

DOI = "10.1080/02841850601161554"


@pytest.mark.parametrize(
    "text", ["17453503", " PMID: 17453503", "pmid17453503", "https://pubmed.ncbi.nlm.nih.gov/17453503/"]
)
def test_a_pubmed_number_in_all_its_forms(text):
    assert identify(text) == Identifier("pmid", "17453503")


@pytest.mark.parametrize(
    "text", [DOI, f"doi:{DOI}", f"https://doi.org/{DOI}", f"http://dx.doi.org/{DOI}", f"{DOI}."]
)
def test_a_doi_in_all_its_forms(text):
    assert identify(text) == Identifier("doi", DOI)


def test_a_pubmed_central_number():
    assert identify("pmc6745641") == Identifier("pmcid", "PMC6745641")


def test_a_key_of_ones_own():
    assert identify("Smith2024") == Identifier("study_id", "Smith2024")


def test_a_doi_makes_a_key_without_a_slash():
    assert identify(DOI).key == "DOI10_1080_02841850601161554"


@pytest.mark.parametrize(
    "text", ["", "  ", "two words", "../../etc/passwd", "=1+1", "10.1/x y", "123456789", "a\x00"]
)
def test_what_names_no_study_is_refused(text):
    with pytest.raises(UsageError, match="a PubMed number, a DOI"):
        identify(text)
