"""Two readings of the same units: what follows from four cells, from totals, from the overlap alone."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.effects.detection_table import DetectionTable
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.errors import SettingError, TableError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.synthesis.matched import matched_contrast

NAN = math.nan


def one(ni, ct, index=NAN, both=NAN):
    """Return the row of a single comparison."""
    table = DetectionTable.from_counts([ni], ct=[ct], index=[index], both=[both], label=["a"])
    return matched_contrast(table).rows[0]


@pytest.fixture
def full():
    """Five comparisons with four cells."""
    return StudyTable.from_pairs(
        [30, 22, 41, 9, 55], [12, 20, 9, 11, 30], [4, 3, 10, 2, 8], [50, 61, 33, 12, 90]
    )


def test_four_cells_give_everything():
    """Counts by hand: 12 only on the reference, 4 only on the index, of 96."""
    row = one(96, 42, 34, 30)

    assert row.is_known
    assert row.sensitivity == (30 / 42, 30 / 42)
    assert row.relative["nested"].value == row.relative["apart"].value == pytest.approx(34 / 42)
    assert row.difference["nested"].value == pytest.approx((34 - 42) / 96)
    assert row.odds_ratio.value == pytest.approx(4 / 12)
    assert row.p_value == pytest.approx(0.0768, abs=5e-5)
    assert row.reason is None


def test_totals_give_bounds_and_no_odds_ratio():
    """37 and 56 of 148: the overlap is between 0 and 37, the ratio the same at both ends."""
    row = one(148, 56, 37)
    near, far = row.relative["nested"].ci, row.relative["apart"].ci

    assert row.sensitivity == (0.0, 37 / 56)
    assert row.relative["nested"].value == row.relative["apart"].value == 37 / 56
    assert row.difference["nested"].value == row.difference["apart"].value == pytest.approx(-19 / 148)
    assert far.low < near.low
    assert far.high > near.high
    assert far.high == pytest.approx(37 / 56 * math.exp(1.959964 * math.sqrt(1 / 37 + 1 / 56)), rel=1e-6)
    assert (row.odds_ratio, row.p_value, row.mid_p) == (None, None, None)
    assert row.reason == "the overlap is not printed"


def test_totals_whose_sum_passes_the_units_have_to_overlap():
    """50 and 40 of 60 share 30 at least."""
    row = one(60, 50, 40)

    assert row.sensitivity == (30 / 50, 40 / 50)


def test_an_overlap_without_the_index_total_fixes_the_sensitivity():
    """77 of 149; what else the index shows among the 32 others moves ratio and difference."""
    row = one(181, 149, NAN, 77)

    assert row.sensitivity == (77 / 149, 77 / 149)
    assert row.relative["nested"].value == 77 / 149
    assert row.relative["apart"].value == 109 / 149
    assert row.difference["nested"].value == pytest.approx((77 - 149) / 181)
    assert row.difference["apart"].value == pytest.approx((109 - 149) / 181)
    assert row.reason == "the total of the index is not printed"


def test_totals_can_fix_all_cells():
    """Where the index shows nothing, or the reference everything, one table is left."""
    assert one(40, 10, 0).is_known
    assert one(40, 40, 12).is_known
    assert one(40, 40, NAN, 12).is_known
    assert one(40, 10, 0).odds_ratio.value == 0


def test_nested_counts_have_the_exact_interval():
    """Nothing on the index alone: x of the reference is binomial."""
    row = one(181, 149, 62, 62)
    low, high = study_intervals([62], [149])

    assert (row.relative["nested"].ci.low, row.relative["nested"].ci.high) == (low[0], high[0])
    assert row.relative["nested"].ci.method == "Clopper-Pearson"


def test_an_empty_discordant_cell_gives_a_one_sided_limit():
    """0 against 87: at most 1 - 0.05^(1/87) as odds; turned round, the odds ratio is infinite."""
    none, all_ = one(181, 149, 62, 62).odds_ratio, one(181, 62, 149, 62).odds_ratio
    share = 1 - 0.05 ** (1 / 87)

    assert (none.value, none.ci.low) == (0, 0)
    assert none.ci.high == pytest.approx(share / (1 - share), rel=1e-9)
    assert none.ci.method == "Clopper-Pearson, one-sided"
    assert (all_.value, all_.ci.high) == (math.inf, math.inf)
    assert all_.ci.low == pytest.approx((1 - share) / share, rel=1e-9)


def test_readings_that_never_differ():
    """A ratio of one with its exact interval, a difference of none with some width, no odds ratio."""
    row = one(40, 12, 12, 12)

    assert row.relative["nested"].value == 1
    assert row.relative["nested"].ci.low < 1 == row.relative["nested"].ci.high
    assert row.difference["nested"].value == 0
    assert row.difference["nested"].ci.low < 0 < row.difference["nested"].ci.high
    assert row.odds_ratio is None
    assert (row.p_value, row.reason) == (1.0, "the two readings never differ")


def test_a_reference_without_positives_has_no_ratio():
    """The difference stays."""
    row = one(40, 0, 3)

    assert (row.sensitivity, dict(row.relative)) == (None, {})
    assert row.difference["nested"].value == pytest.approx(3 / 40)


@given(
    cells=st.tuples(*[st.integers(0, 30)] * 4).filter(lambda c: sum(c) > 0),
    drop=st.sampled_from(["nothing", "overlap", "index"]),
)
def test_what_is_hidden_lies_between_the_ends(cells, drop):
    """Whatever cell is not printed: its true value, and every value that follows, is inside the ends."""
    both, only_reference, only_index, _ = cells
    n, ct, x = sum(cells), both + only_reference, both + only_index
    row = one(n, ct, NAN if drop == "index" else x, NAN if drop == "overlap" else both)
    near, far = row.cells["nested"], row.cells["apart"]

    assert near.only_index <= only_index <= far.only_index
    assert min(near.both, far.both) <= both <= max(near.both, far.both)
    assert all(min(c.both, c.only_reference, c.only_index, c.neither) >= 0 for c in (near, far))
    if ct:
        least, most = row.sensitivity
        assert least <= both / ct <= most
        assert row.relative["nested"].value <= x / ct + 1e-12
        assert x / ct <= row.relative["apart"].value + 1e-12
    assert row.difference["nested"].value <= (x - ct) / n + 1e-12
    assert (x - ct) / n <= row.difference["apart"].value + 1e-12
    assert -1 <= row.difference["apart"].ci.low <= row.difference["apart"].ci.high <= 1


def test_tables_of_pairs_and_detection_tables_give_the_same(full):
    """Four cells are four cells."""
    both, only_reference, only_index, neither = full.columns.values()
    table = DetectionTable.from_counts(
        both + only_reference + only_index + neither,
        ct=both + only_reference,
        index=both + only_index,
        both=both,
    )
    ours, other = matched_contrast(full), matched_contrast(table)

    assert ours.to_frame().equals(other.to_frame())
    assert ours.conditional.estimate == other.conditional.estimate


def test_the_sensitivity_is_the_binomial_normal_pool(full):
    """Of the overlap among the reference's positives."""
    found = matched_contrast(full).sensitivity
    by_hand = BinomialNormal().fit(StudyTable.from_counts(full.both, full.both + full.only_reference))

    assert (found.estimate, found.ci.low) == (by_hand.estimate, by_hand.ci.low)


def test_the_pooled_odds_ratio_by_brute_force(full):
    """The likelihood of the units that differ, integrated on a fine grid, has its top where the fit says."""
    fit = matched_contrast(full).conditional
    z = np.linspace(-8, 8, 4001)
    weight = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi) * (z[1] - z[0])

    def value(centre, tau):
        p = 1 / (1 + np.exp(-(centre + tau * z)))
        total = 0.0
        for b, c in zip(full.only_index, full.only_reference, strict=True):
            total += math.log(math.comb(int(b + c), int(b))) + math.log((p**b * (1 - p) ** c * weight).sum())
        return total

    tau, top = math.sqrt(fit.tau2), value(fit.estimate, math.sqrt(fit.tau2))
    assert top == pytest.approx(fit.convergence.log_likelihood, abs=1e-9)
    for step in (1e-3, -1e-3):
        assert value(fit.estimate + step, tau) < top
        assert value(fit.estimate, max(tau + step, 0)) <= top


def test_a_single_comparison_is_no_pool():
    """Every pool says why it is missing."""
    table = DetectionTable.from_counts([148], ct=[56], index=[37])
    found = matched_contrast(table)

    assert found.sensitivity is found.conditional is found.odds_ratio is None
    assert [found.relative[end] for end in ("nested", "apart")] == [None, None]
    assert set(found.reasons) == {"sensitivity", "relative", "difference", "conditional"}


def test_rows_without_a_variance_are_corrected_and_named():
    """A half in each cell of the row that never differs, for the pools only."""
    table = StudyTable.from_pairs(
        [12, 30, 22], [0, 12, 20], [0, 4, 3], [28, 50, 61], label=["same", "b", "c"]
    )
    found = matched_contrast(table)

    assert any(note.endswith("relative detection: same") for note in found.notes)
    assert found.relative["nested"].effects.yi[0] == 0
    assert found.relative["nested"].effects.vi[0] == pytest.approx((0.5 + 0.5) / 13**2)


def test_separation_is_a_reason():
    """Nothing on the index alone anywhere: no finite odds ratio to pool."""
    found = matched_contrast(StudyTable.from_pairs([30, 22], [12, 20], [0, 0], [50, 61]))

    assert found.conditional is None
    assert "conditional" in found.reasons
    assert found.relative["nested"] is not None


def test_rows_of_one_study_are_noted():
    """They share their patients."""
    table = StudyTable.from_pairs([30, 22], [12, 20], [4, 3], [50, 61], label=["a", "b"], study=["s", "s"])

    assert matched_contrast(table).notes == ("rows of one study are pooled as if independent: s",)


def test_tables_of_another_kind_are_refused():
    """With the row that compares nothing."""
    with pytest.raises(TableError, match="a table of pairs"):
        matched_contrast(StudyTable.from_counts([3], [9]))
    with pytest.raises(TableError, match="alone"):
        matched_contrast(
            DetectionTable.from_counts([9, 9], ct=[3, 4], index=[NAN, 2], label=["alone", "two"])
        )
    with pytest.raises(SettingError, match="level"):
        matched_contrast(StudyTable.from_pairs([3], [1], [1], [4]), level=1)
