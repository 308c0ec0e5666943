from collections.abc import Sequence
from typing import Any

from metaleak.records.shapes import Form

class Scanner:
    def __init__(self, name: str, form: Form, apart: Sequence[str] = ()) -> None: ...
    def read(self, data: bytes, start: int = 0) -> tuple[list[Any] | None, int]: ...
