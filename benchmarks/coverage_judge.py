"""Judge simulated intervals against the estimand that each claims, and sum up in tables."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from coverage_methods import Interval, Prediction
from coverage_truths import Truth
from scipy import special

Floats = npt.NDArray[np.float64]
RESULTS = Path(__file__).parent / "results"

#: From the scale of an estimand to the rate that a reader sees.
READERS = {
    "median": special.expit,
    "mean": special.expit,
    "mean logit": special.expit,
    "mean rate": lambda value: np.clip(value, 0, 1),
    "mean arcsine": lambda value: np.sin(np.clip(value, 0, np.pi / 2)) ** 2,
}

#: A prediction interval that holds less than this share of new studies is one that fails.
POOR = 0.8

_ENDS = {"likelihood": "coverage-likelihood", "inverse variance": "coverage-inverse-variance"}


def judged(found: Iterable[Interval | Prediction], law: Truth, count: int) -> list[dict[str, Any]]:
    """Return sums over replicates, one mapping per method."""
    truths = law.estimands()
    return [
        _interval(one, truths[one.estimand], count)
        if isinstance(one, Interval)
        else _prediction(one, law, count)
        for one in found
    ]


def _interval(one: Interval, true: float, count: int) -> dict[str, Any]:
    fine = ~(np.isnan(one.low) | np.isnan(one.high) | np.isnan(one.value))
    low, high, value = one.low[fine], one.high[fine], one.value[fine]
    reader = READERS[one.estimand]
    bias, width = 100 * (reader(value) - reader(true)), 100 * (reader(high) - reader(low))
    return {
        "model": one.model,
        "method": one.method,
        "estimand": one.estimand,
        "replicates": count,
        "failed": int(count - fine.sum()),
        "infinite": int((np.isinf(low) | np.isinf(high)).sum()),
        "zero_width": int((high <= low).sum()),
        "above": int((true < low).sum()),
        "below": int((true > high).sum()),
        "bias": float(bias.sum()),
        "bias2": float((bias**2).sum()),
        "width": float(width.sum()),
    }


def _prediction(one: Prediction, law: Truth, count: int) -> dict[str, Any]:
    fine = ~np.isnan(one.low + one.high)
    held = law.below(one.high[fine]) - law.below(one.low[fine])
    return {
        "model": one.model,
        "method": one.method,
        "replicates": count,
        "undefined": int(count - fine.sum()),
        "held": [round(float(share), 4) for share in held],
    }


def table_rows(found: dict[Any, list[list[dict[str, Any]]]]) -> None:
    """Write the tables of intervals and of prediction intervals."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for cell, parts in found.items():
        setting = {"truth": cell.kind, "p": cell.p, "tau": cell.tau, "k": cell.k}
        together: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for one in (one for part in parts for one in part):
            together[(one["model"], one["method"], one.get("estimand", ""))].append(one)
        for (model, _, estimand), same in together.items():
            kind = "prediction" if not estimand else "inverse variance" if model[0] == "R" else "likelihood"
            rows[kind].append(setting | (_held(same) if kind == "prediction" else _covered(same)))
    for kind, lines in rows.items():
        path = RESULTS / f"{_ENDS.get(kind, 'coverage-prediction')}.csv"
        path.parent.mkdir(exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)
        print(f"{path.name}: {len(lines)} rows, {path.stat().st_size / 1e6:.2f} MB")


def _covered(same: list[dict[str, Any]]) -> dict[str, Any]:
    """Coverage in percent of the intervals that exist, bias and width in percentage points of the rate."""
    total = {
        name: sum(one[name] for one in same) for name, value in same[0].items() if not isinstance(value, str)
    }
    judged_ones = total["replicates"] - total["failed"]
    first = {name: same[0][name] for name in ("model", "method", "estimand")}
    counts = {name: total[name] for name in ("replicates", "failed", "infinite", "zero_width")}
    if not judged_ones:
        return (
            first
            | counts
            | dict.fromkeys(
                ("coverage", "mcse", "missed_above", "missed_below", "bias", "bias_mcse", "width"), ""
            )
        )
    share = 1 - (total["above"] + total["below"]) / judged_ones
    bias = total["bias"] / judged_ones
    variance = max(total["bias2"] / judged_ones - bias**2, 0.0)
    return (
        first
        | counts
        | {
            "coverage": f"{100 * share:.1f}",
            "mcse": f"{100 * np.sqrt(share * (1 - share) / judged_ones):.1f}",
            "missed_above": f"{100 * total['above'] / judged_ones:.1f}",
            "missed_below": f"{100 * total['below'] / judged_ones:.1f}",
            "bias": f"{bias:.2f}",
            "bias_mcse": f"{np.sqrt(variance / judged_ones):.2f}",
            "width": f"{total['width'] / judged_ones:.1f}",
        }
    )


def _held(same: list[dict[str, Any]]) -> dict[str, Any]:
    """Share of new studies held, in percent: mean with its error, spread over replicates, and how often it is poor."""
    held = 100 * np.array([share for one in same for share in one["held"]])
    first = {"model": same[0]["model"], "method": same[0]["method"]}
    counts = {name: sum(one[name] for one in same) for name in ("replicates", "undefined")}
    if not held.size:
        return first | counts | dict.fromkeys(("held", "mcse", "sd", "tenth", "poor"), "")
    return (
        first
        | counts
        | {
            "held": f"{held.mean():.1f}",
            "mcse": f"{held.std() / np.sqrt(held.size):.1f}",
            "sd": f"{held.std():.1f}",
            "tenth": f"{np.quantile(held, 0.1):.1f}",
            "poor": f"{100 * (held < 100 * POOR).mean():.1f}",
        }
    )
