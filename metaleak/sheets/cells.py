"""What one cell means: its typed value, or why it has none."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from metaleak.sheets.codebook import Codebook, nearest
from metaleak.sheets.columns import Column
from metaleak.sheets.instruments import FIXED
from metaleak.sheets.problems import Rule
from metaleak.storage.dialect import SPACES
from metaleak.storage.formulas import original

_NUMERIC = ("count", "number", "share", "year", "flag")

#: Rules of single cells, by id.
CELLS = {
    rule.id: rule
    for rule in (
        Rule(
            id="R20",
            severity="error",
            reason="A number that is not known leaves its cell empty: words such as NA are read as text.",
            kinds=_NUMERIC,
        ),
        Rule(
            id="R21",
            severity="error",
            reason="A choice is one of its words: the program acts on them.",
            kinds=("choice",),
        ),
        Rule(
            id="R22",
            severity="error",
            reason="Words come from the codebook, so that groups are complete.",
            kinds=("word",),
        ),
        Rule(
            id="R23",
            severity="error",
            reason="Thousands are not separated: 1,234 and 1.234 mean different numbers in different places.",
            kinds=_NUMERIC,
        ),
        Rule(id="R24", severity="error", reason="The decimal mark is a point.", kinds=_NUMERIC),
        Rule(
            id="R25", severity="error", reason="A cell of numbers holds a number of its kind.", kinds=_NUMERIC
        ),
        Rule(
            id="R26",
            severity="error",
            reason="Shares run from 0 to 1; percentages are divided by 100 before they are typed in.",
            kinds=("share",),
        ),
        Rule(
            id="R27",
            severity="error",
            reason="A year has four digits and lies in the codebook's range.",
            kinds=("year",),
        ),
        Rule(id="R28", severity="error", reason="A PubMed number is 1 to 8 digits.", kinds=("pmid",)),
        Rule(
            id="R29", severity="error", reason="A PubMed Central number is PMC and digits.", kinds=("pmcid",)
        ),
        Rule(
            id="R30",
            severity="error",
            reason="A DOI is 10.PREFIX/SUFFIX, without a resolver or a space.",
            kinds=("doi",),
        ),
        Rule(
            id="R31",
            severity="error",
            reason="A link is an http or https address: other schemes can run code in a page.",
            kinds=("url",),
        ),
        Rule(
            id="R32",
            severity="error",
            reason="A number lies where numbers of its kind can lie.",
            kinds=("number",),
        ),
    )
}

#: What people write for "not known".
PLACEHOLDERS = frozenset(
    [
        "na",
        "n/a",
        "n.a.",
        "n.a",
        "nan",
        "nil",
        "none",
        "null",
        "nr",
        "n.r.",
        "nd",
        "n.d.",
        "-",
        "--",
        "–",
        "—",
        "−",
        ".",
        "..",
        "?",
        "??",
        "unknown",
        "unclear",
        "#n/a",
        "#value!",
        "#ref!",
        "#name?",
        "#div/0!",
        "not_reported",
    ]
) | {"not reported", "not available", "not given"}

_COUNT = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,15})?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}([,.' \u00a0\u2009\u202f\u2019][0-9]{3})+([.,][0-9]+)?")
_DECIMAL_COMMA = re.compile(r"-?[0-9]*,[0-9]+")
_PMID = re.compile(r"[1-9][0-9]{0,7}")
_PMCID = re.compile(r"PMC[1-9][0-9]{0,9}")
_DOI = re.compile(r"10\.[0-9]{4,9}(\.[0-9]+)*/\S+")


@dataclass(frozen=True, slots=True)
class CellProblem:
    """Why a cell has no value of its kind."""

    rule: str
    text: str
    todo: str


def clean(cell: str) -> str:
    r"""Return the text of a cell: no spaces around it, no apostrophe that only stops formulas.

    Examples
    --------
    >>> clean(" 12\u00a0"), clean("'=1+1")
    ('12', '=1+1')
    """
    return original(cell.strip(SPACES))


def typed(column: Column, text: str, codebook: Codebook | None) -> Any:
    """Return the value of a cleaned cell, None for an empty number, or a :class:`CellProblem`.

    Text, words and identifiers are str, counts and years int, numbers and shares float, flags bool.
    Without a codebook words pass as they are.
    """
    if not text:
        return None if column.kind in _NUMERIC else ""
    return _READERS[column.kind](column, text, codebook)


def _as_text(_: Column, text: str, __: Codebook | None) -> Any:
    return text


def _word(column: Column, text: str, codebook: Codebook | None) -> Any:
    if codebook is None or column.vocabulary is None:
        return text
    words = codebook.words(column.vocabulary)
    if text in words:
        return text
    own = "" if column.vocabulary in FIXED else "; a new word needs a sentence in codebook.toml first"
    empty = ", or leave the cell empty" if column.may_be_missing else ""
    return CellProblem(
        "R22",
        f"{text[:60]!r} is no word of {column.vocabulary}{nearest(text, words)}",
        f"write one of {', '.join(words)}{empty}{own}",
    )


def _choice(column: Column, text: str, _: Codebook | None) -> Any:
    if text in column.choices:
        return text
    return CellProblem(
        "R21",
        f"{text[:60]!r} is no word of {column.name}{nearest(text, column.choices)}",
        f"write one of {', '.join(column.choices)}",
    )


def _not_a_number(text: str, wanted: str) -> CellProblem:
    if text.lower() in PLACEHOLDERS:
        return CellProblem("R20", f"{text!r} stands for a number that is not known", "leave the cell empty")
    if _THOUSANDS.fullmatch(text):
        bare = (
            re.sub("[^0-9.-]", "", text)
            if text.count(".") == 1 and "," in text
            else re.sub("[^0-9-]", "", text)
        )
        return CellProblem("R23", "the thousands are separated", f"write {bare}, if that is the number")
    if _DECIMAL_COMMA.fullmatch(text):
        return CellProblem(
            "R24", "the decimal mark is a comma", f"write {text.replace(',', '.')}, if it is {wanted}"
        )
    if re.fullmatch(r"[0-9]{1,9}\.0+", text):
        return CellProblem(
            "R25", "a whole number has no decimals", f"write {text.partition('.')[0]}, if it is {wanted}"
        )
    if _NUMBER.fullmatch(plain := _plain_digits(text)):
        return CellProblem(
            "R25",
            f"{text[:60]!r} is written with digits other than 0 to 9",
            f"write {plain}, if it is {wanted}",
        )
    if text.rstrip().endswith("%"):
        return CellProblem("R25", "a percentage is not a number of its own", f"write {wanted}")
    return CellProblem("R25", f"{text[:60]!r} is not {wanted}", f"write {wanted}, or leave the cell empty")


def _plain_digits(text: str) -> str:
    """Return full-width, Arabic and other digits as 0 to 9."""
    digits = "".join(str(unicodedata.decimal(letter, letter)) for letter in text)
    return unicodedata.normalize("NFKC", digits).replace("\u2212", "-")


def _count(_: Column, text: str, __: Codebook | None) -> Any:
    return int(text) if _COUNT.fullmatch(text) else _not_a_number(text, "a whole number, 0 or more")


def _number(column: Column, text: str, _: Codebook | None) -> Any:
    if not _NUMBER.fullmatch(text):
        return _not_a_number(text, "a number such as 4.05")
    value = float(text)
    if column.within and not column.within[0] <= value <= column.within[1]:
        return CellProblem(
            "R32",
            f"{column.name} cannot be {text}",
            f"write a number from {column.within[0]:g} to {column.within[1]:g}: look at the source again",
        )
    return value


def _share(_: Column, text: str, __: Codebook | None) -> Any:
    bare = text.rstrip("% ")
    if _NUMBER.fullmatch(bare):
        value = float(bare)
        if bare == text and 0 <= value <= 1:
            return value
        if 0 <= value <= 100:
            return CellProblem("R26", "the share is printed as a percentage", f"write {value / 100:g}")
        return CellProblem("R26", "a share lies between 0 and 1", "look at the source again")
    return _not_a_number(text, "a share from 0 to 1")


def _year(_: Column, text: str, codebook: Codebook | None) -> Any:
    if not re.fullmatch("[0-9]{4}", text):
        if text.lower() in PLACEHOLDERS:
            return _not_a_number(text, "a year")
        return CellProblem("R27", f"{text[:60]!r} is not a year with four digits", "write the year of print")
    year = int(text)
    if codebook is None or codebook.declared.first_year <= year <= codebook.declared.last_year:
        return year
    allowed = f"{codebook.declared.first_year} to {codebook.declared.last_year}"
    return CellProblem(
        "R27", f"the year is outside {allowed}", "look at the source, or widen the range in codebook.toml"
    )


def _flag(_: Column, text: str, __: Codebook | None) -> Any:
    return text == "1" if text in ("0", "1") else _not_a_number(text, "0 or 1")


def _pmid(_: Column, text: str, __: Codebook | None) -> Any:
    return (
        text
        if _PMID.fullmatch(text)
        else CellProblem("R28", "this is no PubMed number", "write 1 to 8 digits only")
    )


def _pmcid(_: Column, text: str, __: Codebook | None) -> Any:
    if _PMCID.fullmatch(text):
        return text
    return CellProblem(
        "R29", "this is no PubMed Central number", "write PMC and the digits, such as PMC6745641"
    )


def _doi(_: Column, text: str, __: Codebook | None) -> Any:
    if _DOI.fullmatch(text):
        return text
    return CellProblem("R30", "this is no DOI", "begin with 10. and leave out https://doi.org/ and spaces")


def _url(_: Column, text: str, __: Codebook | None) -> Any:
    if re.search(r"[\s<>\"\x00-\x1f\\^`{|}]", text) is None:
        try:
            parts = urlsplit(text)
            if parts.scheme in ("http", "https") and parts.hostname:
                return text
        except ValueError:
            pass
    return CellProblem(
        "R31", "this is no http or https address", "copy the address from the browser, or leave it empty"
    )


_READERS: dict[str, Callable[[Column, str, Codebook | None], Any]] = {
    "text": _as_text,
    "word": _word,
    "choice": _choice,
    "count": _count,
    "number": _number,
    "share": _share,
    "year": _year,
    "flag": _flag,
    "pmid": _pmid,
    "pmcid": _pmcid,
    "doi": _doi,
    "url": _url,
}
