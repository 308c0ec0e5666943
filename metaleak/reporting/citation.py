"""How this review is cited: one sentence and a BibTeX entry, from ``CITATION.cff`` and the state of the sheets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from metaleak.reporting import text
from metaleak.reporting.cell_text import one_line
from metaleak.reporting.data import ReportInput
from metaleak.reporting.words import listed
from metaleak.storage import digest

#: So many digits of a digest tell one state of the evidence from another.
_DIGITS = 12

_SCALAR = re.compile(r"^(?P<item>\s*- |\s*)(?P<key>[A-Za-z-]+):\s*(?P<value>.*?)\s*$")


@dataclass(frozen=True, slots=True)
class Citation:
    """What to cite: as a sentence, and as an entry for a reference manager."""

    sentence: str
    bibtex: str


def citation(report: ReportInput) -> Citation | None:
    """Return how to cite the review, or None without a ``CITATION.cff`` that names a title and authors.

    While the review is a rehearsal, the entry says so; the digest names the state of the evidence, so that
    what was cited can be found again in the history of the sheets.
    """
    fields, authors = _read(report.citation)
    if not authors or "title" not in fields:
        return None
    state = f"Evidence in the state {digest.of_value(dict(report.digests))[:_DIGITS]}"
    selection = report.results[report.main_name]["selection"]
    caveat = f"Rehearsal: {text.caveat(selection)}" if report.status == "rehearsal" else ""
    version = f"Version {fields['version']}" if "version" in fields else ""
    year, address = fields.get("date-released", "")[:4], fields.get("doi", "") or fields.get("url", "")
    parts = (listed(authors), report.title, fields["title"], version, year, address, state, caveat)
    notes = (fields["title"], state, caveat)
    entry = {
        "author": " and ".join(f"{{{_tex(author)}}}" for author in authors),
        "title": f"{{{_tex(report.title)}}}",
        "version": _tex(fields.get("version", "")),
        "year": _tex(year),
        "doi": _tex(fields.get("doi", "")),
        "url": _tex(fields.get("url", "")),
        "note": _tex(". ".join(part for part in notes if part)),
    }
    lines = "".join(f"  {key} = {{{value}}},\n" for key, value in entry.items() if value)
    return Citation(
        sentence=". ".join(part for part in parts if part) + ".",
        bibtex=f"@misc{{{_key(fields['title'])},\n{lines}}}\n",
    )


def _read(cff: str) -> tuple[dict[str, str], list[str]]:
    """Return the fields of the top level and the authors' names.

    Only lines of ``key: value`` are read, which is what a CITATION.cff is made of; a person is given and
    family names, everybody else a name.
    """
    fields: dict[str, str] = {}
    people: list[dict[str, str]] = []
    inside = ""
    for line in cff.splitlines():
        found = _SCALAR.match(line)
        if found is None:
            continue
        key, value, lead = found["key"], _plain(found["value"]), found["item"]
        if not lead:
            inside = key
            if value:
                fields[key] = value
        elif inside == "authors":
            if "-" in lead:
                people.append({})
            if people:
                people[-1][key] = value
    return fields, list(_names(people))


def _names(people: list[dict[str, str]]) -> Iterator[str]:
    for person in people:
        name = person.get("name") or " ".join(
            person[key] for key in ("given-names", "name-particle", "family-names") if person.get(key)
        )
        if name:
            yield name


def _plain(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    return one_line(value[1:-1] if quoted else value)


def _key(title: str) -> str:
    words = re.findall(r"[A-Za-z0-9]+", title)
    return words[0].lower() if words else "review"


def _tex(value: str) -> str:
    """Return text without what BibTeX reads as markup; letters with a meaning get a backslash."""
    return re.sub(r"([&%$#_])", r"\\\1", re.sub(r"[{}\\~^]", " ", value)).strip()
