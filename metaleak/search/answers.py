"""What the E-utilities answer, as values; what is no answer raises, so that the question is asked again."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass

from metaleak.search.client import UnreadableError, WordedError

#: Findings of ESearch about a strategy, none of which stops it; the names are NCBI's.
_FINDINGS = (
    "ErrorList/PhraseNotFound",
    "ErrorList/FieldNotFound",
    "WarningList/PhraseIgnored",
    "WarningList/QuotedPhraseNotFound",
    "WarningList/OutputMessage",
)

#: Said of every question that matches more than one answer holds.
_SAID_OF_LARGE = "Restrictions achieved"


@dataclass(frozen=True, slots=True)
class Session:
    """A list of numbers that the history server keeps for some hours."""

    webenv: str
    query_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer of ESearch.

    Attributes
    ----------
    count : int
        How many records match.
    ids : tuple of int
        Their PubMed numbers, all of them; empty when there are more than an answer can hold.
    session : Session or None
        The same list on the history server.
    translation : str
        How PubMed read the question.
    warnings : tuple of str
        What PubMed found wrong with it.
    """

    count: int
    ids: tuple[int, ...]
    session: Session | None
    translation: str
    warnings: tuple[str, ...]


def read_search(body: bytes, wall: int) -> Found:
    """Read an answer of ESearch, whose list has to be complete if it has at most ``wall`` numbers."""
    root = _root(body, "eSearchResult")
    count = _number(root.findtext("Count"), "Count")
    ids = tuple(_number(item.text, "Id") for item in root.iterfind("IdList/Id")) if count <= wall else ()
    if count <= wall and (len(ids) != count or len(set(ids)) != count):
        raise UnreadableError(f"the list holds {len(set(ids))} of {count} numbers")
    return Found(
        count=count,
        ids=ids,
        session=_session(root) if root.find("WebEnv") is not None else None,
        translation=" ".join((root.findtext("QueryTranslation") or "").split()),
        warnings=tuple(
            f"{path.partition('/')[2]}: {text}"
            for path in _FINDINGS
            for item in root.iterfind(path)
            if (text := " ".join((item.text or "").split())) and not text.startswith(_SAID_OF_LARGE)
        ),
    )


def read_post(body: bytes) -> Session:
    """Read an answer of EPost."""
    return _session(_root(body, "ePostResult"))


def read_build(body: bytes) -> str:
    """Read from an answer of EInfo when the database was last updated."""
    updated = _root(body, "eInfoResult").findtext("DbInfo/LastUpdate")
    if not updated:
        raise UnreadableError("the answer names no date of the database")
    return updated.strip()


def _root(body: bytes, name: str) -> ET.Element:
    # The answers of these programs declare no entities; one that does is an attack.
    if b"<!ENTITY" in body:
        raise UnreadableError("the answer declares entities")
    try:
        root = ET.fromstring(body)
    except (ET.ParseError, ValueError) as error:
        raise UnreadableError(f"the answer is no complete XML: {error}: {_start(body)}") from None
    errors = [" ".join((item.text or "").split()) for item in root.iter("ERROR")]
    if any(errors):
        raise WordedError("the answer is an error: " + "; ".join(filter(None, errors))[:300])
    if root.tag != name:
        raise UnreadableError(f"the answer is no {name}: {_start(body)}")
    return root


def _session(root: ET.Element) -> Session:
    webenv, key = root.findtext("WebEnv"), root.findtext("QueryKey")
    if not webenv or not key:
        raise UnreadableError("the answer names no list on the history server")
    return Session(webenv, key)


def _number(text: str | None, name: str) -> int:
    if text is None or not text.strip().isdecimal():
        raise UnreadableError(f"{name} is no number: {text!r}")
    return int(text)


def _start(body: bytes) -> str:
    return repr(body[:60].decode("utf-8", "replace"))
