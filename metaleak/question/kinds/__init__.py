"""What an analysis can be: ``kind = "..."`` in ``analyses/NAME.toml`` names a module of this folder.

A kind is a module with three names:

``Question``
    The typed TOML file, a subclass of :class:`metaleak.question.kinds.base.AnyQuestion`.
``wrong_words(question, codebook)``
    What is wrong with its words, one sentence each; pydantic has already checked keys and types.
``prepare(review, name, question)``
    The rows that it takes and how its numbers are computed, a
    :class:`metaleak.question.kinds.base.Prepared`.

Its figures are named in ``metaleak.plots.planners`` and its part of the page in
``metaleak.reporting.sections``.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from metaleak.errors import ConfigError
from metaleak.sheets.codebook import nearest

if TYPE_CHECKING:
    from metaleak.question.kinds.base import AnyQuestion, Prepared
    from metaleak.sheets.codebook import Codebook

#: The kind of a file that names none.
DEFAULT = "pool"

#: Kind -> its module, loaded when an analysis of this kind is.
KINDS = {
    "pool": "metaleak.question.kinds.pool",
    "ledger": "metaleak.question.kinds.ledger",
    "regression": "metaleak.question.kinds.regression",
    "influence": "metaleak.question.kinds.influence",
    "models": "metaleak.question.kinds.models",
    "matched": "metaleak.question.kinds.matched",
    "two_arm": "metaleak.question.kinds.two_arm",
    "detection": "metaleak.question.kinds.detection",
    "risk_of_bias": "metaleak.appraisal.kinds.risk_of_bias",
    "specifications": "metaleak.question.kinds.specifications",
    "certainty": "metaleak.appraisal.kinds.certainty",
    "future": "metaleak.question.kinds.future",
    "units": "metaleak.question.kinds.units",
}

#: Kinds that take long, the longest first: beside others they begin first.
SLOW = ("detection", "influence", "ledger", "specifications", "regression", "two_arm", "models")


class Kind(Protocol):
    """The names of a kind's module."""

    @property
    def Question(self) -> type[AnyQuestion]:  # noqa: N802
        """The typed TOML file."""

    def wrong_words(self, question: Any, codebook: Codebook) -> list[str]:
        """Say what is wrong with its words."""

    def prepare(self, review: Any, name: str, question: Any) -> Prepared:
        """Take the rows."""


def kind(name: object, *, where: str) -> Kind:
    """Return the module of a kind.

    Raises
    ------
    ConfigError
        When there is no such kind.
    """
    if not isinstance(name, str) or name not in KINDS:
        raise ConfigError(
            f"there is no kind of analysis {name!r}{nearest(str(name), tuple(KINDS))}",
            required="one of " + ", ".join(KINDS),
            where=where,
        )
    module: Any = import_module(KINDS[name])
    return module  # type: ignore[no-any-return]


def slow_first(kinds: Mapping[str, str]) -> list[str]:
    """Return the names of analyses, given with their kinds, in the order in which many hands should take them.

    Examples
    --------
    >>> slow_first({"a": "pool", "b": "ledger", "c": "detection"})
    ['c', 'b', 'a']
    """
    return sorted(kinds, key=lambda name: SLOW.index(kinds[name]) if kinds[name] in SLOW else len(SLOW))
