"""Synthetic results: valid ``NAME.result.json`` values for any number of groups and rows, no fit needed."""

from itertools import combinations, product

import pytest

from metaleak.plots.forest_data import from_result_json
from metaleak.plots.shapes import Box, Text
from metaleak.storage import strict_json

LONG = (
    "A very long label of a multicentre retrospective comparison of high-viscosity and low-viscosity cement"
)


def synthetic(rows=(4, 3), *, labels=(), counts=(), names=(), status="rehearsal", overall=False, **settings):
    """Return a synthetic result: one group per entry of ``rows``, its label and counts where they are given.

    A group of one row, or whose rows hold no event, is not pooled. ``settings`` go into the settings.
    """
    places = [(group, i) for group, k in enumerate(rows) for i in range(k)]
    groups = [names[i] if i < len(names) else f"group {chr(65 + i)}" for i in range(len(rows))]
    made = [
        _row(i, groups[group], label=labels[i] if i < len(labels) else None, counts=counts)
        for i, (group, _) in enumerate(places)
    ]
    pooled = {name: _group([row for row in made if row["group"] == name]) for name in groups}
    for row in made:
        row["share"] = (
            None if pooled[row["group"]]["estimate"] is None else row["total"] / pooled[row["group"]]["total"]
        )
    result = {
        "format": 1,
        "analysis": "synthetic",
        "title": "Synthetic rates",
        "question": "How often, in a synthetic review?",
        "status": status,
        "key": "0" * 64,
        "inputs": {"extraction/leaks.csv": "1" * 64},
        "software": {"metaleak": "0.1.0", "numpy": "2.0.0"},
        "settings": {
            "sheet": "leaks",
            "where": {"index": ["xray"], "reference": ["CT"]},
            "model": {"name": "BinomialNormal", "ci_method": "profile", "tau2": "separate", "level": 0.95},
            "figures": ["groups", "forest"],
            **settings,
        },
        "selection": {
            "taken": len(made) + 1,
            "studies": max(len(made) - 1, 1),
            "pooled_rows": len(made),
            "not_reported": 2,
            "units": {"patient": 1, "vertebra": len(made) - 1},
        },
        "groups": pooled,
        "tests": {"separate": _test(23.28, 3), "common": _test(26.0, 3), "beside": _test(8.8, [3, 16.72])},
        "difference": [_difference(groups[1], groups[0])] if len(groups) > 1 else [],
        "rows": made,
        "notes": ["no row for: group X", "no row for: group Y"],
    }
    if overall:
        result["overall"] = _group(made)
    return strict_json.rounded(result)


def _row(i, group, *, label, counts):
    events, total = counts[i] if i < len(counts) else (5 + 13 * i % 47, 60 + 37 * i % 211)
    rate, half = events / total, 0.9 / total**0.5
    return {
        "label": label or f"Author {chr(65 + i % 26)} {1999 + i % 25}",
        "study_id": f"S{i}",
        "group": group,
        "procedure": ("PVP", "PKP")[i % 2],
        "unit": ("vertebra", "patient")[i % 3 == 0],
        "modality": "CT",
        "events": events,
        "total": total,
        "rate": rate,
        "ci_low": max(rate - half, 0.0),
        "ci_high": min(rate + half, 1.0),
        "ci_method": "Clopper-Pearson",
        "share": None,
        "sheet_rows": [i + 2],
    }


def _group(rows):
    events, total = sum(row["events"] for row in rows), sum(row["total"] for row in rows)
    rate = events / total if total else 0.0
    alone = len(rows) < 2 or not events
    start = {"k": len(rows), "k_studies": max(len(rows) - 1, 1), "events": events, "total": total}
    if alone:
        return {
            **start,
            "estimate": None,
            "ci_low": max(rate - 0.05, 0.0),
            "ci_high": min(rate + 0.05, 1.0),
            "ci_method": "Clopper-Pearson",
            "population_average": {"value": None, "ci_low": None, "ci_high": None},
            "reason": "one row: shown as it is" if len(rows) < 2 else "no event in any row",
            "notes": [],
        }
    return {
        **start,
        "estimate": rate,
        "ci_low": 0.7 * rate,
        "ci_high": rate + 0.3 * (1 - rate),
        "ci_method": "profile likelihood",
        "pi_low": 0.2 * rate,
        "pi_high": rate + 0.8 * (1 - rate),
        "pi_method": "t with k − p − 1 degrees of freedom",
        "population_average": {
            "value": min(1.05 * rate, 1.0),
            "ci_low": 0.8 * rate,
            "ci_high": rate + 0.4 * (1 - rate),
        },
        "tau2": 0.64,
        "tau2_ci": [0.25, "Inf"],
        "i2": 0.934,
        "q": 86.77,
        "q_df": len(rows) - 1,
        "q_p": 1e-9,
        "q_method": "likelihood ratio against one rate per row",
        "reason": None,
        "notes": ["tau2 is borrowed"],
    }


def _test(statistic, df):
    return {"statistic": statistic, "df": df, "p_value": 0.0004, "method": "likelihood ratio"}


def _difference(of, against):
    return {
        "of": of,
        "against": against,
        "odds_ratio": 0.486,
        "ci_low": 0.2,
        "ci_high": 1.177,
        "p_value": 0.1056,
        "k": [6, 21],
        "k_studies": [5, 18],
        "method": "binomial-normal with a common tau2",
    }


@pytest.fixture(scope="session", name="synthetic")
def synthetic_result():
    """Return the builder of synthetic results."""
    return synthetic


@pytest.fixture(scope="session")
def shown():
    """Return the builder of what a figure of a synthetic result shows."""
    return lambda *args, **settings: from_result_json(synthetic(*args, **settings))


def boxes(layout):
    """Return what stands in a layout with its box: texts, marks and rules, not what lies behind them."""
    for shape in layout.shapes:
        if isinstance(shape, Text):
            yield shape, shape.box
        elif shape.part not in ("grid", "reference", "expected"):
            xs, ys = (
                zip(*getattr(shape, "points", ()), strict=True) if hasattr(shape, "points") else _ends(shape)
            )
            yield shape, Box(left=min(xs), top=min(ys), right=max(xs), bottom=max(ys))


def _ends(line):
    half = line.width / 2
    return (line.x1 - half, line.x2 + half), (line.y1 - half, line.y2 + half)


@pytest.fixture(scope="session")
def collisions():
    """Return a function that lists the texts of a layout that touch another text, a mark or a rule."""

    def touching(layout):
        rows = {}
        for shape, box in boxes(layout):
            for band in range(int(box.top // 20), int(box.bottom // 20) + 1):
                rows.setdefault(band, []).append((shape, box))
        return [
            (one, other)
            for band in rows.values()
            for (one, box), (other, other_box) in with_a_text(band)
            if box.overlaps(other_box) and not written_on(one, box, other, other_box)
        ]

    def with_a_text(band):
        """Give the pairs in which a text stands: curves cross each other by the thousand."""
        texts = [item for item in band if isinstance(item[0], Text)]
        yield from combinations(texts, 2)
        yield from product(texts, (item for item in band if not isinstance(item[0], Text)))

    def written_on(one, box, other, other_box):
        """Whether a text stands wholly inside the mark that it is written on: its column names the mark's part."""
        if isinstance(one, Text) and isinstance(other, Text):
            return False
        text, inner, mark, outer = (
            (one, box, other, other_box) if isinstance(one, Text) else (other, other_box, one, box)
        )
        inside = outer.left <= inner.left and inner.right <= outer.right
        return (
            text.column == mark.part != ""
            and inside
            and outer.top <= inner.top
            and inner.bottom <= outer.bottom
        )

    return touching


@pytest.fixture(scope="session")
def outside():
    """Return a function that lists what leaves the page of a layout."""

    def leaving(layout):
        return [
            shape
            for shape, box in boxes(layout)
            if box.left < 0 or box.top < 0 or box.right > layout.width or box.bottom > layout.height
        ]

    return leaving


@pytest.fixture(
    scope="session",
    params=[
        pytest.param({"rows": (3,)}, id="3 rows"),
        pytest.param({"rows": (7, 1, 4)}, id="12 rows, a group of one"),
        pytest.param({"rows": (21, 8, 6, 5)}, id="40 rows"),
        pytest.param({"rows": (45, 30, 25, 20), "labels": [LONG] * 120}, id="120 rows, long labels"),
        pytest.param(
            {"rows": (3, 3), "counts": [(0, 9), (0, 4000), (0, 1)] + [(5, 5)] * 3}, id="0 % and 100 %"
        ),
        pytest.param({"rows": (4, 3), "names": [LONG, "CT"], "overall": True}, id="a long group, overall"),
    ],
)
def any_data(request, shown):
    """Return what figures show, for one extreme after the other."""
    return shown(**request.param)
