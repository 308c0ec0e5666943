"""Split the variance of rates among moderators: ``kind = "ledger"``."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from metaleak.pooling.result import Estimate
from metaleak.question.kinds.base import Prepared, Strict
from metaleak.question.moderators import known_moderators, moderated_table
from metaleak.question.question import Selecting
from metaleak.question.question import wrong_words as wrong_selection
from metaleak.question.review import Review
from metaleak.question.rows import described, observed_rates, rows_csv, rows_with_numbers
from metaleak.question.study_table import PooledRow, pooled_rows
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.synthesis.explained import MOST_PLAYERS, Ledger, explained_variance


class Coding(Strict):
    """A player made from the words of a column; rows with another word leave the ledger."""

    player: str
    column: Literal["procedure", "unit", "modality", "leak_site", "confidence"]
    levels: Annotated[dict[str, list[str]], Field(min_length=2)]


class OneLedger(Strict):
    """One ledger: its name, its players, and how players are coded that are no column."""

    name: Annotated[str, Field(min_length=1)]
    players: Annotated[list[str], Field(min_length=1, max_length=MOST_PLAYERS)]
    codings: list[Coding] = Field(alias="coding", default_factory=list)


class Simulation(Strict):
    """How intervals and the part of chance are simulated."""

    replicates: Annotated[int, Field(ge=0, le=10_000)] = 200
    permutations: Annotated[int, Field(ge=0, le=10_000)] = 200
    seed: Annotated[int, Field(ge=0)] = 1
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class LedgerFigures(Strict):
    """Which figures are drawn."""

    draw: tuple[Literal["parts", "ledger"], ...] = ("parts", "ledger")


class Question(Selecting):
    """One ``analyses/NAME.toml`` that splits the variance of rates; the first ledger is the headline."""

    kind: Literal["ledger"] = "ledger"
    ledgers: Annotated[list[OneLedger], Field(alias="ledger", min_length=1)]
    simulation: Simulation = Simulation()
    figures: LedgerFigures = LedgerFigures()

    @model_validator(mode="after")
    def _names_fit(self) -> Question:
        names = [ledger.name for ledger in self.ledgers]
        twice = [name for i, name in enumerate(names) if name in names[:i]]
        if twice:
            raise ValueError(f"two ledgers are called {twice[0]!r}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "ledgers": [ledger.model_dump() for ledger in self.ledgers],
            "simulation": self.simulation.model_dump(),
            "figures": list(self.figures.draw),
        }


def wrong_words(question: Question, codebook: Codebook) -> list[str]:
    """Say which words of the selection, of codings and of players are unknown, one sentence each."""
    wrong = wrong_selection(question, codebook)
    for ledger in question.ledgers:
        for coding in ledger.codings:
            known = codebook.words(coding.column)
            wrong += [
                f"unknown word {word!r} for {coding.column} in ledger {ledger.name!r}{nearest(word, known)}"
                for words in coding.levels.values()
                for word in words
                if word not in known
            ]
        players = known_moderators([coding.player for coding in ledger.codings])
        wrong += [
            f"unknown player {player!r} in ledger {ledger.name!r}{nearest(player, players)}; "
            f"known: {', '.join(players)}"
            for player in ledger.players
            if player not in players
        ]
    return wrong


def prepare(review: Review, name: str, question: Question) -> Prepared:
    """Take the rows of a ledger.

    Raises
    ------
    SelectionError
        When no row is left.
    """
    selection = review.select(name)
    rows = pooled_rows(question, selection, review.study_labels)
    years = {row["study_id"]: str(row["year"]) for row in review.sheets.frame("studies").to_dict("records")}
    return Prepared(
        identity=[
            [row.label, row.procedure, row.unit, row.modality, row.xi, row.ni, years.get(row.study_id)]
            for row in rows
        ],
        numbers=partial(_numbers, review, question, rows),
        selection=described(review, selection, rows),
        rows=partial(rows_with_numbers, review, rows, keys=("rate", "ci_low", "ci_high", "ci_method")),
        rows_csv=rows_csv(question.rows.sheet, selection),
    )


def _numbers(review: Review, question: Question, rows: list[PooledRow]) -> dict[str, Any]:
    return {
        "groups": {},
        "ledgers": [_ledger(review, question, ledger, rows) for ledger in question.ledgers],
        "rows": observed_rates(rows, level=question.simulation.level),
        "notes": [],
    }


def _ledger(review: Review, question: Question, ledger: OneLedger, rows: list[PooledRow]) -> dict[str, Any]:
    coded = {coding.player: [_level(coding, row) for row in rows] for coding in ledger.codings}
    table = moderated_table(review, rows, sheet=question.rows.sheet, coded=coded)
    entering = [
        i
        for i in range(table.k)
        if all(table.moderators[player][i] not in (None, "") for player in ledger.players)
    ]
    simulation = question.simulation
    found = explained_variance(
        table.take(entering),
        ledger.players,
        replicates=simulation.replicates,
        permutations=simulation.permutations,
        seed=simulation.seed,
        level=simulation.level,
    )
    return {
        "name": ledger.name,
        "k": found.k,
        "k_studies": found.k_studies,
        "left_out": [row.label for i, row in enumerate(rows) if i not in set(entering)],
        "levels": {
            player: _counted([table.moderators[player][i] for i in entering]) for player in ledger.players
        },
        "between": found.between,
        "total": found.total,
        "parts": _parts(found),
        "notes": list(found.notes),
    }


def _counted(values: list[Any]) -> dict[str, int]:
    words = [str(value) for value in values if isinstance(value, str)]
    return {word: words.count(word) for word in dict.fromkeys(words)}


def _level(coding: Coding, row: PooledRow) -> str | None:
    word = getattr(row, coding.column)
    return next((level for level, words in coding.levels.items() if word in words), None)


def _parts(found: Ledger) -> dict[str, dict[str, Any]]:
    parts = (found.sampling, *found.players.values(), found.unexplained)
    variances: dict[str, Estimate] = dict(zip(found.shares, parts, strict=True))
    return {
        name: {
            "variance": variances[name].value,
            "share": share.value,
            "low": None if share.ci is None else share.ci.low,
            "high": None if share.ci is None else share.ci.high,
            "chance_mean": found.chance[name].mean if name in found.chance else None,
            "chance_high": found.chance[name].high if name in found.chance else None,
        }
        for name, share in found.shares.items()
    }
