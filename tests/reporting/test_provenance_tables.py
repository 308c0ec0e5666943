"""What lets a reader check the page."""

from metaleak.reporting import provenance_tables


def test_findings_have_their_place(synthetic):
    """Rule, sheet, row, column, value and what to do, in this order."""
    (row,) = provenance_tables.findings_table(synthetic.findings).rows

    assert [cell.text for cell in row.cells] == [
        *("R99", "warning", "leaks", "5", "n_leak", "3", "a synthetic finding", "nothing"),
    ]


def test_no_findings_no_table():
    """The page says in a sentence that there are none."""
    assert provenance_tables.findings_table([]) is None


def test_digests_and_versions_are_listed(synthetic):
    """Every file with its digest, every package with its version."""
    digests = provenance_tables.digests_table(synthetic.digests)
    software = provenance_tables.software_table(synthetic.software)

    assert [cell.text for cell in digests.rows[0].cells] == ["extraction/leaks.csv", "ab" * 32]
    assert [row.cells[1].text for row in software.rows] == ["0.0.0", "1.0"]


def test_only_fits_have_a_certificate(synthetic):
    """A group that no model pools has none."""
    table = provenance_tables.fits_table("patients", synthetic.results["patients"])

    assert [[cell.text for cell in row.cells] for row in table.rows] == [["CT", "−12.5000", "15", "4", "yes"]]
