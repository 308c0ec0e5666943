"""Which column of a CSV export holds what, guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: What a reader of CSV wants -> names of columns that hold it, without case, spaces and marks; the first wins.
NAMES = {
    "title": ("title", "articletitle", "documenttitle", "primarytitle", "ti", "publicationtitle"),
    "authors": ("authors", "author", "authornames", "authorfullnames", "authorsfullnames", "au", "creator"),
    "journal": (
        "journalbook",
        "journal",
        "sourcetitle",
        "source",
        "journaltitle",
        "publicationname",
        "containertitle",
        "so",
    ),
    "journal_abbreviation": (
        "journalabbreviation",
        "abbreviatedsourcetitle",
        "journalisoabbreviation",
        "isoabbreviation",
    ),
    "year": ("publicationyear", "year", "pubyear", "py", "yearpublished"),
    "date": ("publicationdate", "date", "pubdate"),
    "volume": ("volume", "vl", "vol"),
    "issue": ("issue", "number", "is"),
    "pages": ("pages", "page", "pagerange", "pg"),
    "first_page": ("pagestart", "startpage", "firstpage", "beginningpage"),
    "last_page": ("pageend", "endpage", "lastpage", "endingpage"),
    "article_number": ("artno", "articlenumber"),
    "doi": ("doi", "doilink", "digitalobjectidentifier"),
    "pmid": ("pmid", "pubmedid", "medlinepmid", "pubmednumber"),
    "pmcid": ("pmcid", "pmc"),
    "issns": ("issn", "issns", "eissn", "sn"),
    "abstract": ("abstract", "ab", "abstracttext", "summary"),
    "languages": ("languageoforiginaldocument", "language", "languages", "la", "articlelanguage"),
    "publication_types": ("documenttype", "publicationtype", "publicationtypes", "pt"),
    "keywords": ("authorkeywords", "keywords", "indexkeywords", "keyword"),
    "accession": (
        "eid",
        "accessionnumber",
        "ut",
        "utuniquewosid",
        "utuniqueid",
        "embaseaccessionid",
        "id",
        "key",
    ),
    "citation": ("citation",),
    "url": ("link", "url", "urls", "fulltextlink"),
    "database": ("database", "databasename", "db", "sourcedatabase"),
}


def guess(header: Sequence[str], declared: Mapping[str, str] | None = None) -> dict[str, int]:
    """Return what each recognised column holds and its place; ``declared`` names columns and wins.

    Examples
    --------
    >>> guess(["PMID", "Article Title", "Notes"])
    {'title': 1, 'pmid': 0}
    """
    folded = [re.sub(r"[\W_]+", "", name).lower() for name in header]
    found = {}
    for wanted, names in NAMES.items():
        if declared and wanted in declared:
            exact = [at for at, name in enumerate(header) if name.strip() == declared[wanted]]
            place = exact[0] if exact else None
        else:
            place = next((folded.index(name) for name in names if name in folded), None)
        if place is not None:
            found[wanted] = place
    return found
