"""The formulas that models take: a closed grammar, checked before any library sees them.

::

    formula  = "~" term { ("+" | "-") term }
    term     = part { ("*" | ":") part }
    part     = "0" | "1" | column | "C(" column ["," text] ")" | "bs(" column ", df=" number ")"
             | "log(" column ")" | "scale(" column ")"

A formula comes from a file that somebody else wrote, and formula libraries evaluate what they read as
Python. Nothing outside this grammar reaches them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from metaleak.errors import SettingError

_TOKEN = re.compile(
    r"\s*(?:(?P<name>[A-Za-z_]\w*)|(?P<number>\d+)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<mark>[~+\-*:(),=]))"
)

FUNCTIONS = ("C", "bs", "log", "scale")
_ALLOWED = 'columns, + - * : 0 1, C(x), C(x, "reference"), bs(x, df=4), log(x), scale(x)'

#: A cubic spline has at least this many degrees of freedom.
FEWEST_DF = 3


@dataclass(frozen=True, slots=True)
class Formula:
    """A checked formula.

    ``text`` is what the formula library gets; ``columns`` are the moderators in order of appearance;
    ``references`` maps a column to its declared reference level; ``numeric`` are columns that a function
    needs as numbers, ``positive`` those that need numbers above 0, and ``words`` those that C() makes words.
    """

    text: str
    columns: tuple[str, ...]
    references: dict[str, str] = field(default_factory=dict)
    numeric: frozenset[str] = frozenset()
    positive: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    place: int


def parse_formula(source: str, known: Iterable[str]) -> Formula:
    """Return the checked formula.

    Parameters
    ----------
    source : str
        Such as ``'~ C(modality, "CT") + year'``.
    known : iterable of str
        The columns that a formula may name.

    Raises
    ------
    SettingError
        For anything outside the grammar or a column that is not known, with a mark under its place.

    Examples
    --------
    >>> parse_formula('~ C(modality, "CT") + log(year)', ["modality", "year"]).references
    {'modality': 'CT'}
    """
    return _Parser(source, tuple(known)).formula()


class _Parser:
    def __init__(self, source: str, known: tuple[str, ...]) -> None:
        self.source, self.known = source, known
        self.tokens = self._tokens()
        self.at = 0
        self.columns: dict[str, None] = {}
        self.references: dict[str, str] = {}
        self.kinds: dict[str, set[str]] = {"numeric": set(), "positive": set(), "words": set()}

    def formula(self) -> Formula:
        self._take("~")
        sign = "-" if self._if("-") else ""
        parts = [sign + self._term()]
        while not self._ended():
            token = self._next()
            if token.text not in "+-":
                raise self._wrong("two terms are not joined by + or -", token)
            parts.append(f" {token.text} {self._term()}")
        return Formula(
            text="".join(parts),
            columns=tuple(self.columns),
            references=self.references,
            numeric=frozenset(self.kinds["numeric"]),
            positive=frozenset(self.kinds["positive"]),
            words=frozenset(self.kinds["words"]),
        )

    def _term(self) -> str:
        first = self._part()
        rest = []
        while not self._ended() and self.tokens[self.at].text in "*:":
            mark = self._next().text
            rest.append(mark + self._part())
        if rest and first in "01":
            raise self._wrong("the intercept stands alone", self.tokens[self.at - 1])
        return first + "".join(rest)

    def _part(self) -> str:
        token = self._next()
        if token.kind == "number" and token.text in ("0", "1"):
            return token.text
        if token.kind != "name":
            raise self._wrong("this is no part of a formula", token)
        if self._if("("):
            return self._call(token)
        return self._column(token)

    def _call(self, function: _Token) -> str:
        if function.text not in FUNCTIONS:
            raise self._wrong(f"{function.text}() is no function of formulas", function)
        column = self._column(self._next())
        if function.text == "C":
            self.kinds["words"].add(column)
            if self._if(","):
                token = self._next()
                if token.kind != "text":
                    raise self._wrong("the reference is a text in quotes", token)
                reference = token.text[1:-1]
                if self.references.setdefault(column, reference) != reference:
                    raise self._wrong(f"{column} has two references", token)
            self._take(")")
            return column
        self.kinds["numeric"].add(column)
        if function.text == "log":
            self.kinds["positive"].add(column)
        if function.text == "bs":
            return self._spline(column)
        self._take(")")
        return f"{function.text}({column})"

    def _spline(self, column: str) -> str:
        for expected in (",", "df", "="):
            self._take(expected)
        token = self._next()
        if token.kind != "number" or not FEWEST_DF <= int(token.text) <= 20:
            raise self._wrong(f"a spline has {FEWEST_DF} to 20 degrees of freedom", token)
        self._take(")")
        return f"bs({column}, df={int(token.text)})"

    def _column(self, token: _Token) -> str:
        if token.kind != "name" or token.text not in self.known:
            raise self._wrong(
                f"this is no moderator of the table; it has {', '.join(self.known) or 'none'}", token
            )
        self.columns[token.text] = None
        return token.text

    def _tokens(self) -> list[_Token]:
        tokens, place = [], 0
        while place < len(self.source):
            if not self.source[place:].strip():
                break
            match = _TOKEN.match(self.source, place)
            if match is None or match.lastgroup is None:
                start = place + len(self.source[place:]) - len(self.source[place:].lstrip())
                raise self._wrong("this stands in no formula", _Token("", self.source[start], start))
            tokens.append(_Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup)))
            place = match.end()
        return tokens

    def _ended(self) -> bool:
        return self.at == len(self.tokens)

    def _next(self) -> _Token:
        if self._ended():
            raise self._wrong("the formula ends too early", _Token("", "", len(self.source)))
        self.at += 1
        return self.tokens[self.at - 1]

    def _if(self, text: str) -> bool:
        if self._ended() or self.tokens[self.at].text != text:
            return False
        self.at += 1
        return True

    def _take(self, text: str) -> None:
        token = self._next()
        if token.text != text:
            raise self._wrong(f"{text!r} is expected here", token)

    def _wrong(self, what: str, token: _Token) -> SettingError:
        mark = f"{self.source}\n{' ' * token.place}^"
        return SettingError(
            f"moderators: {what}", required=_ALLOWED, got=token.text, where=f"formula\n{mark}\n"
        )
