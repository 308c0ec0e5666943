"""What can be filtered, and the numbers of every combination."""

import json
from itertools import product
from pathlib import Path

import pytest

from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.question import filters as module
from metaleak.question.filters import filtered, filters

RESULT = json.loads((Path(__file__).parents[2] / "analyses/modality.result.json").read_text())


@pytest.fixture(scope="module")
def found():
    return filtered(RESULT)


def test_words_groups_and_periods():
    """Every word of the rows, groups of several words behind them, periods alone and joined."""
    by = {one.column: one for one in filters(RESULT)}

    assert list(by) == ["modality", "procedure", "unit", "year"]
    assert [choice.name for choice in by["modality"].choices if choice.name] == ["X-ray or fluoroscopy"]
    assert {choice.values for choice in by["procedure"].choices} == {(), ("PKP",), ("PVP",)}
    years = [choice.values for choice in by["year"].choices[1:]]
    assert len(years) == 9
    assert all(low <= high for low, high in years)


def test_periods_cut_the_rows_without_overlap():
    """Single periods hold every row with a year once, about equally many each."""
    years = next(one for one in filters(RESULT) if one.column == "year").choices[1:5]
    held = [row for choice in years for row in choice.rows]
    dated = [i for i, row in enumerate(RESULT["rows"]) if row["year"]]

    assert sorted(held) == dated
    assert max(len(c.rows) for c in years) < 2 * min(len(c.rows) for c in years)


def test_every_combination_leads_to_its_rows(found):
    """By brute force: k and the events of every combination are those of the rows that match it."""
    rows, by = RESULT["rows"], found["filters"]
    for place, chosen in enumerate(product(*(one["choices"] for one in by))):
        kept = [
            row
            for i, row in enumerate(rows)
            if all(
                not choice["values"]
                or (
                    choice["values"][0] <= row["year"] <= choice["values"][1]
                    if one["column"] == "year"
                    else row[one["column"]] in choice["values"]
                )
                for one, choice in zip(by, chosen, strict=True)
            )
        ]
        at = found["at"][place]
        assert (at == -1) == (not kept)
        if kept:
            pool = found["pools"][at]
            assert (pool["k"], pool["events"]) == (len(kept), sum(row["events"] for row in kept))
            assert pool["k_studies"] == len({row["study_id"] for row in kept})
            assert (pool["estimate"] is None) == (pool["reason"] is not None)


def test_a_group_has_the_numbers_of_the_results(found):
    """Choosing the imaging of a group gives what the analysis says of that group."""
    by = [len(one["choices"]) for one in found["filters"]]
    step = by[1] * by[2] * by[3]
    for i, choice in enumerate(found["filters"][0]["choices"]):
        group = {"CT": "CT", "CT+xray": "CT+xray", "not_reported": "not reported"}.get(
            ",".join(choice["values"]), choice["name"]
        )
        if group:
            pool, said = found["pools"][found["at"][i * step]], RESULT["groups"][group]
            for key in ("k", "k_studies", "events", "total", "estimate", "ci_low", "pi_high", "tau"):
                assert pool[key] == pytest.approx(said[key], abs=1e-8), (group, key)
            assert pool["mean"] == pytest.approx(said["population_average"]["value"], abs=1e-8)


def test_a_combination_is_a_single_fit(found):
    """PVP on CT counted in vertebrae, fitted by itself."""
    kept = [
        row
        for row in RESULT["rows"]
        if (row["modality"], row["procedure"], row["unit"]) == ("CT", "PVP", "vertebra")
    ]
    single = BinomialNormal().fit(
        StudyTable.from_counts(
            [row["events"] for row in kept],
            [row["total"] for row in kept],
            study=[row["study_id"] for row in kept],
        )
    )
    values = [[",".join(choice["values"]) for choice in one["choices"]] for one in found["filters"]]
    chosen = [v.index(w) for v, w in zip(values, ("CT", "PVP", "vertebra", ""), strict=True)]
    place = 0
    for digit, one in zip(chosen, values, strict=True):
        place = place * len(one) + digit
    pool = found["pools"][found["at"][place]]

    natural = single.natural()
    assert pool["k"] == len(kept) > 10
    assert pool["estimate"] == pytest.approx(natural.estimate, abs=1e-8)
    assert (pool["ci_low"], pool["ci_high"]) == pytest.approx((natural.ci.low, natural.ci.high), abs=1e-8)
    assert pool["pi_low"] == pytest.approx(natural.prediction.low, abs=1e-8)


def test_nothing_to_choose():
    """Rows that are alike in every column have no filter."""
    row = {**RESULT["rows"][0], "year": ""}

    assert filtered({**RESULT, "rows": [row, {**row, "study_id": "other"}]}) is None


def test_too_many_combinations_are_cut_coarser(monkeypatch):
    """Years lose periods first, then filters go from the last."""
    monkeypatch.setattr(module, "MOST", 300)
    assert [len(one.choices) for one in filters(RESULT)] == [7, 3, 3, 3]
    monkeypatch.setattr(module, "MOST", 30)
    assert [one.column for one in filters(RESULT)] == ["modality", "procedure"]
