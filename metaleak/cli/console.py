"""What goes to the terminal: lines on stdout, one JSON document for scripts, progress on stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TextIO


class Meter(Protocol):
    """Shows which step is running."""

    def start(self, step: str) -> None:
        """Show that a step begins."""


class _NoMeter:
    def start(self, step: str) -> None:
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
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=Terminal(stderr=True),
            transient=True,
            # Lines for a pipe must not be caught and drawn on the terminal.
            redirect_stdout=sys.stdout.isatty(),
        )
        with bar:
            task = bar.add_task("reading")
            yield _RichMeter(lambda step: bar.update(task, description=step))


class _RichMeter:
    def __init__(self, show: Any) -> None:
        self._show = show

    def start(self, step: str) -> None:
        """Show the step beside the spinner."""
        self._show(step)


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
