"""One record from several of the same publication."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from metaleak.records.record import RETRACTED, Record

#: Everything that any of them says is kept.
_JOINED = (
    *("issns", "languages", "publication_types", "mesh", "keywords", "registrations", "links", "origins"),
)
#: The longest counts: databases cut abstracts and lists of authors.
_LONGEST = ("abstract", "authors", "editors")


def merge(records: Sequence[Record]) -> Record:
    """Return one record for a publication that several records describe.

    The key is that of the first, so that decisions about it stay. Each field comes from PubMed where PubMed has it,
    else from the first that has it; lists are joined; the longest abstract and list of authors count; every origin
    stays, so that counts per source stay right. Retracted in one is retracted.

    Raises
    ------
    IndexError
        When there is no record.

    Examples
    --------
    >>> from metaleak.records.record import Origin
    >>> both = merge([Record(record_id="a", doi="10.1000/1", origins=(Origin("embase"),)),
    ...               Record(record_id="b", title="Leaks", year=2015, origins=(Origin("pubmed"),))])
    >>> both.record_id, both.doi, both.title, both.sources
    ('a', '10.1000/1', 'Leaks', ('embase', 'pubmed'))
    """
    if len(records) == 1:
        return records[0]
    ordered = sorted(records, key=lambda record: "pubmed" not in record.sources)
    values: dict[str, Any] = {}
    for field in fields(Record):
        found = [getattr(record, field.name) for record in ordered]
        if field.name in _JOINED:
            given = (getattr(record, field.name) for record in records)
            values[field.name] = tuple(dict.fromkeys(item for items in given for item in items))
        elif field.name in _LONGEST:
            values[field.name] = max(found, key=_size)
        else:
            values[field.name] = next((value for value in found if value), found[0])
    merged = replace(records[0], **{**values, "record_id": records[0].record_id})
    if any(record.is_retracted for record in records) and not merged.is_retracted:
        return replace(merged, publication_types=(*merged.publication_types, RETRACTED))
    return merged


def _size(items: Sequence[Any]) -> int:
    return sum(len(getattr(item, "text", "x")) for item in items)
