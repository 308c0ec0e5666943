"""The questions that metaleak asks PubMed, each answered whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from metaleak.errors import RefusedError
from metaleak.search.answers import Found, Session, read_build, read_post, read_search
from metaleak.search.client import Answer, Client, WordedError
from metaleak.search.payload import Contents, contents
from metaleak.search.query import numbered

_DB = {"db": "pubmed"}

#: Numbers in one question to the index.
_LOOKED_UP = 100


@dataclass(frozen=True, slots=True)
class Page:
    """Records in a row of a list on the history server, beginning with the ``start``-th (from 0)."""

    session: Session
    start: int


@dataclass(frozen=True, slots=True)
class PubMed:
    """PubMed behind one client.

    Attributes
    ----------
    client : Client
        Who asks.
    wall : int
        Numbers that one answer can list; PubMed documents 10,000 and gives 9,999.
    batch : int
        Records to fetch at once; NCBI advises a few hundred.
    """

    client: Client
    wall: int = 9_999
    batch: int = 250

    def build(self) -> str:
        """Return when the database was last updated, in PubMed's words."""
        return self.client.ask("einfo", _DB, read_build)

    def search(self, term: str, *, within: Session | None = None) -> Found:
        """Return what matches a term, perhaps only among the records of a list.

        Raises
        ------
        RefusedError
            When the server no longer knows the list.
        """
        question = {**_DB, "term": term, "retmax": str(self.wall), "retmode": "xml", "usehistory": "y"}
        return self.client.ask(
            "esearch",
            {**question, **_keys(within)},
            self._read_search if within is None else _of_a_list(self._read_search),
        )

    def _read_search(self, body: bytes) -> Found:
        return read_search(body, self.wall)

    def post(self, ids: Sequence[int]) -> Session:
        """Put numbers on a list of the history server."""
        return self.client.ask("epost", {**_DB, "id": _listed(ids)}, read_post)

    def listed(self, ids: Sequence[int]) -> set[int]:
        """Return those of some numbers that the index has; it has no deleted ones."""
        found: set[int] = set()
        for start in range(0, len(ids), _LOOKED_UP):
            some = tuple(ids[start : start + _LOOKED_UP])
            found |= set(self.search(numbered(some)).ids) & set(some)
        return found

    def fetch(self, ids: Sequence[int], page: Page | None = None) -> tuple[bytes, Contents]:
        """Return the records of some numbers as XML, and which of them it holds.

        With a page the server reads the numbers from its list; otherwise they are sent along.

        Raises
        ------
        RefusedError
            When the server no longer knows the list, or knows none of the numbers.
        """
        question = {**_DB, "rettype": "xml", "retmode": "xml"}
        if page is None:
            return self.client.ask("efetch", {**question, "id": _listed(ids)}, _read_records)
        rows = {"retstart": str(page.start), "retmax": str(len(ids))}
        return self.client.ask(
            "efetch", {**question, **rows, **_keys(page.session)}, _of_a_list(_read_records)
        )


def _read_records(body: bytes) -> tuple[bytes, Contents]:
    return body, contents(body)


def _of_a_list(read: Callable[[bytes], Answer]) -> Callable[[bytes], Answer]:
    # A list that expired is an error in words, too, and does not come back when it is asked for again.
    def refusing(body: bytes) -> Answer:
        try:
            return read(body)
        except WordedError as error:
            raise RefusedError("the history server did not serve its list", got=str(error)) from None

    return refusing


def _keys(session: Session | None) -> dict[str, str]:
    return {} if session is None else {"WebEnv": session.webenv, "query_key": session.query_key}


def _listed(ids: Sequence[int]) -> str:
    return ",".join(map(str, ids))
