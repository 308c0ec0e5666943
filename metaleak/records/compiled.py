"""The compiled parts of this package; each is None where there was no compiler, and the rest does without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metaleak.records._rows import Maker as MakerType
    from metaleak.records._scan import Scanner as ScannerType
    from metaleak.records.record import Record

Scanner: type[ScannerType] | None
Maker: type[MakerType] | None
csv_lines: Callable[[Iterable[Record], Sequence[tuple[str, str]]], bytes] | None

try:
    from metaleak.records._rows import Maker, csv_lines
    from metaleak.records._scan import Scanner
except ImportError:
    Scanner = Maker = csv_lines = None
