"""What tests of small-study effects say, in plain words, for figures and the page."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]

#: Tests of so few studies have little power and are judged at a tenth.
JUDGED_AT = 0.1

#: Fewer than this have no line through them.
FEWEST = 3

NAMES = {
    "peters": "regression on 1/n (Peters)",
    "egger": "regression on the standard error (Egger)",
    "begg": "rank correlation (Begg and Mazumdar)",
}

#: Behind every test of rates.
CAVEAT_RATES = (
    "This is no test of publication bias: a rate has no negative result that would stay in a drawer, and small series "
    "may differ in patients, imaging and counting. Tests on the standard error (Egger, Begg) cry wolf for rates, whose "
    "variance depends on the rate itself (Hunter 2014). With few observations a difference can stay unseen."
)

CAVEAT_CONTRASTS = (
    "A difference between small and large studies may come from unpublished ones, but as well from patients, methods "
    "or chance; trim and fill adds studies that nobody has seen and is no correction."
)

NO_SELECTION = (
    "For the same reason no selection model is fitted: the weights of its p values would hang on single comparisons; "
    "fewest overrides that, too."
)

CRITICISM = (
    "The LFK index is shown because it was asked for. Its share of false alarms depends on number, size and "
    "heterogeneity of the studies, from 0 % to almost 30 %; it should not be used to judge asymmetry (Schwarzer 2024, "
    "doi:10.1002/jrsm.1714)."
)


def curve(found: Json, n: float) -> float:
    """Return the rate that the regression line gives to ``n`` units."""
    line = found["line"]
    return expit(float(line["intercept"]) + float(line["slope"]) / n)


def expit(value: float) -> float:
    """Return the rate of a logit."""
    return 1 / (1 + math.exp(-value)) if value > 0 else math.exp(value) / (1 + math.exp(value))


def odds(found: Json, sizes: tuple[float, float]) -> str:
    """Return the odds in the smallest series over those in the largest, with their interval, as the line has them."""
    step = 1 / sizes[0] - 1 / sizes[1]
    value, low, high = (
        math.exp(min(float(found["line"][key]) * step, 100.0)) for key in ("slope", "slope_low", "slope_high")
    )
    return f"{numbers.fixed(value)} {numbers.interval(low, high)}"


def refusal(found: Json) -> str:
    """Say why nothing was tested, and how it is tested all the same."""
    if found["k"] < FEWEST:
        return (
            "Whether small studies differ from large ones is not tested: with "
            f"{numbers.count(found['k'])} of them there is no pattern to see."
        )
    k, fewest = numbers.count(found["k"]), numbers.count(found["fewest"])
    return (
        f"Whether small studies differ from large ones is not tested: {k} {_what(found)} are too few to tell "
        f"a pattern from chance, {fewest} or more are wanted (Sterne 2011, doi:10.1136/bmj.d4002); "
        f"fewest = {k} under [small_study] tests all the same."
    )


def _what(found: Json) -> str:
    return "observations" if found["scale"] == "rate" else "comparisons"


def test_words(test: Json) -> str:
    """Return ``regression on 1/n (Peters): t = −1.55, df 19, p = 0.14``."""
    name = NAMES[test["kind"]]
    if test["statistic"] is None:
        return f"{name}: not defined, {test['reason']}"
    letter = "τ" if test["kind"] == "begg" else "t"
    df = "" if test["df"] is None else f", df {numbers.fixed(number(test['df']), 0)}"
    statistic = numbers.fixed(number(test["statistic"]))
    return f"{name}: {letter} = {statistic}{df}, p {numbers.p_value(number(test['p_value']))}"


def verdict(found: Json) -> str:
    """Say what the first test says, judged at a tenth."""
    test = found["tests"][0]
    if test["p_value"] is None:
        return "no verdict"
    if number(test["p_value"]) > JUDGED_AT:  # type: ignore[operator]
        return "no difference between small and large studies is shown, which is not the same as none"
    more = (number(test["statistic"]) or 0.0) > 0
    if found["scale"] == "rate":
        return f"small studies report {'higher' if more else 'lower'} rates than large ones"
    return f"small studies report {'larger' if more else 'smaller'} odds ratios than large ones"


def told(found: Json, sizes: tuple[float, float] | None) -> Iterator[str]:
    """Say what was tested and found; ``sizes`` are the least and the most units, for rates."""
    if not found["enough"]:
        yield refusal(found)
        if found["scale"] != "rate" and found["k"] >= FEWEST:
            yield NO_SELECTION
        return
    words = "; ".join(test_words(test) for test in found["tests"])
    yield (
        f"Do small studies differ? Of {numbers.count(found['k'])} {_what(found)}, {words}: {verdict(found)} "
        "(judged at 0.10, as such tests have little power)."
    )
    if found["line"] is not None and sizes is not None and sizes[0] < sizes[1]:
        low, high = (numbers.percent(curve(found, n), 0) for n in sizes)
        least, most = (numbers.count(int(n)) for n in sizes)
        yield (
            f"Along that regression the odds of a leak in a series of {least} units are {odds(found, sizes)} times "
            f"those in one of {most}; its line runs from {low} to {high}."
        )
    filled = found["trim_and_fill"]
    if filled is not None:
        values = f"{numbers.fixed(number(filled['estimate']))} "
        values += numbers.interval(number(filled["ci_low"]), number(filled["ci_high"]))
        missing = int(filled["missing"])
        yield (
            f"Trim and fill (L0) adds {numbers.count(missing)} {'study' if missing == 1 else 'studies'}"
            + (f" on the {filled['side']}: odds ratio {values}." if missing else ".")
        )
    if found.get("selection_model") is not None:
        yield selection_words(found["selection_model"])


_SIDES = {
    "two-sided": "two-sided p values",
    "greater": "p values for odds ratios above 1",
    "less": "p values for odds ratios below 1",
}


def selection_words(model: Json) -> str:
    """Say what the mean would be if p values had decided on publication, or why that is not said."""
    cuts = ", ".join(f"{number(step):g}" for step in model["steps"])
    kind = f"{_SIDES[model['alternative']]} cut at {cuts}"
    if model["reason"] is not None:
        return f"A selection model ({kind}) is not fitted: {model['reason']}."
    value = f"{numbers.fixed(number(model['estimate']))} "
    value += numbers.interval(number(model["ci_low"]), number(model["ci_high"]))
    weights = ", ".join(numbers.fixed(number(weight["weight"])) for weight in model["weights"][1:])
    return (
        f"A selection model ({kind}) puts the odds ratio at {value} instead of "
        f"{numbers.fixed(number(model['unadjusted']))}; larger p values would have been published {weights} times as "
        f"often as the smallest (likelihood ratio against no selection: p {numbers.p_value(number(model['p_value']))})."
    )


def doi_words(found: Json) -> str:
    """Return the index with what is known against it, or nothing where it was not asked for."""
    doi = found["doi"]
    return "" if doi is None else f"LFK index {numbers.fixed(number(doi['lfk']))}. {CRITICISM}"


def caveat(found: Json) -> str:
    """Return what the tests are not."""
    return CAVEAT_RATES if found["scale"] == "rate" else CAVEAT_CONTRASTS
