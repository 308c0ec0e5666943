"""Where links may lead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.reporting.links import anchor, source_links, web_address


@pytest.mark.parametrize(
    ("study", "hrefs"),
    [
        ({"pmid": "123", "doi": "10.1/x", "url": "https://e.org"}, ["https://pubmed.ncbi.nlm.nih.gov/123/"]),
        ({"doi": "10.1000/a<b>"}, ["https://doi.org/10.1000/a%3Cb%3E"]),
        (
            {"pmid": "12", "doi": "10.1000/x"},
            ["https://pubmed.ncbi.nlm.nih.gov/12/", "https://doi.org/10.1000/x"],
        ),
        ({"url": "https://www.example.org/a?b=c"}, ["https://www.example.org/a?b=c"]),
        ({"pmid": "12x", "url": "javascript:alert(1)"}, []),
        ({}, []),
    ],
)
def test_identifiers_lead_and_the_address_stands_in(study, hrefs):
    """PubMed and DOI where there are any, else the address, else nothing."""
    assert [link.href for link in source_links(study)] == hrefs


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,<script>",
        "file:///etc/passwd",
        "https://user:word@example.org/",
        "https://example.org/\u202egro",
        "https://example.org/ a",
        'https://example.org/"onclick=',
        "//example.org",
        "https://[broken",
        "ftp://example.org",
        "",
    ],
)
def test_other_addresses_are_refused(address):
    """No scheme that runs code, no hidden host, no broken text."""
    assert web_address(address) is None


def test_an_address_is_told_by_its_host():
    """The text of such a link is the host that it leads to."""
    (link,) = source_links({"url": "https://www.example.org/long/path"})

    assert (link.text, link.is_external) == ("example.org", True)


@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_ids_are_safe_and_differ(one, other):
    """An id holds no character that ends an attribute, and two places have two ids."""
    assert set(anchor(*one)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
    assert (anchor(*one) == anchor(*other)) == (one == other)
