"""Answer one question: select, pool by group, and say it as the plain values of ``NAME.result.json``.

Everything that is drawn, printed or written later is made from these values, rounded once.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import metaleak
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.question import as_json
from metaleak.question.question import Question
from metaleak.question.review import Review
from metaleak.question.select import Selection
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.storage import digest, strict_json
from metaleak.synthesis.difference import Difference, group_difference
from metaleak.synthesis.subgroups import Subgroups, pool_by

#: Columns of ``NAME.rows.csv`` that come from the sheet as they are.
KEY_COLUMNS = {
    "leaks": (
        "study_id",
        "arm",
        "procedure",
        "unit",
        "modality",
        "leak_site",
        "symptomatic",
        "n_leak",
        "n_total",
    ),
    "pairs": ("study_id", "procedure", "unit", "leak_site", "reference", "index", "n_total"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What an analysis found: ``NAME.result.json`` and ``NAME.rows.csv``, and whether models were fitted."""

    name: str
    result: dict[str, Any]
    rows_csv: str
    fitted: bool


def analyse(
    review: Review, name: str, *, status: str = "rehearsal", previous: dict[str, Any] | None = None
) -> Analysis:
    """Answer ``analyses/NAME.toml`` from the sheets of a review.

    ``previous`` is an earlier result of the same analysis: where the pooled rows, the settings and the
    version are the same, its numbers are taken over and only what describes the input is new.

    Raises
    ------
    ConfigError, SelectionError, ConvergenceError
        As the question, the selection and the models raise them.
    """
    question = review.question(name)
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    key = digest.of_value({"rows": [_identity(row) for row in rows], **_fit_settings(question)})
    reuse = previous is not None and previous.get("key") == key
    numbers = _taken_over(previous) if reuse and previous else _numbers(question, rows)
    result = {
        "format": 1,
        "analysis": name,
        "title": question.title,
        "question": question.question,
        "status": status,
        "key": key,
        "inputs": review.digests(name),
        "software": _software(),
        "settings": question.settings(),
        "selection": _described(review, question, selection, rows),
        **numbers,
    }
    result["rows"] = _rows(review, rows, numbers["rows"])
    rounded = strict_json.rounded(result)
    return Analysis(name, rounded, _rows_csv(question, selection), fitted=not reuse)


#: What a fit gives; ``overall`` only where the question asks for it.
_NUMBERS = ("groups", "tests", "difference", "rows", "notes", "overall")


def _taken_over(previous: dict[str, Any]) -> dict[str, Any]:
    return {part: previous[part] for part in _NUMBERS if part in previous}


def _numbers(question: Question, rows: list[PooledRow]) -> dict[str, Any]:
    table = table_of(rows)
    model = BinomialNormal(ci_method=question.model.ci_method, level=question.model.level)
    beside = RandomEffects(
        measure=question.beside.measure,
        method=question.beside.method,
        ci_method=question.beside.ci_method,
        level=question.model.level,
    )
    separate = pool_by(model, table, by="group", tau2="separate")
    common = pool_by(model, table, by="group", tau2="common")
    inverse = pool_by(beside, table, by="group", tau2="separate")
    headline = separate if question.model.tau2 == "separate" else common
    differences = [
        _difference(model, table, contrast.of, contrast.against) for contrast in question.contrasts
    ]
    return {
        "groups": {
            name: as_json.group(
                result,
                common=common.groups[name],
                beside=inverse.groups[name],
                rows_taken=sum(len(row.sheet_rows) for row in rows if row.group == name),
            )
            for name, result in headline.groups.items()
        },
        "tests": {
            "separate": as_json.test(separate.test),
            "common": as_json.test(common.test),
            "beside": as_json.test(inverse.test),
        },
        "difference": [as_json.difference(item) for item in differences if item is not None],
        "rows": _row_numbers(question, rows, headline),
        "notes": _notes(question, rows, headline),
        **({"overall": _overall(model, beside, rows)} if question.figures.overall else {}),
    }


def _overall(model: BinomialNormal, beside: RandomEffects, rows: list[PooledRow]) -> dict[str, Any]:
    """Pool all rows as one group: an average over whatever the groups differ in."""
    table = table_of([replace(row, group="overall") for row in rows])
    pooled = pool_by(model, table, by="group").groups["overall"]
    return as_json.group(
        pooled,
        common=pooled,
        beside=pool_by(beside, table, by="group").groups["overall"],
        rows_taken=sum(len(row.sheet_rows) for row in rows),
    )


def _difference(model: BinomialNormal, table: StudyTable, of: str, against: str) -> Difference | None:
    present = set(table.moderators["group"])
    return (
        group_difference(model, table, by="group", of=of, against=against)
        if {of, against} <= present
        else None
    )


def _row_numbers(question: Question, rows: list[PooledRow], pooled: Subgroups) -> list[dict[str, Any]]:
    low, high = study_intervals(
        [row.xi for row in rows], [row.ni for row in rows], level=question.model.level
    )
    position: Counter[str] = Counter()
    numbers = []
    for i, row in enumerate(rows):
        place = position[row.group]
        position[row.group] += 1
        share, shrunken = as_json.row_shares(pooled.groups[row.group], place)
        numbers.append(
            {
                "rate": row.xi / row.ni,
                "ci_low": float(low[i]),
                "ci_high": float(high[i]),
                "ci_method": "Clopper-Pearson",
                "share": share,
                "shrunken": shrunken,
            }
        )
    return numbers


def _notes(question: Question, rows: list[PooledRow], pooled: Subgroups) -> list[str]:
    notes = [f"no row for: {g.name}" for g in question.groups if g.name not in pooled.groups]
    homes: dict[str, set[str]] = {}
    for row in rows:
        homes.setdefault(row.study_id, set()).add(row.group)
    shared = sum(len(groups) > 1 for groups in homes.values())
    if shared and len(pooled.groups) > 1:
        notes.append(
            f"{shared} studies stand in more than one group; the tests between groups treat their rows as independent"
        )
    if question.several_rows.arms == "rows":
        notes.append("arms of one study are treated as independent rows: intervals are too narrow")
    return notes


def _identity(row: PooledRow) -> list[Any]:
    return [row.group, row.study_id, row.label, row.xi, row.ni]


def _fit_settings(question: Question) -> dict[str, Any]:
    return {"settings": question.settings(), "software": _software()}


def _software() -> dict[str, str]:
    from importlib.metadata import version

    packages = ("numpy", "scipy", "pandas", "statsmodels")
    return {"metaleak": metaleak.__version__, **{name: version(name) for name in packages}}


def _described(
    review: Review, question: Question, selection: Selection, rows: list[PooledRow]
) -> dict[str, Any]:
    taken = selection.taken
    rates = [row.xi / row.ni for row in rows]
    silent = taken["modality"].eq(review.codebook.declared.no_modality).sum() if "modality" in taken else 0
    return {
        "sheet_studies": len(review.study_labels),
        "candidates": len(selection.candidates),
        "matching": selection.matching,
        "taken": len(taken),
        "studies": len({row.study_id for row in rows}),
        "pooled_rows": len(rows),
        "not_reported": int(silent),
        "units": dict(sorted(Counter(row.unit for row in rows).items())),
        "events": sum(row.xi for row in rows),
        "total": sum(row.ni for row in rows),
        "range": [min(rates), max(rates)],
        "left_out": dict(Counter(_reason_kind(r) for r in selection.candidates["reason"] if r).most_common()),
    }


def _reason_kind(reason: str) -> str:
    return reason.split(" is ", 1)[0] + " not asked for" if ", not " in reason else reason


def _rows(review: Review, rows: list[PooledRow], numbers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    studies = {row["study_id"]: row for row in review.sheets.frame("studies").to_dict("records")}
    return [
        {
            "label": row.label,
            "study_id": row.study_id,
            "arms": list(row.arms),
            "procedure": row.procedure,
            "unit": row.unit,
            "modality": row.modality,
            "leak_site": row.leak_site,
            "group": row.group,
            "events": row.xi,
            "total": row.ni,
            **{key: values[key] for key in ("rate", "ci_low", "ci_high", "ci_method", "share", "shrunken")},
            "sheet_rows": list(row.sheet_rows),
            "confidence": row.confidence,
            "source_location": row.source_location,
            "year": as_json.text(studies.get(row.study_id, {}).get("year")),
            "url": as_json.text(studies.get(row.study_id, {}).get("url")),
        }
        for row, values in zip(rows, numbers, strict=True)
    ]


def _rows_csv(question: Question, selection: Selection) -> str:
    out = io.StringIO()
    columns = KEY_COLUMNS[question.rows.sheet]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*columns, "taken", "group", "reason", "sheet_row"])
    for row in selection.candidates.to_dict("records"):
        verdict = [int(row["taken"]), row["group"], row["reason"], row["sheet_row"]]
        writer.writerow([*(as_json.text(row[column]) for column in columns), *verdict])
    return out.getvalue()
