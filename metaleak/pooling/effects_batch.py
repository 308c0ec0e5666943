"""Tables as one batch of effects on a measure's scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metaleak.effects.design import Design
from metaleak.effects.measures import Zero, default_measure, measure
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.numerics.linear import Batch

#: Cells of a batch: small enough for the cache of one core, and far below 500 MB with all that is made of them.
BATCH_CELLS = 40_000


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A batch of effects, the scale, the rows behind it, and what was said on the way."""

    batch: Batch
    code: str
    tables: tuple[StudyTable, ...]
    notes: tuple[tuple[str, ...], ...]


def batches_of(tables: Sequence[StudyTable]) -> Iterator[Sequence[StudyTable]]:
    """Cut many tables into batches that fit into the cache."""
    size = max(1, BATCH_CELLS // max((table.k for table in tables), default=1))
    for start in range(0, len(tables), size):
        yield tables[start : start + size]


def prepare(tables: Sequence[StudyTable], code: str | None, zero: Zero, design: Design | None) -> Prepared:
    """Compute the effects of tables and fill them up to one length.

    Raises
    ------
    TableError
        For a measure that the table's kind does not know, a row without a sampling variance, or more
        coefficients than rows.
    """
    codes = {_code(table, code) for table in tables}
    if len(codes) > 1:
        raise TableError(
            "the tables are on several scales", required="one measure", got=", ".join(sorted(codes))
        )
    name = codes.pop()
    effects = [
        measure("GEN").effects(table, zero) if table.kind == "effects" else measure(name).effects(table, zero)
        for table in tables
    ]
    k = max(part.yi.size for part in effects)
    yi, vi = np.zeros((len(tables), k)), np.full((len(tables), k), np.inf)
    for i, part in enumerate(effects):
        yi[i, : part.yi.size], vi[i, : part.vi.size] = part.yi, part.vi
    rows = np.array([part.yi.size for part in effects], dtype=np.float64)
    x = None if design is None or design.is_intercept else design.x[effects[0].kept][None]
    if x is not None and x.shape[2] > rows[0]:
        raise TableError(
            "there are more coefficients than rows",
            required=f"at least {x.shape[2]} rows",
            got=f"{rows[0]:.0f}",
        )
    taken = tuple(
        table if part.kept.size == table.k else table.take(part.kept)
        for table, part in zip(tables, effects, strict=True)
    )
    return Prepared(Batch(yi, vi, rows, x), name, taken, tuple(part.notes for part in effects))


def _code(table: StudyTable, code: str | None) -> str:
    if table.kind == "effects":
        own = str(table.measure)
        if code is not None and code != own:
            raise TableError("the table's effects are on another scale", required=own, got=code)
        return own
    found = code or default_measure(table.kind)
    if found is None:
        raise TableError(
            f"a table of {table.kind} has no effects", required="counts, two arms, pairs or effects"
        )
    return found
