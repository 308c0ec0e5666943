"""The literature as BibTeX and as CSL-JSON: what the methods cite, and the studies that are pooled."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from metaleak.reporting.data import ReportInput
from metaleak.reporting.methods import methods
from metaleak.reporting.noticed import notice_note
from metaleak.reporting.references import Reference
from metaleak.reporting.sections import section_of
from metaleak.reporting.visible import visible
from metaleak.reporting.words import capital

#: ``Authors. Title. Journal YEAR;...`` as the references of the methods are written.
_PARTS = re.compile(
    r"(?P<authors>[^.]+)\. (?P<title>.+?)[.?] (?P<journal>[^.]+?) (?P<year>\d{4});(?P<rest>.+)\.$"
)

Item = dict[str, Any]


def items(report: ReportInput) -> list[Item]:
    """Return CSL items: the methods' references, then the included studies, each with an id of its own."""
    more = [section_of(report, n).methods for n in report.sections]
    cited = [_cited(reference) for reference in methods(report, more=more).references]
    pooled = {row["study_id"] for name in report.pooled for row in report.results[name]["rows"]}
    return cited + [
        _study(row, report.notices.get(row["study_id"], {}))
        for row in report.studies
        if row["study_id"] in pooled
    ]


def csl_json(report: ReportInput) -> bytes:
    """Return the items as CSL-JSON."""
    return (json.dumps(items(report), ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def bibtex(report: ReportInput) -> bytes:
    """Return the items as BibTeX: braces, backslashes and other marks of the texts stand as plain text."""
    return "\n".join(_entry(item) for item in items(report)).encode("utf-8")


def _cited(reference: Reference) -> Item:
    found = _PARTS.fullmatch(reference.text)
    item: Item = {
        "id": "doi-" + re.sub("[^A-Za-z0-9]+", "-", reference.doi).strip("-"),
        "type": "article-journal",
    }
    if found is None:
        return {**item, "title": reference.text, "DOI": reference.doi}
    return {
        **item,
        "title": found["title"],
        "author": [_name(author) for author in found["authors"].split(", ")],
        "container-title": found["journal"],
        "issued": {"date-parts": [[int(found["year"])]]},
        **_volume(found["rest"]),
        "DOI": reference.doi,
    }


def _volume(rest: str) -> Item:
    volume, _, pages = rest.partition(":")
    return {key: value for key, value in (("volume", volume), ("page", pages)) if value}


def _name(author: str) -> Item:
    family, _, given = author.rpartition(" ")
    return {"family": family, "given": given} if family else {"literal": author}


def _study(row: Mapping[str, str], said: Mapping[str, Sequence[str]]) -> Item:
    item: Item = {
        "id": f"study-{row['study_id']}",
        "type": "article-journal",
        "title": row["title"] or row["label"],
    }
    if row["first_author"]:
        item["author"] = [{"literal": row["first_author"]}, {"literal": "and others"}]
    if row["journal"]:
        item["container-title"] = row["journal"]
    if row["year"].isdigit():
        item["issued"] = {"date-parts": [[int(row["year"])]]}
    shown = (("DOI", "doi"), ("PMID", "pmid"), ("PMCID", "pmcid"), ("URL", "url"))
    found = {**item, **{key: row[column] for key, column in shown if row[column]}}
    return {**found, "note": capital(notice_note(said))} if said else found


def _entry(item: Item) -> str:
    lines = "".join(f"  {key} = {{{value}}},\n" for key, value in _fields(item))
    return f"@article{{{re.sub('[^A-Za-z0-9_-]', '-', item['id'])},\n{lines}}}\n"


def _fields(item: Item) -> Iterator[tuple[str, str]]:
    if item.get("author"):
        names = [
            " ".join(filter(None, (a.get("given"), a.get("family")))) or a["literal"] for a in item["author"]
        ]
        yield "author", " and ".join("others" if name == "and others" else _tex(name) for name in names)
    for key, csl in (
        ("title", "title"),
        ("journal", "container-title"),
        ("volume", "volume"),
        ("pages", "page"),
    ):
        if item.get(csl):
            yield key, _tex(item[csl])
    if "issued" in item:
        yield "year", str(item["issued"]["date-parts"][0][0])
    for key, csl in (("doi", "DOI"), ("pmid", "PMID"), ("url", "URL"), ("note", "note")):
        if item.get(csl):
            yield key, _tex(item[csl])


_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "%": r"\%",
    "#": r"\#",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(char, char) for char in " ".join(visible(text).split()))
