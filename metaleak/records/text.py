"""Text as a reader wants it: no markup, no entities, no control characters, on one line."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection

from metaleak.records.record import Section

#: Elements that databases leave in titles and abstracts. Only these are taken away: "p <5 and >3" is text.
_INLINE = "a|abbr|b|big|bold|em|emph|font|i|inf|italic|monospace|roman|sc|small|span|strike|strong"
_INLINE += "|sub|sup|tt|u|underline"
_BLOCK = "abstract|abstracttext|br|div|h[1-6]|label|li|list|list-item|ol|p|sec|section|title|ul"
_MARKUP = re.compile(rf"</?(?:(?:jats|mml|ce|xhtml):[\w-]+|{_INLINE})(?:\s[^<>]*)?/?>", re.I)
_BREAK = re.compile(rf"</?(?:jats:)?(?:{_BLOCK})(?:\s[^<>]*)?/?>", re.I)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
#: What every one of these begins with; most texts with such a letter have none.
_TAG_LIKE = re.compile("<(?=/?[a-z])", re.I)
_ENTITY_LIKE = re.compile("&(?=[#A-Za-z])")
#: C0 and C1 controls without white space, zero-width characters, lone surrogates.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u200b\u2060\ufeff\ud800-\udfff]")

#: A label stands at the start or behind the end of a sentence, in capitals, with a colon.
_LABEL = re.compile(r"(?:^|(?<=[.?!)\]%]) )([A-Z][A-Z]+(?:[ /&,'()-]+[A-Z]+)*): ")

#: What databases write where there is no abstract.
_NO_ABSTRACT = re.compile(r"\W*(?:no abstract(?: is)?(?: available)?|abstract not available)\W*", re.I)

#: What PubMed calls a part without a label.
UNLABELLED = "UNLABELLED"


def clean(text: str) -> str:
    r"""Return text without markup, entities and control characters, on one line, composed (NFC).

    Examples
    --------
    >>> clean("Leakage <i>in vivo</i> &amp; p&lt;0.05\n again")
    'Leakage in vivo & p<0.05 again'
    >>> clean("&lt;sup&gt;18&lt;/sup&gt;F")
    '18F'
    """
    if "&" not in text and "<" not in text and "  " not in text and is_plain(text):
        return text.strip()
    if "&" not in text and "<" not in text:
        on_one_line = " ".join(text.split())
        if is_plain(on_one_line):
            return on_one_line
    # Taking one thing away may lay another bare ("&amp;lt;", "<<b>i>"): until nothing changes.
    while True:
        before = text
        if "&" in text and _ENTITY_LIKE.search(text):
            text = _ENTITY.sub(lambda match: html.unescape(match.group()), text)
        if "<" in text and _TAG_LIKE.search(text):
            text = _MARKUP.sub("", _BREAK.sub(" ", text))
        if not text.isprintable():
            text = _UNSEEN.sub("", text)
        if text == before:
            break
    if "  " not in text and is_plain(text):
        return text.strip()
    text = " ".join(text.split())
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_plain(text: str) -> bool:
    r"""Whether text is composed (NFC) and holds no controls, and no white space but the space.

    Examples
    --------
    >>> is_plain("p \u2265 5"), is_plain("a\u00a0b"), is_plain("a\nb"), is_plain("u\u0308")
    (True, False, False, False)
    """
    return text.isprintable() and (text.isascii() or unicodedata.is_normalized("NFC", text))


def sections(text: str) -> tuple[Section, ...]:
    """Return a cleaned abstract in its labelled parts.

    Examples
    --------
    >>> [each.label for each in sections("OBJECTIVE: To count. RESULTS: It leaked.")]
    ['OBJECTIVE', 'RESULTS']
    >>> sections("[No abstract available]")
    ()
    """
    if not text or _NO_ABSTRACT.fullmatch(text):
        return ()
    parts = _LABEL.split(text)
    found = [Section("", parts[0])] if parts[0] else []
    for label, body in zip(parts[1::2], parts[2::2], strict=True):
        found.append(Section("" if label == UNLABELLED else label, body))
    return tuple(found)


def unique(items: Collection[str]) -> tuple[str, ...]:
    """Return the items that are not empty, each once, in their order."""
    if not items:
        return ()
    return tuple(dict.fromkeys(filter(None, items)))


def split_list(text: str) -> list[str]:
    """Return the items of a text that semicolons separate.

    Examples
    --------
    >>> split_list("kyphoplasty; bone cement;")
    ['kyphoplasty', 'bone cement']
    """
    if ";" not in text:
        return [text.strip()] if text.strip() else []
    return [item.strip() for item in text.split(";") if item.strip()]
