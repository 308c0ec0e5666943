"""Pool a table group by group, and test whether the groups differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy import special

from metaleak.effects.design import cell_means
from metaleak.effects.table import StudyTable
from metaleak.errors import SeparationError, TableError
from metaleak.guards import one_of
from metaleak.pooling.model import Model
from metaleak.pooling.result import Interval, MetaResult, Test
from metaleak.synthesis.common_tau2 import group_of_joint_fit
from metaleak.synthesis.group_tests import common_tau2_test, separate_tau2_test

#: Below this many rows a group's own tau2 says nothing: it takes the common one.
FEWEST_ROWS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class NotPooled:
    """A group without a random-effects estimate, shown as its counts; ``ci`` is exact (Clopper-Pearson)."""

    k: int
    k_studies: int
    events: int
    total: int
    reason: str
    ci: Interval


@dataclass(frozen=True, slots=True, eq=False)
class Subgroups:
    """The groups of a table, pooled, and the test whether they differ.

    Attributes
    ----------
    groups : mapping of str to MetaResult or NotPooled
        In order of first appearance.
    test : Test or None
        Null hypothesis: all groups have one mean. None with fewer than two pooled groups.
    tau2 : str
        ``"separate"`` or ``"common"``.
    """

    groups: Mapping[str, MetaResult | NotPooled]
    test: Test | None
    tau2: str


def pool_by(model: Model, table: StudyTable, by: str, *, tau2: str = "separate") -> Subgroups:
    """Pool every group of ``table`` and test whether their means differ.

    Parameters
    ----------
    model : BinomialNormal or RandomEffects
        What pools a group.
    table : StudyTable
        All rows, ``by`` among its moderators.
    by : str
        The moderator whose values are the groups.
    tau2 : {"separate", "common"}
        One between-study variance per group, or one for all. With ``"separate"`` a group with fewer
        than three rows takes the common one, and says so in its notes.

    Returns
    -------
    Subgroups
        A group of one row or one study, or whose counts are all 0 or all n, is a :class:`NotPooled`.

    Raises
    ------
    TableError
        When the table has no such moderator.
    SettingError
        For another word in ``tau2``.

    Notes
    -----
    The test for groups with a common tau2 is the likelihood ratio of the group factor (binomial-normal)
    or the Wald statistic Q_M, an F with k - p degrees of freedom under Hartung-Knapp (inverse variance).
    With separate tau2 it is the likelihood ratio against one mean with separate tau2 (binomial-normal),
    or Welch's test on the group means (inverse variance). Groups that are not pooled stay out of it.

    References
    ----------
    Welch BL (1951). On the comparison of several mean values. doi:10.1093/biomet/38.3-4.330

    Examples
    --------
    >>> from metaleak.pooling.binomial_normal import BinomialNormal
    >>> table = StudyTable.from_counts(
    ...     [10, 14, 12, 3, 6, 5], [20, 25, 30, 22, 31, 24],
    ...     moderators={"modality": ["CT", "CT", "CT", "xray", "xray", "xray"]})
    >>> groups = pool_by(BinomialNormal(), table, by="modality")
    >>> [round(float(group.natural().estimate), 3) for group in groups.groups.values()]
    [0.48, 0.182]
    """
    one_of("tau2", tau2, ("separate", "common"))
    if by not in table.moderators:
        known = ", ".join(table.moderators) or "none"
        raise TableError("the table has no such moderator", required=f"one of: {known}", got=by)
    names = tuple(str(value) for value in table.moderators[by])
    parts = {name: _rows_of(names, name) for name in dict.fromkeys(names)}
    tables = {name: table.take(rows) for name, rows in parts.items()}
    poolable = {name: part for name, part in tables.items() if why_not_pooled(part) is None}
    joint = _joint_fit(model, table, parts, list(poolable))
    groups: dict[str, MetaResult | NotPooled] = {}
    for name, part in tables.items():
        why = why_not_pooled(part)
        if why is not None:
            groups[name] = as_counts(part, why, model.level)
        elif joint is not None and (tau2 == "common" or part.k < FEWEST_ROWS):
            borrowed = "" if tau2 == "common" else f"fewer than {FEWEST_ROWS} rows: tau2 is the common one"
            groups[name] = group_of_joint_fit(joint, part, list(poolable).index(name), note=borrowed)
        else:
            groups[name] = model.fit(part)
    if joint is None:
        return Subgroups(groups, None, tau2)
    test = common_tau2_test if tau2 == "common" else separate_tau2_test
    return Subgroups(groups, test(model, list(poolable.values()), joint), tau2)


def _joint_fit(
    model: Model, table: StudyTable, parts: Mapping[str, list[int]], poolable: list[str]
) -> MetaResult | None:
    """Fit one mean per group with one tau2 for all; None with fewer than two groups to pool."""
    if len(poolable) < 2:
        return None
    rows = [i for name in poolable for i in parts[name]]
    groups = [name for name in poolable for _ in parts[name]]
    return model.fit_design(table.take(rows), cell_means(groups))


def _rows_of(names: tuple[str, ...], name: str) -> list[int]:
    return [i for i, value in enumerate(names) if value == name]


def why_not_pooled(part: StudyTable) -> str | None:
    """Return why a group gets no random-effects estimate, or None when it does."""
    if part.k == 1:
        return "one row: shown as it is"
    if part.k_studies == 1:
        return f"one study, {part.k} rows: no variance between studies, no random-effects estimate"
    if part.kind == "counts" and not part.xi.any():
        return "no event in any row: no random-effects estimate"
    if part.kind == "counts" and (part.xi == part.ni).all():
        return "events in all: no random-effects estimate"
    if part.kind == "counts" and ((part.xi == 0) | (part.xi == part.ni)).all():
        return "every row has none or all: no random-effects estimate"
    return None


def as_counts(part: StudyTable, why: str, level: float) -> NotPooled:
    """Show a group as its joined counts; an empty or full group gets a one-sided exact limit."""
    if part.kind != "counts":
        raise SeparationError(
            "a group of one study is not pooled", got=part.study[0], todo="join it to another group"
        )
    events, total = int(part.xi.sum()), int(part.ni.sum())
    alpha = 1 - level if events in (0, total) else (1 - level) / 2
    low = float(special.betaincinv(events, total - events + 1, alpha)) if events else 0.0
    high = float(special.betaincinv(events + 1, total - events, 1 - alpha)) if events < total else 1.0
    method = "Clopper-Pearson, one-sided" if events in (0, total) else "Clopper-Pearson"
    return NotPooled(
        k=part.k,
        k_studies=part.k_studies,
        events=events,
        total=total,
        reason=why,
        ci=Interval(low, high, level, method),
    )
