"""From an exception to one sentence and an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

from metaleak.cli.console import Console, say
from metaleak.errors import MetaleakError

#: Exit codes, as every help page tells them.
DONE, INPUT_ERRORS, MACHINE, INTERRUPTED = 0, 1, 2, 130

#: With this variable set, the traceback of an unexpected error is shown.
DEBUG = "METALEAK_DEBUG"


def tell(error: BaseException, *, as_json: bool = False) -> int:
    """Say what went wrong on stderr, as JSON on stdout if scripts are listening, and return the exit code."""
    if isinstance(error, KeyboardInterrupt):
        say("metaleak: stopped; finished steps are kept, the file being written is as it was", sys.stderr)
        return INTERRUPTED
    code, sentence = _judged(error)
    if os.environ.get(DEBUG) and not isinstance(error, MetaleakError):
        traceback.print_exception(error)
    say(f"metaleak: {sentence}", sys.stderr)
    Console(as_json=as_json).document({"error": _parts(error, sentence), "exit_code": code})
    return code


def _judged(error: BaseException) -> tuple[int, str]:
    if isinstance(error, MetaleakError):
        return error.exit_code, str(error)
    if isinstance(error, OSError):
        place = f" {error.filename}" if error.filename else ""
        return MACHINE, f"the machine refused:{place} {error.strerror or error}"
    if isinstance(error, MemoryError):
        return MACHINE, "the machine has no memory left"
    return MACHINE, (
        f"an unexpected {type(error).__name__}: {error}; this is a fault of metaleak, not of your sheets. "
        f"Please report it with the command that you typed and the output of metaleak --version; "
        f"{DEBUG}=1 shows where it happened"
    )


def _parts(error: BaseException, sentence: str) -> dict[str, Any]:
    if not isinstance(error, MetaleakError):
        return {"kind": type(error).__name__, "message": sentence}
    return {
        "kind": type(error).__name__,
        "message": sentence,
        "what": error.what,
        "required": error.required,
        "got": None if error.got is None else str(error.got),
        "where": error.where,
        "todo": error.todo,
    }
