"""Whether two names are the same journal."""

from __future__ import annotations

import re

from metaleak.records.fold import folded

#: Words that abbreviations leave out.
_SMALL = frozenset(
    "a an and d de der des die du el et for fur in la le les of on the und y zur".split(" ")  # noqa: SIM905
)
_PLACE = re.compile(r"\([^()]*\)|\s[:/=]\s.*$")


def journal_words(name: str) -> tuple[str, ...]:
    """Return the words of a journal's name that an abbreviation keeps.

    Examples
    --------
    >>> journal_words("Spine (Philadelphia, Pa. 1976)"), journal_words("The Journal of Bone & Joint Surgery")
    (('spine',), ('journal', 'bone', 'joint', 'surgery'))
    """
    words = folded(_PLACE.sub(" ", name)).split()
    return tuple(word for word in words if word not in _SMALL)


def is_same_journal(left: tuple[str, ...], right: tuple[str, ...]) -> bool:
    """Whether one name may abbreviate the other, word by word.

    Examples
    --------
    >>> same = lambda a, b: is_same_journal(journal_words(a), journal_words(b))
    >>> same("Eur Spine J", "European Spine Journal"), same("Spine", "Spine J"), same("JBJS Am", "J Bone Joint Surg Am")
    (True, False, False)
    """
    if left == right:
        return True
    if len(left) != len(right):
        # Series and places are often left out behind three words that say enough.
        short, long = sorted((left, right), key=len)
        if len(short) < 3 or len(long) - len(short) > 2:
            return False
        left, right = short, long[: len(short)]
    return all(_abbreviates(a, b) for a, b in zip(left, right, strict=True))


def _abbreviates(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    if long.startswith(short):
        return True
    # "Natl" for "National", "Intl" for "International": first letter, then letters in their order.
    letters = iter(long)
    return len(short) >= 3 and short[0] == long[0] and all(letter in letters for letter in short)
