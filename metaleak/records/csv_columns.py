"""Which column of a CSV export holds what, guessed from its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

#: What a reader of CSV wants -> names of columns that hold it, without case, spaces and marks; the first wins.
NAMES = {
    "title": (
        "title",
        "articletitle",
        "documenttitle",
        "primarytitle",
        "ti",
        "publicationtitle",
        "题名",
        "篇名",
    ),
    "authors": (
        "authors",
        "author",
        "authornames",
        "authorfullnames",
        "authorsfullnames",
        "au",
        "creator",
        "作者",
    ),
    "journal": (
        "journalbook",
        "journal",
        "sourcetitle",
        "source",
        "journaltitle",
        "publicationname",
        "containertitle",
        "so",
        "刊名",
        "文献来源",
    ),
    "journal_abbreviation": (
        "journalabbreviation",
        "abbreviatedsourcetitle",
        "journalisoabbreviation",
        "isoabbreviation",
    ),
    "year": ("publicationyear", "year", "pubyear", "py", "yearpublished", "年", "年份"),
    "date": ("publicationdate", "date", "pubdate"),
    "volume": ("volume", "vl", "vol", "卷"),
    "issue": ("issue", "number", "is", "期"),
    "pages": ("pages", "page", "pagerange", "pg", "页码"),
    "first_page": ("pagestart", "startpage", "firstpage", "beginningpage"),
    "last_page": ("pageend", "endpage", "lastpage", "endingpage"),
    "article_number": ("artno", "articlenumber"),
    "doi": ("doi", "doilink", "digitalobjectidentifier"),
    "pmid": ("pmid", "pubmedid", "medlinepmid", "pubmednumber"),
    "pmcid": ("pmcid", "pmc"),
    "issns": ("issn", "issns", "eissn", "sn"),
    "abstract": ("abstract", "ab", "abstracttext", "summary", "摘要"),
    "languages": ("languageoforiginaldocument", "language", "languages", "la", "articlelanguage"),
    "publication_types": ("documenttype", "publicationtype", "publicationtypes", "pt"),
    "keywords": ("authorkeywords", "keywords", "indexkeywords", "keyword", "关键词"),
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
    >>> guess(["Title-题名", "Author-作者", "Period-期"])
    {'title': 0, 'authors': 1, 'issue': 2}
    """
    places: dict[str, int] = {}
    for at, name in enumerate(header):
        for part in _parts(name):
            places.setdefault(part, at)
    found = {}
    for wanted, names in NAMES.items():
        if declared and wanted in declared:
            exact = [at for at, name in enumerate(header) if name.strip() == declared[wanted]]
            place = exact[0] if exact else None
        else:
            place = next((places[name] for name in names if name in places), None)
        if place is not None:
            found[wanted] = place
    return found


def _parts(name: str) -> list[str]:
    """Return a name as it is compared, and its Latin and its other letters alone: CNKI writes both into one cell."""
    folded = re.sub(r"[\W_]+", "", name).lower()
    if folded.isascii():
        return [folded]
    return [folded, re.sub(r"[^a-z]", "", folded), re.sub(r"[a-z]", "", folded)]
