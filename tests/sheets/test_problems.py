"""What can be wrong with a file."""

from metaleak.sheets.problems import READING


def test_ids_are_in_order_and_keep_to_their_range():
    """Rules of files are R01 to R19; cells and meaning follow."""
    assert list(READING) == sorted(READING)
    assert all("R01" <= id <= "R19" for id in READING)


def test_what_keeps_rows_from_being_read_is_an_error():
    """Warnings are for what a reader sees through: blanks, spaces, unknown columns."""
    assert {id for id, rule in READING.items() if rule.severity == "warning"} == {"R09", "R13", "R14", "R15"}
