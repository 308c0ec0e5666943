"""Decisions about pairs of records: rows that are added and never changed; the latest counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from metaleak.errors import InputError
from metaleak.records.compare import Verdict

#: Who decided where no person did.
RULES = "rules"

#: In front of a reason that counts again.
_AGAIN = "as before: "

#: How two distinct publications belong together.
TIES = ("preprint", "congress", "notice", "version", "series", "cohort")

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What two records are to each other, who says so and why.

    Attributes
    ----------
    left, right : str
        Keys of the two records.
    verdict : Verdict
        ``duplicate``, ``maybe`` or ``distinct``.
    score : float
        How much agrees, 0..1; it sorts the queue and decides nothing.
    reason : str
        In words.
    tie : str
        How two distinct publications belong together: ``preprint``, ``congress``, ``notice``, ``version``,
        ``series``, ``cohort``.
    by : str
        A person, or ``rules``.
    """

    left: str
    right: str
    verdict: Verdict
    score: float
    reason: str
    tie: str = ""
    by: str = RULES

    @property
    def pair(self) -> Pair:
        """The two keys in one order, whichever of them was read first."""
        return (self.left, self.right) if self.left <= self.right else (self.right, self.left)


#: Columns of a sheet of decisions.
COLUMNS = ("left", "right", "verdict", "score", "reason", "tie", "by")


def row_of(decision: Decision) -> dict[str, str]:
    """Return the cells of a decision by column."""
    return {**{name: str(getattr(decision, name)) for name in COLUMNS}, "score": f"{decision.score:.3f}"}


def decision_of(row: dict[str, str]) -> Decision:
    """Return the decision of a row.

    Raises
    ------
    InputError
        When its verdict is no known word or its score no number.
    """
    try:
        return Decision(
            **{name: row[name] for name in ("left", "right", "reason", "tie", "by")},
            verdict=Verdict(row["verdict"]),
            score=float(row["score"] or 0),
        )
    except (KeyError, ValueError) as error:
        raise InputError(
            "a row is no decision about two records",
            required=f"columns {', '.join(COLUMNS)}; a verdict of {', '.join(Verdict)}",
            got=str(error),
        ) from None


def latest(decisions: Iterable[Decision]) -> dict[Pair, Decision]:
    """Return what counts for each pair: the last word of a person, else the last of the rules."""
    found: dict[Pair, Decision] = {}
    for decision in decisions:
        held = found.get(decision.pair)
        if held is None or decision.by != RULES or held.by == RULES:
            found[decision.pair] = decision
    return found


def decide(decision: Decision, verdict: Verdict, *, by: str, reason: str) -> Decision:
    """Return a person's decision about a pair, to be added behind the others."""
    return replace(decision, verdict=verdict, by=by, reason=reason)


def undo(decisions: Iterable[Decision], left: str, right: str, *, by: str) -> Decision:
    """Return a row that takes the last decision about a pair back.

    What counted before counts again; where nothing did, the pair goes to the queue.

    Raises
    ------
    InputError
        When nothing was decided about the pair.
    """
    pair = (left, right) if left <= right else (right, left)
    rows = [decision for decision in decisions if decision.pair == pair]
    if not rows:
        raise InputError("nothing was decided about these two records", got=f"{left}, {right}")
    before = list(latest(rows[:-1]).values())
    if not before:
        return decide(rows[-1], Verdict.MAYBE, by=by, reason=f"taken back: {rows[-1].reason}")
    reason = before[0].reason.removeprefix(_AGAIN)
    return decide(before[0], before[0].verdict, by=by, reason=f"{_AGAIN}{reason}")
