"""Rows of the sheets, pooled and left out."""

from metaleak.reporting import evidence_tables


def shown(table, column):
    """Return the texts of a column."""
    place = [c.name for c in table.columns].index(column)
    return [row.cells[place].text for row in table.rows]


def test_every_pooled_row_has_its_place(synthetic):
    """Source location, confidence, note and row of the sheet stand with every observation of a group."""
    table = evidence_tables.pooled_rows_table(synthetic, "modality", "CT")

    assert shown(table, "Leaks / n") == ["30 / 50"] * 3
    assert shown(table, "In the source") == ["synthetic table 1"] * 3
    assert shown(table, "Confidence") == ["high"] * 3
    assert shown(table, "Row in leaks.csv") == ["2", "3", "4"]
    assert shown(table, "Note") == ["synthetic note 2", "synthetic note 3", "synthetic note 4"]


def test_all_observations_stand_in_one_table_each(synthetic):
    """The groups' tables together hold every observation once."""
    result = synthetic.results["modality"]
    tables = [evidence_tables.pooled_rows_table(synthetic, "modality", group) for group in result["groups"]]

    ids = [row.id for table in tables for row in table.rows]
    assert len(ids) == len(set(ids)) == len(result["rows"])


def test_a_study_leads_to_its_line(synthetic):
    """Only studies that the page knows get a link."""
    (known, unknown) = evidence_tables.left_out_table(synthetic, "modality").rows

    assert [link.href for link in known.cells[0].links] == ["#study.Ct1"]
    assert unknown.cells[0].links == ()


def test_left_out_rows_have_their_reason(synthetic):
    """Codes read as words, counts sort as numbers."""
    table = evidence_tables.left_out_table(synthetic, "modality")

    assert shown(table, "Reason")[1] == "leak site is venous, not any"
    assert shown(table, "Imaging") == ["X-ray", "X-ray"]
    assert table.rows[0].cells[2].order == 3.0


def test_nothing_left_out_no_table(changed):
    """An empty table is not shown."""
    assert evidence_tables.left_out_table(changed(rows={}), "modality") is None
    assert evidence_tables.dropped_table(changed(dropped=())) is None


def test_dropped_records_give_counts_and_reason(synthetic):
    """What was never coded is listed with why."""
    table = evidence_tables.dropped_table(synthetic)

    assert (shown(table, "Leaks / n"), shown(table, "Reason")) == (["1 / 9"], ["no count"])
