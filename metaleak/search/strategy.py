"""The ``[search]`` section of ``metaleak.toml``: named strategies, each as it is run in each database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from metaleak.errors import ConfigError
from metaleak.search.query import mistakes, normalised
from metaleak.search.sources import Source

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


def _one_line(text: str) -> str:
    if not text.strip():
        raise ValueError("the text is empty")
    return normalised(text)


Text = Annotated[str, AfterValidator(_one_line)]


class SearchSection(BaseModel):
    """What is searched, and in whose name.

    Attributes
    ----------
    email : str, optional
        The address that NCBI is told when neither the environment nor the user's settings name one.
    strategies : mapping of str to mapping
        Strategy -> source -> the text as it is run there, on one line.
    keep_abstracts : bool
        Write abstracts to records.csv too; they are mostly publishers' text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    email: str | None = None
    keep_abstracts: bool = False
    strategies: Annotated[dict[Name, dict[Source, Text]], Field(min_length=1)]

    @model_validator(mode="after")
    def _pubmed_reads_it_as_meant(self) -> SearchSection:
        wrong = [
            f"{name}.pubmed: {mistake}"
            for name, texts in self.strategies.items()
            for mistake in mistakes(texts.get(Source.PUBMED, ""))
        ]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    def for_pubmed(self, name: str | None) -> dict[str, str]:
        """Return the strategies that PubMed can be asked: one, or all when no name is given.

        Raises
        ------
        ConfigError
            When there is no such strategy, or it has no text for PubMed.
        """
        texts = {each: held[Source.PUBMED] for each, held in self.strategies.items() if Source.PUBMED in held}
        chosen = texts if name is None else {each: text for each, text in texts.items() if each == name}
        if not chosen:
            raise ConfigError(
                "there is no strategy for PubMed" + ("" if name is None else f" of the name {name!r}"),
                required=_listed(texts),
                where="metaleak.toml, [search.strategies]",
            )
        return chosen


def _listed(strategies: Mapping[str, object]) -> str:
    return (
        "one of " + ", ".join(strategies)
        if strategies
        else "a table [search.strategies.NAME] with a key pubmed"
    )
