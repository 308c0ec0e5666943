"""What a reader gives every record of a file: its key, and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from metaleak.records.opened import maker
from metaleak.records.record import Origin
from metaleak.storage.digest import of_value

_origin = maker(Origin, "source", "run", "accession")

#: Names that exports give their database, by a word in them -> the source's word.
_SOURCES = {
    "embase": "embase",
    "scopus": "scopus",
    "web of science": "web-of-science",
    "wos": "web-of-science",
    "cochrane": "cochrane",
    "central": "cochrane",
    "pubmed": "pubmed",
    "medline": "medline",
    "cnki": "cnki",
    "wanfang": "wanfang",
}

#: A source that neither the caller nor the file names.
UNKNOWN = "other-database"


@dataclass(slots=True)
class Marks:
    """The source and the run of a file, and the keys that its records took."""

    source: str | None = None
    run: str = ""
    taken: dict[str, int] = field(default_factory=dict)

    def mark(self, accession: str, content: tuple[str, ...], *, says: str = "") -> tuple[str, tuple[Origin]]:
        """Return the key of a record and its origin.

        Parameters
        ----------
        accession : str
            Its number in the source; without one the key is a digest of ``content``.
        content : tuple of str
            What tells it from others.
        says : str
            What the file calls its database, for files whose source the caller does not name.
        """
        source = self.source or source_named(says)
        key = f"{source}:{accession or of_value(content)[:12]}"
        if key in self.taken:
            self.taken[key] += 1
            key = f"{key}#{self.taken[key]}"
        else:
            self.taken[key] = 1
        return key, (_origin(source, self.run, accession),)


@lru_cache(maxsize=64)
def source_named(text: str) -> str:
    """Return the source that a database's name stands for.

    Examples
    --------
    >>> source_named("Ovid MEDLINE(R) ALL"), source_named("Web of Science Core Collection"), source_named("")
    ('medline', 'web-of-science', 'other-database')
    """
    folded = text.lower().replace("-", " ")
    return next((source for word, source in _SOURCES.items() if word in folded), UNKNOWN)
