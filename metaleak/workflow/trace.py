"""The way back from a number: the rows, sources, settings and digests behind one group of one analysis."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from metaleak.errors import ConfigError, SelectionError, UsageError
from metaleak.numbers import count, fixed, percent, percent_interval
from metaleak.question.rows import sheet_of
from metaleak.reporting.conduct import conduct_told
from metaleak.reporting.noticed import notice_line
from metaleak.sheets.codebook import nearest
from metaleak.storage import digest
from metaleak.storage.strict_json import number
from metaleak.workflow.outcome import result_path, rows_path
from metaleak.workflow.project import analysis_names
from metaleak.workflow.summary import is_pooled, sentences


def trace(root: Path, analysis: str, group: str | None = None) -> dict[str, Any]:
    """Return everything behind the numbers of a group, from the files that were written.

    Without a group it is everything behind the analysis; one that pools by group needs one.

    Keys: ``analysis``, ``group``, ``numbers``, ``settings``, ``software``, ``files`` (path, digest then,
    whether the file is still the same), ``rows`` (observations with their sheet rows and sources),
    ``notices`` (what was said later about their publications) and
    ``left_out`` (reason -> rows, for the whole analysis).

    Raises
    ------
    UsageError
        When there is no such analysis, it was not pooled yet, or it pools by group and none is named.
    SelectionError
        When the analysis has no such group.
    """
    result = _result(root, analysis)
    name = _group(result, group) if is_pooled(result) else ""
    rows = [row for row in result["rows"] if name in ("", row["group"])]
    studies = {row["study_id"] for row in rows}
    return {
        "analysis": analysis,
        "title": result["title"],
        "group": name,
        "numbers": result["groups"][name] if name else {},
        "sentences": [] if name else list(sentences(result)),
        "settings": result["settings"],
        "sheet": sheet_of(result),
        "software": result["software"],
        "files": [_file(root, path, expected) for path, expected in sorted(result["inputs"].items())],
        "rows": rows,
        "notices": [each for each in result.get("notices", ()) if each["study_id"] in studies],
        "left_out": _left_out(root / rows_path(analysis)),
    }


def trace_text(found: dict[str, Any]) -> str:
    """Return what :func:`trace` found as text for a terminal."""
    numbers, settings = found["numbers"], found["settings"]
    title = ": ".join(part for part in (found["title"], found["group"]) if part)
    told = _number_lines(numbers) if numbers else [f"  {sentence}" for sentence in found["sentences"]]
    lines = [title, "", *told, ""]
    lines.append(f"Rows behind it (numbers are spreadsheet rows of extraction/{found['sheet']}.csv):")
    for row in found["rows"]:
        lines += _row_lines(row, [each for each in found["notices"] if each["study_id"] == row["study_id"]])
    lines += ["", "Left out of the whole analysis:"]
    lines += [f"  {rows:>5}  {reason}" for reason, rows in found["left_out"].items()] or ["      0"]
    lines += ["", "Settings:", *(f"  {key}: {_plain(value)}" for key, value in settings.items())]
    lines += ["", "Files (SHA-256):"]
    lines += [f"  {f['sha256'][:16]}  {f['path']}  {f['now']}" for f in found["files"]]
    lines += [
        "",
        "Software: " + ", ".join(f"{name} {version}" for name, version in found["software"].items()),
    ]
    if any(f["now"] != "unchanged" for f in found["files"]):
        lines += [
            "",
            f"A file changed after the pooling; renew the numbers with: metaleak pool {found['analysis']}",
        ]
    return "\n".join(lines)


def _result(root: Path, analysis: str) -> dict[str, Any]:
    known = analysis_names(root)
    if analysis not in known:
        raise UsageError(
            f"there is no analysis {analysis!r}{nearest(analysis, known)}",
            required="one of " + (", ".join(known) or "none: analyses/ holds no TOML file"),
            where="analyses",
        )
    path = result_path(analysis)
    try:
        result: dict[str, Any] = json.loads((root / path).read_bytes())
        missing = [
            key for key in ("groups", "rows", "inputs", "settings", "software", "title") if key not in result
        ]
    except FileNotFoundError:
        raise UsageError(
            f"{analysis} was not pooled yet", where=path, todo=f"type: metaleak pool {analysis}"
        ) from None
    except (ValueError, TypeError, OSError) as error:
        raise ConfigError(
            "the result cannot be read",
            got=str(error),
            where=path,
            todo=f"write it again: metaleak pool {analysis}",
        ) from None
    if missing:
        raise ConfigError(
            f"the result lacks {', '.join(missing)}",
            where=path,
            todo=f"write it again: metaleak pool {analysis}",
        )
    return result


def _group(result: dict[str, Any], wanted: str | None) -> str:
    groups: dict[str, Any] = result["groups"]
    if wanted is None:
        raise UsageError(
            f"which group of {result['analysis']}?",
            required="one of " + ", ".join(f'"{name}"' for name in groups),
            todo=f'type: metaleak trace {result["analysis"]} "{next(iter(groups))}"',
        )
    for name in groups:
        if name.casefold() == wanted.strip().casefold():
            return name
    raise SelectionError(
        f"{result['analysis']} has no group {wanted!r}{nearest(wanted, tuple(groups))}",
        required="one of " + ", ".join(f'"{name}"' for name in groups),
        where=f"analyses/{result['analysis']}.result.json",
    )


def _file(root: Path, path: str, expected: str) -> dict[str, str]:
    try:
        now = "unchanged" if digest.of_file(root / path) == expected else "changed since"
    except OSError:
        now = "missing now"
    return {"path": path, "sha256": expected, "now": now}


def _left_out(path: Path) -> dict[str, int]:
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    except (OSError, ValueError):
        return {}
    reasons: dict[str, int] = {}
    for row in rows:
        if row.get("taken") == "0":
            reason = row.get("reason") or "no reason given"
            reasons[reason] = reasons.get(reason, 0) + 1
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def _number_lines(group: dict[str, Any]) -> list[str]:
    lines = [
        f"  {count(group['events'])} of {count(group['total'])} with a leak,"
        f" {group['k']} observations of {group['k_studies']} studies, {group['rows_taken']} rows of the sheet"
    ]
    if group["estimate"] is None:
        return [*lines, f"  not pooled: {group['reason']}"]
    low, high = number(group["ci_low"]), number(group["ci_high"])
    lines.append(
        f"  pooled {percent(group['estimate'])} {percent_interval(low, high)} ({group['ci_method']} interval)"
    )
    if group["pi_low"] is not None:
        new = percent_interval(number(group["pi_low"]), number(group["pi_high"]))
        lines.append(f"  true rate of a new study {new} ({group['pi_method']})")
    if group["tau2"] is not None:
        lines.append(f"  tau2 {fixed(number(group['tau2']), 3)}, on the logit scale")
    return [*lines, *(f"  note: {note}" for note in group["notes"])]


def _row_lines(row: dict[str, Any], notices: list[dict[str, Any]]) -> list[str]:
    places = ", ".join(str(place) for place in row["sheet_rows"])
    head = f"  {row['label']}: {row['events']}/{row['total']} = {percent(row['rate'])}, row {places}"
    source = "; ".join(
        part for part in (row["source_location"], f"confidence {row['confidence']}", row["url"]) if part
    )
    conduct = conduct_told(row)
    told = [source, *([conduct] if conduct else [])]
    return [head, *(f"      {line}" for line in told), *(f"      {notice_line(each)}" for each in notices)]


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
