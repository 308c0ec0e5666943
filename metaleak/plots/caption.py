"""The caption of a figure, written from settings and selection: what was counted, fitted and drawn."""

from __future__ import annotations

from metaleak import numbers
from metaleak.plots.forest_data import FEW_ROWS, ForestData
from metaleak.plots.words import GLUE, TAU2, group_notes, level, method, notes, rows_of_studies

#: What the overall diamond is not.
OVERALL = "Overall: an average over what the groups differ in, a property of this collection of studies."


#: What the marks of risk of bias mean.
BIAS = (
    "Marks: risk of bias of the study; the sign, the shape and the colour say the same. "
    "An empty circle means that nobody has assessed it: it is not low risk."
)


def forest_caption(data: ForestData, *, overall: bool = False, bias: bool = False) -> str:
    """Return the caption of the forest plot; ``overall`` where the pool of all groups is drawn, ``bias`` for marks."""
    squares = (
        f"Squares: rates of studies with {_study_intervals(data)} intervals, {level(data)}; area in "
        "proportion to the information share within the group (not used in estimation)."
    )
    circles = "Circles: mean rate over studies (population-averaged)." if _any_average(data) else ""
    return _joined(
        _rows(data),
        squares,
        _diamonds(data),
        circles,
        _prediction(data),
        _open_squares(data, fewest=2),
        OVERALL if overall else "",
        BIAS if bias else "",
        _heterogeneity(data),
        _ratios(data),
        *notes(data),
        _software(data),
    )


def groups_caption(data: ForestData) -> str:
    """Return the caption of the overview."""
    return _joined(
        _rows(data),
        _diamonds(data),
        _prediction(data),
        _open_squares(data, fewest=1),
        _ratios(data),
        *group_notes(data),
        *notes(data),
        _software(data),
    )


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
    methods = dict.fromkeys(group.pi_method for group in data.groups if group.prediction is not None)
    if not methods:
        return ""
    letters = "; k rows and p means in the fit" if any("− p" in text for text in methods) else ""
    return (
        "Grey bars: prediction interval for the true rate of a new study, "
        f"{' or '.join(map(method, methods))}{letters}.{_pale(data)}"
    )


def _pale(data: ForestData) -> str:
    """Say what a pale bar is, where one is drawn."""
    if not any(group.is_small and group.prediction is not None for group in data.groups):
        return ""
    return f" Pale bars rest on fewer than {FEW_ROWS} rows, which hardly tell how far studies differ."


def _open_squares(data: ForestData, *, fewest: int) -> str:
    joined = any(group.pooled is None and group.k >= fewest for group in data.groups)
    return "Open squares: events/total of groups that are not pooled." if joined else ""


def _heterogeneity(data: ForestData) -> str:
    tests = dict.fromkeys(group.heterogeneity.method for group in data.groups if group.heterogeneity)
    return f"Heterogeneity: {' or '.join(map(method, tests))}." if tests else ""


def _ratios(data: ForestData) -> str:
    methods = dict.fromkeys(method(item.method) for item in data.contrasts if item.method)
    return f"Odds ratios: {'; '.join(methods)}." if methods else ""


def _software(data: ForestData) -> str:
    return f"Computed with {', '.join(f'{name}{GLUE}{version}' for name, version in data.software.items())}."


def _any_average(data: ForestData) -> bool:
    return any(group.average is not None for group in data.groups)


def _study_intervals(data: ForestData) -> str:
    return " or ".join(dict.fromkeys(row.ci_method for row in data.rows)) or "no"
