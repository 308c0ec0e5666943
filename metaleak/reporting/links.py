"""Where a link may lead: inside the page, or to a page of the web that is safe to open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

_PMID = re.compile(r"[1-9][0-9]{0,8}")
_DOI = re.compile(r"10\.[0-9]{4,9}/\S+")
_PLAIN = re.compile(r"[A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads somewhere; ``href`` starts with ``#`` inside the page."""

    text: str
    href: str

    @property
    def is_external(self) -> bool:
        """Whether the link leaves the page."""
        return not self.href.startswith("#")


def anchor(*parts: str) -> str:
    """Return an id made of ``parts``, the same for the same parts and different for different ones.

    Examples
    --------
    >>> anchor("modality", "CT+xray")
    'modality.CT_2bxray'
    """
    return ".".join("".join(c if _PLAIN.match(c) else f"_{ord(c):x}" for c in part) for part in parts)


def web_address(text: str) -> str | None:
    """Return ``text`` if it is an http or https address of a named host, else None.

    Other schemes (``javascript:``, ``data:``, ``file:``), names and passwords in front of the host,
    spaces and control characters are refused.
    """
    if not text.isprintable() or any(c.isspace() or c in '<>"\\^`{}|' for c in text):
        return None
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def source_links(study: Mapping[str, str]) -> tuple[Link, ...]:
    """Return the ways to a study: PubMed and DOI where there are any, else its URL, else none."""
    pmid, doi = study.get("pmid", "").strip(), study.get("doi", "").strip()
    links = []
    if _PMID.fullmatch(pmid):
        links.append(Link("PubMed", f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"))
    if _DOI.fullmatch(doi) and doi.isprintable():
        links.append(Link("DOI", "https://doi.org/" + quote(doi, safe="/:;()._-")))
    address = web_address(study.get("url", "").strip())
    if not links and address:
        links.append(Link(_host(address), address))
    return tuple(links)


def _host(address: str) -> str:
    return (urlsplit(address).hostname or address).removeprefix("www.")
