"""What every kind of analysis has: a typed file, and rows that are taken before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Numbers = dict[str, Any]


class Strict(BaseModel):
    """A table of a TOML file that holds no other keys than those it declares."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class NoFigures(Strict):
    """No figure: its tables are what is read."""

    draw: tuple[()] = ()


class AnyQuestion(Strict):
    """What every ``analyses/NAME.toml`` says.

    Attributes
    ----------
    kind : str
        The kind of the analysis; see :mod:`metaleak.question.kinds`.
    title, question : str
        What the analysis is called and what it asks.
    """

    format: Literal[1]
    kind: str = "pool"
    title: str
    question: str

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheets that its rows come from."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values; ``figures`` lists the figures that it asks for."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """The rows of an analysis, and how its numbers are computed from them.

    Attributes
    ----------
    identity : JSON value
        What the numbers depend on beside settings and software: where it is unchanged, an earlier
        result's numbers are taken over.
    numbers : callable
        Computes the numbers: plain JSON values. ``rows`` is one mapping per observation; ``groups``
        may be empty.
    selection : dict
        What was taken: ``candidates, matching, taken, studies, pooled_rows, not_reported, left_out``
        and whatever else the kind says of its rows.
    rows : callable
        Joins each observation's numbers with its words and its place in the sheet.
    rows_csv : str
        Every candidate row with its verdict and reason: the text of ``NAME.rows.csv``.
    """

    identity: Any
    numbers: Callable[[], Numbers]
    selection: dict[str, Any]
    rows: Callable[[Sequence[Mapping[str, Any]]], list[dict[str, Any]]]
    rows_csv: str
