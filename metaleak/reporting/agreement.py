"""How far reviewers agree, in words."""

from __future__ import annotations

from typing import Any

from metaleak import numbers
from metaleak.reporting.words import counted
from metaleak.screening.agreement import LEVEL, Agreement
from metaleak.screening.judgements import Stage

#: What a word is called where publications are counted.
_CALLED = {"include": "in", "exclude": "out", "maybe": "undecided"}


def agreement_sentence(found: Agreement) -> str:
    """Return counts, percent agreement and kappa with its interval in a sentence.

    Examples
    --------
    >>> from metaleak.screening.agreement import cohen_kappa
    >>> table = ((20, 5), (10, 15))
    >>> told = agreement_sentence(
    ...     Agreement(stage=Stage.TITLE_ABSTRACT, left="WX", right="YZ", words=("include", "exclude"),
    ...               table=table, kappa=cohen_kappa(table)))
    >>> told.partition(" (")[0]
    'By title and abstract, WX and YZ both judged 50 publications and agreed on 35'
    >>> told.rpartition(": ")[2]
    'kappa 0.40 [0.15, 0.65].'
    """
    read = "By title and abstract" if found.stage is Stage.TITLE_ABSTRACT else "By the report"
    both = [(word, found.table[i][i]) for i, word in enumerate(found.words)]
    told = ", ".join(f"{_CALLED[word]}: {numbers.count(n)}" for word, n in both if n)
    kappa = found.kappa
    if kappa.value is None:
        beyond = "kappa is not defined where both always say the same word"
    else:
        beyond = f"kappa {numbers.fixed(kappa.value)} {numbers.interval(kappa.low, kappa.high)}"
    share = numbers.percent(kappa.observed)
    return (
        f"{read}, {found.left} and {found.right} both judged {counted(found.n, 'publication')} and agreed on "
        f"{numbers.count(found.alike)} ({share}{'; ' if told else ''}{told}): {beyond}."
    )


def agreement_values(found: Agreement) -> dict[str, Any]:
    """Return plain values for scripts.

    Examples
    --------
    >>> from metaleak.screening.agreement import cohen_kappa
    >>> table = ((2, 0), (0, 2))
    >>> values = agreement_values(Agreement(stage=Stage.FULL_TEXT, left="WX", right="YZ", words=("include", "exclude"),
    ...                                     table=table, kappa=cohen_kappa(table)))
    >>> values["n"], values["agreed"], values["kappa"]
    (4, 1.0, 1.0)
    """
    return {
        "stage": str(found.stage),
        "left": found.left,
        "right": found.right,
        "n": found.n,
        "words": list(found.words),
        "table": [list(row) for row in found.table],
        "agreed": found.kappa.observed,
        "kappa": found.kappa.value,
        "kappa_low": found.kappa.low,
        "kappa_high": found.kappa.high,
        "level": LEVEL,
    }
