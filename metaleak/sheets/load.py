"""The sheets of a review, read once, as typed tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from metaleak.errors import SheetError
from metaleak.sheets.codebook import CODEBOOK, Codebook, read_codebook
from metaleak.sheets.columns import SHEETS
from metaleak.sheets.frame import typed_frame
from metaleak.sheets.reader import RawSheet, read_sheet
from metaleak.storage.digest import of_file

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, eq=False)
class Sheets:
    """Sheets and codebook of a review; make one with :func:`load_sheets`.

    Attributes
    ----------
    codebook : Codebook
        The words of the review.
    raw : mapping of str to RawSheet
        Every sheet as text, by name.
    digests : mapping of str to str
        SHA-256 of every file that was read, by its path inside the review.
    """

    codebook: Codebook
    raw: Mapping[str, RawSheet]
    digests: Mapping[str, str]
    _frames: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False)

    def frame(self, name: str) -> pd.DataFrame:
        """Return a copy of one sheet as a typed table; see :func:`metaleak.sheets.frame.typed_frame`.

        Raises
        ------
        SheetError
            When there is no such sheet, or it has an error.
        """
        if name not in self.raw:
            raise SheetError(f"there is no sheet {name!r}", required="one of " + ", ".join(self.raw))
        if name not in self._frames:
            self._frames[name] = typed_frame(self.raw[name], self.codebook)
        return self._frames[name].copy()


def load_sheets(root: Path) -> Sheets:
    """Read every sheet of the review in ``root``; what is wrong shows when a frame is asked for.

    Raises
    ------
    ConfigError
        When the codebook cannot be used.
    """
    root = Path(root)
    codebook = read_codebook(root / CODEBOOK)
    raw = {name: read_sheet(root / "extraction" / f"{name}.csv", sheet) for name, sheet in SHEETS.items()}
    digests = {f"extraction/{name}.csv": sheet.digest for name, sheet in raw.items() if sheet.digest}
    digests[CODEBOOK] = of_file(root / CODEBOOK)
    return Sheets(codebook, raw, digests)
