"""Two imaging methods on the same units: what the printed counts tell, and what studies beside each other do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.words import greek
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.matched_beside import points, side_by_side, side_sentences
from metaleak.reporting.sections.rates import percent
from metaleak.reporting.sections.section import Section
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_text
from metaleak.reporting.words import capital, counted, imaging, listed, plain, plural
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: The ends of what is printed, as a reader reads them.
ENDS = {
    "nested": "as little as possible beside it",
    "apart": "as much beside it as the counts allow",
}

#: Pools of fewer comparisons carry a note.
FEW = 5

#: Below this an odds ratio is told with three decimals.
SMALL = 0.1


def sentences(result: Result) -> tuple[str, ...]:
    """Say what is pooled, what single comparisons bound, and where the readings are known to differ."""
    return in_full(_leading(result), _single(result))


def _leading(result: Result) -> Iterator[str]:
    reference = reference_of(result)
    for item in result["matched"]:
        rows = [row for row in result["rows"] if row["group"] == item["name"]]
        yield _compared(item, rows, index_of(result, item["name"]), reference)
    pooled = [item for item in result["matched"] if item["sensitivity"] is not None]
    yield from (_sensitivity(item, index_of(result, item["name"]), reference) for item in pooled)


def _single(result: Result) -> tuple[Passage, ...]:
    return passage("single", "What single comparisons tell, and what is not printed", _of_single(result))


def _of_single(result: Result) -> Iterator[str]:
    reference = reference_of(result)
    yield _bounds(result, reference)
    yield from (_differing(result, row, reference) for row in result["rows"] if row["odds_ratio"] is not None)
    yield from (_pooled_odds(item) for item in result["matched"] if item["odds_ratio"] is not None)
    yield from _not_told(result)


def reference_of(result: Result) -> str:
    """Return the reference as a reader says it."""
    return listed([imaging(code) for code in result["settings"]["where"].get("reference", ())], "or") or "CT"


def index_of(result: Result, group: str) -> str:
    """Return the index of a group as a reader says it."""
    codes = result["settings"]["groups"][group].get("index", ())
    return listed([imaging(code) for code in codes], "or") or "the index"


def _compared(item: Json, rows: list[Json], index: str, reference: str) -> str:
    size = f"{counted(item['k'], 'comparison')} of {counted(item['k_studies'], 'study')}"
    start = f"{capital(item['name'])} ({size})"
    single = rows[0] if item["k"] == 1 else None
    ratios, gaps = (item[key] if single is None else single[key] for key in ("relative", "difference"))
    if any(part is None for part in (*ratios.values(), *gaps.values())):
        return f"{start}: not pooled, {'; '.join(dict.fromkeys(item['reasons'].values()))}."
    how = "pooled, " if single is None else f"{single['label']}, not pooled: "
    if item["k_known"] == item["k"]:
        return (
            f"{start}: {how}{index} shows {_share(ratios['nested'])} as many leaks as {reference}; {reference} shows a "
            f"leak in {points(gaps['nested'])} more units of 100."
        )
    return (
        f"{start}: {how}{index} shows {_share(ratios['nested'])} as many leaks as {reference} if it shows "
        f"{ENDS['nested']}, {_share(ratios['apart'])} if {ENDS['apart']}; {reference} shows a leak in "
        f"{points(gaps['nested'])} more units of 100 at the one end, {points(gaps['apart'])} at the other."
    )


def _sensitivity(item: Json, index: str, reference: str) -> str:
    totals = item["k_totals"]
    bound = (
        f"; {numbers.count(totals)} of {numbers.count(item['k'])} print totals only, which makes it an upper bound"
        if totals
        else ""
    )
    return (
        f"As the sensitivity of {index}, if it shows nothing that {reference} does not, the binomial-normal model "
        f"gives {_share(item['sensitivity'])} (k = {numbers.count(item['sensitivity']['k'])}{bound})."
    )


def _bounds(result: Result, reference: str) -> str:
    known, bounded = [], []
    for row in result["rows"]:
        low, high = row["sensitivity"]
        name = f"{row['label']} ({imaging(row['modality'])})"
        if row["both_range"][0] == row["both_range"][1]:
            known.append(f"{percent(high)} in {name}")
        else:
            bounded.append(f"between {percent(low)} and {percent(high)} in {name}")
    told = [f"is {listed(known)}"] if known else []
    told += [f"lies {listed(bounded)}"] if bounded else []
    by_totals = ", where only totals are printed" if bounded else ""
    return f"Of what {reference} shows, the share that the other imaging shows too {'; it '.join(told)}{by_totals}."


def _differing(result: Result, row: Json, reference: str) -> str:
    index = imaging(row["modality"])
    ratio = row["odds_ratio"]
    low, high = number(ratio["ci_low"]), number(ratio["ci_high"])
    return (
        f"{row['label']} tells all four cells of {index} and {reference}: "
        f"{counted(row['only_reference'], row['unit'])} with a leak on {reference} alone, "
        f"{numbers.count(row['only_index'])} on {index} alone; conditional odds ratio {_odds(number(ratio['value']))}"
        f"{_odds_limits(low, high)}, McNemar's exact p {numbers.p_value(number(row['p_value']))} (mid-p "
        f"{numbers.p_value(number(row['mid_p']))})."
    )


def _odds(value: float | None) -> str:
    digits = 3 if value is not None and 0 < value < SMALL else 2
    return numbers.fixed(value, digits)


def _odds_limits(low: float | None, high: float | None) -> str:
    if low == 0 and high is not None:
        return f", at most {_odds(high)} (exact, one-sided)"
    if high == float("inf"):
        return f", at least {_odds(low)} (exact, one-sided)"
    return f" {numbers.interval(low, high)} (exact)"


def _pooled_odds(item: Json) -> str:
    ratio = item["odds_ratio"]
    limits = numbers.interval(number(ratio["ci_low"]), number(ratio["ci_high"]))
    return (
        f"{capital(item['name'])}, pooled given the units that differ (k = {numbers.count(ratio['k'])}): conditional "
        f"odds ratio {_odds(number(ratio['value']))} {limits}."
    )


def _not_told(result: Result) -> Iterator[str]:
    """Say where odds ratio and test are missing, and why."""
    missing = [row for row in result["rows"] if row["odds_ratio"] is None]
    named: dict[str, list[str]] = {}
    for row in missing:
        named.setdefault(row["reason"], []).append(f"{row['label']} ({imaging(row['modality'])})")
    told = [f"{reason} in {listed(names)}" for reason, names in named.items()]
    if told:
        yield f"No odds ratio and no test where cells are missing: {listed(told)}."


def _share(item: Json) -> str:
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]), 0)
    return f"{percent(item['value'])} {limits}"


def section(report: ReportInput, name: str) -> Section:
    """Return the comparison's part of the page."""
    result = report.results[name]
    told = tuple(_leading(result))
    side = side_by_side(report, name)
    first = result["matched"][0]
    return Section(
        name=name,
        title=result["title"],
        short="Matched",
        question=result["question"],
        sentences=told,
        passages=(
            *_single(result),
            *passage("between", "Beside the contrast between studies", side_sentences(report, name)),
        ),
        tables=tuple(
            table
            for table in (_counts_table(name, result), _ends_table(name, result), side)
            if table is not None
        ),
        notes=tuple(f"{capital(greek(note))}." for note in _notes(result)),
        methods=(*_methods(result), *([_beside_methods()] if side is not None else [])),
        lines=(Line("Within patients, both ends", told[0]),) if first["k"] > 1 else (),
    )


def _notes(result: Result) -> Iterator[str]:
    yield from result["notes"]
    few = [
        item for item in result["matched"] if 1 < item["k"] < FEW and item["relative"]["nested"] is not None
    ]
    for item in few:
        yield (
            f"{item['name']}: {counted(item['k'], 'comparison')} are few, the pooled intervals rest on "
            f"{numbers.count(item['k'] - 1)} {plural('degree', item['k'] - 1)} of freedom, and the interval at one end "
            "can be wider than at the other, since the spread between comparisons is estimated at each"
        )


def _methods(result: Result) -> Iterator[tuple[str, tuple[str, ...]]]:
    model = result["settings"]["model"]
    level = numbers.percent(model["level"], 0)
    yield (
        "Two readings of the same units were compared at both ends of what is printed: with as few units as possible "
        "on the index alone, and with as many as the printed counts allow. Relative detection (positives of the index "
        f"per positive of the reference) and the risk difference were pooled by inverse variance ({model['method']}, "
        f"Hartung and Knapp, {level} intervals) with variances for paired data.",
        ("zou2007",),
    )
    yield (
        "Where all four cells are known the readings were compared by McNemar's exact test with its mid-p, and by the "
        "conditional odds ratio with the limits of Clopper and Pearson; these are never given from totals.",
        ("fagerland2013",),
    )


def _beside_methods() -> tuple[str, tuple[str, ...]]:
    return (
        "The comparison within patients was never pooled with that between studies. Their differences were subtracted, "
        "with limits from the distances of both intervals.",
        ("takwoingi2013", "zou2008"),
    )


def _counts_table(name: str, result: Result) -> Table:
    reference = reference_of(result)
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(imaging(row["modality"])),
                of_text(plain(row["unit"])),
                of_count(row["n"]),
                of_count(row["reference"]),
                _ranged(row["index"], row["index_range"]),
                _ranged(row["both"], row["both_range"]),
                _bounded(row),
                of_text(_test(row)),
                of_text(f"pairs.csv, row {', '.join(map(str, row['sheet_rows']))}"),
            )
        )
        for row in result["rows"]
    )
    return Table(
        id=anchor(name, "counts"),
        caption=(
            "What each comparison prints, and what follows. “to” marks a count that is not printed, with its least "
            f"and largest value; the sensitivity is the share of the leaks on {reference} that the other imaging shows."
        ),
        columns=(
            Column("Comparison"),
            Column("Imaging"),
            Column("Unit"),
            Column("n", "number"),
            Column(f"On {reference}", "number"),
            Column("On the other", "number"),
            Column("On both", "number"),
            Column("Sensitivity", "number"),
            Column("Conditional odds ratio, McNemar’s test", "long"),
            Column("Stands in"),
        ),
        rows=rows,
    )


def _ranged(value: Any, ends: Any) -> Cell:
    low, high = ends
    if value is not None or low == high:
        return of_count(low if value is None else value)
    return Cell(text=f"{numbers.count(low)} to {numbers.count(high)}", order=high)


def _bounded(row: Json) -> Cell:
    low, high = (float(share) for share in row["sensitivity"])
    text = percent(high) if low == high else f"{numbers.percent(low, 0, sign=False)} to {percent(high)}"
    return Cell(text=text, order=high)


def _test(row: Json) -> str:
    ratio = row["odds_ratio"]
    if ratio is None:
        return f"not told: {row['reason']}"
    limits = _odds_limits(number(ratio["ci_low"]), number(ratio["ci_high"]))
    return (
        f"{numbers.count(row['only_index'])} against {numbers.count(row['only_reference'])} {plural('unit', 2)} that "
        f"differ: {_odds(number(ratio['value']))}{limits}; p {numbers.p_value(number(row['p_value']))}, mid-p "
        f"{numbers.p_value(number(row['mid_p']))}"
    )


def _ends_table(name: str, result: Result) -> Table:
    reference = reference_of(result)
    rows = []
    for item in result["matched"]:
        for row in result["rows"]:
            if row["group"] == item["name"]:
                rows.append(_ends_row(f"{row['label']} ({imaging(row['modality'])})", row))
        if item["k"] > 1:
            rows.append(_ends_row(f"Pooled: {item['name']} (k = {numbers.count(item['k'])})", item))
    return Table(
        id=anchor(name, "ends"),
        caption=(
            "Both ends of what is printed: the other imaging shows as little as possible beside "
            f"{reference}, or as much beside it as the counts allow. Differences: {reference} minus the other imaging, "
            "in percentage points; brackets: "
            f"{numbers.percent(result['settings']['model']['level'], 0)} intervals (single ratios exact where nothing "
            "is beside it, else on the log scale; single differences by the paired variance)."
        ),
        columns=(
            Column("Comparison"),
            Column("Relative detection, least beside", "number"),
            Column("Relative detection, most beside", "number"),
            Column("Difference, least beside", "number"),
            Column("Difference, most beside", "number"),
        ),
        rows=tuple(rows),
    )


def _ends_row(label: str, item: Json) -> Row:
    return Row(
        (
            of_text(label),
            *(_cell(item["relative"][end]) for end in ENDS),
            *(_cell(item["difference"][end], sign=False) for end in ENDS),
        )
    )


def _cell(item: Json | None, *, sign: bool = True) -> Cell:
    if item is None:
        return Cell(text=numbers.NONE, order=-2.0)
    value = number(item["value"])
    limits = numbers.percent_interval(number(item["ci_low"]), number(item["ci_high"]))
    return Cell(text=numbers.percent(value, sign=sign), small=limits, order=value)
