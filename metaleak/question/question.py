"""A question is a file: which rows answer it, how they are grouped, which model pools them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from metaleak.errors import ConfigError
from metaleak.question.toml_file import read_toml, typed
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.sheets.columns import SHEETS

Words = Annotated[list[str], Field(min_length=1)]

#: The figures that an analysis can ask for.
FIGURES = ("groups", "forest")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Rows(BaseModel):
    """Which rows of a sheet are candidates: every further key is a column with its allowed words."""

    model_config = ConfigDict(extra="allow", frozen=True)

    sheet: Literal["leaks", "pairs"]

    @property
    def where(self) -> dict[str, list[str]]:
        """Columns and the words that a taken row has in them."""
        return dict(self.model_extra or {})


class SeveralRows(_Strict):
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


class Contrast(_Strict):
    """A difference between two groups, as an odds ratio of ``of`` to ``against``."""

    of: str
    against: str


class HeadlineModel(_Strict):
    """The model behind the headline numbers."""

    name: Literal["BinomialNormal"] = "BinomialNormal"
    ci_method: Literal["profile", "wald", "t"] = "profile"
    tau2: Literal["separate", "common"] = "separate"
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class BesideModel(_Strict):
    """The model whose numbers stand beside the headline."""

    name: Literal["RandomEffects"] = "RandomEffects"
    measure: Literal["PR", "PLN", "PLO", "PAS", "PFT"] = "PLO"
    method: Literal["DL", "HE", "HS", "SJ", "ML", "REML", "EB", "PM"] = "REML"
    ci_method: Literal["wald", "t", "hksj", "hksj-adhoc"] = "hksj-adhoc"


class Figures(_Strict):
    """Which figures are drawn; ``overall`` adds the pool of all groups to the forest plot."""

    draw: list[Literal["groups", "forest"]] = ["groups", "forest"]
    overall: bool = False


class Question(_Strict):
    """One ``analyses/NAME.toml``, typed.

    Attributes
    ----------
    title, question : str
        What the analysis is called and what it asks.
    rows, several_rows, groups : the selection
        Candidates, what to do with several rows per study and arm, and the named groups in order.
    contrasts, model, beside, figures
        What is compared, fitted and drawn.
    """

    format: Literal[1]
    title: str
    question: str
    rows: Rows
    several_rows: SeveralRows = SeveralRows()
    groups: Annotated[list[Group], Field(alias="group", min_length=1)]
    contrasts: Annotated[list[Contrast], Field(alias="contrast")] = []
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
            "sheet": self.rows.sheet,
            "where": self.rows.where,
            "several_rows": self.several_rows.model_dump(exclude_none=True),
            "groups": {group.name: group.where for group in self.groups},
            "contrasts": [contrast.model_dump() for contrast in self.contrasts],
            "model": self.model.model_dump(),
            "beside": self.beside.model_dump(),
            "figures": self.figures.draw,
            **({"overall": True} if self.figures.overall else {}),
        }


def load_question(path: Path, codebook: Codebook, *, name: str | None = None) -> Question:
    """Read one analysis file and check its words against the codebook.

    Raises
    ------
    ConfigError
        For an unknown key, an unknown value, a group without a condition: the file, the key and the
        allowed values are named, all findings at once.
    """
    name = name or f"analyses/{Path(path).name}"
    question = typed(Question, read_toml(path, name=name), name=name)
    wrong = list(_wrong_words(question, codebook))
    if wrong:
        raise ConfigError("; ".join(wrong), where=name)
    return question


def _wrong_words(question: Question, codebook: Codebook) -> list[str]:
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
