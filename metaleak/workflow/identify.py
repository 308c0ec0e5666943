"""What a person means by ``17453503``, a DOI, a link to either, or a key of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from metaleak.errors import UsageError

_PMID = re.compile(
    r"(?:pmid[:\s]*|https?://(?:www\.)?pubmed\.ncbi\.nlm\.nih\.gov/)?([1-9][0-9]{0,7})/?", re.I
)
_PMCID = re.compile(r"(?:https?://\S*/)?(PMC[1-9][0-9]{0,9})/?", re.I)
_DOI = re.compile(r"(?:doi[:\s]*|https?://(?:dx\.)?doi\.org/)?(10\.[0-9]{4,9}/\S+)", re.I)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")


@dataclass(frozen=True, slots=True)
class Identifier:
    """One way to name a study: the column of ``studies.csv`` that holds it, and its value."""

    column: str
    value: str

    @property
    def url(self) -> str:
        """Where the record can be read; empty for a key."""
        pages = {
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
            "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/{}/",
            "doi": "https://doi.org/{}",
        }
        return pages.get(self.column, "").format(self.value)

    @property
    def key(self) -> str:
        """A key for ``study_id`` when the person gives none."""
        if self.column == "pmid":
            return f"PMID{self.value}"
        return (
            re.sub(r"[^A-Za-z0-9]+", "_", f"DOI{self.value}").strip("_")
            if self.column == "doi"
            else self.value
        )


def identify(text: str) -> Identifier:
    """Tell what ``text`` names.

    Raises
    ------
    UsageError
        When it is neither a PubMed number, a PubMed Central number, a DOI nor a possible key.

    Examples
    --------
    >>> identify("https://pubmed.ncbi.nlm.nih.gov/17453503/")
    Identifier(column='pmid', value='17453503')
    >>> identify("doi:10.1080/02841850601161554").url
    'https://doi.org/10.1080/02841850601161554'
    >>> identify("Smith2024").column
    'study_id'
    """
    bare = text.strip()
    if match := _PMID.fullmatch(bare):
        return Identifier("pmid", match[1])
    if match := _DOI.fullmatch(unquote(bare)):
        return Identifier("doi", match[1].rstrip(".,;"))
    if match := _PMCID.fullmatch(bare):
        return Identifier("pmcid", match[1].upper())
    if _KEY.fullmatch(bare):
        return Identifier("study_id", bare)
    raise UsageError(
        "this names no study",
        required="a PubMed number, a DOI, a link to one of them, or a key of letters and digits: Smith2024",
        got=text[:120],
    )
