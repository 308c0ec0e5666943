"""A question is a file: which rows answer it, how they are grouped, which model pools them.

Here stand the parts that questions of several kinds share, and the question that pools by group.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from metaleak.question.forest_columns import wrong_columns, wrong_sort
from metaleak.question.kinds.base import AnyQuestion, Strict
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.sheets.columns import SHEETS

Words = Annotated[list[str], Field(min_length=1)]


class Rows(BaseModel):
    """Which rows of a sheet are candidates: every further key is a column with its allowed words."""

    model_config = ConfigDict(extra="allow", frozen=True)

    sheet: Literal["leaks", "pairs"]

    @property
    def where(self) -> dict[str, list[str]]:
        """Columns and the words that a taken row has in them."""
        return dict(self.model_extra or {})


class SeveralRows(Strict):
    """What happens when one study, arm and procedure has several rows.

    ``unit`` and ``modality`` list words in order of preference: only rows with the first word that
    occurs are taken.
    """

    arm: Literal["arms-before-all", "all-before-arms", "keep"] = "arms-before-all"
    unit: Words | None = None
    modality: Words | None = None
    arms: Literal["sum", "rows"] = "sum"


class Group(BaseModel):
    """A named group: every further key is a column with the words that belong to the group."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: Annotated[str, Field(min_length=1)]

    @property
    def where(self) -> dict[str, list[str]]:
        """Columns and the words that a row of this group has in them."""
        return dict(self.model_extra or {})


class Contrast(Strict):
    """A difference between two groups, as an odds ratio of ``of`` to ``against``."""

    of: str
    against: str


class HeadlineModel(Strict):
    """The model behind the headline numbers."""

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    tau2: Literal["separate", "common"] = "separate"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class BesideModel(Strict):
    """The model whose numbers stand beside the headline."""

    name: Literal["RandomEffects"] = "RandomEffects"
    measure: Literal["PR", "PLN", "PLO", "PAS", "PFT"] = "PLO"
    method: Literal["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"] = "REML"
    ci_method: Literal["wald", "t", "hksj", "hksj-adhoc"] = "hksj-adhoc"


class Figures(Strict):
    """Which figures are drawn, and what the forest plot shows.

    Attributes
    ----------
    draw : tuple of str
        The figures.
    overall : bool
        Adds the pool of all groups to the forest plot.
    columns : tuple of str, optional
        Columns of the forest plot beside labels, counts and rates; without them the style's.
    sort : str, optional
        What its rows are sorted by within their group; without it they stand by label.
    """

    draw: tuple[Literal["groups", "forest"], ...] = ("groups", "forest")
    overall: bool = False
    columns: tuple[str, ...] | None = None
    sort: str | None = None

    @model_validator(mode="after")
    def _known(self) -> Figures:
        wrong = [*wrong_columns(self.columns or ()), *(wrong_sort(self.sort) if self.sort else ())]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self


class Selecting(AnyQuestion):
    """A question that takes rows of one sheet.

    Attributes
    ----------
    rows, several_rows, groups : the selection
        Candidates, what to do with several rows per study and arm, and the named groups in order;
        without groups all rows are in one, called ``"all"``.
    """

    rows: Rows
    several_rows: SeveralRows = SeveralRows()
    groups: list[Group] = Field(alias="group", default_factory=list)

    @property
    def sheets(self) -> tuple[str, ...]:
        """The sheet that its rows come from."""
        return (self.rows.sheet,)

    def selection_settings(self) -> dict[str, Any]:
        """Return what was declared about the rows."""
        return {
            "sheet": self.rows.sheet,
            "where": self.rows.where,
            "several_rows": self.several_rows.model_dump(exclude_none=True),
            "groups": {group.name: group.where for group in self.groups},
        }


class Question(Selecting):
    """One ``analyses/NAME.toml`` that pools by group.

    Attributes
    ----------
    contrasts, model, beside, figures
        What is compared, fitted and drawn.
    """

    kind: Literal["pool"] = "pool"
    groups: Annotated[list[Group], Field(alias="group", min_length=1)]
    contrasts: list[Contrast] = Field(alias="contrast", default_factory=list)
    model: HeadlineModel = HeadlineModel()
    beside: BesideModel = BesideModel()
    figures: Figures = Figures()

    @model_validator(mode="after")
    def _names_fit(self) -> Question:
        names = [group.name for group in self.groups]
        twice = [name for i, name in enumerate(names) if name in names[:i]]
        if twice:
            raise ValueError(f"two groups are called {twice[0]!r}")
        for contrast in self.contrasts:
            for name in (contrast.of, contrast.against):
                if name not in names:
                    raise ValueError(f"contrast names no group: {name!r}; groups: {', '.join(names)}")
        return self

    def settings(self) -> dict[str, Any]:
        """Return what was declared, as plain JSON values."""
        return {
            **self.selection_settings(),
            "contrasts": [contrast.model_dump() for contrast in self.contrasts],
            "model": self.model.model_dump(),
            "beside": self.beside.model_dump(),
            "figures": list(self.figures.draw),
            **({"overall": True} if self.figures.overall else {}),
            **({} if self.figures.columns is None else {"columns": list(self.figures.columns)}),
            **({} if self.figures.sort is None else {"sort": self.figures.sort}),
        }


def wrong_words(question: Selecting, codebook: Codebook) -> list[str]:
    """Say which columns and words of a selection the codebook does not know, one sentence each."""
    columns = _worded_columns(question.rows.sheet, codebook)
    wrong: list[str] = []
    conditions = {"rows": question.rows.where}
    conditions |= {f"group {group.name!r}": group.where for group in question.groups}
    preferred = {"unit": question.several_rows.unit, "modality": question.several_rows.modality}
    conditions["several_rows"] = {column: words for column, words in preferred.items() if words}
    for place, where in conditions.items():
        if place.startswith("group") and not where:
            wrong.append(f"{place} has no condition; allowed here: {', '.join(columns)}")
        for column, words in where.items():
            wrong += _wrong_in(place, column, words, columns)
    return wrong


def _wrong_in(place: str, column: str, words: Any, columns: dict[str, tuple[str, ...]]) -> list[str]:
    if column not in columns:
        allowed = ", ".join(columns)
        return [
            f"unknown key {column!r} in {place}{nearest(column, tuple(columns))}; allowed here: {allowed}"
        ]
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        return [f"{column} in {place} is no list of words; got: {words!r}"]
    known = columns[column]
    return [
        f"unknown word {word!r} for {column} in {place}{nearest(word, known)}; allowed: {', '.join(known)}"
        for word in words
        if word not in known
    ]


def _worded_columns(sheet: str, codebook: Codebook) -> dict[str, tuple[str, ...]]:
    return {
        column.name: codebook.words(column.vocabulary)
        for column in SHEETS[sheet].columns
        if column.vocabulary is not None
    }
