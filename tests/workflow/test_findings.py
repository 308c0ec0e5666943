"""What a person reads after a check."""

import json

from metaleak.validation.findings import Finding
from metaleak.workflow.findings import finding_dict, finding_lines


def finding(**parts):
    whole = {
        "rule": "R44", "severity": "error", "sheet": "leaks", "row": 17, "column": "n_leak",
        "value": "58", "message": "58 of 50 is more than all", "todo": "look again",
    }  # fmt: skip
    return Finding(**whole | parts)


def test_a_finding_as_plain_values():
    """The eight names that the page and scripts read."""
    found = finding_dict(finding())

    assert list(found) == ["rule", "severity", "sheet", "row", "column", "value", "message", "todo"]
    assert json.loads(json.dumps(found)) == found


def test_nothing_found():
    """One sentence."""
    assert finding_lines([]) == ["No findings: every cell of every sheet fits its rules."]


def test_a_finding_stands_under_its_sheet_with_what_to_do_and_why():
    """Where, what, found, to do; the rule's reason once below; what it means for the pooling."""
    assert finding_lines([finding()]) == [
        "extraction/leaks.csv",
        "  row 17, n_leak  error R44: 58 of 50 is more than all",
        "      found:  58",
        "      to do:  look again",
        "",
        "Why:",
        "  R44  Units with a leak are some of the units that were looked at.",
        "",
        "1 error, 0 warnings: errors stop the pooling.",
    ]


def test_a_reason_is_told_once():
    """However many rows break the rule."""
    lines = finding_lines([finding(row=row) for row in range(2, 30)])

    assert sum(line.startswith("  R44  ") for line in lines) == 1


def test_sheets_and_the_codebook_are_named_as_files():
    """The codebook is no CSV."""
    lines = finding_lines(
        [finding(rule="R17", sheet="codebook.toml", row=None, column="", value=""), finding()]
    )

    assert lines[:2] == ["extraction/codebook.toml", "  file  error R17: 58 of 50 is more than all"]
    assert "extraction/leaks.csv" in lines


def test_warnings_say_how_they_are_answered():
    """By the rule's name in the note of the row; what is answered is counted."""
    lines = finding_lines([finding(rule="R53", severity="warning")], answered=2)

    assert any("the note of its row names its rule" in line for line in lines)
    assert lines[-1] == "0 errors, 1 warning: nothing stops the pooling. 2 warnings answered in notes."


def test_answered_warnings_are_counted_when_nothing_else_is_found():
    """They are not forgotten."""
    assert finding_lines([], answered=1)[-1].endswith("fits its rules. 1 warning answered in notes.")


def test_control_characters_do_not_reach_the_terminal():
    """A value, a column or a message from a hostile sheet cannot move the cursor or break a line."""
    lines = finding_lines([finding(value="\x1b[2J\n\u202ex", column="a\x07", message="\x1b[31m", todo="\r")])

    assert all(line.isprintable() for line in lines)
    assert "      found:  \\x1b[2J\\x0a\\x202ex" in lines
