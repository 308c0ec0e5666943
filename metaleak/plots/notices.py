"""Studies whose publications were withdrawn or doubted: a mark on their label, a sentence under the figure.

An erratum is told in tables; a figure marks what is not evidence as it stands.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Json = Mapping[str, Any]

#: What was said about a publication -> the mark in front of the label, where no ellipsis can take it away.
MARKS: Mapping[str, str] = {"retracted": "†", "concern": "‡"}

_SENTENCES: Mapping[str, tuple[str, str]] = {
    "retracted": ("Retracted publication", "Retracted publications"),
    "concern": ("Publication with an expression of concern", "Publications with an expression of concern"),
}

#: Keys of texts that name a row or a study.
_NAMING = ("label", "name", "most")

#: Parts of a result that hold no drawn name.
_ASIDE = ("notices", "settings", "selection", "inputs", "software")


def notice_sentences(notices: Sequence[Json]) -> str:
    """Return what stands under a figure: the studies with a withdrawn or doubted publication, and their mark.

    Examples
    --------
    >>> notice_sentences([{"study_id": "A", "label": "Abel 2015", "kind": "retracted", "records": ["pubmed:1"]}])
    'Retracted publication (marked † where it is named): Abel 2015.'
    """
    told = []
    for kind, mark in MARKS.items():
        labels = [str(each["label"]) for each in notices if each["kind"] == kind]
        if labels:
            one, more = _SENTENCES[kind]
            start = (
                f"{one} (marked {mark} where it is"
                if len(labels) == 1
                else f"{more} (marked {mark} where they are"
            )
            told.append(f"{start} named): {', '.join(labels)}.")
    return " ".join(told)


def marked(result: Json) -> Json:
    """Return a result with a mark in front of every label of a study with a withdrawn or doubted publication.

    Examples
    --------
    >>> said = {"study_id": "A", "label": "Abel 2015", "kind": "retracted", "records": ["pubmed:1"]}
    >>> marked({"rows": [{"label": "Abel 2015 (CT)", "study_id": "A"}], "notices": [said]})["rows"]
    [{'label': '† Abel 2015 (CT)', 'study_id': 'A'}]
    """

    def with_mark(label: str, kinds: Sequence[str]) -> str:
        found = "".join(mark for kind, mark in MARKS.items() if kind in kinds)
        return f"{found} {label}" if found else label

    return relabelled(result, with_mark)


def relabelled(result: Json, change: Callable[[str, Sequence[str]], str]) -> Json:
    """Return a result in which the names of rows and studies with notices are changed.

    Parameters
    ----------
    result : mapping
        The values of ``NAME.result.json``.
    change : callable
        Called with a name and the kinds of its notices; returns the new name.

    Examples
    --------
    >>> said = {"study_id": "A", "label": "Abel 2015", "kind": "corrected", "records": ["pubmed:1"]}
    >>> relabelled({"cumulative": [{"name": "Abel 2015"}], "notices": [said]}, lambda name, kinds: f"{name} {kinds}")
    {'cumulative': [{'name': "Abel 2015 ['corrected']"}], 'notices': [{'study_id': 'A', 'label': 'Abel 2015', \
'kind': 'corrected', 'records': ['pubmed:1']}]}
    """
    kinds: dict[str, list[str]] = {}
    names: dict[str, list[str]] = {}
    for each in result.get("notices", ()):
        kinds.setdefault(each["study_id"], []).append(each["kind"])
        names[each["label"]] = kinds[each["study_id"]]
    if not kinds:
        return result
    names |= {
        row["label"]: kinds[row["study_id"]]
        for row in result.get("rows", ())
        if row.get("study_id") in kinds and "label" in row
    }

    def renamed(value: Any) -> Any:
        if isinstance(value, list):
            return [renamed(each) for each in value]
        if not isinstance(value, Mapping):
            return value
        known = value.get("study_id")
        changed = {}
        for key, each in value.items():
            told = (
                (kinds.get(known, ()) if isinstance(known, str) else names.get(each, ()))
                if (key in _NAMING and isinstance(each, str))
                else ()
            )
            changed[key] = change(each, told) if told else renamed(each)
        return changed

    return {key: value if key in _ASIDE else renamed(value) for key, value in result.items()}


def without_marks(values_csv: str, notices: Sequence[Json]) -> str:
    r"""Return drawn values with clean labels, and in the column ``notice`` what was said about their study.

    Examples
    --------
    >>> said = {"study_id": "A", "label": "Abel 2015", "kind": "retracted", "records": ["pubmed:1"]}
    >>> without_marks("label,study_id,value,notice\n† Abel 2015,A,0.5,\nAll,,0.4,\n", [said])
    'label,study_id,value,notice\nAbel 2015,A,0.5,retracted\nAll,,0.4,\n'
    """
    if not notices:
        return values_csv
    kinds: dict[str, list[str]] = {}
    for each in notices:
        kinds.setdefault(each["study_id"], []).append(each["kind"])
    reader = csv.DictReader(io.StringIO(values_csv, newline=""))
    fields = list(reader.fieldnames or ())
    out = io.StringIO()
    writer = csv.DictWriter(out, [*fields, *([] if "notice" in fields else ["notice"])], lineterminator="\n")
    writer.writeheader()
    for row in reader:
        label = row.get("label") or ""
        seen = [kind for kind, mark in MARKS.items() if mark in label]
        told = kinds.get(row.get("study_id") or "", seen)
        for mark in MARKS.values():
            label = label.replace(mark, "")
        clean = {"label": label.replace("  ", " ").lstrip()} if seen else {}
        writer.writerow({**row, **clean, "notice": "; ".join(told)})
    return out.getvalue()
