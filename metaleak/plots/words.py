"""The words and numbers that figures print, made from the data; digits come from :mod:`metaleak.numbers`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from metaleak import numbers
from metaleak.plots.forest_data import Contrast, ForestData, GroupData, Test, Value
from metaleak.plots.text_metrics import FIGURE_SPACE, PUNCTUATION_SPACE

TAU2 = "τ²"
CHI2 = "χ²"

#: The overall value is an average over imaging methods, a property of the collection.
OVERALL = "Overall: mixture of imaging methods"

#: A space at which no line ends.
GLUE = "\u00a0"

_NUMBER = re.compile(r"\d+")

#: How the methods of a result are called in print.
METHOD_NAMES = {
    "BinomialNormal": "binomial-normal (logistic, random intercept, exact binomial likelihood)",
    "profile": "profile likelihood",
    "wald": "Wald",
    "t": "t with k − 1 degrees of freedom",
    "hksj": "Hartung-Knapp",
    "hksj-adhoc": "Hartung-Knapp, never narrower than Wald",
}


def rates(values: Sequence[Value]) -> list[str]:
    """Return ``62.5 [48.5, 75.1]`` in percent for each value, digits under digits.

    Figure spaces stand where a number has fewer digits than its column, and for the value of a
    prediction interval, which has none; a value without an interval gets a dash.
    """
    parts = [[_percent(share) for share in (value.value, value.low, value.high)] for value in values]
    wide = [max((len(part[i]) for part in parts), default=0) for i in range(3)]
    blank = FIGURE_SPACE * (wide[0] - 2) + PUNCTUATION_SPACE + FIGURE_SPACE
    return [
        _rate(part, wide, blank if value.value is None and value.low is not None else "")
        for value, part in zip(values, parts, strict=True)
    ]


def _rate(part: list[str], wide: list[int], blank: str) -> str:
    estimate = blank or part[0].rjust(wide[0], FIGURE_SPACE)
    if numbers.NONE in part[1:]:
        return f"{estimate} {numbers.NONE}"
    gap, high = FIGURE_SPACE * (wide[1] - len(part[1])), part[2].rjust(wide[2], FIGURE_SPACE)
    return f"{estimate} {gap}[{part[1]}, {high}]"


def intervals(values: Sequence[Value]) -> list[str]:
    """Return ``[48.5, 75.1]`` in percent for each value, digits under digits, or a dash."""
    parts = [(_percent(value.low), _percent(value.high)) for value in values]
    wide = [max((len(part[i]) for part in parts), default=0) for i in range(2)]
    return [
        numbers.NONE
        if numbers.NONE in part
        else f"{FIGURE_SPACE * (wide[0] - len(part[0]))}[{part[0]}, {part[1].rjust(wide[1], FIGURE_SPACE)}]"
        for part in parts
    ]


def _percent(share: float | None) -> str:
    return numbers.percent(share, sign=False)


def greek(text: str) -> str:
    """Return a text of the engine with the letter where it spells it out."""
    return text.replace("tau2", TAU2)


def capital(text: str) -> str:
    """Return a sentence's beginning with a capital, a Greek letter and the rest as they are."""
    return f"{text[:1].upper()}{text[1:]}" if text[:1].isascii() else text


def rows_of_studies(k: int, k_studies: int) -> str:
    """Return ``21 rows of 18 studies``, or ``8 studies`` where each gives one row."""
    studies = "1 study" if k_studies == 1 else f"{numbers.count(k_studies)} studies"
    return studies if k == k_studies else f"{numbers.count(k)} rows of {studies}"


def level(data: ForestData) -> str:
    """Return the level of the intervals: ``95 %``."""
    return numbers.percent(data.level, 0 if round(1000 * data.level) % 10 == 0 else 1)


def heterogeneity(group: GroupData) -> str:
    """Return how much the studies of a group differ: tau with its interval, I2, the test, what to mind."""
    parts = []
    if group.tau is not None:
        squared = None if group.tau.value is None else group.tau.value**2
        parts.append(
            f"{TAU2} = {numbers.fixed(squared, 2)}, τ = {_with_interval(group.tau)} on the logit scale"
        )
    if group.i2 is not None:
        parts.append(f"I² = {numbers.percent(group.i2, 0)}")
    if group.heterogeneity is not None:
        parts.append(f"heterogeneity {test(group.heterogeneity)}")
    return "; ".join(part for part in (", ".join(parts), *map(greek, group.notes)) if part)


def test(value: Test) -> str:
    """Return ``χ² = 27.3, df = 3, p < 0.001``, or F with its two degrees of freedom."""
    degrees = [numbers.fixed(df, 0 if float(df).is_integer() else 1) for df in value.df]
    sign = "F" if len(degrees) == 2 else CHI2
    parts = [f"{sign} = {numbers.fixed(value.statistic, 2)}"]
    if degrees:
        parts.append(f"df = {' and '.join(degrees)}")
    return ", ".join([*parts, f"p {numbers.p_value(value.p_value)}"])


def tests(data: ForestData) -> list[str]:
    """Return a sentence per test of the differences between the groups."""
    names = {
        "beside": "inverse variance",
        "separate": f"separate {TAU2} per group",
        "common": f"common {TAU2}",
    }
    return [
        f"Test of the differences between groups, {told}: {test(data.tests[name])}"
        + (f" ({method(data.tests[name].method)})" if data.tests[name].method else "")
        for name, told in names.items()
        if name in data.tests
    ]


def contrast(item: Contrast) -> str:
    """Return the odds ratio of two groups in one line."""
    sizes = " against ".join(rows_of_studies(*size) for size in zip(item.k, item.k_studies, strict=True))
    return (
        f"{item.of} against {item.against}: odds ratio {_with_interval(item.odds_ratio)}, "
        f"p {numbers.p_value(item.p_value)} ({sizes})"
    )


def reasons(data: ForestData) -> list[str]:
    """Return why groups are not pooled, one line per reason."""
    told = _by_text((group.reason, group.name) for group in data.groups if group.reason)
    return [f"Not pooled ({reason}): {names}" for reason, names in told.items()]


def group_notes(data: ForestData) -> list[str]:
    """Return what to mind about groups; notes that differ by a number are one sentence."""
    told = [(note, group.name) for group in data.groups for note in group.notes]
    names = _by_text((_NUMBER.sub("#", note), name) for note, name in told)
    return [
        f"{capital(greek(_ranged([note for note, _ in told if _NUMBER.sub('#', note) == kind])))} ({those})."
        for kind, those in names.items()
    ]


def _ranged(alike: Sequence[str]) -> str:
    """Return texts that differ by their numbers as one, from the least to the largest number."""
    numbers_of = [[int(number) for number in _NUMBER.findall(text)] for text in alike]
    ranges = iter([(min(column), max(column)) for column in zip(*numbers_of, strict=True)])
    return _NUMBER.sub(lambda _: " to ".join(map(str, dict.fromkeys(next(ranges)))), alike[0])


def notes(data: ForestData) -> list[str]:
    """Return the notes of the whole analysis; those that begin alike are one sentence."""
    told = _by_text(note.partition(": ")[::2] for note in data.notes)
    return [f"{capital(greek(start))}{f': {rest}' if rest else ''}." for start, rest in told.items()]


def _by_text(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the second texts, joined, by the first."""
    told: dict[str, list[str]] = {}
    for text, name in pairs:
        told.setdefault(text, []).append(name)
    return {text: "; ".join(names) for text, names in told.items()}


def method(text: str) -> str:
    """Return how a method is called in print."""
    return METHOD_NAMES.get(text, greek(text))


def axis_title(data: ForestData) -> str:
    """Return what the percent axis counts, the denominator said."""
    if data.sheet == "pairs":
        index, reference = _pair(data)
        return f"Share of {reference} positives that {index} shows, % (100 = all {reference} positives)"
    units = " or ".join(str(unit).replace("_", " ") for unit in data.selection.get("units", {}))
    return f"Rate, % of the units counted ({units})" if units else "Rate, % of the units counted"


def counts_header(data: ForestData) -> str:
    """Return the heading of the counts column."""
    return "/".join(_pair(data)) if data.sheet == "pairs" else "Events/total"


def _pair(data: ForestData) -> tuple[str, str]:
    where = data.settings.get("where", {})
    names = {"xray": "X-ray"}
    return (
        " or ".join(names.get(word, word) for word in where.get("index", ["index"])),
        " or ".join(names.get(word, word) for word in where.get("reference", ["reference"])),
    )


def _with_interval(value: Value) -> str:
    return f"{numbers.fixed(value.value, 2)} {numbers.interval(value.low, value.high)}"
