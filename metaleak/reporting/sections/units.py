"""Vertebrae and patients on the page: each unit alone, all on the scale of vertebrae, and what alike ones cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.words import greek
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.sections.rates import percent, rate
from metaleak.reporting.sections.section import Section
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_share, of_text
from metaleak.reporting.words import capital, counted, listed, plain
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: So many observations are told by name.
_FEW = 3

#: What is pooled, as a reader reads it; the link is the logistic one unless it says otherwise.
_OF = {
    "both": "both pooled as one unit",
    "vertebrae": "vertebrae alone",
    "patients": "patients alone",
    "vertebrae_linked": "vertebrae alone, complementary log-log",
}


def sentences(result: Result) -> tuple[str, ...]:
    """Say for each group what its units give alone and together; for the first group what alike vertebrae change."""
    return in_full(_leading(result), _passages(result))


def _leading(result: Result) -> tuple[str, ...]:
    first = result["units"][0]
    return (*_alone(first), *_on_the_scale(first))


def _passages(result: Result) -> tuple[Passage, ...]:
    first, *others = result["units"]
    return (
        *passage("alike", "What it costs that vertebrae of one patient are alike", _design(result, first)),
        *passage("both-units", "Studies that count both units", _counted_twice(result)),
        *passage("other-groups", "The other groups", map(_briefly, others)),
    )


def _alone(item: Json) -> Iterator[str]:
    if not item["vertebrae"] or not item["patients"]:
        unit = "vertebrae" if item["vertebrae"] else "patients"
        yield f"{capital(item['name'])}: all {counted(item['k'], 'observation')} count {unit}."
        return
    yield (
        f"{capital(item['name'])}: {numbers.count(item['vertebrae'])} of {counted(item['k'], 'observation')} count "
        f"vertebrae, {numbers.count(item['patients'])} count patients. {capital(_apart(item, ' give'))}."
    )


def _on_the_scale(item: Json) -> Iterator[str]:
    scale = [line for line in item["rates"] if line["of"] == "scale" and line["reason"] is None]
    if not item["patients"] or not scale:
        return
    known = item["known"]
    each = "observation" if item["patients"] == 1 else "observations"
    does = "says" if len(known) == 1 else "say"
    named = f" ({listed(known)})" if 0 < len(known) <= _FEW else ""
    independent, alike = scale[0], scale[-1]
    linked = _line(item, "vertebrae_linked")
    beside = "" if linked["estimate"] is None else f"; vertebrae alone give {rate(linked)} by the same model"
    more = f", {rate(alike)} at an intra-class correlation of {_icc(alike['icc'])}" if alike["icc"] else ""
    yield (
        f"{numbers.count(len(known))} of the {numbers.count(item['patients'])} {each} of patients "
        f"{does} how many vertebrae stand behind the patients{named}. On the scale of vertebrae "
        f"{counted(independent['k'], 'observation')} give {rate(independent)} if vertebrae of one patient leak "
        f"independently{more}{beside}."
    )
    assumed = [line for line in item["rates"] if line["of"] == "assumed" and line["reason"] is None]
    if assumed:
        with_m = listed([_m(line["assumed"]) for line in assumed], "or")
        told = listed([percent(line["estimate"]) for line in assumed], "or")
        yield (
            f"Left out on that scale: {_left_out(item)}, which {'does' if len(item['left_out']) == 1 else 'do'} not "
            f"say how many vertebrae were treated. Taken in with {with_m} independent vertebrae per patient, all "
            f"{counted(item['k'], 'observation')} give {told}."
        )


def _left_out(item: Json) -> str:
    names = item["left_out"]
    return listed(names) if len(names) <= _FEW else counted(len(names), "observation")


def _design(result: Result, item: Json) -> Iterator[str]:
    lines = item["design"]
    if len(lines) < 2 or any(lines[0][name]["reason"] for name in _MODELS):
        return
    none, most = lines[0], lines[-1]
    least, middle, largest = (_m(m) for m in item["m"])
    others = " (those without at the median)" if item["vertebrae_known"] < item["vertebrae"] else ""
    yield (
        f"{capital(item['name'])}: {numbers.count(item['vertebrae_known'])} of the "
        f"{counted(item['vertebrae'], 'observation')} of vertebrae come with a number of patients, {least} to "
        f"{largest} vertebrae per patient, median {middle}. At an intra-class correlation of {_icc(most['icc'])} the "
        f"{numbers.count(round(none['n']))} vertebrae are worth {numbers.count(round(most['n']))} independent "
        f"ones{others}."
    )
    row = max(
        (row for row in result["rows"] if row["group"] == item["name"] and row["intervals"]),
        key=lambda row: row["m"],
    )
    single = [_points(low, high) for low, high in (row["intervals"][0], row["intervals"][-1])]
    common, random, headline = (
        f"from {_width(none[name])} to {_width(most[name])}" for name in ("common", "random", "headline")
    )
    yield (
        f"That widens the interval of {row['label']} ({_m(row['m'])} vertebrae per patient) from {single[0]} to "
        f"{single[1]} percentage points and that of a common effect {common}; with random effects it goes {random} "
        f"by inverse variance and {headline} in the binomial-normal model."
    )


def _counted_twice(result: Result) -> Iterator[str]:
    for item in result["both"]:
        leaking, vertebrae = item["vertebrae"]
        of_patients, patients = item["patients"]
        icc = result["settings"]["model"]["icc"]
        alike = (
            f", {percent(item['expected'][-1])} at a correlation of {_icc(icc[-1])}" if len(icc) > 1 else ""
        )
        yield (
            f"{item['label']} counts both: {numbers.count(leaking)} of {numbers.count(vertebrae)} vertebrae and "
            f"{numbers.count(of_patients)} of {numbers.count(patients)} patients, "
            f"{rate({**item, 'estimate': item['rate']})}; from the vertebrae {percent(item['expected'][0])} of the "
            f"patients are expected if theirs are independent{alike}."
        )


def _briefly(item: Json) -> str:
    name = capital(item["name"])
    if not item["vertebrae"] or not item["patients"]:
        return next(_alone(item))
    scale = next((line for line in item["rates"] if line["of"] == "scale"), None)
    on_scale = (
        f"; on the scale of vertebrae, {counted(scale['k'], 'observation')}, {rate(scale)}"
        if scale is not None and scale["reason"] is None
        else ""
    )
    left = (
        f" ({counted(len(item['left_out']), 'observation')} of patients left out)" if item["left_out"] else ""
    )
    return f"{name}: {_apart(item)}{on_scale}{left}."


def _apart(item: Json, verb: str = "") -> str:
    level = item["one_level"]
    one = f", {numbers.count(level)} of them patients with one treated level" if level else ""
    vertebrae, patients = (f"k = {numbers.count(_line(item, of)['k'])}" for of in ("vertebrae", "patients"))
    return (
        f"{_said(item, 'vertebrae', verb)} ({vertebrae}{one}), {_said(item, 'patients')} ({patients}), "
        f"{_said(item, 'both')}"
    )


def _said(item: Json, of: str, verb: str = "") -> str:
    line = _line(item, of)
    return f"{_OF[of]} not pooled" if line["estimate"] is None else f"{_OF[of]}{verb} {rate(line)}"


def _line(item: Json, of: str) -> Json:
    found: Json = next(line for line in item["rates"] if line["of"] == of)
    return found


def _m(value: float) -> str:
    return numbers.fixed(value, 1)


def _icc(value: float) -> str:
    return numbers.fixed(value, 1)


def _points(low: float, high: float) -> str:
    return numbers.fixed(100 * (high - low), 1)


def _width(line: Json) -> str:
    low, high = number(line["ci_low"]), number(line["ci_high"])
    return numbers.NONE if low is None or high is None else _points(low, high)


_MODELS = {
    "common": "Common effect",
    "random": "Random effects, inverse variance",
    "headline": "Binomial-normal",
}


def section(report: ReportInput, name: str) -> Section:
    """Return the part of the page about vertebrae and patients."""
    result = report.results[name]
    first, *others = result["units"]
    told = _leading(result)
    return Section(
        name=name,
        title=result["title"],
        short="Units",
        question=result["question"],
        sentences=told,
        passages=_passages(result),
        tables=tuple(table for table in (_rates_table(name, first), _design_table(name, first)) if table),
        folded=(
            *(
                table
                for item in others
                for table in (_rates_table(name, item), _design_table(name, item))
                if table
            ),
            _rows_table(name, result),
        ),
        fold="The other groups, and what every observation counts",
        notes=tuple(f"{capital(greek(note))}." for note in _notes(result)),
        methods=tuple(_methods(result)),
        lines=(Line("Vertebrae and patients", told[0]),),
    )


def _notes(result: Result) -> Iterator[str]:
    yield from result["notes"]
    yield (
        "vertebrae per patient are the mean of a row, of the whole study where it has several arms; where its patients "
        "differ in them, the rate on the scale of vertebrae is too low"
    )
    yield (
        "the intra-class correlation of vertebrae of one patient has not been printed by any of these studies: its "
        "values are assumptions"
    )


def _rates_table(name: str, item: Json) -> Table:
    told = any(line["reason"] for line in item["rates"])
    rows = tuple(
        Row(
            (
                of_text(capital(_what(line))),
                of_count(line["k"]),
                of_share(line),
                _limits([[line["pi_low"], line["pi_high"]]]),
                of_number(line["tau2"]),
                *(
                    [of_text("" if line["reason"] is None else f"not pooled: {line['reason']}")]
                    if told
                    else []
                ),
            )
        )
        for line in item["rates"]
    )
    return Table(
        id=anchor(name, item["name"], "rates"),
        caption=(
            f"{capital(item['name'])}: rate of the median study by what is counted. Rows of patients with one "
            f"treated level each ({numbers.count(item['one_level'])} here) count as vertebrae, too. On the scale of "
            "vertebrae a patient with m of them stays without a leak with probability (1 − p) to the power of m; "
            "τ² is there that of complementary log-logs."
        ),
        columns=(
            Column("What is pooled"),
            Column("k", "number"),
            Column("Rate", "number"),
            Column("Prediction interval", "number"),
            Column("τ²", "number"),
            *([Column("Note", "long")] if told else []),
        ),
        rows=rows,
    )


def _what(line: Json) -> str:
    if line["of"] == "scale":
        icc = "independent" if line["icc"] == 0 else f"intra-class correlation {_icc(line['icc'])}"
        return f"all that say how many vertebrae, on their scale, {icc}"
    if line["of"] == "assumed":
        return f"all, on the scale of vertebrae, {_m(line['assumed'])} per patient where none is said"
    return _OF[line["of"]]


def _design_table(name: str, item: Json) -> Table | None:
    if not item["design"]:
        return None
    rows = tuple(
        Row(
            (
                of_number(line["icc"], digits=1),
                of_count(round(line["n"])),
                *(of_share(line[model]) for model in _MODELS),
            )
        )
        for line in item["design"]
    )
    unknown = item["vertebrae"] - item["vertebrae_known"]
    silent = (
        f" {counted(unknown, 'observation')} without a number of patients taken at the median."
        if unknown
        else ""
    )
    return Table(
        id=anchor(name, item["name"], "design"),
        caption=(
            f"{capital(item['name'])}, observations of vertebrae alone: counts divided by the design effect "
            f"1 + (m − 1) × correlation, m vertebrae per patient.{silent}"
        ),
        columns=(
            Column("Intra-class correlation", "number"),
            Column("Effective vertebrae", "number"),
            *(Column(said, "number") for said in _MODELS.values()),
        ),
        rows=rows,
    )


def _rows_table(name: str, result: Result) -> Table:
    icc = result["settings"]["model"]["icc"]
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(row["group"]),
                of_text(plain(row["unit"])),
                of_text(f"{numbers.count(row['events'])}/{numbers.count(row['total'])}"),
                of_share(row, key="rate"),
                of_number(row["m"], digits=2),
                of_text(row["m_told"]),
                _share(row["vertebra_rate"]),
                _limits(row["intervals"]),
            )
        )
        for row in result["rows"]
    )
    return Table(
        id=anchor(name, "rows"),
        caption=(
            "What every observation counts, how many vertebrae stand behind one of its patients, its rate of vertebrae "
            "if those of one patient leak independently, and its exact interval with effective counts at an "
            f"intra-class correlation of {_icc(icc[-1])}."
        ),
        columns=(
            Column("Observation"),
            Column("Group"),
            Column("Unit"),
            Column("Leaks"),
            Column("Rate", "number"),
            Column("Vertebrae per patient", "number"),
            Column("Says", "long"),
            Column("Rate of vertebrae", "number"),
            Column("Interval, alike", "number"),
        ),
        rows=rows,
    )


def _share(value: Any) -> Cell:
    share = number(value)
    return Cell(text=numbers.percent(share), order=-1.0 if share is None else share)


def _limits(intervals: Any) -> Cell:
    if intervals is None:
        return Cell(text=numbers.NONE, order=-1.0)
    low, high = (number(limit) for limit in intervals[-1])
    if low is None or high is None:
        return Cell(text=numbers.NONE, order=-1.0)
    return Cell(text=numbers.percent_interval(low, high), order=high - low)


def _methods(result: Result) -> Iterator[tuple[str, tuple[str, ...]]]:
    icc = listed([_icc(value) for value in result["settings"]["model"]["icc"]])
    yield (
        "Vertebrae and patients were pooled apart; rows of patients count as vertebrae where a note says that every "
        "patient had one treated level. All were put on the scale of vertebrae by a binomial-normal model with "
        "complementary log-log link and the logarithm of vertebrae per patient as offset, by maximum likelihood "
        "with profile intervals; alike vertebrae enter as the number of independent ones that leave as many patients "
        f"without a leak under a beta-binomial distribution (intra-class correlations {icc}).",
        ("mccullagh1989", "griffiths1973"),
    )
    yield (
        "Counts of vertebrae were divided by their design effects 1 + (m − 1) × correlation, for exact intervals of "
        "single studies, a common effect and random effects.",
        ("rao1992",),
    )
