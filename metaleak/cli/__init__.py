"""The command line; :func:`main` is the way in."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return 0 done, 1 input errors, 2 wrong use or a failed machine, 130 Ctrl-C."""
    try:
        # Inside the guard, so that Ctrl-C while modules load is an exit code, too.
        from metaleak.cli.app import run

        return run(argv)
    except KeyboardInterrupt:
        return 130
