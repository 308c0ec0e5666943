"""The ledger of variances on the page: what the spread of the rates goes with, and what chance would give."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.plots.why import called
from metaleak.reporting.answer import Line
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.links import anchor
from metaleak.reporting.passages import passage
from metaleak.reporting.roles import pairs_of, roles_of
from metaleak.reporting.sections.rates import percent
from metaleak.reporting.sections.section import Section, pictures_of
from metaleak.reporting.tables import Cell, Column, Row, Table, of_count, of_number, of_text
from metaleak.reporting.words import capital, counted, listed, plain
from metaleak.storage.strict_json import number

#: The parts of a ledger that are no moderators.
SAMPLING, UNEXPLAINED = "sampling error", "unexplained"


def sentences(result: Result) -> tuple[str, ...]:
    """Say what the spread goes with: the headline, chance beside it, other codings, what it does not mean."""
    head, *others = result["ledgers"]
    return (
        _headline(head),
        _beside_chance(head),
        *(_other(ledger) + _depends(head, ledger) for ledger in others),
        "These are shares associated with moderators of studies, not caused by them.",
    )


def _headline(ledger: Mapping[str, Any]) -> str:
    parts = ledger["parts"]
    told = [f"{_share(part)} goes with {_called(name)}" for name, part in _players(ledger)]
    return (
        f"Of the variance of rates among {ledger['name']} ({counted(ledger['k'], 'observation')} of "
        f"{counted(ledger['k_studies'], 'study')}), {_share(parts[SAMPLING])} is chance within studies, "
        f"{listed(told)}; {_share(parts[UNEXPLAINED])} stays unexplained."
    )


def _beside_chance(ledger: Mapping[str, Any]) -> str:
    known = [(name, part) for name, part in _players(ledger) if part["chance_high"] is not None]
    if not known:
        return "What chance alone would give was not simulated."
    limits = listed([f"{percent(part['chance_high'])} ({_called(name)})" for name, part in known])
    more = [_called(name) for name, part in known if part["share"] > part["chance_high"]]
    less = [_called(name) for name, part in known if part["share"] <= part["chance_high"]]
    said = [f"{listed(more)} {_goes(more)} with more than that"] if more else []
    said += [f"{listed(less)} {_goes(less)} with no more than chance"] if less else []
    return f"Shuffled over the rows, the same moderators take up to {limits} in 95 of 100 shuffles: {'; '.join(said)}."


def _goes(names: list[str]) -> str:
    return "goes" if len(names) == 1 else "go"


def _other(ledger: Mapping[str, Any]) -> str:
    told = listed([f"{_share(part)} with {_called(name)}" for name, part in _players(ledger)])
    return f"{capital(ledger['name'])} ({counted(ledger['k'], 'observation')}): {told}."


def _depends(head: Mapping[str, Any], ledger: Mapping[str, Any]) -> str:
    """Say of which moderators the share comes from levels that another coding of the same rows joins."""
    if ledger["k"] != head["k"]:
        return ""
    mine, others = dict(_players(head)), dict(_players(ledger))
    changed = [
        name
        for name in mine
        if name in others
        and mine[name]["chance_high"] is not None
        and mine[name]["share"] > mine[name]["chance_high"]
        and others[name]["share"] <= others[name]["chance_high"]
    ]
    if not changed:
        return ""
    return (
        f" With this coding {listed([_called(name) for name in changed])} {_goes(changed)} with no more than chance: "
        "the larger share above comes from levels that it joins."
    )


def _players(ledger: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in ledger["parts"].items():
        if name not in (SAMPLING, UNEXPLAINED):
            yield name, part


def _called(name: str) -> str:
    return called(name)[:1].lower() + called(name)[1:]


def _share(part: Mapping[str, Any]) -> str:
    limits = numbers.percent_interval(number(part["low"]), number(part["high"]), 0)
    return percent(part["share"]) + ("" if limits == numbers.NONE else f" {limits}")


def section(report: ReportInput, name: str) -> Section:
    """Return the ledger's part of the page."""
    result = report.results[name]
    simulation = result["settings"]["simulation"]
    bridge = detection_bound(report, float(result["ledgers"][0]["between"]))
    told = sentences(result)
    return Section(
        name=name,
        title=result["title"],
        short="Why",
        question=result["question"],
        sentences=(*told[:2], told[-1]),
        passages=(
            *passage("other-rows", "The same split with other codings and other rows", told[2:-1]),
            *passage("detection", "What detection could explain at most", [bridge] if bridge else []),
        ),
        tables=(_parts_table(name, result),),
        folded=(_levels_table(name, result),),
        fold="What the moderators are made of",
        pictures=pictures_of(
            report,
            name,
            summaries={"parts": "At a glance", "ledger": "Parts of the variance, with chance beside them"},
        ),
        notes=_notes(result),
        methods=(
            (
                "The variance of rates was split on the logit scale of the binomial-normal model: the mean variance "
                "within studies, the reduction of the between-study variance by each moderator, averaged over all "
                "orders in which moderators can enter (Shapley), and what stays unexplained.",
                ("shapley1953", "groemping2007"),
            ),
            (
                f"Intervals are from {counted(simulation['replicates'], 'data set')} simulated from the model with "
                f"all moderators; the part of chance from {counted(simulation['permutations'], 'joint shuffle')} of "
                f"the moderators over the rows (seed {simulation['seed']}).",
                (),
            ),
        ),
        lines=(Line("What the disagreement goes with", _headline(result["ledgers"][0])),),
    )


def detection_bound(report: ReportInput, between: float) -> str:
    """Say how much of the variance a detection share as in the pairs could make at most; empty without pairs.

    A share r of what the reference shows at rate p moves the logit by d; with half of the studies on either
    imaging this adds d^2 / 4 to the variance between studies.
    """
    pairs = pairs_of(report)
    roles = roles_of(report.results[report.main_name], no_modality=report.no_modality)
    at = number(report.results[report.main_name]["groups"][roles.reference]["estimate"])
    if pairs is None or at is None or between <= 0:
        return ""
    shares = [number(pairs.group[key]) for key in ("estimate", "ci_high", "ci_low")]
    if any(share is None or not 0 < share * at < 1 for share in shares):
        return ""
    moves = [_logit(float(share or 0) * at) - _logit(at) for share in shares]
    most, low, high = (move * move / 4 for move in moves)
    return (
        f"What detection could explain: as in the pairs, {pairs.index} moves the logit of a rate of "
        f"{numbers.percent(at, 0)} by {numbers.fixed(moves[0])}; with half of the studies on {pairs.index} this adds "
        f"{numbers.fixed(most)} {numbers.interval(low, high)} to a variance between studies of "
        f"{numbers.fixed(between)}, at most: {numbers.percent(most / between, 0)} of it."
    )


def _logit(rate: float) -> float:
    return math.log(rate / (1 - rate))


def _parts_table(name: str, result: Result) -> Table:
    columns = (
        Column("Ledger", "long"),
        Column("Part"),
        Column("Variance", "number"),
        Column("Share", "number"),
        Column("By chance, mean", "number"),
        Column("By chance, 95 of 100 below", "number"),
    )
    rows = tuple(
        Row(
            (
                of_text(f"{capital(ledger['name'])} (k = {ledger['k']})"),
                of_text(called(part)),
                of_number(values["variance"], digits=3),
                Cell(
                    text=numbers.percent(number(values["share"])),
                    small=_limits(values),
                    order=values["share"],
                ),
                _optional(values["chance_mean"]),
                _optional(values["chance_high"]),
            )
        )
        for ledger in result["ledgers"]
        for part, values in ledger["parts"].items()
    )
    level = numbers.percent(result["settings"]["simulation"]["level"], 0)
    caption = (
        f"{result['title']}. Variances on the logit scale; shares of one ledger sum to 100 %, those of moderators are "
        f"averaged over all orders and may be negative; brackets: {level} intervals."
    )
    return Table(id=anchor(name, "parts"), caption=caption, columns=columns, rows=rows)


def _limits(values: Mapping[str, Any]) -> str:
    limits = numbers.percent_interval(number(values["low"]), number(values["high"]))
    return "" if limits == numbers.NONE else limits


def _optional(value: Any) -> Cell:
    share = number(value)
    return Cell(text=numbers.percent(share), order=-1.0 if share is None else share)


def _levels_table(name: str, result: Result) -> Table:
    rows = tuple(
        Row(
            (
                of_text(capital(ledger["name"])),
                of_text(called(player)),
                of_text(plain(level)),
                of_count(count),
            )
        )
        for ledger in result["ledgers"]
        for player, levels in ledger["levels"].items()
        for level, count in levels.items()
    )
    return Table(
        id=anchor(name, "levels"),
        caption="What the moderators of each ledger are made of: observations at each level.",
        columns=(
            Column("Ledger", "long"),
            Column("Moderator"),
            Column("Level"),
            Column("Observations", "number"),
        ),
        rows=rows,
    )


def _notes(result: Result) -> tuple[str, ...]:
    found = []
    for ledger in result["ledgers"]:
        if ledger["left_out"]:
            found.append(
                f"{capital(ledger['name'])}: {len(ledger['left_out'])} observations have no value and are left out."
            )
        found += [
            f"{capital(ledger['name'])}: {note}."
            for note in ledger["notes"]
            if not note.startswith(("reference: ", "left out, "))
        ]
    return tuple(found)
