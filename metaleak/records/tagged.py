"""A record of tagged lines, as in MEDLINE text and RIS."""

from __future__ import annotations

from dataclasses import dataclass, field

from metaleak.records.text import clean


@dataclass(slots=True)
class Tagged:
    """One record: the lines of each value with their tag, and where it begins in the file."""

    number: int
    line: int
    lines: list[tuple[str, list[str]]] = field(default_factory=list)

    def add(self, tag: str, value: str) -> None:
        """Begin a value."""
        self.lines.append((tag, [value]))

    def go_on(self, value: str) -> None:
        """Go on with the value before."""
        self.lines[-1][1].append(value)

    @property
    def last_tag(self) -> str:
        """The tag of the value that a line without a tag would go on with."""
        return self.lines[-1][0] if self.lines else ""

    def values(self) -> dict[str, list[str]]:
        """Return the cleaned values of every tag in the order of the file, without empty ones."""
        found: dict[str, list[str]] = {}
        for tag, parts in self.lines:
            if value := clean(" ".join(parts)):
                found.setdefault(tag, []).append(value)
        return found


def first(values: dict[str, list[str]], *tags: str) -> str:
    """Return the first value of the first of these tags that has one."""
    return next((values[tag][0] for tag in tags if tag in values), "")


def every(values: dict[str, list[str]], *tags: str) -> list[str]:
    """Return the values of some tags, tag by tag."""
    return [value for tag in tags for value in values.get(tag, ())]
