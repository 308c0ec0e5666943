"""Read a file of records, whatever its format."""

from __future__ import annotations

import gc
import gzip
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from metaleak.errors import InputError
from metaleak.records.decoding import lines_of
from metaleak.records.marks import Marks
from metaleak.records.problems import Problem, Problems
from metaleak.records.record import Record
from metaleak.storage import atomic

#: A packed file may hold no more than this; a set of PubMed of 200,000 records is smaller.
MAX_BYTES = 2_000_000_000

#: Lines that only files of one format hold.
_SIGNS = (
    ("nbib", re.compile(r"PMID- ?\d*\s*$")),
    ("ris", re.compile(r"\s*TY\s{0,2}-")),
    ("bibtex", re.compile(r"\s*@[A-Za-z]+\s*[{(]")),
)
#: What files that are no text begin with -> what they are, and what to do.
_NO_TEXT = {
    b"PK\x03\x04": ("a workbook or an archive", "unpack an archive; save a workbook as CSV"),
    b"\xd0\xcf\x11\xe0": ("an old workbook", "save it as CSV"),
    b"%PDF": ("a PDF", ""),
}
#: Signs that text has few of.
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")

_KNOWN = "NBIB, PubMed XML, RIS, BibTeX or CSV"


class Records(list[Record]):
    """Records of one file in its order, with what was wrong with it.

    Attributes
    ----------
    problems : tuple of Problem
        What was not read, what is odd, what was decided.
    format : str
        ``nbib``, ``pubmed-xml``, ``ris``, ``bibtex`` or ``csv``.
    """

    def __init__(self, records: Iterable[Record], problems: Iterable[Problem], file_format: str) -> None:
        super().__init__(records)
        self.problems = tuple(problems)
        self.format = file_format

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that cost a record."""
        return tuple(problem for problem in self.problems if problem.severity == "error")


def read_records(
    file: str | Path | bytes,
    *,
    source: str | None = None,
    run: str = "",
    columns: Mapping[str, str] | None = None,
) -> Records:
    r"""Read the records of an export: NBIB, PubMed XML, RIS, BibTeX or CSV, told apart by their content.

    Nothing is lost in silence: what cannot be read stands in ``problems`` with its place, and the rest is returned.

    Parameters
    ----------
    file : str, Path or bytes
        The file, or its content; it may be packed with gzip.
    source : str, optional
        Where it was exported, such as ``"embase"``; what the file says of itself when left out.
    run : str
        The run of the search that brought it.
    columns : mapping of str to str, optional
        For CSV, what a column holds and its name: ``{"title": "Article"}``. The others are guessed from their names.

    Returns
    -------
    Records
        A list of :class:`~metaleak.records.record.Record` with ``problems`` and ``format``.

    Raises
    ------
    InputError
        When the file is empty, of no known format, or declares XML entities.
    StorageError
        When it cannot be read from the disk.

    Examples
    --------
    >>> records = read_records(b"TY  - JOUR\nTI  - Leaks &amp; <i>cement</i>\nPY  - 2015\nER  - \n", source="embase")
    >>> records[0].title, records[0].year, records.format, len(records.problems)
    ('Leaks & cement', 2015, 'ris', 0)
    """
    data = file if isinstance(file, bytes) else atomic.read_bytes(Path(file))
    name = "" if isinstance(file, bytes) else str(file)
    problems = Problems()
    try:
        data = _unpacked(data)
        _refuse_what_is_no_text(data)
        marks = Marks(source, run)
        if _is_xml(data):
            read_pubmed_xml = _reader_of_xml()
            with _nothing_collected():
                return Records(read_pubmed_xml(data, marks, problems), problems.found, "pubmed-xml")
        lines = lines_of(data, problems)
        found = _format(lines)
        if found == "csv":
            _refuse_controls(lines)
        return Records(_read(found, lines, marks, problems, columns), problems.found, found)
    except InputError as error:
        if error.where or not name:
            raise
        raise InputError(
            error.what,
            required=error.required,
            got=error.got if error.has_got else "",
            where=name,
            todo=error.todo,
        ) from None


def _read(
    found: str, lines: list[str], marks: Marks, problems: Problems, columns: Mapping[str, str] | None
) -> Iterator[Record]:
    if found == "nbib":
        from metaleak.records.nbib import read_nbib

        return read_nbib(lines, marks, problems)
    if found == "ris":
        from metaleak.records.ris import read_ris

        return read_ris(lines, marks, problems)
    if found == "bibtex":
        from metaleak.records.bibtex import read_bibtex

        return read_bibtex(lines, marks, problems)
    from metaleak.records.csv_records import read_csv

    return read_csv(lines, marks, problems, columns=columns)


def _reader_of_xml() -> Callable[[bytes, Marks, Problems], Iterator[Record]]:
    try:
        from metaleak.records._pubmed_xml import read_pubmed_xml as compiled
    except ImportError:  # It is compiled where there is a compiler.
        from metaleak.records.pubmed_xml import read_pubmed_xml

        return read_pubmed_xml
    return compiled


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Keep the collector from walking through thousands of new records again and again; they hold no cycles."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _unpacked(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        try:
            with gzip.open(BytesIO(data)) as stream:
                data = stream.read(MAX_BYTES + 1)
        except (EOFError, OSError, zlib.error) as error:
            raise InputError(
                "the packed file is damaged", got=str(error), todo="export or fetch it again"
            ) from None
        if len(data) > MAX_BYTES:
            raise InputError("the packed file is too large", required=f"at most {MAX_BYTES:,} bytes unpacked")
    if not data.strip(b"\xef\xbb\xbf\xfe\xff \t\r\n\x00"):
        raise InputError("the file holds no records: it is empty", required=_KNOWN)
    return data


def _refuse_what_is_no_text(data: bytes) -> None:
    for start, (what, todo) in _NO_TEXT.items():
        if data.startswith(start):
            raise InputError("the file has a format that is not read", required=_KNOWN, got=what, todo=todo)


def _refuse_controls(lines: list[str]) -> None:
    start = "".join(lines[:200])[:4000]
    if len(_CONTROLS.findall(start)) > len(start) / 20:
        raise InputError("the file is no text", required=_KNOWN, got="mostly signs that no export holds")


def _is_xml(data: bytes) -> bool:
    start = data[:200].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return start.startswith(b"<")


def _format(lines: list[str]) -> str:
    for line in lines:
        for name, sign in _SIGNS:
            if sign.match(line):
                return name
    start = next((line for line in lines if line.strip()), "")
    if start.startswith(("%0 ", "FN ", "PT ")):
        raise InputError("the file has a format that is not read", required=_KNOWN, got=start[:40])
    return "csv"
