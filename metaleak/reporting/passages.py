"""Sentences that belong together, behind a fold that says what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences of a section behind one fold.

    Attributes
    ----------
    key : str
        Its name in addresses of the page, behind that of the section.
    title : str
        What stands on the fold: what the sentences say.
    sentences : tuple of str
        One paragraph each.
    """

    key: str
    title: str
    sentences: tuple[str, ...]


def passage(key: str, title: str, sentences: Iterable[str]) -> tuple[Passage, ...]:
    """Return the passage of these sentences, none where there is no sentence.

    Examples
    --------
    >>> passage("next", "What the next study would tell", [])
    ()
    """
    told = tuple(sentences)
    return (Passage(key, title, told),) if told else ()


def in_full(lead: Iterable[str], passages: Iterable[Passage]) -> tuple[str, ...]:
    """Return every sentence in the order of the page: those that lead, then those behind folds.

    Examples
    --------
    >>> in_full(["It leaks."], [Passage("why", "Why", ("Pressure.",))])
    ('It leaks.', 'Pressure.')
    """
    return (*lead, *(sentence for each in passages for sentence in each.sentences))
