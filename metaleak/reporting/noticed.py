"""What was said later about publications, in the words of tables, texts and exports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metaleak.plots.notices import relabelled
from metaleak.records.notices import Notice
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.words import listed

#: A study of which this was said, in a few words.
WORDS: Mapping[Notice, str] = {
    Notice.RETRACTED: "retracted",
    Notice.CONCERN: "expression of concern",
    Notice.CORRECTED: "corrected by an erratum",
}

_TERMS = {
    Notice.RETRACTED: "Retracted",
    Notice.CONCERN: "Expression of concern",
    Notice.CORRECTED: "Corrected",
}
_SAID = {
    Notice.RETRACTED: "a publication that was withdrawn",
    Notice.CONCERN: "a publication with an expression of concern",
    Notice.CORRECTED: "a publication with an erratum",
}


def notice_words(kinds: Iterable[str]) -> str:
    """Return what was said about the publications of a study, the gravest first.

    Examples
    --------
    >>> notice_words(["corrected", "retracted"]), notice_words([])
    ('retracted, corrected by an erratum', '')
    """
    found = set(kinds)
    return ", ".join(WORDS[word] for word in Notice if word in found)


def notice_note(said: Mapping[str, Sequence[str]]) -> str:
    """Return what was said about the publications of a study, and which records say it.

    Examples
    --------
    >>> notice_note({"retracted": ["pubmed:1"], "corrected": ["pubmed:2", "pubmed:3"]})
    'a publication was withdrawn: pubmed:1; an erratum corrects a publication: pubmed:2, pubmed:3'
    """
    return "; ".join(f"{word.sentence}: {', '.join(said[word])}" for word in Notice if word in said)


def notice_line(notice: Mapping[str, Any]) -> str:
    """Return a notice of a result in a line.

    Examples
    --------
    >>> notice_line({"study_id": "A", "label": "Abel 2015", "kind": "retracted", "records": ["pubmed:1"]})
    'retracted: Abel 2015 (pubmed:1)'
    """
    return f"{WORDS[Notice(notice['kind'])]}: {notice['label']} ({', '.join(notice['records'])})"


def in_words(result: Result) -> Result:
    """Return a result in which studies with notices bear them behind their labels.

    Examples
    --------
    >>> said = {"study_id": "A", "label": "Abel 2015", "kind": "retracted", "records": ["pubmed:1"]}
    >>> in_words({"rows": [{"label": "Abel 2015", "study_id": "A"}], "notices": [said]})["rows"]
    [{'label': 'Abel 2015 (retracted)', 'study_id': 'A'}]
    """
    return relabelled(result, lambda label, kinds: f"{label} ({notice_words(kinds)})")


def notice_lines(report: ReportInput) -> list[Line]:
    """Return a line for each kind of notice about studies here: which, and whether they are pooled."""
    names = {row["study_id"]: row["label"] or row["study_id"] for row in report.studies}
    pooled = {row["study_id"] for row in report.results[report.main_name]["rows"]}
    lines = []
    for word in Notice:
        studies = [study for study, said in report.notices.items() if word in said and study in names]
        if not studies:
            continue
        found = [names[study] for study in studies]
        still = [names[study] for study in studies if study in pooled]
        tail = "; pooled here all the same" if word is Notice.RETRACTED else "; pooled here"
        tail = tail if still else "; not pooled here"
        if still and len(still) < len(found):
            tail += f": {listed(still)}"
        verb = "has" if len(found) == 1 else "have"
        lines.append(Line(_TERMS[word], f"{listed(found)} {verb} {_SAID[word]}{tail}."))
    return lines
