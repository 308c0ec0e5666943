"""The words of figures in other languages: sentences are written once, in English, and said by rules in others.

A language is a TOML file of this folder. Its keys are sentences and words as the figures write them, with
placeholders; what no rule fits stays as it is: study labels, titles and other words of the data.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from metaleak.errors import SettingError

_FOLDER = Path(__file__).parent

#: Languages by code; English needs no rules.
LANGUAGES = ("en", *sorted(path.stem for path in _FOLDER.glob("*.toml")))

_PLACE = re.compile(r"\{([a-z])\}")

#: What a placeholder may hold: numbers, a few words, anything.
_NUMBER = r"[\u2212-]?\d(?:[\d.,\u2007-\u200a\u202f ]*\d)?"
_HOLDS = {**dict.fromkeys("nmop", _NUMBER), **dict.fromkeys("wx", r"[^,;:.()\[\]%]{1,40}?")}

_LETTERS = re.compile("[A-Za-z]{2}")

_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z0-9τ(])")


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    target: str

    @property
    def is_loose(self) -> bool:
        """Whether it fits too much to be trusted where it knows none of the words."""
        return {"w", "x"} <= set(self.pattern.groupindex)


def said(text: str, language: str) -> str:
    """Return a text of a figure in a language.

    Parameters
    ----------
    text : str
        A word, a sentence or several, in English.
    language : str
        One of :data:`LANGUAGES`.

    Raises
    ------
    SettingError
        When there is no such language.

    Examples
    --------
    >>> said("21 rows of 18 studies", "zh")
    '18项研究的21行'
    >>> said("Palm 2018", "zh")
    'Palm 2018'
    """
    if language == "en":
        return text
    return _said(text, language)


@lru_cache(maxsize=4096)
def _said(text: str, language: str) -> str:
    sentences = _SENTENCES.split(text)
    if len(sentences) > 1:
        return _joined([_said(sentence, language) for sentence in sentences])
    exact, rules = _rules(language)
    found = _by_rule(text, language, exact, rules)
    return _by_parts(text, language) if found is None else found


def _joined(sentences: list[str]) -> str:
    """Join sentences; a space stays behind one that was not translated."""
    text = sentences[0]
    for before, after in itertools.pairwise(sentences):
        text += after if before.endswith("。") else f" {after}"
    return text


def _by_parts(text: str, language: str) -> str:
    """Say a text's clauses where no rule fits the whole, a list of words only if each of them is known."""
    body, stop = (text[:-1], "。") if text.endswith(".") else (text, "")
    for cut, glue in (("; ", "；"), (": ", "："), (", ", "，")):
        parts = body.split(cut)
        if len(parts) < 2:
            continue
        told = [_said(part, language) for part in parts]
        new = [a != b and bool(_LETTERS.search(a)) for a, b in zip(parts, told, strict=True)]
        if all(new) if cut == ", " else told != parts:
            return glue.join(told) + stop
    return text


def _by_rule(text: str, language: str, exact: dict[str, str], rules: tuple[_Rule, ...]) -> str | None:
    body, stop = (text[:-1], "。") if text.endswith(".") else (text, "")
    plain = body.replace("\u00a0", " ")
    if plain in exact:
        return exact[plain] + stop
    for rule in rules:
        match = rule.pattern.fullmatch(plain)
        if match:
            given = match.groupdict()
            held = {name: _said(value, language) for name, value in given.items()}
            if rule.is_loose and not _known(given, held):
                continue
            return (
                "".join(
                    held.get(part, part) if i % 2 else part
                    for i, part in enumerate(_PLACE.split(rule.target))
                )
                + stop
            )
    return None


def _known(given: dict[str, str], held: dict[str, str]) -> bool:
    """Whether some words were said, and none that looks like a word was not."""
    return held != given and not any(
        value == given[name] and re.search("[a-z]{2}", value) for name, value in held.items()
    )


@lru_cache(maxsize=8)
def _rules(language: str) -> tuple[dict[str, str], tuple[_Rule, ...]]:
    if language not in LANGUAGES:
        raise SettingError(
            f"there is no language {language!r}", required="one of " + ", ".join(LANGUAGES), got=language
        )
    words: dict[str, str] = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))["words"]
    exact = {form: target for source, target in words.items() if "{" not in source for form in _cased(source)}
    # Where two rules fit, the one that says more of the sentence wins.
    told = sorted((s for s in words if "{" in s), key=lambda source: (-len(_PLACE.sub("", source)), source))
    return exact, tuple(_Rule(_pattern(source), words[source]) for source in told)


def _cased(source: str) -> Iterator[str]:
    """Return a text with and without the capital that begins a sentence."""
    yield source
    yield source[0].upper() + source[1:]
    if source[1:2].islower():
        yield source[0].lower() + source[1:]


def _pattern(source: str) -> re.Pattern[str]:
    parts = []
    for i, part in enumerate(_PLACE.split(source)):
        if i % 2:
            parts.append(f"(?P<{part}>{_HOLDS.get(part, '.+?')})")
        elif i == 0 and part[:1].isascii() and part[:1].isalpha():
            parts.append(f"[{part[0].upper()}{part[0].lower()}]{re.escape(part[1:])}")
        else:
            parts.append(re.escape(part))
    return re.compile("".join(parts))
