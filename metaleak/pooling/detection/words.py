"""What a reader has to know beside the numbers, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from metaleak import numbers
from metaleak.effects.detection_table import PAIRED, RowKind
from metaleak.pooling.detection.detail import DetectionDetail, Penalised, Pool
from metaleak.pooling.detection.estimates import CALIBRATED, WALD, Fitted, Top

#: Fewer rows than this that compare both imagings leave omega close to unknown.
FEW_DIRECT = 10

_COMPARES = (*PAIRED, RowKind.SENSITIVITY)


def identifiability(top: Top, information: Mapping[str, float]) -> str:
    """Return which data carry the sensitivity.

    ``information`` is the share that each kind of study brings of the information about it.
    """
    table = top.assembly.table
    inside = [row for row in table.rows_of(*_COMPARES) if table.index_modality[row] in top.assembly.indexes]
    studies = len({table.study[row] for row in inside})
    if not studies:
        return (
            "no study was read on both: the sensitivity rests on the contrast between studies read on CT and"
            " studies read on the index alone, and on the assumption that they differ in nothing else"
        )
    own = {kind.value for kind in _COMPARES}
    share = sum(part for kind, part in information.items() if own & set(kind.split(" + ")))
    noun = "study" if studies == 1 else "studies"
    told = f"the sensitivity rests on {studies} {noun} read on both"
    if information:
        told += f" ({numbers.percent(share, 0)} of the information about it)"
    loose = sum(table.kind[row] is RowKind.MARGINS for row in inside)
    if loose:
        told += f"; the overlap is not printed in {loose} of the rows, so that it may be lower than estimated"
    return told


def notes(of: Fitted, detail: DetectionDetail) -> list[str]:
    """Return what stands beside the result."""
    layout, found = of.top.assembly.layout, [detail.identifiability]
    if of.top.theta[layout.omega] == 0:
        found.append("omega is estimated as 0: the sensitivities differ no more than chance lets them")
    if of.top.theta[layout.tau] == 0:
        found.append("tau2 is estimated as 0: the rates differ no more than chance lets them")
    if of.top.fits.saturated.any():
        found.append("a sensitivity is estimated at its limit, 0 or 1: its interval has no end there")
    if of.top.fits.unbounded[0]:
        found.append(
            "the likelihood rises with omega without end: the sensitivity's spread is not identified"
        )
    if of.limits.method not in (CALIBRATED, WALD) and not of.top.direct_rows:
        found.append("without a pair the intervals are plain profiles: nothing bounds omega from above")
    if detail.penalised is not None and detail.penalised_stands_beside:
        found.append(_with_penalty(detail.penalised, detail.omega2, of.top.direct_rows))
    if detail.ct_pool is not None:
        found.append(_headline(detail.ct_pool, detail.information))
    if detail.second_maximum is not None:
        found.append(f"the likelihood has a second, lower maximum at omega = {detail.second_maximum:.4g}")
    return found + _unknown(of) + _left_out(of)


def _with_penalty(penalised: Penalised, omega2: float, direct_rows: int) -> str:
    parts = [f"sensitivity of {name} {numbers.fixed(value)}" for name, value in penalised.sensitivity.items()]
    if penalised.incidence is not None:
        parts.insert(0, f"CT-equivalent rate {numbers.percent(penalised.incidence)}")
    rows = "row compares" if direct_rows == 1 else "rows compare"
    why = "omega is estimated as 0" if omega2 == 0 else f"{direct_rows} {rows} both imagings"
    told = ", ".join([*parts, f"omega {numbers.fixed(penalised.omega)}"])
    return f"{why}; with the penalty that keeps omega from 0: {told}"


def _headline(pool: Pool, information: Mapping[str, float]) -> str:
    inside = pool.estimate.ci
    limits = "" if inside is None else f" {numbers.percent_interval(inside.low, inside.high)}"
    told = f"the pool of the CT counts alone is {numbers.percent(pool.estimate.value)}{limits}, k = {pool.k}"
    if information:
        ct = sum(share for kind, share in information.items() if kind != RowKind.INDEX.value)
        told += f", and studies read on CT bring {numbers.percent(ct, 0)} of the information about the rate"
    return f"{told}: the model adds the sensitivity, the share missed and the rate of each study"


def _unknown(of: Fitted) -> list[str]:
    assumed, found = of.assumed, []
    kinds = [row.kind for row in of.top.assembly.left_out]
    left, aside = kinds.count(RowKind.UNREPORTED.value), kinds.count(RowKind.JOINT.value)
    if left:
        found.append(f"{left} rows do not say the imaging and are left out")
    elif assumed.unreported == "estimate":
        found.append(
            "the share of unreported studies that read CT is estimated under the assumption that they differ from"
            " the others in their imaging alone: no data test it, and the answer can be confidently wrong"
        )
    elif not isinstance(assumed.unreported, str):
        share = numbers.percent(float(assumed.unreported), 0)
        told = f"unreported studies are taken to have read CT with a probability of {share}: declared"
        if of.informed is not None:
            told += "; what the index shows comes from the other rows and is held, with its uncertainty"
        found.append(told)
    if aside:
        found.append(f"{aside} rows read on CT and the index together stand beside the model, not in it")
    return found


def _left_out(of: Fitted) -> list[str]:
    plain = (RowKind.UNREPORTED.value, RowKind.JOINT.value)
    return [
        f"{row.label} ({row.kind}) left out: {row.reason}"
        for row in of.top.assembly.left_out
        if row.kind not in plain
    ]
