"""A pool of vertebrae and patients says so: they are one quantity only where every patient had one treated level."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from metaleak.reporting.data import POOL, Result
from metaleak.reporting.words import capital, listed, units

#: Kinds whose rows go into one pool, as they are counted.
POOLING = (POOL, "models", "influence", "future")


def mixed_units(result: Result, results: Mapping[str, Result]) -> tuple[str, ...]:
    """Say which groups of a result pool rows that count different units; nothing where none does.

    Rows of patients with one treated level count as vertebrae, where one of ``results`` is about units and says so.

    Examples
    --------
    >>> rows = [{"group": "CT", "study_id": study, "unit": unit} for study, unit in ("a1", "b2")]
    >>> told = mixed_units({"kind": "pool", "settings": {"sheet": "leaks"}, "rows": rows}, {})
    >>> told[0].split(":")[0]
    'Two units in one pool, as if they were the same'
    """
    if result.get("kind", POOL) not in POOLING or result["settings"].get("sheet") != "leaks":
        return ()
    told = list(_groups(result, _of_one_level(results)))
    if not told:
        return ()
    apart = next((other["title"] for other in results.values() if other.get("kind") == "units"), None)
    where = f" Each unit alone, and all on the scale of vertebrae: “{apart}”." if apart else ""
    return (
        f"Two units in one pool, as if they were the same: {listed(told)}. A patient with several vertebrae leaks at "
        f"least as often as one of them.{where}",
    )


def _groups(result: Result, of_one_level: set[tuple[str, str]]) -> Iterator[str]:
    for group in dict.fromkeys(row["group"] for row in result["rows"]):
        rows = [row for row in result["rows"] if row["group"] == group]
        if len({row["unit"] for row in rows if (row["study_id"], row["unit"]) not in of_one_level}) > 1:
            yield f"{capital(group)} ({units(Counter(row['unit'] for row in rows))})"


def _of_one_level(results: Mapping[str, Result]) -> set[tuple[str, str]]:
    return {
        (row["study_id"], row["unit"])
        for result in results.values()
        if result.get("kind") == "units"
        for row in result["rows"]
        if row["m"] == 1
    }
