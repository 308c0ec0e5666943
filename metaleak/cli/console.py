"""What goes to the terminal: lines on stdout, one JSON document for scripts, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Meter(Protocol):
    """Shows which step is running, and how far it is."""

    def start(self, step: str) -> None:
        """Show that a step begins."""

    def advance(self, done: int, total: int) -> None:
        """Show how many parts of the step are done."""


class _NoMeter:
    def start(self, step: str) -> None:
        """Show nothing."""

    def advance(self, done: int, total: int) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command speaks; with ``quiet`` only errors are said, with ``as_json`` only the document."""

    quiet: bool = False
    as_json: bool = False

    def lines(self, lines: Iterable[str]) -> None:
        """Print lines for a person."""
        if not self.quiet and not self.as_json:
            for line in lines:
                say(line, sys.stdout)

    def document(self, value: Any) -> None:
        """Print the JSON document for scripts, if one is wanted."""
        if self.as_json:
            say(json.dumps(value, ensure_ascii=False, indent=1), sys.stdout)

    @contextmanager
    def meter(self) -> Iterator[Meter]:
        """Show progress on stderr when a person sits there, and nothing otherwise."""
        if self.quiet or self.as_json or not sys.stderr.isatty():
            yield _NoMeter()
            return
        from rich.console import Console as Terminal
        from rich.progress import BarColumn, Progress, SpinnerColumn, Task, TextColumn, TimeElapsedColumn
        from rich.text import Text

        class Bar(BarColumn):
            """A bar for steps of several parts."""

            def render(self, task: Task) -> Any:
                """Draw nothing where the end is not known."""
                return Text() if task.total is None else super().render(task)

        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            Bar(bar_width=30),
            TimeElapsedColumn(),
            console=Terminal(stderr=True),
            transient=True,
            # Lines for a pipe must not be caught and drawn on the terminal.
            redirect_stdout=sys.stdout.isatty(),
        )
        with bar:
            yield _RichMeter(bar, bar.add_task("reading", total=None))


class _RichMeter:
    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task, self._step = bar, task, ""

    def start(self, step: str) -> None:
        """Show the step beside the spinner."""
        self._step = step
        self._show(step, None, 0)

    def advance(self, done: int, total: int) -> None:
        """Show a bar behind the step."""
        self._show(f"{self._step} {done}/{total}", total, done)

    def _show(self, text: str, total: int | None, done: int) -> None:
        # Progress.update cannot take a total away again.
        task = self._bar.tasks[0]
        task.total = total
        self._bar.update(self._task, description=text, completed=done)


def say(text: str, stream: TextIO) -> None:
    """Print one line; a letter that the terminal lacks becomes a question mark, a closed pipe nothing."""
    try:
        try:
            print(text, file=stream, flush=True)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:
        # The reader has seen enough; what the command does is finished all the same.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
