"""Every defensible analysis at once: one contrast and one rate under each of many declared specifications."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.guards import one_of, within
from metaleak.pooling.beta_binomial import BetaBinomial
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.specification_fits import (
    WITH_ODDS_RATIO,
    Compared,
    InverseVarianceFits,
    LikelihoodFits,
)

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
SpecificationModel = BinomialNormal | BetaBinomial | RandomEffects

#: A group of fewer rows has no spread between studies worth a model.
FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Specification:
    """One way to answer the question.

    Attributes
    ----------
    choices : mapping
        Axis -> what was chosen, for people.
    model : BinomialNormal, BetaBinomial or RandomEffects
        Without moderators.
    tau2 : {"common", "separate"}
        One spread between studies for both groups, or one each.
    table : StudyTable
        Counts, ``column`` among the moderators.
    coding : mapping
        Word of the column -> group; rows with another word are left out.
    column : str
        The moderator that is compared.
    refused : str
        The rule that keeps it out of the curve; empty where none does.

    Examples
    --------
    >>> table = StudyTable.from_counts([10, 3, 2], [20, 22, 9], moderators={"modality": ["CT", "xray", "MRI"]})
    >>> asked = Specification(choices={"model": "exact"}, model=BinomialNormal(), tau2="common", table=table,
    ...                       coding={"CT": "CT", "xray": "X-ray"})
    >>> asked.groups, asked.compares
    (('CT', 'X-ray', None), True)
    """

    choices: Mapping[str, str]
    model: SpecificationModel
    tau2: str
    table: StudyTable
    coding: Mapping[str, str]
    column: str = "modality"
    refused: str = ""

    @property
    def groups(self) -> tuple[str | None, ...]:
        """The group of each row, None where it is left out."""
        return tuple(self.coding.get(str(word)) for word in self.table.moderators[self.column])

    @property
    def compares(self) -> bool:
        """Whether it has an odds ratio; otherwise it says something of the rate alone."""
        return not isinstance(self.model, RandomEffects) or self.model.measure in WITH_ODDS_RATIO


#: The numbers of one specification; NaN where it has none.
COLUMNS = ("log_or", "log_or_low", "log_or_high", "rate", "rate_low", "rate_high")


def specification_curve(
    specifications: Sequence[Specification], *, contrast: tuple[str, str], level: float = 0.95
) -> pd.DataFrame:
    """Fit every specification that no rule refuses, in batches; what is the same is fitted once.

    Parameters
    ----------
    specifications : sequence of Specification
        All that were declared; refused ones are passed over.
    contrast : (str, str)
        The groups ``(of, against)``: the odds ratio is of the first to the second, the rate that of the second.
    level : float
        Of the intervals, between 0 and 1.

    Returns
    -------
    DataFrame
        One row per fitted specification: ``number`` (its place in the sequence), ``same_as`` (the number of an
        earlier one with equal rows and model, else its own), ``k_of, k_against``,
        ``log_or, log_or_low, log_or_high`` (NaN where the scale has no odds ratio) and the rate of ``against``
        averaged over studies, ``rate, rate_low, rate_high`` (0..1). Rows are NaN where a fit did not converge.

    Raises
    ------
    TableError
        When a group that is compared has fewer than three rows, or none or all of its units have the event.
    SettingError
        When there is nothing to fit, a model has an interval that does not go with separate tau2, or ``level``
        lies outside its range.

    Notes
    -----
    With one tau2 the odds ratio is the coefficient of a model of both groups; with separate ones it is the
    difference between two fits, with Wald's limits (Hartung-Knapp and t: Welch's degrees of freedom). The
    rate always comes from the rows of ``against`` alone. On logits and arcsines the mean rate is that of the
    fitted normal distribution and its limits are those of its centre, the spread held.

    References
    ----------
    Simonsohn U, Simmons JP, Nelson LD (2020). Specification curve analysis. doi:10.1038/s41562-020-0912-z

    Voracek M, Kossmeier M, Tran US (2019). Which data to meta-analyze, and how? A specification-curve and
    multiverse-analysis approach to meta-analysis. doi:10.1027/2151-2604/a000357

    Examples
    --------
    >>> table = StudyTable.from_counts(
    ...     [10, 14, 12, 3, 6, 5], [20, 25, 30, 22, 31, 24],
    ...     moderators={"modality": ["CT", "CT", "CT", "xray", "xray", "xray"]})
    >>> models = {"exact": BinomialNormal(), "inverse variance": RandomEffects(measure="PLO")}
    >>> asked = [
    ...     Specification(choices={"model": name}, model=model, tau2="common", table=table,
    ...                   coding={"CT": "CT", "xray": "X-ray"})
    ...     for name, model in models.items()]
    >>> found = specification_curve(asked, contrast=("X-ray", "CT"))
    >>> np.exp(found["log_or"]).round(2).tolist(), found["rate"].round(2).tolist()
    ([0.24, 0.24], [0.48, 0.48])
    """
    import pandas as pd

    within("level", level, 0, 1)
    chosen = [i for i, specification in enumerate(specifications) if not specification.refused]
    if not chosen:
        raise SettingError("there is no specification to fit", required="one that no rule refuses", got=0)
    tables, places = _tables(specifications, chosen, contrast)
    keys = [(places[i], specifications[i].model, specifications[i].tau2) for i in chosen]
    first: dict[Any, int] = {}
    for i, key in zip(chosen, keys, strict=True):
        first.setdefault(key, i)
    found: dict[int, Floats] = {}
    jobs = sorted(first.values(), key=lambda i: repr(_family(specifications[i])))
    for _, members in groupby(jobs, key=lambda i: repr(_family(specifications[i]))):
        found |= _fitted(specifications, list(members), tables, places, level)
    values = np.array([found[first[key]] for key in keys])
    own = [tables[places[i]] for i in chosen]
    return pd.DataFrame(
        {
            "number": chosen,
            "same_as": [first[key] for key in keys],
            "k_of": [table.of.k for table in own],
            "k_against": [table.against.k for table in own],
            **dict(zip(COLUMNS, values.T, strict=True)),
        }
    )


def _tables(
    specifications: Sequence[Specification], chosen: Sequence[int], contrast: tuple[str, str]
) -> tuple[list[Compared], dict[int, int]]:
    """Return the distinct selections, and which one each specification pools."""
    tables: list[Compared] = []
    known: dict[Any, int] = {}
    places = {}
    for i in chosen:
        asked = specifications[i]
        rows = [[j for j, group in enumerate(asked.groups) if group == name] for name in contrast]
        key = tuple(
            tuple((asked.table.label[j], float(asked.table.xi[j]), float(asked.table.ni[j])) for j in part)
            for part in rows
        )
        if key not in known:
            why = refusal(asked, contrast)
            if why:
                raise TableError(why, where=f"specification {i}", got=dict(asked.choices))
            known[key] = len(tables)
            tables.append(
                Compared(
                    asked.table.take(rows[0]),
                    asked.table.take(rows[1]),
                    asked.table.take(rows[0] + rows[1]),
                )
            )
        places[i] = known[key]
    return tables, places


def refusal(specification: Specification, contrast: tuple[str, str]) -> str:
    """Return why the rows of a specification cannot be compared, empty where they can."""
    groups = specification.groups
    for name in contrast:
        rows = [i for i, group in enumerate(groups) if group == name]
        if len(rows) < FEWEST_ROWS:
            return f"{name} has fewer than {FEWEST_ROWS} rows"
        events, units = specification.table.xi[rows].sum(), specification.table.ni[rows].sum()
        if events in (0, units):
            return f"{name} has {'no event' if events == 0 else 'nothing but events'}"
    return ""


def _family(specification: Specification) -> tuple[Any, ...]:
    """Return what fits share that are made together: the model apart from the interval of its mean."""
    model = specification.model
    if isinstance(model, RandomEffects):
        return "RandomEffects", model.measure, model.method, model.zero, specification.tau2
    return type(model).__name__, getattr(model, "quadrature", None), specification.tau2


def _fitted(
    specifications: Sequence[Specification],
    members: list[int],
    tables: Sequence[Compared],
    places: Mapping[int, int],
    level: float,
) -> dict[int, Floats]:
    """Fit the selections of one family together, and cut every member's numbers from them."""
    which = sorted({places[i] for i in members})
    row = {place: j for j, place in enumerate(which)}
    own = [tables[place] for place in which]
    first = specifications[members[0]]
    one_of("tau2", first.tau2, ("common", "separate"))
    fits: Callable[[str], Floats]
    if isinstance(first.model, RandomEffects):
        fits = InverseVarianceFits(first.model, own, common=first.tau2 == "common", level=level)
    else:
        fits = LikelihoodFits(first.model, own, common=first.tau2 == "common", level=level)
    by_interval = {method: fits(method) for method in {specifications[i].model.ci_method for i in members}}
    return {i: by_interval[specifications[i].model.ci_method][row[places[i]]] for i in members}
