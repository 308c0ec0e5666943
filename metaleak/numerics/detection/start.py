"""Where to begin climbing: crude logits, and a look along omega."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.likelihood import Likelihood
from metaleak.numerics.detection.nodes import Seen
from metaleak.numerics.detection.units import Units
from metaleak.numerics.scan import Peaks, peaks

Floats = npt.NDArray[np.float64]

#: Spreads of the sensitivity at which the likelihood is looked at before it is climbed.
SCAN = np.array([0.08, 0.2, 0.4, 0.7, 1.1, 1.8])

#: A spread of the rate is worth looking for above this.
_LEAST_TAU = 0.2


def starts(likelihood: Likelihood, units: Units, layout: Layout) -> tuple[Peaks, Floats]:
    """Return where each table's likelihood peaks along omega, and parameters (peaks, P) there."""
    theta = crude(units, layout)
    b = len(theta)
    grid = np.repeat(theta, SCAN.size, axis=0)
    grid[:, layout.omega] = np.tile(SCAN, b)
    value = likelihood.value(grid, np.repeat(np.arange(b), SCAN.size)).reshape(b, SCAN.size)
    found = peaks(value, SCAN)
    start = theta[found.rows]
    start[:, layout.omega] = found.place
    return found, start


def crude(units: Units, layout: Layout) -> Floats:
    """Return rough parameters (b, P): least squares on logits with half a unit added to every count."""
    counts = units.counts
    seen, missed = counts[..., Seen.INDEX_OF_CT], counts[..., Seen.MISSED_OF_CT]
    yes = counts[..., Seen.CT] + 0.0
    no = counts[..., Seen.NOT_CT] + 0.0
    index, rest = counts[..., Seen.INDEX], counts[..., Seen.NOT_INDEX]
    share = _share(units)
    only = (index + rest > 0) & (yes + no == 0)
    rate = np.clip((index + 0.5) / (index + rest + 1) / share[:, None], 0.02, 0.98)
    y = np.where(only, special.logit(rate), np.log((yes + 0.5) / (no + 0.5)))
    # An index count says less about the rate than a count of the reference.
    w = np.where(only, 0.2, np.where(yes + no > 0, 1.0, 0.0))
    z = np.log((seen + 0.5) / (missed + 0.5))
    v = np.where(seen + missed > 0, 1.0, 0.0)
    z, v = np.where(v > 0, z, special.logit(share)[:, None]), np.maximum(v, 0.02)
    theta = np.zeros((len(counts), layout.size))
    theta[:, : layout.incidence], spread = _least_squares(units.x, y, w)
    theta[:, layout.gamma], _ = _least_squares(units.w, z, v)
    theta[:, layout.tau] = np.maximum(spread, _LEAST_TAU)
    theta[:, layout.omega] = SCAN[0]
    return theta


def _share(units: Units) -> Floats:
    """Return each table's rough sensitivity: of the pairs, else index against reference rates."""
    total = units.counts.sum(axis=1)
    of_ct = total[:, Seen.INDEX_OF_CT] + total[:, Seen.MISSED_OF_CT]
    direct = (total[:, Seen.INDEX_OF_CT] + 0.5) / (of_ct + 1)
    index = (total[:, Seen.INDEX] + 0.5) / (total[:, Seen.INDEX] + total[:, Seen.NOT_INDEX] + 1)
    reference = (total[:, Seen.CT] + 0.5) / (total[:, Seen.CT] + total[:, Seen.NOT_CT] + 1)
    share: Floats = np.clip(np.where(of_ct > 0, direct, index / reference), 0.1, 0.95)
    return share


def _least_squares(x: Floats, y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """Return coefficients (b, p) and the residuals' spread (b,); weights without rank leave 0."""
    normal = np.einsum("rp,br,rq->bpq", x, w, x)
    right = np.einsum("rp,br->bp", x, w * y)
    beta = np.einsum("bpq,bq->bp", np.linalg.pinv(normal, hermitian=True), right)
    rest = y - beta @ x.T
    total = np.maximum(w.sum(axis=1), 1e-9)
    return beta, np.sqrt((w * rest * rest).sum(axis=1) / total)
