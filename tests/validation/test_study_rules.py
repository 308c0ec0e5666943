"""What leads to a study."""

import pytest

PUBMED = "https://pubmed.ncbi.nlm.nih.gov/17453503/"


@pytest.mark.parametrize(
    ("rule", "column", "first", "second"),
    [
        ("R46", "pmid", "17453503", "17453503"),
        ("R46", "pmcid", "PMC6745641", "PMC6745641"),
        ("R46", "doi", "10.1000/abc", "10.1000/ABC"),
        ("R47", "title", "One title", "ONE  title"),
        ("R47", "url", "https://example.org/1", "https://example.org/1"),
        ("R64", "label", "Smith 2001", "Smith 2001"),
    ],
)
def test_two_studies_that_share_what_is_one_studys(findings, put, rule, column, first, second):
    """Identifiers, titles, addresses and labels, whatever their capitals and spaces."""
    put("studies", 2, **{column: first})
    put("studies", 3, **{column: second})

    assert (rule, "studies", 3, column) in findings()


def test_a_study_that_nobody_finds_again(findings, put):
    """Neither identifier nor address."""
    put("studies", url="")

    assert ("R60", "studies", 2, "pmid") in findings()


def test_addresses_alone_are_one_finding(told, put):
    """Half a hundred of them are one task, with the rows in it."""
    put("studies", note="")
    put("studies", 4, doi="10.1000/x")

    assert told("R69") == ["5 studies have an address alone: rows 2-3, 5-7"]


@pytest.mark.parametrize(
    ("url", "cells", "message"),
    [
        (PUBMED, {}, "the address holds 17453503, the cell is empty"),
        (PUBMED, {"pmid": "11111111"}, "the address holds 17453503, the cell another one"),
        (
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC12/table/T3",
            {},
            "the address holds PMC12, the cell is empty",
        ),
        (
            "https://doi.org/10.1000/x",
            {"doi": "10.1000/y"},
            "the address holds 10.1000/x, the cell another one",
        ),
    ],
)
def test_addresses_that_name_another_record(told, put, url, cells, message):
    """PubMed, PubMed Central and DOI addresses say what they lead to."""
    put("studies", url=url, **cells)

    assert told("R68") == [message]


@pytest.mark.parametrize(
    ("url", "cells"),
    [
        (PUBMED, {"pmid": "17453503"}),
        ("https://frontiersin.org/articles/10.3389/fsurg.2022.1/full", {"doi": "10.3389/fsurg.2022.1"}),
        (
            "https://link.springer.com/article/10.1007%2Fs00586-005-0048-X",
            {"doi": "10.1007/s00586-005-0048-x"},
        ),
        ("https://example.org/2007/17453503", {}),
    ],
)
def test_addresses_that_fit_or_say_nothing(told, put, url, cells):
    """Publishers append words to a DOI, write it in capitals or with signs."""
    put("studies", url=url, **cells)

    assert told("R68") == []


@pytest.mark.parametrize(
    ("label", "year", "message"),
    [
        ("Smith 2020", "2019", ["the column year says 2019"]),
        ("Smith 2020a", "", ["the column year is empty"]),
        ("Smith 2020b", "2020", []),
        ("Cohort 12020", "2019", []),
        ("Smith", "2019", []),
    ],
)
def test_the_year_in_a_label(told, put, label, year, message):
    """Four digits that can be a year are the year of print."""
    put("studies", label=label, year=year)

    assert told("R72") == message


@pytest.mark.parametrize(
    ("doi", "found"), [("10.1000/x.", 1), ("10.1000/x;", 1), ("10.1016/s0140-6736(05)x", 0)]
)
def test_a_doi_ends_with_its_last_letter(told, put, doi, found):
    """Points, commas and semicolons come from the sentence around it."""
    put("studies", doi=doi)

    assert len(told("R63")) == found
