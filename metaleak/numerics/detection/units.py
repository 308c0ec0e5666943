"""Counts of studies as arrays, and the likelihood that is built from them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from metaleak.numerics.detection.curve import Curve
from metaleak.numerics.detection.layout import Layout
from metaleak.numerics.detection.likelihood import Block, Likelihood, Mixture
from metaleak.numerics.detection.nodes import Imaging, Seen
from metaleak.numerics.detection.surface import Surface

Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]

#: Events come in pairs; one that is counted brings the other.
_PAIRS = (
    (Seen.CT, Seen.NOT_CT),
    (Seen.INDEX, Seen.NOT_INDEX),
    (Seen.INDEX_OF_CT, Seen.MISSED_OF_CT),
    (Seen.INDEX_WITHOUT_CT, Seen.NEITHER),
)


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """Integrals over the studies' own logits: one per study, or several that are mixed.

    Attributes
    ----------
    counts : array (b, units, 8)
        Counts in the order of :class:`Seen`, for b tables of one shape.
    x, w : arrays (units, p), (units, m)
        Rows of the designs of incidence and sensitivity.
    group : array (units,)
        Neighbours of one number are alternatives, added with their weights.
    log_weights : array (b, units)
        Logarithms of these weights.
    share : array (units,)
        +1 and -1 for alternatives that the estimated share weighs with q and 1 - q, else 0.
    first : array (units, m) or None
        For twins, two index imagings on the same leaks: the first one's design row; the counts of CT are
        then the first one's, those of the index among CT positives the second one's. NaN elsewhere.
    constant : array (b,)
        Log-likelihood that no parameter moves.
    """

    counts: Floats
    x: Floats
    w: Floats
    group: Rows
    log_weights: Floats
    share: Floats
    constant: Floats
    first: Floats | None = None
    imaging: Imaging = field(default_factory=Imaging)
    correlation: float = 0.0
    twin_correlation: float = 0.0

    @classmethod
    def single(cls, counts: Floats, **parts: Floats) -> Units:
        """Return units that stand alone, with one mean rate and one mean sensitivity where not given."""
        k = counts.shape[1]
        one = np.ones((k, 1))
        return cls(
            counts=counts,
            x=parts.get("x", one),
            w=parts.get("w", one),
            group=np.arange(k),
            log_weights=np.zeros(counts.shape[:2]),
            share=np.zeros(k),
            constant=np.zeros(len(counts)),
        )

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """Which pairs of events were counted, array (units, 4)."""
        total = self.counts.sum(axis=0)
        return np.stack([total[:, list(pair)].sum(axis=1) > 0 for pair in _PAIRS], axis=1)

    @property
    def twin(self) -> npt.NDArray[np.bool_]:
        """Which units are two index imagings on the same leaks, array (units,)."""
        if self.first is None:
            return np.zeros(len(self.group), dtype=bool)
        return np.asarray(np.isfinite(self.first).all(axis=1))


@dataclass(slots=True)
class _Builder:
    """Puts rows on curves where one logit decides, on surfaces where two do."""

    units: Units
    layout: Layout
    #: Whether rate and sensitivity counts of one unit that share no logit go apart.
    splits: bool
    #: Whether rates go on surfaces even where one logit decides.
    rates_on_surfaces: bool = False
    blocks: list[Block] = field(default_factory=list)
    owners: list[Rows] = field(default_factory=list)

    def add(self, rows: Rows) -> None:
        units = self.units
        present, twin = units.present[rows], units.twin[rows]
        rate, index, of_ct, joint = present.T
        entangled = twin | index | joint | (rate & of_ct & ((units.correlation != 0) | (not self.splits)))
        plain = units.imaging.ct_sensitivity == 1 and not self.rates_on_surfaces
        if plain:
            self._curve(rows[rate & ~entangled], _PAIRS[0], self.layout.rate_loading(units.x))
        else:
            self._surface(rows[rate & ~entangled], (0,), twin=False)
        self._curve(rows[of_ct & ~entangled], _PAIRS[2], self.layout.sensitivity_loading(units.w))
        kinds = present @ (1 << np.arange(4)) + 16 * twin
        for kind in np.unique(kinds[entangled]):
            chosen = (kinds == kind) & entangled
            self._surface(rows[chosen], tuple(np.flatnonzero(present[chosen][0])), twin=bool(kind >= 16))

    def _curve(self, rows: Rows, events: tuple[Seen, Seen], loading: Floats) -> None:
        if rows.size:
            yes, no = (self.units.counts[:, rows, event] for event in events)
            own = loading[rows]
            shared = own[:1] if (own == own[0]).all() else own
            self.blocks.append(Curve(yes, yes + no, shared))
            self.owners.append(rows)

    def _surface(self, rows: Rows, pairs: tuple[int, ...], *, twin: bool) -> None:
        if not rows.size:
            return
        units, layout = self.units, self.layout
        events = tuple(event for pair in pairs for event in _PAIRS[pair])
        first = units.first[rows] if twin and units.first is not None else None
        upper = layout.rate_loading(units.x[rows]) if first is None else layout.sensitivity_loading(first)
        loading = np.concatenate([upper, layout.sensitivity_loading(units.w[rows])], axis=1)
        cells, cell = np.unique(loading.reshape(rows.size, -1), axis=0, return_inverse=True)
        members = [rows[cell.ravel() == c] for c in range(len(cells))]
        widest = max(part.size for part in members)
        counts = np.zeros((len(units.counts), len(cells), widest, len(events)))
        owner = np.full((len(cells), widest), -1)
        for c, part in enumerate(members):
            counts[:, c, : part.size] = units.counts[:, part][:, :, list(events)]
            owner[c, : part.size] = part
        alone = pairs == (0,)
        self.blocks.append(
            Surface(
                counts=counts,
                loading=cells.reshape(len(cells), 4, layout.size),
                events=events,
                imaging=Imaging() if twin else units.imaging,
                correlation=units.twin_correlation if twin else 0.0 if alone else units.correlation,
                steps=np.tile([0.1, np.inf] if alone else [0.2, 0.4], (len(counts), 1)),
            )
        )
        self.owners.append(owner.ravel())


def likelihood_of(units: Units, layout: Layout, *, rates_on_surfaces: bool = False) -> Likelihood:
    """Return the log-likelihood of the units.

    ``rates_on_surfaces`` integrates every rate on a grid, from which its distribution can be read.
    """
    alone = np.bincount(units.group)[units.group] == 1
    single = _Builder(units, layout, splits=True, rates_on_surfaces=rates_on_surfaces)
    single.add(np.flatnonzero(alone))
    mixture = None
    if not alone.all():
        mixed = _Builder(units, layout, splits=False, rates_on_surfaces=rates_on_surfaces)
        mixed.add(np.flatnonzero(~alone))
        mixture = _mixture(mixed, np.flatnonzero(~alone))
    return Likelihood(tuple(single.blocks), tuple(single.owners), mixture, units.constant, layout)


def _mixture(mixed: _Builder, rows: Rows) -> Mixture:
    units = mixed.units
    owner = np.concatenate(mixed.owners)
    place = np.zeros(len(units.group), dtype=np.intp)
    place[owner[owner >= 0]] = np.flatnonzero(owner >= 0)
    ordered = rows[np.argsort(units.group[rows], kind="stable")]
    groups = np.flatnonzero(np.diff(units.group[ordered], prepend=-1))
    return Mixture(
        blocks=tuple(mixed.blocks),
        order=place[ordered],
        groups=groups,
        log_weights=units.log_weights[:, ordered],
        share=units.share[ordered],
        owners=ordered[groups],
        units=owner,
    )
