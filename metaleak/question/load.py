"""Read an analysis file of any kind."""

from __future__ import annotations

from pathlib import Path

from metaleak.errors import ConfigError
from metaleak.question.kinds import DEFAULT, kind
from metaleak.question.kinds.base import AnyQuestion
from metaleak.question.toml_file import read_toml, typed
from metaleak.sheets.codebook import Codebook


def load_question(path: Path, codebook: Codebook, *, name: str | None = None) -> AnyQuestion:
    """Read one analysis file and check its words against the codebook.

    Raises
    ------
    ConfigError
        For an unknown kind or key, an unknown value, a group without a condition: the file, the key
        and the allowed values are named, all findings at once.
    """
    name = name or f"analyses/{Path(path).name}"
    data = read_toml(path, name=name)
    module = kind(data.get("kind", DEFAULT), where=name)
    question = typed(module.Question, data, name=name)
    wrong = module.wrong_words(question, codebook)
    if wrong:
        raise ConfigError("; ".join(wrong), where=name)
    return question
