"""Detection-adjusted rates on the page: the answer, what carries it, and every guard rail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.detection import imaging
from metaleak.plots.words import greek
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.roles import roles_of
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_share, of_text
from metaleak.reporting.text import negative_control
from metaleak.reporting.words import capital, counted, listed, plain
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: Kinds of rows in the likelihood as a reader says them.
KINDS = {"ct": "read on CT", "index": "read on the index alone", "margins": "pairs with totals only"}


def sentences(result: Result) -> tuple[str, ...]:
    """Say the rate on CT, what the index shows and misses, what carries it, and how far the guard rails move it."""
    return tuple(_sentences(result))


def _sentences(result: Result) -> Iterator[str]:
    index = imaging(result["index"])
    yield (
        f"In the median study CT would show a leak in {_share(result)}; averaged over studies in "
        f"{_of(result['population_average'])}."
    )
    yield (
        f"In the median study {index} shows {_of(result['sensitivity'])} of what CT shows; of all leaks that CT would "
        f"show, {index} misses {_of(result['share_missed'])}."
    )
    pool = result["ct_pool"]
    if pool is not None:
        carried = sum(share for kind, share in result["information"].items() if kind != "index")
        yield (
            f"The CT counts alone give {_of(pool)} (k = {pool['k']}), and studies read on CT bring "
            f"{numbers.percent(carried, 0)} of the information about the rate: what the model adds is the sensitivity, "
            "the share missed, and the rate of each study that was read otherwise."
        )
    yield f"{capital(result['identifiability'])}."
    penalised = result["penalised"]
    if result["penalised_stands_beside"] and penalised is not None:
        yield (
            "Few rows inform the sensitivity; with the penalty that keeps its spread from 0 the rate is "
            f"{numbers.percent(number(penalised['estimate']), 0)} and the sensitivity "
            f"{numbers.percent(number(penalised['sensitivity']), 0)}."
        )
    yield from _range(result)
    yield from _ends_of_unreported(result)
    yield from _sources(result, index)
    left = Counter(row["left_out"] for row in result["rows"] if row["left_out"])
    if left:
        told = listed([f"{counted(n, 'row')} ({why})" for why, n in left.items()])
        yield f"Beside the model: {told}."


def _range(result: Result) -> Iterator[str]:
    tried = [item for item in result["guard_rails"] if item["estimate"] is not None]
    if not tried:
        return
    least, most = (pick(tried, key=lambda item: item["estimate"]) for pick in (min, max))
    low, high = (pick(tried, key=lambda item: item["sensitivity"]["value"]) for pick in (min, max))
    yield (
        f"Under {counted(len(tried), 'other assumption')} the rate runs from {_percent(least['estimate'])} "
        f"({least['group']}: {least['name']}) to {_percent(most['estimate'])} ({most['group']}: {most['name']}), the "
        f"sensitivity from {_percent(low['sensitivity']['value'])} ({low['group']}: {low['name']}) to "
        f"{_percent(high['sensitivity']['value'])} ({high['group']}: {high['name']})."
    )


def _ends_of_unreported(result: Result) -> Iterator[str]:
    shares = sorted(result["unreported"], key=lambda item: item["share"])
    if not shares or (shares[0]["share"], shares[-1]["share"]) != (0, 1):
        return
    yield (
        "Series that do not say their imaging stand beside the model. If all of them had read X-ray, the rate on CT "
        f"would be {_share(shares[0])}; if all had read CT, {_share(shares[-1])} (approximate intervals). No data tell "
        "which, and this assumes that they differ from the others in their imaging alone."
    )


def _sources(result: Result, index: str) -> Iterator[str]:
    found = result["two_sources"]
    if found["reason"] is not None:
        return
    gap = found["detectable"]
    power = (
        ""
        if gap is None
        else f"; only a gap of about {numbers.fixed(number(gap), 1)} on the logit would be found with 80 % power"
    )
    yield (
        f"On the same patients or vertebrae {index} shows {_source(found['direct'])} of what CT shows, by the contrast "
        f"between studies {_source(found['indirect'])}: p {numbers.p_value(number(found['p']))} for equality{power}. "
        "A high p value is no agreement."
    )


def _source(item: Json) -> str:
    low, high = item["ci_low"], item["ci_high"]
    if low is None or high is None:
        limits = "no lower limit" if low is None else f"from {_percent(low)}"
        return f"{_percent(item['value'])} ({limits}{', no upper limit' if high is None else ''})"
    return _of(item)


def _percent(value: Any) -> str:
    return numbers.percent(number(value), 0)


def _of(item: Json) -> str:
    return f"{_percent(item['value'])} {numbers.percent_interval(number(item['ci_low']), number(item['ci_high']), 0)}"


def _share(item: Json) -> str:
    return _of({**item, "value": item["estimate"]})


def section(report: ReportInput, name: str) -> Section:
    """Return the detection-adjusted part of the page."""
    result = report.results[name]
    told = sentences(result)
    main = report.results[report.main_name]
    controls = roles_of(main, no_modality=report.no_modality).controls
    index = imaging(result["index"])
    return Section(
        name=name,
        title=result["title"],
        short="On CT",
        question=result["question"],
        sentences=(*told, *(f"Negative control: {negative_control(control)}" for control in controls)),
        tables=(_rates_table(name, result, index), _guard_rails_table(name, result, index)),
        folded=(
            _information_table(name, result),
            _left_out_table(name, result),
            _unreported_table(name, result),
            _printed_table(name, result),
        ),
        pictures=pictures_of(
            report,
            name,
            summaries={
                "adjusted": "Seen, and as CT would have shown it",
                "guard_rails": "Guard rails",
                "unreported": "If the unreported series had read CT",
            },
        ),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"] if not _told_elsewhere(note)),
        methods=(
            (
                f"Rates were adjusted for what {index} misses with one likelihood: studies read on CT inform the rate, "
                f"studies read on {index} the rate times its sensitivity, comparisons on the same patients or "
                "vertebrae both; the two logits vary between studies with variances of their own.",
                ("menten2015", "dendukuri2012"),
            ),
            (
                "Estimates are maximum likelihood; intervals of rate and sensitivity are profiles of the likelihood "
                "penalised by the logarithm of the sensitivity's spread, since plain profiles are too short where few "
                "comparisons inform it.",
                ("chung2013",),
            ),
        ),
        lines=(Line("What CT would show", " ".join(told[:2])),),
    )


def _told_elsewhere(note: str) -> bool:
    return (
        note.startswith(("the sensitivity rests", "the pool of the CT counts"))
        or " rows compare both" in note
    )


def _rates_table(name: str, result: Result, index: str) -> Table:
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(_kind(row, index)),
                Cell(
                    text=f"{numbers.count(row['events'])} / {numbers.count(row['total'])}", order=row["rate"]
                ),
                of_share(row, key="rate"),
                of_share(row, key="ct_equivalent", low="ct_low", high="ct_high"),
                of_text(f"{row['sheet']}.csv, row {', '.join(map(str, row['sheet_rows']))}"),
            )
        )
        for row in result["rows"]
        if row["ct_equivalent"] is not None
    )
    return Table(
        id=anchor(name, "rates"),
        caption=(
            "Every study in the model: the rate as it was seen, and as CT would have shown it (posterior median and "
            f"interval over all parameters; the draws are worth {numbers.fixed(number(result['effective_draws']), 0)} "
            "independent ones)."
        ),
        columns=(
            Column("Study"),
            Column("Read on"),
            Column("Leaks / n", "number"),
            Column("As seen", "number"),
            Column("As CT would have shown it", "number"),
            Column("Stands in"),
        ),
        rows=rows,
    )


def _kind(row: Json, index: str) -> str:
    if row["sheet"] == "pairs":
        return f"CT and {imaging(row['modality'])}"
    return "CT" if row["kind"] == "ct" else index


def _guard_rails_table(name: str, result: Result, index: str) -> Table:
    first = {**result, "group": "as assumed", "name": "headline", "reason": None}
    rows = []
    for item in (first, *result["guard_rails"]):
        told = (of_text(capital(item["group"])), of_text(item["name"]))
        if item["estimate"] is None:
            rows.append(Row((*told, of_text(str(item["reason"])), of_text(""), of_text(""), of_text(""))))
            continue
        rows.append(
            Row(
                (
                    *told,
                    of_share(item),
                    of_share(item["sensitivity"], key="value"),
                    of_share(item["share_missed"], key="value"),
                    of_number(item["omega"], limits=item["omega_ci"]),
                )
            )
        )
    return Table(
        id=anchor(name, "guard-rails"),
        caption="The answer under one changed assumption at a time.",
        columns=(
            Column("Assumption"),
            Column("Value"),
            Column("Rate on CT", "number"),
            Column(f"Sensitivity of {index}", "number"),
            Column("Share missed", "number"),
            Column("ω", "number"),
        ),
        rows=tuple(rows),
    )


def _information_table(name: str, result: Result) -> Table:
    about = result["information_on_sensitivity"]
    rows = tuple(
        Row(
            (
                of_text(KINDS.get(kind, f"pairs: {kind}")),
                Cell(text=numbers.percent(share, 0), order=share),
                Cell(text=numbers.percent(number(about.get(kind, 0.0)), 0), order=about.get(kind, 0.0)),
            )
        )
        for kind, share in result["information"].items()
    )
    return Table(
        id=anchor(name, "information"),
        caption="Which rows carry the answer: shares of the information about the mean rate and the mean sensitivity.",
        columns=(
            Column("Rows"),
            Column("About the rate", "number"),
            Column("About the sensitivity", "number"),
        ),
        rows=rows,
    )


def _left_out_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(plain(row["kind"])),
                of_count(row["total"]),
                of_text(row["left_out"]),
            )
        )
        for row in result["rows"]
        if row["left_out"]
    )
    return Table(
        id=anchor(name, "beside"),
        caption="Rows that stand beside the model, and why.",
        columns=(Column("Study"), Column("Kind"), Column("n", "number"), Column("Reason", "long")),
        rows=rows,
    )


def _unreported_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row((Cell(text=_percent(item["share"]), order=item["share"]), of_share(item)))
        for item in result["unreported"]
    )
    return Table(
        id=anchor(name, "unreported"),
        caption=(
            "The rate on CT by the declared share of the series without a word on imaging that read CT. The "
            "sensitivity comes from the other rows and is held."
        ),
        columns=(Column("Share that read CT", "number"), Column("Rate on CT", "number")),
        rows=rows,
    )


def _printed_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(item["study_id"]),
                of_text(plain(item["leak_site"])),
                of_text(imaging(item["index"])),
                Cell(text=_percent(item["sensitivity"]), order=item["sensitivity"]),
                of_text(_counted_on_both(item)),
                of_text(f"pairs.csv, row {item['sheet_row']}"),
            )
        )
        for item in result["printed_only"]
    )
    return Table(
        id=anchor(name, "printed"),
        caption=(
            "Sensitivities as series print them, by leak site; not pooled. That sites differ is one reason why the "
            "sensitivity differs between studies (ω)."
        ),
        columns=(
            Column("Study"),
            Column("Leak site"),
            Column("Imaging"),
            Column("Sensitivity", "number"),
            Column("Seen on both / on CT", "number"),
            Column("Stands in"),
        ),
        rows=rows,
    )


def _counted_on_both(item: Json) -> str:
    if item["both"] is None or item["positive"] is None:
        return "not printed"
    return f"{numbers.count(item['both'])} / {numbers.count(item['positive'])}"
