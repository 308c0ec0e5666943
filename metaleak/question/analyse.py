"""Answer one question: select, compute, and say it as the plain values of ``NAME.result.json``.

Everything that is drawn, printed or written later is made from these values, rounded once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import metaleak
from metaleak.question.kinds import kind
from metaleak.question.kinds.base import AnyQuestion, Numbers, Prepared
from metaleak.question.review import Review
from metaleak.storage import digest, strict_json


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What an analysis found: ``NAME.result.json`` and ``NAME.rows.csv``, and whether models were fitted."""

    name: str
    result: dict[str, Any]
    rows_csv: str
    fitted: bool


#: What describes an analysis; all else in a result are numbers.
DESCRIBING = (
    "format",
    "analysis",
    "kind",
    "title",
    "question",
    "status",
    "key",
    "inputs",
    "software",
    "settings",
    "selection",
    "notices",
)


#: Study -> what was said later about its publications (``retracted``, ``concern``, ``corrected``) -> who says it.
Notices = Mapping[str, Mapping[str, Sequence[str]]]


def analyse(
    review: Review,
    name: str,
    *,
    status: str = "rehearsal",
    previous: dict[str, Any] | None = None,
    notices: Notices | None = None,
) -> Analysis:
    """Answer ``analyses/NAME.toml`` from the sheets of a review.

    ``previous`` is an earlier result of the same analysis: where the pooled rows, the settings and the
    version are the same, its numbers are taken over and only what describes the input is new. ``notices`` of
    studies that the result shows stand in it, so that figures and texts say them.

    Raises
    ------
    ConfigError, SelectionError, ConvergenceError
        As the question, the selection and the models raise them.
    """
    asked = _ask(review, name)
    found = _known(review, asked, status, previous, notices)
    return found or _told(review, asked, status, asked.prepared.numbers(), notices, fitted=True)


def taken_over(
    review: Review,
    name: str,
    *,
    status: str,
    previous: dict[str, Any],
    notices: Notices | None = None,
) -> Analysis | None:
    """Return an analysis with the numbers of an earlier result, None where they have to be computed anew.

    Raises
    ------
    ConfigError, SelectionError
        As the question and the selection raise them.
    """
    return _known(review, _ask(review, name), status, previous, notices)


@dataclass(frozen=True, slots=True)
class _Asked:
    name: str
    question: AnyQuestion
    prepared: Prepared
    key: str


def _ask(review: Review, name: str) -> _Asked:
    question = review.question(name)
    prepared = kind(question.kind, where=f"analyses/{name}.toml").prepare(review, name, question)
    told = {"rows": prepared.identity, "settings": question.settings(), "software": _software()}
    return _Asked(name, question, prepared, digest.of_value(told))


def _known(
    review: Review,
    asked: _Asked,
    status: str,
    previous: dict[str, Any] | None,
    notices: Notices | None,
) -> Analysis | None:
    if previous is None or previous.get("key") != asked.key:
        return None
    numbers = {part: value for part, value in previous.items() if part not in DESCRIBING}
    return _told(review, asked, status, numbers, notices, fitted=False)


def _told(
    review: Review,
    asked: _Asked,
    status: str,
    numbers: Numbers,
    notices: Notices | None,
    *,
    fitted: bool,
) -> Analysis:
    prepared = asked.prepared
    result = {
        "format": 1,
        "analysis": asked.name,
        "kind": asked.question.kind,
        "title": asked.question.title,
        "question": asked.question.question,
        "status": status,
        "key": asked.key,
        "inputs": review.digests(asked.name),
        "software": _software(),
        "settings": asked.question.settings(),
        "selection": prepared.selection,
        **numbers,
    }
    result["rows"] = prepared.rows(numbers["rows"])
    told = list(_noticed(notices or {}, review.study_labels, set(_studies_in(result))))
    if told:
        result["notices"] = told
    return Analysis(asked.name, strict_json.rounded(result), prepared.rows_csv, fitted)


def _noticed(notices: Notices, labels: Mapping[str, str], shown: set[str]) -> Iterator[dict[str, Any]]:
    for study, said in notices.items():
        for word, records in said.items() if study in shown else ():
            yield {
                "study_id": study,
                "label": labels.get(study, study),
                "kind": str(word),
                "records": list(records),
            }


def _studies_in(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        if isinstance(value.get("study_id"), str):
            yield value["study_id"]
        for each in value.values():
            yield from _studies_in(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _studies_in(each)


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
    from importlib.metadata import version

    packages = ("numpy", "scipy", "pandas", "statsmodels")
    return {"metaleak": metaleak.__version__, **{name: version(name) for name in packages}}


def _software() -> dict[str, str]:
    return dict(_versions())
