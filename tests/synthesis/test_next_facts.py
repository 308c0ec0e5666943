"""What one more fact would be worth."""

import numpy as np
import pytest

from metaleak.effects.detection_table import DetectionTable
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.next_facts import next_facts

NAN = float("nan")
MODEL = DetectionAdjusted(draws=0)


def table_of(pairs, silent=0):
    """Return six CT series, four X-ray series, pairs and silent series; synthetic, with spreads that are not 0."""
    ct = [
        100,
        80,
        125,
        70,
        95,
        110,
        *[NAN] * 4,
        *[100, 80, 120, 95, 60, 110, 90, 70][:pairs],
        *[NAN] * silent,
    ]
    index = [*[NAN] * 6, 60, 40, 75, 50, *[70, 35, 85, 60, 25, 80, 45, 50][:pairs], *[NAN] * silent]
    unreported = [*[NAN] * (10 + pairs), *[50, 30][:silent]]
    return DetectionTable.from_counts(
        [200] * (10 + pairs + silent), ct=ct, index=index, unreported=unreported
    )


@pytest.fixture(scope="module")
def facts():
    """Return the facts of a table with silent series."""
    return {(fact.kind, fact.times, fact.silent): fact for fact in next_facts(MODEL, table_of(5, silent=2))}


def test_a_pair_says_more_of_the_sensitivity_than_any_other_single_fact(facts):
    """And five say more than one."""
    single = {key: fact.narrows_sensitivity for key, fact in facts.items() if key[1] == 1}

    assert max(single, key=single.get) == ("pair", 1, False)
    assert facts["pair", 5, False].narrows_sensitivity > single["pair", 1, False] > 0


def test_a_series_on_ct_says_more_of_the_rate_than_one_on_the_index(facts):
    """The index' own rate is a product of two unknowns."""
    assert facts["ct", 1, False].narrows_rate > facts["index", 1, False].narrows_rate > 0


def test_the_words_of_silent_series_are_worth_more_the_more_there_are(facts):
    """Ten against one; their size is that of the silent rows."""
    assert facts["ct", 10, True].narrows_rate > facts["ct", 1, True].narrows_rate
    assert {fact.n for fact in facts.values() if fact.silent} == {200}


def test_without_silent_rows_there_is_no_fact_of_them():
    """Only pairs and new series are left."""
    assert not [fact for fact in next_facts(MODEL, table_of(5)) if fact.silent]


def test_what_was_foretold_is_about_what_a_pair_brings():
    """The standard error of the sensitivity after a sixth pair, against the forecast from five."""
    forecast = {(f.kind, f.times): f for f in next_facts(MODEL, table_of(5))}["pair", 1].narrows_sensitivity
    widths = [
        np.diff([c.ci.low, c.ci.high])[0]
        for c in (MODEL.fit(table_of(k)).detail.detection_coefficients[0] for k in (5, 8))
    ]

    three_more = 1 - widths[1] / widths[0]
    assert 0 < forecast < three_more < 6 * forecast
