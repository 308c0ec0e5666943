"""The sentences of the answer, worded by rule from the numbers of a result.

Every function takes plain values of ``NAME.result.json`` and returns text; no sentence sets one group
against all the others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from metaleak import numbers
from metaleak.reporting import words
from metaleak.storage.strict_json import number

#: Below this ratio a difference is called "no more than" its size, not "a ...-fold one".
SMALL_FOLD = 1.25

#: Farthest a ratio may lie from a whole number to be said as a word, as a share of the ratio.
NEAR_WHOLE = 0.1

_FOLDS = [
    "onefold",
    "twofold",
    "threefold",
    "fourfold",
    "fivefold",
    "sixfold",
    "sevenfold",
    "eightfold",
    "ninefold",
    "tenfold",
]

Group = Mapping[str, Any]


def share_in_pairs(group: Group, *, index: str, reference: str, unit: str, bounds: int = 0) -> str:
    """Say what part of the reference's leaks the index showed in the same patients.

    Parameters
    ----------
    group : mapping
        One group of the paired analysis; its estimate is the share, 0..1.
    index, reference : str
        The two imaging methods as a reader says them.
    unit : str
        What was read twice, in the plural: ``"patients or vertebrae"``.
    bounds : int
        Comparisons that do not print the overlap: what both methods showed is at most the index total.
    """
    place = f"Within the same {unit}, {index} showed"
    size = comparisons(group["k"]) + _of_them_bounds(bounds)
    if group["estimate"] is None:
        part = f"{numbers.count(group['events'])} of {numbers.count(group['total'])}"
        return f"{place} {part} of what {reference} showed ({size}; not pooled: {group['reason']})."
    return f"{place} a share of {rate(group, digits=0)} of what {reference} showed ({size})."


def comparisons(k: int) -> str:
    """Return how many comparisons stand behind a share."""
    return f"k = {numbers.count(k)} {words.plural('comparison', k)}"


def _of_them_bounds(n: int) -> str:
    if n == 0:
        return ""
    said = (
        "prints only totals, so that its share is" if n == 1 else "print only totals, so that their share is"
    )
    return f"; {numbers.count(n)} {said} an upper bound"


def between_studies(difference: Mapping[str, Any]) -> str:
    """Say the odds ratio between two groups of studies, with what its interval allows."""
    ratio, low, high = (number(difference[key]) for key in ("odds_ratio", "ci_low", "ci_high"))
    k_of, k_against = (numbers.count(k) for k in difference["k"])
    return (
        f"Between studies, the odds of a leak on {difference['of']} were {numbers.fixed(ratio)} "
        f"{numbers.interval(low, high)} times those on {difference['against']} "
        f"(odds ratio; k = {k_of} against {k_against} observations): {reading(ratio, low, high)}."
    )


def reading(ratio: float | None, low: float | None, high: float | None) -> str:
    """Say which differences the interval of an odds ratio allows.

    Examples
    --------
    >>> reading(0.49, 0.21, 1.14)
    'compatible with no difference and with a fivefold one'
    >>> reading(0.38, 0.2, 0.73)
    'not compatible with no difference; the interval runs from a 1.4-fold to a fivefold one'
    """
    if ratio is None or low is None or high is None:
        return "no interval, so nothing is left out"
    down, up = (1 / low if low > 0 else math.inf), high
    if high < 1 or low > 1:
        near, far = (1 / high, down) if high < 1 else (low, up)
        ends = f"{_article(fold(near))} to {_article(fold(far))} one"
        return f"not compatible with no difference; the interval runs from {ends}"
    along, against = (down, up) if ratio <= 1 else (up, down)
    if max(along, against) < SMALL_FOLD:
        return (
            f"compatible with no difference and with no more than {_article(fold(max(along, against)))} one"
        )
    if min(along, against) < SMALL_FOLD:
        return f"compatible with no difference and with {_article(fold(max(along, against)))} one"
    return (
        f"compatible with no difference, with {_article(fold(along))} one "
        f"and with {_article(fold(against))} one the other way"
    )


def fold(ratio: float) -> str:
    """Return a ratio of at least 1 as a word: ``fivefold``, ``1.4-fold``, ``more than tenfold``."""
    if math.isinf(ratio):
        return "boundless"
    if ratio >= 10 * (1 + NEAR_WHOLE):
        return "more than tenfold"
    whole = math.floor(ratio + 0.5)
    if 2 <= whole <= 10 and abs(ratio - whole) <= NEAR_WHOLE * ratio:
        return _FOLDS[whole - 1]
    return numbers.fixed(ratio, 2 if ratio < SMALL_FOLD else 1) + "-fold"


def _article(text: str) -> str:
    return ("an " if text.startswith(("8", "eight", "11", "18")) else "a ") + text


def silent_rows(group: Group, *, observations: int) -> str:
    """Say how many observations do not report the imaging, and what they give as a group of their own."""
    one = group["k"] == 1
    count = f"{numbers.count(group['k'])} of the {counted_observations(observations)}"
    start = (
        f"{count} {'does' if one else 'do'} not report the imaging; "
        f"{'it is' if one else 'they are'} a group of {'its' if one else 'their'} own"
    )
    if group["estimate"] is None:
        return f"{start}, not pooled: {group['reason']}."
    return f"{start}, with a leak in {rate(group, digits=0)}, found by imaging that the texts do not name."


def counted_observations(n: int) -> str:
    """Return a number of observations with its noun."""
    return words.counted(n, "observation")


def rate(group: Group, *, digits: int = 1) -> str:
    """Return a group's conditional rate with its interval: ``55.7 % [45.4, 65.3]``."""
    low, high = number(group["ci_low"]), number(group["ci_high"])
    return f"{numbers.percent(group['estimate'], digits)} {numbers.percent_interval(low, high, digits)}"


def not_pooled(group: Group) -> str:
    """Return a group's plain counts and why no model pools them."""
    return f"{numbers.count(group['events'])} of {numbers.count(group['total'])}, {group['reason']}"


def pooled_rate(name: str, group: Group) -> str:
    """Say a group's two pooled rates, each by its name, with what stands behind them."""
    size = (
        f"{counted_observations(group['k'])} of {words.counted(group['k_studies'], 'study')}, "
        f"{numbers.count(group['events'])} of {numbers.count(group['total'])}"
    )
    if group["estimate"] is None:
        return f"{name}: {group['reason']} ({size})."
    text = f"In the median study {rate(group)} leak (conditional rate)"
    average = group["population_average"]
    if average["value"] is not None:
        limits = numbers.percent_interval(number(average["ci_low"]), number(average["ci_high"]))
        text += (
            f"; averaged over studies {numbers.percent(average['value'])} {limits} (population-averaged rate)"
        )
    return f"{text}. {size}."


def prediction(name: str, group: Group, *, level: float) -> str:
    """Say the prediction interval in words, or that there is none."""
    low, high = number(group["pi_low"]), number(group["pi_high"])
    if low is None or high is None:
        return f"{counted_observations(group['k'])} of {name}: too few for a prediction interval."
    return (
        f"A new study's true rate on {name} would lie between {numbers.percent(low, 0)} and "
        f"{numbers.percent(high, 0)} ({numbers.percent(level, 0)} prediction interval)."
    )


def range_of_rates(
    observed: Sequence[float], expected: tuple[float, float] | None, *, k: int, taus: Sequence[float]
) -> str:
    """Say how wide the observed rates run, and how wide they would by the spread between studies alone.

    Parameters
    ----------
    observed : two numbers
        Lowest and highest observed rate, 0..1.
    expected : two numbers or None
        The median lowest and highest true rate of ``k`` studies under the fitted groups.
    k : int
        Observations in the fitted groups.
    taus : sequence of float
        The groups' between-study standard deviations, on the logit scale.

    Examples
    --------
    >>> range_of_rates([0.05, 0.87], (0.03, 0.88), k=100, taus=[1.1])
    'The observed rates run from 5 % to 87 %. A spread of 3 to 88 % is what 100 observations with this median \
rate and tau = 1.10 between studies produce; the question is what tau is made of.'
    """
    low, high = observed
    text = f"The observed rates run from {numbers.percent(low, 0)} to {numbers.percent(high, 0)}."
    if expected is None or not taus:
        return text
    lowest, highest = numbers.fixed(min(taus)), numbers.fixed(max(taus))
    tau = f"tau = {lowest}" if lowest == highest else f"tau = {lowest} to {highest}"
    rates = "this median rate" if len(taus) == 1 else "these groups' median rates"
    return (
        f"{text} A spread of {numbers.percent(expected[0], 0, sign=False)} to {numbers.percent(expected[1], 0)} "
        f"is what {counted_observations(k)} with {rates} and {tau} between studies produce; "
        "the question is what tau is made of."
    )


def negative_control(difference: Mapping[str, Any]) -> str:
    """Say what an odds ratio of a joint reading against one of its parts means.

    A joint reading sees at least what each part sees, so detection alone can only raise its odds.
    """
    ratio, low, high = (number(difference[key]) for key in ("odds_ratio", "ci_low", "ci_high"))
    of, against = difference["of"], difference["against"]
    text = f"{of} against {against}: odds ratio {numbers.fixed(ratio)} {numbers.interval(low, high)}. "
    sees = f"A joint reading sees at least what {against} sees"
    if ratio is not None and ratio < 1:
        unsure = "" if high is not None and high < 1 else " The interval allows no difference."
        return (
            f"{text}{sees}, so an odds ratio below 1 measures how much the kind of study differs (series made "
            "to find leaks, against clinical series), and by how much any contrast between studies may be "
            f"off.{unsure}"
        )
    return f"{text}{sees}, so an odds ratio of 1 or more is what detection alone may give."


def upper_bound(bounds: int, k: int) -> str:
    """Say in how many comparisons the overlap is not printed, so that the share is a bound."""
    if bounds == 0:
        return "All comparisons print how many leaks both methods showed."
    return (
        f"{numbers.count(bounds)} of the {words.counted(k, 'comparison')} "
        f"{'prints' if bounds == 1 else 'print'} only the totals of both methods, not their overlap: "
        "there the share is an upper bound of the sensitivity."
    )


def low_confidence(n: int, k: int) -> str:
    """Say how many of the comparisons are coded with low confidence, or nothing."""
    if n == 0:
        return ""
    verb = "is" if n == 1 else "are"
    return f"{numbers.count(n)} of the {numbers.count(k)} {verb} coded with low confidence."


def read_twice(studies: int, *, in_pairs: int) -> str:
    """Say how many studies were read by two methods and enter the contrast with one of them."""
    which = "1 study was" if studies == 1 else f"{numbers.count(studies)} studies were"
    paired = f"{numbers.count(in_pairs)} of {numbers.count(studies)} {'stands' if in_pairs == 1 else 'stand'}"
    return (
        f"{which} read by more than one imaging method on the same arm. Between studies only the preferred "
        f"method counts; {paired} in the pairs."
    )


def same_contrast(title: str, difference: Mapping[str, Any]) -> str:
    """Say the odds ratio of the same two groups in another selection of rows."""
    ratio, low, high = (number(difference[key]) for key in ("odds_ratio", "ci_low", "ci_high"))
    k_of, k_against = (numbers.count(k) for k in difference["k"])
    return f"“{title}”: {numbers.fixed(ratio)} {numbers.interval(low, high)}, k = {k_of} against {k_against}"


def caveat(selection: Mapping[str, Any]) -> str:
    """Return what the evidence of a rehearsal is not, with the rows that do not report the imaging."""
    text = "abstract-level evidence, extracted once, not the yield of a systematic search"
    silent, taken = selection["not_reported"], selection["taken"]
    if silent:
        do = "does" if silent == 1 else "do"
        text += f"; {numbers.count(silent)} of {words.counted(taken, 'row')} {do} not say how leaks were looked for"
    return text


def one_observation(result: Mapping[str, Any]) -> str:
    """Say how rows of the sheet became observations: the caption of every pooled number."""
    selection, settings = result["selection"], result["settings"]
    rows = f"{words.counted(selection['taken'], 'row')} of {words.counted(selection['studies'], 'study')}"
    if settings["sheet"] == "pairs":
        return f"{rows}, each an observation"
    if settings["several_rows"]["arms"] == "rows":
        return f"{rows}, arms treated as independent"
    return (
        f"{rows}, arms of one study with equal procedure, unit and imaging summed: "
        f"{counted_observations(selection['pooled_rows'])}"
    )
