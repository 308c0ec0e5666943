"""Laws that every model keeps, whatever it does inside."""

import numpy as np
import pytest

from metaleak.effects.table import StudyTable
from metaleak.errors import MetaleakError
from metaleak.pooling.model import fit_many
from metaleak.pooling.result import MetaResult
from tests.contracts.models import EDGES, MAKERS, MODELS, edge, effects, every, with_settings

for_every_model = pytest.mark.parametrize(("name", "kind"), every())
for_every_edge = pytest.mark.parametrize(
    ("name", "kind", "case"), [(name, kind, case) for name, kind in every() for case in EDGES[kind]]
)


def numbers(result):
    """Return what a result says in numbers, with None as NaN."""
    het, c, p = result.heterogeneity, result.coefficients[0], result.prediction
    values = [c.value, c.se, c.p_value, c.ci.low, c.ci.high, het.tau2, het.i2, het.q]
    values += [None, None] if het.tau2_ci is None else [het.tau2_ci.low, het.tau2_ci.high]
    values += [None, None] if p is None else [p.low, p.high]
    return np.array([np.nan if value is None else value for value in values], dtype=float)


@for_every_model
def test_the_same_call_gives_the_same_bits(name, kind):
    """Two fits of one table, and a fit of the same numbers entered again, are one result."""
    first, again = (MODELS[name].model.fit(MAKERS[kind](7, 1)) for _ in range(2))

    assert first.digest == again.digest
    assert first.to_dict() == again.to_dict()


@for_every_model
def test_the_order_of_rows_changes_nothing(name, kind):
    """A permuted table has the same numbers; weights move with their rows."""
    table = MAKERS[kind](9, 2)
    order = np.random.default_rng(0).permutation(9)

    plain, moved = MODELS[name].model.fit(table), MODELS[name].model.fit(table.take(order))

    np.testing.assert_allclose(numbers(moved), numbers(plain), rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(moved.weights, plain.weights[order], rtol=1e-8)


@for_every_model
def test_a_batch_is_its_single_fits(name, kind):
    """Tables of unlike length in one batch, one of them a single row, give the numbers of single fits."""
    tables = [MAKERS[kind](k, seed) for seed, k in enumerate((12, 3, 1, 6, 12))]

    batch = fit_many(MODELS[name].model, tables)

    for table, one in zip(tables, batch, strict=True):
        single = MODELS[name].model.fit(table)
        tolerance = MODELS[name].tolerance
        np.testing.assert_allclose(numbers(one), numbers(single), rtol=10 * tolerance, atol=tolerance)
        assert one.notes == single.notes


@for_every_model
def test_no_table_is_an_empty_list(name, kind):
    """Nothing to fit is no error."""
    assert fit_many(MODELS[name].model, []) == []


@for_every_model
def test_shares_and_variances_stay_in_their_range(name, kind):
    """tau2 >= 0, i2 and p value in 0..1, the estimate inside its interval, weights that sum to 1."""
    for seed in range(5):
        result = MODELS[name].model.fit(MAKERS[kind](6, 40 + seed))

        het = result.heterogeneity
        assert het.tau2 >= 0
        assert 0 <= het.i2 <= 1
        assert 0 <= result.coefficients[0].p_value <= 1
        assert result.ci.low <= result.estimate <= result.ci.high
        assert (result.weights >= 0).all()
        assert result.weights.sum() == pytest.approx(1, abs=1e-12)
        assert len(result.weights) == len(result.labels) == result.k


@for_every_model
def test_limits_of_tau2_enclose_limits_of_less_confidence(name, kind):
    """A 99 % interval of tau2 holds the 80 % one, where the model has one."""
    model, table = MODELS[name].model, MAKERS[kind](8, 3)
    wide, narrow = (
        with_settings(model, level=level).fit(table).heterogeneity.tau2_ci for level in (0.99, 0.8)
    )

    assert (wide is None) == (narrow is None)
    if wide is not None:
        assert wide.low <= narrow.low <= narrow.high <= wide.high


@for_every_model
def test_a_result_survives_storage(name, kind):
    """A result written as plain values comes back to the last bit."""
    result = MODELS[name].model.fit(MAKERS[kind](5, 4))

    again = MetaResult.from_dict(result.to_dict())

    assert again.to_dict() == result.to_dict()
    assert str(again) == str(result)


@for_every_model
def test_settings_are_told(name, kind):
    """The result names its model, level and settings."""
    model = MODELS[name].model

    result = model.fit(MAKERS[kind](4, 5))

    assert result.model == type(model).__name__
    assert result.level == result.settings["level"] == model.level
    assert result.settings.get("method") == getattr(model, "method", None)


@for_every_model
def test_inputs_are_left_alone(name, kind):
    """A fit changes neither the table nor the model."""
    table, model = MAKERS[kind](6, 6), MODELS[name].model
    before = table.digest, repr(model)

    model.fit(table)

    assert (table.digest, repr(model)) == before


@for_every_edge
def test_edges_have_an_answer_or_a_named_error(name, kind, case):
    """No crash, no NaN: finite numbers, or an error that says what is wrong."""
    result, refusal = answer(MODELS[name].model, edge(kind, case))

    if refusal is not None:
        assert refusal.required or refusal.has_got
    else:
        assert np.isfinite([result.estimate, result.se, result.ci.low, result.ci.high]).all()
        assert result.se > 0
        assert str(result)


def answer(model, table):
    """Return the result and no error, or the named error and no result."""
    try:
        return model.fit(table), None
    except MetaleakError as error:
        return None, error


@pytest.mark.parametrize(("name", "kind"), every(lambda entry: not entry.priors))
def test_one_row_is_the_study_itself(name, kind):
    """tau2, i2 and the prediction interval are not defined, the note says so, the interval is Wald's."""
    result = MODELS[name].model.fit(edge(kind, "one row"))

    assert result.k == 1
    assert result.tau2 is None
    assert result.heterogeneity.i2 is None
    assert result.prediction is None


@pytest.mark.parametrize(("name", "kind"), every(lambda entry: entry.doubling))
def test_every_row_twice(name, kind):
    """Estimate and tau2 stay, the standard error falls by the root of 2."""
    table = MAKERS[kind](7, 8)
    columns = [np.tile(column, 2) for column in table.columns.values()]
    maker = getattr(StudyTable, f"from_{kind}")
    twice = maker(*columns, **({"measure": "GEN"} if kind == "effects" else {}))

    one, two = MODELS[name].model.fit(table), MODELS[name].model.fit(twice)

    assert two.estimate == pytest.approx(one.estimate, rel=1e-8)
    assert two.tau2 == pytest.approx(one.tau2, rel=1e-7)
    assert two.se == pytest.approx(one.se / np.sqrt(2), rel=1e-8)


@pytest.mark.parametrize("name", [name for name, entry in MODELS.items() if entry.gaussian])
def test_shift_and_scale(name):
    """Effects a y + c with variances a^2 v: limits move along, tau2 grows by a^2."""
    table, model = effects(9, 9), MODELS[name].model
    other = StudyTable.from_effects(3 * table.yi + 2, 9 * table.vi, measure="GEN")

    plain, moved = model.fit(table), model.fit(other)

    assert moved.estimate == pytest.approx(3 * plain.estimate + 2, rel=1e-8)
    assert moved.tau2 == pytest.approx(9 * plain.tau2, rel=1e-7)
    assert moved.ci.high == pytest.approx(3 * plain.ci.high + 2, rel=1e-8)
    if plain.prediction is not None:
        assert moved.prediction.low == pytest.approx(3 * plain.prediction.low + 2, rel=1e-6)
