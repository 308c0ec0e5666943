"""A run of a search on the disk: what was ordered, what was planned, what came, and how it ended.

::

    .metaleak/searches/RUN/
        order.json             what was asked, and when
        answers/               answers of the listing, until the run is complete
        plan.json              every number to fetch, in batches
        batches/0001.xml.gz    the records as PubMed sent them; 0001-2.xml.gz what a first answer lacked
        batches/0001.json      what became of each number of the batch: the batch is finished
        payload.sha256         the digest of every payload (sha256sum -c checks it)
        result.json            the run is complete and does not change any more
"""

from __future__ import annotations

import gzip
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from metaleak.errors import StorageError
from metaleak.search.answers import Found, Session
from metaleak.search.batch import Batch
from metaleak.storage import atomic, digest, strict_json

ORDER, PLAN, PAYLOAD, RESULT = "order.json", "plan.json", "payload.sha256", "result.json"
ANSWERS, BATCHES = "answers", "batches"

#: Names of what became of a number, as they stand in the account of a batch.
FATES = ("articles", "books", "deleted", "missing")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run on the disk."""

    path: Path

    @property
    def is_complete(self) -> bool:
        """Whether the run has ended; nothing in it changes after that."""
        return (self.path / RESULT).is_file()

    def read(self, name: str) -> Any:
        """Return the content of a JSON file, or None where there is none.

        Raises
        ------
        StorageError
            When the file is damaged: it was not written by metaleak.
        """
        path = self.path / name
        if not path.is_file():
            return None
        try:
            return strict_json.loads(atomic.read_bytes(path).decode("utf-8"))
        except ValueError as error:
            raise StorageError(
                "a file of the run is damaged",
                got=str(error),
                where=str(path),
                todo="delete the folder of the run and search again",
            ) from None

    def write(self, name: str, value: Any) -> None:
        """Write a JSON file whole."""
        atomic.write_text(self.path / name, strict_json.dumps(value))

    def sweep(self) -> None:
        """Remove what a killed process left half written."""
        for folder in (self.path, self.path / ANSWERS, self.path / BATCHES):
            atomic.sweep(folder)

    def is_done(self, number: int) -> bool:
        """Whether a batch is finished."""
        return (self.path / _account(number)).is_file()

    def account(self, number: int) -> dict[str, list[Any]]:
        """Return the account of a finished batch: its files, and the numbers of each fate."""
        account: dict[str, list[Any]] = self.held(_account(number))
        return account

    def held(self, name: str) -> Any:
        """Return the content of a JSON file that a run has.

        Raises
        ------
        StorageError
            When it is not there or damaged.
        """
        found = self.read(name)
        if found is None:
            raise _damaged(self.path / name, "the file is not there")
        return found

    def write_batch(self, number: int, batch: Batch) -> None:
        """Keep a batch: its payloads first, then the account that says they are all there."""
        files = []
        for at, body in enumerate(batch.payloads, start=1):
            files.append(f"{number:04d}{'' if at == 1 else f'-{at}'}.xml.gz")
            # Without a time in it, the same records give the same file.
            atomic.write_bytes(self.path / BATCHES / files[-1], gzip.compress(body, mtime=0))
        for path in (self.path / BATCHES).glob(f"{number:04d}*.xml.gz"):
            if path.name not in files:
                path.unlink()
        fates = {fate: list(getattr(batch, fate)) for fate in FATES}
        self.write(_account(number), {"files": files, **fates})

    def payloads(self, number: int) -> Iterator[bytes]:
        """Return the answers of a finished batch as PubMed sent them.

        Raises
        ------
        StorageError
            When one of them is not there or damaged.
        """
        for name in self.account(number)["files"]:
            path = self.path / BATCHES / name
            if not path.is_file():
                raise _damaged(path, "the file is not there")
            try:
                body = gzip.decompress(atomic.read_bytes(path))
            except (EOFError, gzip.BadGzipFile, zlib.error) as error:
                raise _damaged(path, str(error)) from None
            if not body:
                raise _damaged(path, "the file is empty")
            yield body

    def write_manifest(self, batches: int) -> str:
        """Write the digest of every payload, and return the digest of that list."""
        names = [name for number in range(1, batches + 1) for name in self.account(number)["files"]]
        lines = [f"{digest.of_file(self.path / BATCHES / name)}  {BATCHES}/{name}\n" for name in names]
        atomic.write_text(self.path / PAYLOAD, "".join(lines))
        return digest.of_file(self.path / PAYLOAD)

    def close(self, result: Any) -> None:
        """Complete the run: after this file nothing changes."""
        self.write(RESULT, result)
        self.clear_answers()

    def clear_answers(self) -> None:
        """Remove what only an unfinished run needs."""
        shutil.rmtree(self.path / ANSWERS, ignore_errors=True)


def _damaged(path: Path, got: str) -> StorageError:
    return StorageError(
        "what a search brought is damaged",
        got=got,
        where=str(path),
        todo=f"copy the folder of the run from where it was made; {PAYLOAD} in it has the digests of the answers",
    )


def _account(number: int) -> str:
    return f"{BATCHES}/{number:04d}.json"


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers of a listing, one file each, so that an interrupted listing goes on."""

    folder: RunFolder

    def get(self, term: str) -> Found | None:
        """Return the answer to a term, if it is there."""
        kept = self.folder.read(self._name(term))
        if kept is None:
            return None
        session = Session(**kept.pop("session")) if kept["session"] else None
        return Found(
            **{**kept, "ids": tuple(kept["ids"]), "warnings": tuple(kept["warnings"]), "session": session}
        )

    def put(self, term: str, found: Found) -> None:
        """Keep the answer to a term."""
        self.folder.write(self._name(term), asdict(found))

    def forget(self) -> None:
        """Remove all answers."""
        self.folder.clear_answers()

    def _name(self, term: str) -> str:
        return f"{ANSWERS}/{digest.of_value(term)[:32]}.json"
