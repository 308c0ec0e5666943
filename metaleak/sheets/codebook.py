"""The field's words, each with its sentence, and what the checks have to know about them.

A review brings its own ``extraction/codebook.toml``: another subject has other procedures and sites. The words
of checklists are the same everywhere and come from :mod:`metaleak.sheets.instruments`.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any

from metaleak.errors import ConfigError
from metaleak.sheets.columns import vocabularies
from metaleak.sheets.instruments import FIXED

#: The file inside a review.
CODEBOOK = "extraction/codebook.toml"

_KEYS = ("format", "declared", "words")


def _about(vocabulary: str | None) -> Any:
    return field(metadata={"vocabulary": vocabulary})


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What the checks know about single words; every word is one of its vocabulary.

    ``units_of_leaks`` are the units whose ``n_leak`` may exceed ``n_total``; ``no_modality`` and
    ``no_basis`` are the words for imaging that the text does not give.
    """

    all_arms: str = _about(None)
    any_site: str = _about("leak_site")
    any_symptom: str = _about("symptomatic")
    units_of_patients: tuple[str, ...] = _about("unit")
    units_of_vertebrae: tuple[str, ...] = _about("unit")
    units_of_leaks: tuple[str, ...] = _about("unit")
    no_modality: str = _about("modality")
    no_basis: str = _about("modality_basis")
    first_year: int = _about(None)
    last_year: int = _about(None)


@dataclass(frozen=True, slots=True)
class Codebook:
    """The vocabularies of a review.

    Examples
    --------
    >>> book = Codebook({"unit": {"patient": "patients"}}, declared=None)
    >>> book.words("unit"), book.sentence("unit", "patient")
    (('patient',), 'patients')
    """

    vocabularies: Mapping[str, Mapping[str, str]]
    declared: Declared

    def words(self, vocabulary: str) -> tuple[str, ...]:
        """Return the words of a vocabulary in the order of the codebook."""
        return tuple(self.vocabularies[vocabulary])

    def sentence(self, vocabulary: str, word: str) -> str:
        """Return what a word means."""
        return self.vocabularies[vocabulary][word]


def read_codebook(path: Path, *, name: str = CODEBOOK) -> Codebook:
    """Read ``codebook.toml``; ``name`` is how errors call it.

    Raises
    ------
    ConfigError
        For a file that is missing, not UTF-8 or not TOML, and for every unknown or missing key, word
        without a sentence and declared word outside its vocabulary: all of them at once.
    """
    book, wrong = judge_codebook(path)
    if book is None:
        raise ConfigError("; ".join(wrong), where=name, todo="mend the codebook, then run again")
    return book


def judge_codebook(path: Path) -> tuple[Codebook | None, tuple[str, ...]]:
    """Return the codebook, or None and every reason why it cannot be used."""
    try:
        data = tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return None, ("the codebook does not exist",)
    except UnicodeDecodeError as error:
        return None, (f"the codebook is not UTF-8: byte {error.start} starts no letter",)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        return None, (f"the codebook is not TOML: {error}",)
    except (OSError, ValueError) as error:
        return None, (f"the codebook cannot be read: {getattr(error, 'strerror', None) or error}",)
    wrong = _wrong_top(data) or [
        *_wrong_words(data["words"]),
        *_wrong_declared(data["declared"], data["words"]),
    ]
    return (None, tuple(wrong)) if wrong else (_built(data), ())


def nearest(word: str, words: tuple[str, ...]) -> str:
    """Return `` (did you mean ...?)`` for a word close to a known one, else nothing.

    Examples
    --------
    >>> nearest("vertebrae", ("vertebra", "patient"))
    " (did you mean 'vertebra'?)"
    """
    lower = {known.lower(): known for known in reversed(words)}
    close = difflib.get_close_matches(word[:100].lower(), list(lower), n=1)
    return f" (did you mean {lower[close[0]]!r}?)" if close else ""


def _built(data: dict[str, Any]) -> Codebook:
    words = {name: MappingProxyType(dict(words)) for name, words in data["words"].items()}
    words |= {name: MappingProxyType(dict(fixed)) for name, fixed in FIXED.items()}
    declared: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data["declared"].items()
    }
    return Codebook(MappingProxyType(words), Declared(**declared))


def _wrong_top(data: dict[str, Any]) -> list[str]:
    wrong = _wrong_keys(data, _KEYS, "")
    if "format" in data and (data["format"] != 1 or isinstance(data["format"], bool)):
        wrong.append(f"key 'format' must be 1; got: {data['format']!r}")
    wrong += [
        f"key {key!r} must be a table; got: {data[key]!r}"
        for key in ("declared", "words")
        if key in data and not isinstance(data[key], dict)
    ]
    return wrong


def _wrong_words(words: dict[str, Any]) -> list[str]:
    wrong = _wrong_keys(words, vocabularies(), "words.")
    for vocabulary, entries in words.items():
        if not isinstance(entries, dict) or not entries:
            wrong.append(f"key 'words.{vocabulary}' must be a table of words; got: {entries!r}")
            continue
        wrong += [
            f"key 'words.{vocabulary}.{word}' must be one sentence about a word without spaces around it;"
            f" got: {sentence!r}"
            for word, sentence in entries.items()
            if not isinstance(sentence, str) or not sentence.strip() or word != word.strip() or not word
        ]
    return wrong


def _wrong_declared(declared: dict[str, Any], words: dict[str, Any]) -> list[str]:
    wrong = _wrong_keys(declared, tuple(item.name for item in fields(Declared)), "declared.")
    for item in fields(Declared):
        if item.name in declared:
            vocabulary = item.metadata["vocabulary"]
            known = words.get(vocabulary, {}) if vocabulary else None
            wrong += _wrong_value(item.name, str(item.type), declared[item.name], known)
    return wrong


def _wrong_value(key: str, kind: str, value: Any, known: Any) -> list[str]:
    if kind == "int":
        if isinstance(value, int) and not isinstance(value, bool) and 1000 <= value <= 9999:
            return []
        return [f"key 'declared.{key}' must be a year with four digits; got: {value!r}"]
    listed = kind.startswith("tuple")
    items = value if listed and isinstance(value, list) else [value]
    if (listed and not isinstance(value, list)) or not all(isinstance(word, str) and word for word in items):
        return [f"key 'declared.{key}' must be {'a list of words' if listed else 'a word'}; got: {value!r}"]
    if not isinstance(known, dict):
        return []
    return [
        f"key 'declared.{key}': {word!r} is no known word{nearest(word, tuple(known))}; allowed: {', '.join(known)}"
        for word in items
        if word not in known
    ]


def _wrong_keys(data: dict[str, Any], known: tuple[str, ...], prefix: str) -> list[str]:
    wrong = [
        f"unknown key '{prefix}{key}'{nearest(key, known)}; allowed here: {', '.join(known)}"
        for key in data
        if key not in known
    ]
    return wrong + [f"key '{prefix}{key}' is missing" for key in known if key not in data]
