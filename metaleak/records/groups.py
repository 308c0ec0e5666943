"""From pairs to groups: records that are one publication."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from metaleak.records.compare import ALIKE, Verdict
from metaleak.records.decisions import RULES, Decision, Pair
from metaleak.records.evidence import evidence
from metaleak.records.profile import Profile


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of places in the order of the records, and pairs that could not be joined."""

    groups: tuple[tuple[int, ...], ...]
    refused: tuple[Decision, ...]


def group(keys: Sequence[str], profile: Callable[[int], Profile], held: Mapping[Pair, Decision]) -> Grouping:
    """Join records that are duplicates, the surest pairs first, persons before rules.

    Two records that were told apart, or contradict each other, never end in one group: a third one that is like both
    joins the one that it is more like, and the other pair is left for a person. ``profile`` returns the profile at a
    place; it is asked for the few that a third record stands beside.
    """
    place = {key: at for at, key in enumerate(keys)}
    apart = {pair for pair, each in held.items() if each.verdict is Verdict.DISTINCT and each.by != RULES}
    members = [[at] for at in range(len(keys))]
    of = list(range(len(keys)))
    refused = []
    joining = [each for each in held.values() if each.verdict is Verdict.DUPLICATE]
    for decision in sorted(joining, key=lambda each: (each.by == RULES, -each.score, each.pair)):
        if decision.left not in place or decision.right not in place:
            continue
        left, right = of[place[decision.left]], of[place[decision.right]]
        if left == right:
            continue
        is_free = decision.by != RULES
        if _clash(members[left], members[right], keys, profile, apart, checks_content=not is_free):
            refused.append(decision)
            continue
        for at in members[right]:
            of[at] = left
        members[left] += members[right]
        members[right] = []
    groups = sorted(tuple(sorted(each)) for each in members if each)
    return Grouping(tuple(groups), tuple(refused))


def _clash(
    left: Sequence[int],
    right: Sequence[int],
    keys: Sequence[str],
    profile: Callable[[int], Profile],
    apart: set[Pair],
    *,
    checks_content: bool,
) -> bool:
    for a in left:
        for b in right:
            if (min(keys[a], keys[b]), max(keys[a], keys[b])) in apart:
                return True
            if checks_content and len(left) + len(right) > 2 and _contradict(profile(a), profile(b)):
                return True
    return False


def _contradict(left: Profile, right: Profile) -> bool:
    found = evidence(left, right)
    if found.ids or found.place:
        return False
    return found.ids is False or left.kind != right.kind or (not found.numbers and found.title >= ALIKE)
