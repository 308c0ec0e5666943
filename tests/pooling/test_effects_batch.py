"""Tables as one batch of effects."""

import numpy as np
import pytest

from metaleak.effects.measures import Zero
from metaleak.effects.table import StudyTable
from metaleak.errors import TableError
from metaleak.pooling.effects_batch import prepare


def test_shorter_tables_are_filled_up_without_weight():
    """Rows beyond a table's own have an infinite variance."""
    tables = [StudyTable.from_counts([3, 4, 5], [9, 9, 9]), StudyTable.from_counts([2], [8])]

    batch = prepare(tables, None, Zero(), None).batch

    assert batch.rows.tolist() == [3, 1]
    assert np.isinf(batch.vi[1, 1:]).all()


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (StudyTable.from_counts([3], [9]), "PLO"),
        (StudyTable.from_two_arms([3], [9], [2], [9]), "OR"),
        (StudyTable.from_effects([0.1], [0.2], measure="RR"), "RR"),
    ],
)
def test_the_scale_that_is_taken_without_one(table, code):
    """Logits of counts, odds ratios of two arms, the table's own of effects."""
    assert prepare([table], None, Zero(), None).code == code


def test_tables_on_several_scales():
    """One batch has one scale; the error names those found."""
    tables = [StudyTable.from_effects([0.1], [0.2], measure=code) for code in ("RR", "OR")]

    with pytest.raises(TableError, match="OR, RR"):
        prepare(tables, None, Zero(), None)


def test_effects_on_another_scale_than_asked_for():
    """Effects are not moved from one scale to another."""
    with pytest.raises(TableError, match="required: RR"):
        prepare([StudyTable.from_effects([0.1], [0.2], measure="RR")], "OR", Zero(), None)


def test_pairs_are_pooled_as_ratios_of_index_to_reference():
    """The scale that a table of two readings has when none is asked for."""
    prepared = prepare([StudyTable.from_pairs([3], [1], [2], [9])], None, Zero(), None)

    assert prepared.code == "MPRR"
    assert prepared.batch.yi[0, 0] == pytest.approx(np.log(5 / 4))


def test_dropped_rows_are_named_and_gone():
    """The rows behind the batch are those that say something."""
    table = StudyTable.from_two_arms([0, 3], [20, 40], [0, 5], [20, 38], label=["silent", "telling"])

    prepared = prepare([table], "OR", Zero(), None)

    assert prepared.tables[0].label == ("telling",)
    assert prepared.notes[0][0].endswith(": silent")
