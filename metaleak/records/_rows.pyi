from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from metaleak.records.record import Record

class Maker:
    def __init__(self, frozen: type, given: tuple[str, ...], defaults: Mapping[str, Any]) -> None: ...
    def __call__(self, *values: Any) -> Any: ...

def csv_lines(records: Iterable[Record], columns: Sequence[tuple[str, str]]) -> bytes: ...
