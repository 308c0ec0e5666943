"""A result on the scale that a reader knows: a proportion 0..1 or a ratio."""

from __future__ import annotations

from metaleak.effects.measures import MeasureBase, measure
from metaleak.errors import UndefinedError
from metaleak.guards import one_of
from metaleak.pooling.result import Interval, MetaResult, Natural

#: One sample size for studies of many, with what a reader is told.
_SIZES = {"harmonic": "the harmonic mean", "inverse-variance": "a quarter of the inverse variance"}


def natural(result: MetaResult, size: str) -> Natural:
    """Return estimate, interval and prediction interval back-transformed; see ``MetaResult.natural``."""
    one_of("size", size, _SIZES)
    scale = measure(result.measure)
    n, notes = _size(scale, result, size)
    limits = [(result.ci.low, result.ci.high)]
    if result.prediction is not None:
        limits.append((result.prediction.low, result.prediction.high))
    values = [tuple(float(scale.inverse(limit, n=n)) for limit in pair) for pair in limits]
    low, high = scale.bounds
    if not all(low <= value <= high for pair in values for value in pair):
        notes.append(
            f"limits on the scale {result.measure} can leave {low:g} to {high:g}: printed as they are"
        )
    first, last = scale.ends(n=n)
    if not all(first <= limit <= last for pair in limits for limit in pair):
        notes.append("a limit lies beyond the end of the scale and is set to 0 or 1")
    prediction = None
    if result.prediction is not None:
        prediction = Interval(values[1][0], values[1][1], result.level, result.prediction.method)
    return Natural(
        estimate=float(scale.inverse(result.estimate, n=n)),
        ci=Interval(values[0][0], values[0][1], result.level, result.ci.method),
        prediction=prediction,
        scale=getattr(result.detail, "natural_scale", scale.scale),
        notes=tuple(notes),
    )


def on_model_scale(result: MetaResult, value: float) -> float:
    """Return a value of the reader's scale on the model's."""
    scale = measure(result.measure)
    return float(scale.forward(value, n=_size(scale, result, "harmonic")[0]))


def _size(scale: MeasureBase, result: MetaResult, size: str) -> tuple[float | None, list[str]]:
    if not scale.needs_size:
        return None, []
    n = result.n_harmonic if size == "harmonic" else result.n_inverse
    if n is None:
        raise UndefinedError(
            "the result holds no sample size", required="a table of counts", got=result.measure
        )
    return n, [scale.size_note(n, _SIZES[size])]
