"""What was counted in a study, without any model."""

from __future__ import annotations

from collections.abc import Sequence

from metaleak.effects.detection_table import PAIRED, DetectionTable, RowKind

_COUNT_OF = {
    RowKind.CT: "ct",
    RowKind.INDEX: "index",
    RowKind.UNREPORTED: "unreported",
    RowKind.JOINT: "joint",
    **dict.fromkeys(PAIRED, "ct"),
}


def on_ct(table: DetectionTable, rows: Sequence[int], *, joint: bool = False) -> tuple[float, float]:
    """Return leaks on CT and units among the rows of one study; several indexes on one CT count once.

    ``joint`` adds readings of CT and the index together.
    """
    kinds = (RowKind.CT, *PAIRED, *([RowKind.JOINT] if joint else []))
    read = [row for row in rows if table.kind[row] in kinds]
    first = next((table.index_modality[row] for row in read if table.kind[row] in PAIRED), None)
    return _total(
        table, [row for row in read if table.kind[row] not in PAIRED or table.index_modality[row] == first]
    )


def observed(table: DetectionTable, rows: Sequence[int]) -> tuple[float, float]:
    """Return leaks and units as one would quote them: on CT where anything was read on it, else what there is."""
    events, total = on_ct(table, rows)
    return (events, total) if total else _total(table, [row for row in rows if table.kind[row] in _COUNT_OF])


def _total(table: DetectionTable, rows: Sequence[int]) -> tuple[float, float]:
    events = sum(float(table.counts[_COUNT_OF[table.kind[row]]][row]) for row in rows)
    return events, float(sum(table.ni[row] for row in rows))
