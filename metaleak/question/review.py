"""A review on disk, read once: its sheets, its codebook, its questions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from metaleak.effects.table import StudyTable
from metaleak.errors import ConfigError
from metaleak.question.kinds.base import AnyQuestion
from metaleak.question.load import load_question
from metaleak.question.question import Selecting
from metaleak.question.select import Selection, select_rows
from metaleak.question.study_table import PooledRow, pooled_rows, table_of
from metaleak.sheets.codebook import Codebook, nearest
from metaleak.sheets.load import Sheets, load_sheets
from metaleak.storage.digest import of_file
from metaleak.validation.check import check_review


@dataclass(frozen=True, eq=False)
class Review:
    """The sheets and questions of one review; make one with :func:`read_review`."""

    root: Path
    sheets: Sheets

    @property
    def codebook(self) -> Codebook:
        """The field's words."""
        return self.sheets.codebook

    @cached_property
    def questions(self) -> tuple[str, ...]:
        """The names of the analyses, sorted."""
        return tuple(sorted(path.stem for path in (self.root / "analyses").glob("*.toml")))

    @cached_property
    def study_labels(self) -> dict[str, str]:
        """Each study's display label, the key itself where the label is empty."""
        studies = self.sheets.frame("studies")
        return {row["study_id"]: row["label"] or row["study_id"] for row in studies.to_dict("records")}

    @cached_property
    def bias_answers(self) -> dict[str, dict[str, str]]:
        """What ``risk_of_bias.csv`` says of each study that was judged: item -> answer."""
        answers: dict[str, dict[str, str]] = {}
        for row in self.sheets.frame("risk_of_bias").to_dict("records"):
            answers.setdefault(row["study_id"], {})[row["item"]] = row["answer"]
        return answers

    def question(self, name: str) -> AnyQuestion:
        """Return the typed ``analyses/NAME.toml``.

        Raises
        ------
        ConfigError
            When there is no such analysis, or its file holds an unknown key or word.
        """
        if name not in self.questions:
            raise ConfigError(
                f"there is no analysis {name!r}{nearest(name, self.questions)}",
                required="one of " + (", ".join(self.questions) or "none: analyses/ is empty"),
                where="analyses",
            )
        return load_question(self.root / "analyses" / f"{name}.toml", self.codebook)

    def selecting(self, name: str) -> Selecting:
        """Return an analysis that takes rows of one sheet.

        Raises
        ------
        ConfigError
            When there is none of this name, or it takes its rows in another way.
        """
        question = self.question(name)
        if not isinstance(question, Selecting):
            raise ConfigError(
                f"an analysis of kind {question.kind!r} selects no rows of one sheet",
                where=f"analyses/{name}.toml",
            )
        return question

    def select(self, name: str) -> Selection:
        """Return every candidate row of an analysis with its verdict and reason."""
        return self.selected(self.selecting(name), name=name)

    def selected(self, question: Selecting, *, name: str) -> Selection:
        """Return every candidate row of a question with its verdict and reason; errors say ``name``."""
        words = self.codebook.declared
        return select_rows(
            question,
            self.sheets.frame(question.rows.sheet),
            name=name,
            all_arms=words.all_arms,
            of_leaks=words.units_of_leaks,
        )

    def pooled_rows(self, name: str) -> list[PooledRow]:
        """Return the observations of an analysis, each with the sheet rows that it sums."""
        return pooled_rows(self.selecting(name), self.select(name), self.study_labels)

    def table(self, name: str) -> StudyTable:
        """Return the study table that ``analyses/NAME.toml`` selects."""
        return table_of(self.pooled_rows(name))

    def digests(self, name: str) -> dict[str, str]:
        """Return the SHA-256 of every file that enters an analysis."""
        question = self.question(name)
        # Rows of a pool carry the answers about their study, once there are any.
        judged = ("risk_of_bias",) if question.kind == "pool" and self.bias_answers else ()
        sheets = [f"extraction/{sheet}.csv" for sheet in (*question.sheets, *judged)]
        files = [*sheets, "extraction/studies.csv", "extraction/codebook.toml"]
        return {file: of_file(self.root / file) for file in [*files, f"analyses/{name}.toml"]}


def read_review(root: str | Path = ".") -> Review:
    """Read and check the review in a folder.

    Raises
    ------
    SheetError
        When a sheet has errors; every finding is in the message.
    ConfigError
        When the codebook cannot be read.
    """
    root = Path(root)
    check_review(root).raise_if_errors()
    return Review(root, load_sheets(root))
