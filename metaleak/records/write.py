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

#: End of a file's name -> how its bytes are made.
WRITERS: dict[str, Callable[[Iterable[Record]], bytes]] = {
    ".csv": lambda records: records_csv(records, abstracts=True),
    ".nbib": lambda records: records_nbib(records).encode("utf-8"),
    ".ris": lambda records: records_ris(records).encode("utf-8"),
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
    return atomic.write_bytes(path, WRITERS[suffix](records))
