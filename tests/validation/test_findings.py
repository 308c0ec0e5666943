"""A finding in words."""

from metaleak.validation.findings import Finding

FINDING = Finding(
    rule="R44",
    severity="error",
    sheet="leaks",
    row=17,
    column="n_leak",
    value="58",
    message="58 of 50 is more than all",
    todo="look at the source again",
)


def test_a_finding_is_one_line_with_its_five_parts():
    """Severity and place, what, found, to do, rule."""
    assert str(FINDING) == (
        "error: leaks, row 17, n_leak: 58 of 50 is more than all (found: '58'); look at the source again [R44]"
    )


def test_a_finding_about_a_file_has_no_row():
    """The place is the sheet alone."""
    whole = Finding(
        rule="R05",
        severity="error",
        sheet="leaks",
        row=None,
        column="",
        value="",
        message="empty",
        todo="fill",
    )

    assert whole.place == "leaks"
    assert str(whole) == "error: leaks: empty; fill [R05]"
