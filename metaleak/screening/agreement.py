"""How far two reviewers agree: counts, percent agreement and Cohen's kappa with its interval.

The first word of each reviewer counts, unless the reviewer took it back: what is changed after talking about it says
nothing about independent reading. Judgements that settle a conflict are no reading of their own.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from statistics import NormalDist

from metaleak.errors import InputError
from metaleak.screening.judgements import Choice, Judgement, Stage

#: Of the interval of kappa.
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Kappa:
    """Cohen's kappa: at most 1, 0 where reviewers agree as often as chance lets them; None where it is undefined.

    Attributes
    ----------
    value, low, high : float or None
        Kappa and its interval.
    observed, expected : float
        Share of agreement, 0..1, and the share that chance gives.
    """

    value: float | None
    low: float | None
    high: float | None
    observed: float
    expected: float


def cohen_kappa(table: Sequence[Sequence[int]], *, level: float = LEVEL) -> Kappa:
    """Return the chance-corrected agreement of two readers.

    Kappa is (p_o - p_e) / (1 - p_e), with p_o the share of cases on the diagonal and p_e what the margins give. The
    interval is the estimate plus and minus a normal quantile times the large-sample standard error for kappa other
    than zero, cut at -1 and 1; with few cases it is rough.

    Parameters
    ----------
    table : sequence of sequence of int
        Square: counts of cases, the first reader's categories in rows, the second's in columns.
    level : float
        Of the interval, 0..1.

    Raises
    ------
    InputError
        When the table is not square, holds a negative count, or no case.

    References
    ----------
    Kappa: Cohen J. Educ Psychol Meas 1960;20:37-46, doi:10.1177/001316446002000104.
    Standard error: Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327, doi:10.1037/h0028106.

    Examples
    --------
    >>> found = cohen_kappa([[20, 5], [10, 15]])
    >>> round(found.value, 3), round(found.low, 3), round(found.high, 3), found.observed
    (0.4, 0.151, 0.649, 0.7)
    """
    size = len(table)
    total = sum(sum(row) for row in table)
    if not size or any(len(row) != size for row in table) or min(map(min, table)) < 0 or not total:
        raise InputError("no table of two readers", required="square counts of at least one case", got=table)
    share = [[n / total for n in row] for row in table]
    rows = [sum(row) for row in share]
    columns = [sum(row[j] for row in share) for j in range(size)]
    observed = sum(share[i][i] for i in range(size))
    expected = sum(rows[i] * columns[i] for i in range(size))
    if expected >= 1:
        return Kappa(value=None, low=None, high=None, observed=observed, expected=expected)
    kappa = (observed - expected) / (1 - expected)
    on = sum(
        share[i][i] * ((1 - expected) - (rows[i] + columns[i]) * (1 - observed)) ** 2 for i in range(size)
    )
    off = (1 - observed) ** 2 * sum(
        share[i][j] * (columns[i] + rows[j]) ** 2 for i in range(size) for j in range(size) if i != j
    )
    last = (observed * expected - 2 * expected + observed) ** 2
    variance = max(0.0, (on + off - last) / (total * (1 - expected) ** 4))
    reach = NormalDist().inv_cdf((1 + level) / 2) * math.sqrt(variance)
    return Kappa(
        value=kappa,
        low=max(-1.0, kappa - reach),
        high=min(1.0, kappa + reach),
        observed=observed,
        expected=expected,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What two reviewers said about the publications that both judged at one stage.

    Attributes
    ----------
    stage : Stage
        What was read.
    left, right : str
        The reviewers.
    words : tuple of str
        What they could say.
    table : tuple of tuple of int
        Publications: what ``left`` said in rows, what ``right`` said in columns.
    kappa : Kappa
        Their agreement beyond chance.
    """

    stage: Stage
    left: str
    right: str
    words: tuple[str, ...]
    table: tuple[tuple[int, ...], ...]
    kappa: Kappa

    @property
    def n(self) -> int:
        """Publications that both judged."""
        return sum(map(sum, self.table))

    @property
    def alike(self) -> int:
        """Publications about which both said the same."""
        return sum(self.table[i][i] for i in range(len(self.words)))


#: What counts as the same word: by title and abstract, maybe goes on like include.
_WORDS: Mapping[Stage, tuple[str, ...]] = {
    Stage.TITLE_ABSTRACT: (Choice.INCLUDE, Choice.EXCLUDE),
    Stage.FULL_TEXT: (Choice.INCLUDE, Choice.EXCLUDE, Choice.MAYBE),
}


def agreements_of(judgements: Iterable[Judgement], *, same: Mapping[str, str]) -> list[Agreement]:
    """Return the agreement of every two reviewers who judged a publication at the same stage.

    Parameters
    ----------
    judgements : iterable of Judgement
        In the order in which they were made.
    same : mapping of str to str
        Record -> the record that stands for its publication; records that are missing stand for themselves.

    Examples
    --------
    >>> stage = Stage.TITLE_ABSTRACT
    >>> said = [Judgement(record_id=key, stage=stage, choice=choice, by=by)
    ...         for key, one, other in (("a", "include", "maybe"), ("b", "exclude", "exclude"))
    ...         for by, choice in (("WX", Choice(one)), ("YZ", Choice(other)))]
    >>> [found] = agreements_of(said, same={})
    >>> found.left, found.right, found.table, found.kappa.value
    ('WX', 'YZ', ((1, 0), (0, 1)), 1.0)
    """
    first = _first_words(judgements, same)
    of_stage: defaultdict[Stage, defaultdict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
    for (key, stage, by), word in first.items():
        of_stage[stage][by][key] = word
    found = []
    for stage in Stage:
        for left, right in combinations(sorted(of_stage[stage]), 2):
            one, other = of_stage[stage][left], of_stage[stage][right]
            both = [key for key in one if key in other]
            if both:
                words = _WORDS[stage]
                counts = [[0] * len(words) for _ in words]
                for key in both:
                    counts[words.index(one[key])][words.index(other[key])] += 1
                table = tuple(tuple(row) for row in counts)
                found.append(
                    Agreement(
                        stage=stage,
                        left=left,
                        right=right,
                        words=tuple(str(word) for word in words),
                        table=table,
                        kappa=cohen_kappa(table),
                    )
                )
    return found


def _first_words(
    judgements: Iterable[Judgement], same: Mapping[str, str]
) -> dict[tuple[str, Stage, str], str]:
    """Return what each reviewer said first about a publication at a stage and did not take back."""
    stacks: defaultdict[tuple[str, Stage, str], list[str]] = defaultdict(list)
    for each in judgements:
        if each.settles:
            continue
        stack = stacks[same.get(each.record_id, each.record_id), each.stage, each.by]
        if each.choice is not Choice.TAKEN_BACK:
            maybe = each.choice is Choice.MAYBE and each.stage is Stage.TITLE_ABSTRACT
            stack.append(Choice.INCLUDE if maybe else each.choice)
        elif stack:
            stack.pop()
    return {key: stack[0] for key, stack in stacks.items() if stack}
