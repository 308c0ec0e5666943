"""Tables on the page: every study's two rates, and every guard rail."""

from __future__ import annotations

from metaleak import numbers
from metaleak.plots.detection import imaging
from metaleak.reporting.data import Result
from metaleak.reporting.detection.told import Json
from metaleak.reporting.links import anchor
from metaleak.reporting.tables import Cell, Column, Row, Table, of_number, of_share, of_text
from metaleak.reporting.words import capital
from metaleak.storage.strict_json import number


def rates_table(name: str, result: Result, index: str) -> Table:
    """Return every study's rate, as seen and as CT would have shown it."""
    rows = tuple(
        Row(
            (
                of_text(row["label"]),
                of_text(_kind(row, index)),
                Cell(
                    text=f"{numbers.count(row['events'])} / {numbers.count(row['total'])}", order=row["rate"]
                ),
                of_share(row, key="rate"),
                of_share(row, key="ct_equivalent", low="ct_low", high="ct_high"),
                of_text(f"{row['sheet']}.csv, row {', '.join(map(str, row['sheet_rows']))}"),
            )
        )
        for row in result["rows"]
        if row["ct_equivalent"] is not None
    )
    return Table(
        id=anchor(name, "rates"),
        caption=(
            "Every study in the model: the rate as it was seen, and as CT would have shown it (posterior median and "
            f"interval over all parameters; the draws are worth {numbers.fixed(number(result['effective_draws']), 0)} "
            "independent ones)."
        ),
        columns=(
            Column("Study"),
            Column("Read on"),
            Column("Leaks / n", "number"),
            Column("As seen", "number", "seen"),
            Column("As CT would have shown it", "number", "adjusted"),
            Column("Stands in"),
        ),
        rows=rows,
    )


def _kind(row: Json, index: str) -> str:
    if row["sheet"] == "pairs":
        return f"CT and {imaging(row['modality'])}"
    return "CT" if row["kind"] == "ct" else index


def guard_rails_table(name: str, result: Result, index: str) -> Table:
    """Return the answer under one changed assumption at a time."""
    first = {**result, "group": "as assumed", "name": "headline", "reason": None}
    rows = []
    for item in (first, *result["guard_rails"]):
        told = (of_text(capital(item["group"])), of_text(item["name"]))
        if item["estimate"] is None:
            rows.append(Row((*told, of_text(str(item["reason"])), of_text(""), of_text(""), of_text(""))))
            continue
        rows.append(
            Row(
                (
                    *told,
                    of_share(item),
                    of_share(item["sensitivity"], key="value"),
                    of_share(item["share_missed"], key="value"),
                    of_number(item["omega"], limits=item["omega_ci"]),
                )
            )
        )
    return Table(
        id=anchor(name, "guard-rails"),
        caption="The answer under one changed assumption at a time.",
        columns=(
            Column("Assumption"),
            Column("Value"),
            Column("Rate on CT", "number"),
            Column(f"Sensitivity of {index}", "number"),
            Column("Share missed", "number"),
            Column("ω", "number"),
        ),
        rows=tuple(rows),
    )
