"""The methods paragraph, written from the settings of a result: what was done, in words that can be quoted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from metaleak import numbers
from metaleak.plots.words import greek
from metaleak.reporting import text, words
from metaleak.reporting.data import ReportInput, Result
from metaleak.reporting.references import REFERENCES, Reference
from metaleak.reporting.results_tables import ci_words
from metaleak.reporting.roles import pairs_of

#: Columns as a reader says them.
_COLUMNS = {"leak_site": "site", "symptomatic": "symptoms", "unit": "unit", "modality": "imaging"}

#: Columns that hold codes of imaging methods.
_IMAGING = ("modality", "reference", "index")

_MEASURES = {
    "PR": "the raw proportion",
    "PLN": "the log of the proportion",
    "PLO": "the logit of the proportion",
    "PAS": "the arcsine of the proportion",
    "PFT": "the Freeman-Tukey double arcsine",
}

#: Measures that need a correction where a row has no event, or nothing but events.
_CORRECTED = ("PR", "PLN", "PLO")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the numbers of the references behind it."""

    text: str
    cites: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Methods:
    """Paragraphs of sentences, and the references in the order of their numbers."""

    paragraphs: tuple[tuple[Sentence, ...], ...]
    references: tuple[Reference, ...]


Draft = tuple[str, tuple[str, ...]]


def methods(report: ReportInput, *, more: Iterable[Sequence[Draft]] = ()) -> Methods:
    """Write the methods of the main analysis from its settings, with the paragraphs of other kinds behind it."""
    result = report.results[report.main_name]
    drafts = [
        list(_evidence(report, result)),
        list(_headline(result)),
        list(_beside(result)),
        *(list(paragraph) for paragraph in more if paragraph),
        list(_software(result)),
    ]
    keys = list(dict.fromkeys(key for paragraph in drafts for _, cited in paragraph for key in cited))
    paragraphs = tuple(
        tuple(Sentence(said, tuple(keys.index(key) + 1 for key in cited)) for said, cited in paragraph)
        for paragraph in drafts
    )
    return Methods(paragraphs=paragraphs, references=tuple(REFERENCES[key] for key in keys))


def _evidence(report: ReportInput, result: Result) -> Iterator[Draft]:
    settings, selection = result["settings"], result["selection"]
    where = words.listed([_condition(column, allowed) for column, allowed in settings["where"].items()])
    yield (
        f"Of {words.counted(selection['candidates'], 'row')} of {settings['sheet']}.csv, "
        f"{numbers.count(selection['matching'])} have {where}.",
        (),
    )
    several = settings["several_rows"]
    orders = [
        f"{_COLUMNS[column]} in the order {', '.join(_word(column, word) for word in several[column])}"
        for column in ("unit", "modality")
        if several.get(column)
    ]
    if orders:
        yield (
            f"Where one study and arm has several of them, the first was taken by {words.listed(orders)}.",
            (),
        )
    yield _arms(several["arm"]), ()
    yield f"This left {text.one_observation(result)}; {words.units(selection['units'])}.", ()
    groups = "; ".join(_group(name, where) for name, where in settings["groups"].items())
    yield f"Groups: {groups}.", ()
    if report.status == "rehearsal":
        yield f"{words.capital(text.caveat(selection))}.", ()


def _arms(rule: str) -> str:
    said = {
        "arms-before-all": "Arms were taken in the place of the row that joins them.",
        "all-before-arms": "The row that joins all arms was taken in the place of its arms.",
        "keep": "Arms and the row that joins them were both kept.",
    }
    return said[rule]


def _condition(column: str, allowed: Sequence[str]) -> str:
    said = [_word(column, word) for word in allowed]
    return f"{_COLUMNS.get(column, words.plain(column))} {words.listed(said, 'or')}"


def _word(column: str, word: str) -> str:
    if column in _IMAGING:
        return words.imaging(word)
    return f"“{word}”" if word == "any" else words.plain(word)


def _group(name: str, where: Mapping[str, Sequence[str]]) -> str:
    return f"{name} ({words.listed([_condition(column, allowed) for column, allowed in where.items()])})"


def _headline(result: Result) -> Iterator[Draft]:
    model = result["settings"]["model"]
    points = sorted({_points(g) for g in result["groups"].values()} - {None}, key=lambda n: n or 0)
    used = f" with {words.listed([numbers.count(n) for n in points if n], 'to')} points" if points else ""
    own = (
        "one between-study variance per group"
        if model["tau2"] == "separate"
        else "one common between-study variance"
    )
    yield (
        "Each group was pooled with a random-intercept logistic model with the exact binomial likelihood "
        f"(binomial-normal), {own}, by maximum likelihood and adaptive Gauss-Hermite quadrature{used}; "
        "no continuity correction and no transformation of the proportions.",
        ("stijnen2010",),
    )
    yield (
        "Two pooled rates are reported: the conditional rate, expit(μ), of the median study, and the "
        "population-averaged rate, the mean of expit(μ + τZ) over a standard normal Z.",
        ("lin2020",),
    )
    level = numbers.percent(model["level"], 0)
    cites = ("hardy1996",) if model["ci_method"] == "profile" else ()
    yield f"Intervals are {level} {ci_words(model['ci_method'])} intervals.", cites
    kinds = list(dict.fromkeys(g["pi_method"] for g in result["groups"].values() if g["pi_method"]))
    if kinds:
        yield (
            f"Prediction intervals are for the true rate of a new study, on the logit scale: {'; '.join(kinds)}, "
            "with k observations and p means.",
            ("higgins2009",),
        )
    yield "I² is taken at the typical within-study variance.", ("higgins2002",)
    yield (
        "A group of one observation, or with all or no events, is shown as it is with an exact interval.",
        (),
    )


def _points(group: Mapping[str, Any]) -> int | None:
    return None if group["convergence"] is None else group["convergence"]["quadrature_points"]


def _beside(result: Result) -> Iterator[Draft]:
    beside, level = result["settings"]["beside"], numbers.percent(result["settings"]["model"]["level"], 0)
    adhoc = ("jackson2017",) if beside["ci_method"] == "hksj-adhoc" else ()
    small = beside["ci_method"].startswith("hksj")
    yield (
        f"Beside it stands the inverse-variance random-effects model on {_MEASURES[beside['measure']]}: τ² by "
        f"{beside['method']}, its interval by the Q-profile, intervals of the mean by "
        f"{ci_words(beside['ci_method'])}.",
        ("viechtbauer2005", *(("knapp2003",) if small else ()), *adhoc, "viechtbauer2007"),
    )
    if beside["measure"] in _CORRECTED:
        yield (
            "In it, rows with no event or with nothing but events get 0.5 added to both cells; others stay "
            "as they are.",
            (),
        )
    if result["difference"]:
        ratios = _distinct(d["method"] for d in result["difference"])
        risks = _distinct(d["rd_method"] for d in result["difference"])
        yield f"Differences between groups: the odds ratio ({ratios}); the risk difference ({risks}).", ()
    tests = [test for key in ("beside", "separate", "common") if (test := result["tests"].get(key))]
    if tests:
        welch = ("welch1951",) if any("Welch" in test["method"] for test in tests) else ()
        yield f"Tests of one mean for all groups: {_distinct(test['method'] for test in tests)}.", welch
    yield f"Intervals of single observations are exact {level} (Clopper-Pearson) intervals.", ("clopper1934",)


def _distinct(methods: Iterable[str]) -> str:
    return greek("; ".join(dict.fromkeys(methods)))


def _software(result: Result) -> Iterator[Draft]:
    versions = words.listed([f"{name} {version}" for name, version in result["software"].items()])
    yield f"Computed with {versions}.", ()


def pairs_sentence(report: ReportInput) -> str:
    """Say how the pairs were pooled, or return an empty text without pairs."""
    pairs = pairs_of(report)
    if pairs is None:
        return ""
    bounds = "" if pairs.bounds is None else f" {text.upper_bound(pairs.bounds, pairs.group['k'])}"
    return (
        f"In pairs, {pairs.index} and {pairs.reference} read the same {pairs.unit}: the count that both showed, "
        f"or the total of {pairs.index} where only totals are printed, of those positive on {pairs.reference}, "
        f"pooled with the same model.{bounds}"
    )
