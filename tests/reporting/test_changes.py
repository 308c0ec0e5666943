"""The newest part of the change log."""

from pathlib import Path

from metaleak.reporting.changes import changes

LOG = "# Log\n\nWords.\n\n## Unreleased\n\n- One `x` and\n  two.\n* <b>Three</b>\n\n## 1.0\n\n- Old.\n"


def test_the_newest_part():
    """Lines of the first heading alone, wrapped lines joined, code apart, markup as text."""
    found = changes(LOG)
    lines = [[(piece.text, piece.code) for piece in line] for line in found.lines]

    assert found.heading == "Unreleased"
    assert lines == [[("One ", False), ("x", True), (" and two.", False)], [("<b>Three</b>", False)]]


def test_nothing_to_tell():
    """No file, no heading, no list: nothing."""
    assert changes("") is changes("# Log\n\n- a\n") is changes("## 1.0\n\nWords.\n") is None


def test_this_review():
    """The log of this repository is read: every line that starts with a hyphen under its first heading."""
    text = (Path(__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    first = text.split("\n## ")[1]

    assert len(changes(text).lines) == sum(line.startswith("- ") for line in first.splitlines())
