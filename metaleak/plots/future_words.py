"""What further studies would change, in plain words, for figures and the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from metaleak import numbers
from metaleak.storage.strict_json import number

Json = Mapping[str, Any]


def needed_words(values: Json) -> Iterator[str]:
    """Say how wide the interval is, how many further studies the wanted precision takes, and what that hangs on."""
    found, asked = values["further"], values["settings"]["further"]
    goal, units = points(float(asked["half_width"]) / 100), numbers.count(found["units"])
    now = points(found["half_width_now"])
    wanted = found["wanted"]
    studies = wanted["studies"]
    if studies == 0:
        yield f"The half width of the rate's interval is {now} points today, no more than the {goal} that are wanted."
        return
    if studies is None:
        yield (
            f"The half width of the rate's interval is {now} points today; {numbers.count(asked['most'])} further "
            f"studies of {units} units each do not make it {goal}."
        )
    else:
        yield (
            f"The half width of the rate's interval is {now} points today; {_studies(studies)} of {units} units each "
            f"would make it {goal} or less in {numbers.percent(wanted['share'], 0)} of the simulations (Monte Carlo "
            f"error {points(wanted['share_se'])} points)."
        )
    limits = found["at_limits_of_tau2"]
    if len(limits) == 2:
        low, high = (_count(limit["studies"], asked["most"]) for limit in limits)
        yield (
            f"The number hangs on how much studies differ: at the ends of the interval of τ² "
            f"({numbers.fixed(number(limits[0]['tau2']))} to {numbers.fixed(number(limits[1]['tau2']))}) it would be "
            f"{low} or {high}."
        )


def moves_words(values: Json) -> Iterator[str]:
    """Say how far one next study could move each group's pooled rate."""
    asked = values["settings"]["next_study"]
    margin = points(float(asked["margin"]) / 100)
    for panel in values["next_study"]["panels"]:
        low, high = panel["lowest"], panel["highest"]
        least, most = (numbers.percent(number(end["estimate"])) for end in (low, high))
        yield (
            f"One more study on {panel['group']} of {numbers.count(asked['smallest'])} to "
            f"{numbers.count(asked['largest'])} units would leave the pooled rate between {least} and {most}, whatever "
            f"it found; today it is {numbers.percent(number(panel['estimate']))}."
        )
        ends = _margin_ends(panel, float(asked["margin"]) / 100)
        if ends is not None:
            yield (
                f"With {numbers.count(ends[0])} units it would move the rate by {margin} points or more only where it "
                f"found less than {numbers.percent(ends[1], 0)} or more than {numbers.percent(ends[2], 0)}."
            )


def _margin_ends(panel: Json, margin: float) -> tuple[int, float, float] | None:
    """Return a middle size and the rates beyond which a next study of it moves the pooled rate by the margin."""
    contours = {round(float(c["points"]) / margin): c["rates"] for c in panel["contours"]}
    i = len(panel["sizes"]) // 2
    low, high = contours[-1][i], contours[1][i]
    return None if low is None or high is None else (int(panel["sizes"][i]), low, high)


def contrast_words(values: Json) -> Iterator[str]:
    """Say whether one next study in either group could turn the verdict on their contrast."""
    contrast = values["next_study"]["contrast"]
    if contrast is None:
        return
    level = numbers.percent(values["settings"]["model"]["level"], 0)
    excluded = float(contrast["p_value"]) < 1 - float(values["settings"]["model"]["level"])
    yield (
        f"The odds ratio of {contrast['of']} against {contrast['against']} is "
        f"{numbers.fixed(number(contrast['odds_ratio']))} "
        f"{numbers.interval(number(contrast['ci_low']), number(contrast['ci_high']))}: its {level} interval "
        f"{'excludes' if excluded else 'holds'} 1."
    )
    for panel in values["next_study"]["panels"]:
        yield _turned(panel, excluded)


def _turned(panel: Json, excluded: bool) -> str:
    """Say which next study of a group would turn the verdict; the interval excludes 1 today, or not."""
    group, spans = panel["group"], panel["excludes"]
    whole = [[[0.0, 1.0]]] * len(spans)
    if not excluded:
        if not any(spans):
            return f"No next study on {group} of such a size would make it exclude 1."
        i = next(i for i in reversed(range(len(spans))) if spans[i])
        return (
            f"A next study on {group} would make it exclude 1 where it found {_ranges(spans[i])} in "
            f"{numbers.count(panel['sizes'][i])} units."
        )
    if spans == whole:
        return f"No next study on {group} of such a size would make it hold 1."
    i = next(i for i in reversed(range(len(spans))) if spans[i] != [[0.0, 1.0]])
    if not spans[i]:
        n = numbers.count(panel["sizes"][i])
        return f"A next study on {group} of {n} units would make it hold 1 whatever it found."
    return (
        f"A next study on {group} would leave it so where it found {_ranges(spans[i])} in "
        f"{numbers.count(panel['sizes'][i])} units."
    )


def _ranges(spans: list[list[float]]) -> str:
    return " or ".join(
        f"{numbers.percent(low, 0, sign=False)} to {numbers.percent(high, 0)}" for low, high in spans
    )


def points(share: float) -> str:
    """Return a share as percentage points with one decimal, without a zero behind the point."""
    return numbers.fixed(100 * float(share), 1).removesuffix(".0")


def _studies(count: int) -> str:
    return "1 further study" if count == 1 else f"{numbers.count(count)} further studies"


def _count(studies: int | None, most: int) -> str:
    return f"more than {numbers.count(most)}" if studies is None else numbers.count(studies)
