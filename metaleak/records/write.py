"""Write records for other programs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from metaleak.guards import one_of
from metaleak.records.nbib_writer import records_nbib
from metaleak.records.record import Record
from metaleak.records.ris_writer import records_ris
from metaleak.records.table import records_csv
from metaleak.storage import atomic


def _full_csv(records: Iterable[Record]) -> str:
    return records_csv(records, abstracts=True)


#: End of a file's name -> how its text is made.
WRITERS: dict[str, Callable[[Iterable[Record]], str]] = {
    ".csv": _full_csv,
    ".nbib": records_nbib,
    ".ris": records_ris,
}


def write_records(records: Iterable[Record], path: str | Path) -> bool:
    """Write records with their abstracts in the format that the file's name ends in, in one step.

    Parameters
    ----------
    records : iterable of Record
        What to write.
    path : str or Path
        A file that ends in ``.ris``, ``.nbib`` or ``.csv``.

    Returns
    -------
    bool
        Whether the file changed.

    Raises
    ------
    SettingError
        When the name ends in something else.
    StorageError
        When the disk refuses.
    """
    path = Path(path)
    suffix = one_of("the end of the file's name", path.suffix.lower(), WRITERS)
    return atomic.write_text(path, WRITERS[suffix](records))
