"""What the detection-adjusted answer says, read from its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from metaleak import numbers
from metaleak.plots.detection import imaging
from metaleak.reporting.conduct import said_sentences
from metaleak.reporting.data import Result
from metaleak.reporting.detection.told import Json, fact_told, of, percent, prior_share, share
from metaleak.reporting.passages import Passage, in_full, passage
from metaleak.reporting.words import capital, counted, listed
from metaleak.storage.strict_json import number

#: How the group of guard rails on totals without an overlap begins.
LEAST_OVERLAP = "least overlap"


def sentences(result: Result) -> tuple[str, ...]:
    """Say the rate on CT, what the index shows and misses, what carries it, and how far the guard rails move it."""
    return in_full(leading(result), passages(result))


def answered(result: Result) -> tuple[str, str]:
    """Say the rate on CT, and what the index shows and misses of it."""
    index = imaging(result["index"])
    return (
        f"In the median study CT would show a leak in {share(result)}; averaged over studies in "
        f"{of(result['population_average'])}.",
        f"In the median study {index} shows {of(result['sensitivity'])} of what CT shows; of all leaks that CT would "
        f"show, {index} misses {of(result['share_missed'])}.",
    )


def leading(result: Result) -> tuple[str, ...]:
    """Say the answer, the two sources of the sensitivity, and what the CT counts give without the model."""
    rate, seen = answered(result)
    return (rate, seen + _sources(result), *_ct_pool(result))


def passages(result: Result) -> tuple[Passage, ...]:
    """Say the rest: what carries the answer, what moves it, and what stands beside it."""
    index = imaging(result["index"])
    return (
        *passage("sources", f"What the sensitivity of {index} rests on", _rests_on(result, index)),
        *passage("range", "How far other assumptions move the answer", _moved(result)),
        *passage("beside", "Rows beside the model, and how leaks were looked for", _beside(result)),
        *passage("next", "What one more study would narrow", _next_facts(result, index)),
    )


def _ct_pool(result: Result) -> Iterator[str]:
    pool = result["ct_pool"]
    if pool is None:
        return
    carried = sum(share for kind, share in result["information"].items() if kind != "index")
    yield (
        f"The CT counts alone give {of(pool)} (k = {pool['k']}), and studies read on CT bring "
        f"{numbers.percent(carried, 0)} of the information about the rate: what the model adds is the sensitivity, "
        "the share missed, and the rate of each study that was read otherwise."
    )


def _rests_on(result: Result, index: str) -> Iterator[str]:
    yield f"{capital(result['identifiability'])}."
    yield from _equality(result)
    yield from _least_overlap(result, index)


def _moved(result: Result) -> Iterator[str]:
    yield from _range(result)
    penalised = result["penalised"]
    if result["penalised_stands_beside"] and penalised is not None:
        yield (
            "Few rows inform the sensitivity; with the penalty that keeps its spread from 0 the rate is "
            f"{numbers.percent(number(penalised['estimate']), 0)} and the sensitivity "
            f"{numbers.percent(number(penalised['sensitivity']), 0)}.{_with_priors(result)}"
        )


def _beside(result: Result) -> Iterator[str]:
    yield from _ends_of_unreported(result)
    left = Counter(row["left_out"] for row in result["rows"] if row["left_out"])
    if left:
        told = listed([f"{counted(n, 'row')} ({why})" for why, n in left.items()])
        yield f"Beside the model, and no part of its answer: {told}."
    yield from said_sentences(result["rows"])


def _with_priors(result: Result) -> str:
    """Return what the model with priors gives under the first of them, and over all."""
    if not result["priors"]:
        return ""
    first = result["priors"][0]
    rates = [item["estimate"] for item in result["priors"]]
    least, most = percent(min(rates)), percent(max(rates))
    over = f"is {least} under each of" if least == most else f"runs from {least} to {most} over"
    return (
        f" Under weakly informative priors (τ {first['tau_prior']}, ω {first['omega_prior']}) they are "
        f"{prior_share(first, 'estimate')} and {prior_share(first, 'sensitivity')}; the rate {over} "
        f"{counted(len(rates), 'pair')} of priors."
    )


def _range(result: Result) -> Iterator[str]:
    told = [item for item in result["guard_rails"] if item["estimate"] is not None]
    tried = [item for item in told if not item["group"].startswith(LEAST_OVERLAP)]
    if not tried:
        return
    least, most = (pick(tried, key=lambda item: item["estimate"]) for pick in (min, max))
    low, high = (pick(tried, key=lambda item: item["sensitivity"]["value"]) for pick in (min, max))
    yield (
        f"Under {counted(len(tried), 'other assumption')} the rate runs from {percent(least['estimate'])} "
        f"({least['group']}: {least['name']}) to {percent(most['estimate'])} ({most['group']}: {most['name']}), the "
        f"sensitivity from {percent(low['sensitivity']['value'])} ({low['group']}: {low['name']}) to "
        f"{percent(high['sensitivity']['value'])} ({high['group']}: {high['name']})."
    )


def _least_overlap(result: Result, index: str) -> Iterator[str]:
    """Say what is left of the sensitivity where totals alone are printed and the overlap is as small as it can be."""
    ends = [item for item in result["guard_rails"] if item["group"].startswith(LEAST_OVERLAP)]
    if not ends or ends[0]["estimate"] is None:
        return
    end = ends[0]
    yield (
        f"Pairs with totals only count as if {index} saw nothing beside the leaks on CT. With the least overlap that "
        f"the totals allow (of the leaks on CT, {index} shows {end['name']}) the sensitivity is "
        f"{of(end['sensitivity'])} and the rate {share(end)}."
    )


def _ends_of_unreported(result: Result) -> Iterator[str]:
    shares = sorted(result["unreported"], key=lambda item: item["share"])
    if not shares or (shares[0]["share"], shares[-1]["share"]) != (0, 1):
        return
    yield (
        "Series that do not say their imaging stand beside the model. If all of them had read X-ray, the rate on CT "
        f"would be {share(shares[0])}; if all had read CT, {share(shares[-1])}. What {imaging(result['index'])} "
        "misses is held at what the other series tell of it. No data tell which share is true, and this assumes that "
        "they differ from the others in their imaging alone."
    )


def _sources(result: Result) -> str:
    """Return what each of the two sources of the sensitivity says without the other; nothing where there is one."""
    found = result["two_sources"]
    if found["reason"] is not None:
        return ""
    return (
        f" Two sources tell of what it shows: readings of the same patients or vertebrae, which alone give "
        f"{_source(found['direct'])}, and the contrast between studies, which alone gives {_source(found['indirect'])}."
    )


def _equality(result: Result) -> Iterator[str]:
    """Say what the test of the two sources can tell."""
    found = result["two_sources"]
    if found["reason"] is not None:
        return
    gap = found["detectable"]
    power = (
        ""
        if gap is None
        else f"; only a gap of about {numbers.fixed(number(gap), 1)} on the logit would be found with 80 % power"
    )
    p = numbers.p_value(number(found["p"]))
    yield (
        f"Whether the two sources of the sensitivity (the same patients or vertebrae, and the contrast between "
        f"studies) give the same: p {p} for equality{_drawn(found)}{power}. A high p value is no agreement."
    )


def _drawn(found: Json) -> str:
    """Return the p value from drawn tables."""
    drawn = found.get("bootstrap")
    if drawn is None:
        return ""
    tables = numbers.count(drawn["replicates"])
    return f" (p {numbers.p_value(number(drawn['p']))} by {tables} tables drawn under equality)"


def _next_facts(result: Result, index: str) -> Iterator[str]:
    """Say which facts would narrow the two intervals most."""
    facts = result["next_facts"]
    single = [fact for fact in facts if not fact["silent"] and fact["times"] == 1]
    if not single:
        return
    best = max(single, key=lambda fact: fact["narrows_sensitivity"])
    yield (
        f"Of single facts, {fact_told(best, index)} would narrow the interval of the sensitivity most, by "
        f"{percent(best['narrows_sensitivity'])}."
    )
    silent = [fact for fact in facts if fact["silent"]]
    if silent:
        most = max(silent, key=lambda fact: fact["narrows_rate"])
        yield f"The interval of the rate would narrow by {percent(most['narrows_rate'])} if {fact_told(most, index)}."


def _source(item: Json) -> str:
    low, high = item["ci_low"], item["ci_high"]
    if low is None or high is None:
        limits = "no lower limit" if low is None else f"from {percent(low)}"
        return f"{percent(item['value'])} ({limits}{', no upper limit' if high is None else ''})"
    return of(item)
