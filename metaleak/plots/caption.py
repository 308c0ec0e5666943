"""The caption of a figure, written from settings and selection: what was counted, fitted and drawn."""

from __future__ import annotations

from metaleak import numbers
from metaleak.plots.forest_data import ForestData
from metaleak.plots.text_metrics import clean
from metaleak.plots.words import TAU2, level, method, rows_of_studies

#: With more groups than this the degrees of freedom are given as a rule.
MOST_NAMED = 6


def caveat(data: ForestData) -> str:
    """Return what the evidence is not, while the review is a rehearsal; else nothing."""
    if data.status != "rehearsal":
        return ""
    chosen = data.selection
    silent = (
        f"; {numbers.count(chosen['not_reported'])} of {numbers.count(chosen['taken'])} rows do not say how "
        "leaks were looked for"
        if data.sheet == "leaks"
        else ""
    )
    return (
        f"Rehearsal: abstract-level evidence, extracted once, not the yield of a systematic search{silent}."
    )


def forest_caption(data: ForestData) -> str:
    """Return the caption of the forest plot."""
    squares = (
        f"Squares: rates of studies with {_study_intervals(data)} intervals, {level(data)}; area in "
        "proportion to the information share within the group (not used in estimation)."
    )
    circles = "Circles: mean rate over studies (population-averaged)." if _any_average(data) else ""
    return _joined(_rows(data), squares, _diamonds(data), circles, _prediction(data), *_tests(data))


def groups_caption(data: ForestData) -> str:
    """Return the caption of the overview."""
    unpooled = any(group.pooled is None for group in data.groups)
    squares = "Squares: events/total of groups that are not pooled." if unpooled else ""
    return _joined(_rows(data), _diamonds(data), _prediction(data), squares, *_tests(data))


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _rows(data: ForestData) -> str:
    chosen = data.selection
    text = rows_of_studies(chosen["taken"], chosen["studies"])
    if chosen["taken"] != chosen["pooled_rows"]:
        text += (
            "; arms of one study with equal procedure, unit and modality summed: "
            f"{numbers.count(chosen['pooled_rows'])} rows shown"
        )
    return text + "."


def _diamonds(data: ForestData) -> str:
    model = data.settings.get("model", {})
    tau2 = "common to the groups" if model.get("tau2") == "common" else "one per group"
    intervals = dict.fromkeys(group.ci_method for group in data.groups if group.pooled is not None)
    if not intervals:
        return ""
    return (
        f"Diamonds: rate of the median study with {' or '.join(map(method, intervals))} interval, "
        f"{level(data)}; model: {method(str(model.get('name', '')))}; {TAU2} by maximum likelihood, {tau2}."
    )


def _prediction(data: ForestData) -> str:
    """Name the method once, and the degrees of freedom by group."""
    groups = [group for group in data.groups if group.prediction is not None]
    if not groups:
        return ""
    start = "Grey bars: prediction interval for the true rate of a new study, "
    parts = [group.pi_method.partition(", df = ") for group in groups]
    names = {kind for kind, _, _ in parts}
    if len(names) > 1 or not all(df for _, _, df in parts):
        return start + "; ".join(dict.fromkeys(method(group.pi_method) for group in groups)) + "."
    known = all(df == str(group.k - 2) for group, (_, _, df) in zip(groups, parts, strict=True))
    rule = "df = k − 2" if known else "df"
    if len(groups) > MOST_NAMED and known:
        return f"{start}{names.pop()} with {rule}, k rows in the group."
    told = ", ".join(f"{df} ({group.name})" for group, (_, _, df) in zip(groups, parts, strict=True))
    return f"{start}{names.pop()} with {rule}: {told}."


def _tests(data: ForestData) -> list[str]:
    sentences = []
    kinds = [group.heterogeneity.method for group in data.groups if group.heterogeneity is not None]
    if kinds:
        sentences.append(f"Heterogeneity: {' or '.join(dict.fromkeys(map(method, kinds)))}.")
    ratios = dict.fromkeys(method(item.method) for item in data.contrasts if item.method)
    if ratios:
        sentences.append(f"Odds ratios: {'; '.join(ratios)}.")
    sentences += [f"{note[:1].upper()}{note[1:]}." for note in data.notes]
    software = ", ".join(f"{clean(name)} {clean(version)}" for name, version in data.software.items())
    return [*sentences, f"Computed with {software}."]


def _any_average(data: ForestData) -> bool:
    return any(group.average is not None for group in data.groups)


def _study_intervals(data: ForestData) -> str:
    return " or ".join(dict.fromkeys(row.ci_method for row in data.rows)) or "no"
