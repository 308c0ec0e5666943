"""Studies and earlier reviews."""

from metaleak.reporting import source_tables


def test_every_study_has_a_line_with_its_links(synthetic):
    """PubMed, DOI, the address as a fall-back, or none."""
    table = source_tables.studies_table(synthetic)
    place = [column.name for column in table.columns].index("Source")

    assert [[link.text for link in row.cells[place].links] for row in table.rows[:4]] == [
        ["PubMed"],
        ["DOI"],
        ["example.org"],
        [],
    ]


def test_a_study_leads_to_its_observations(synthetic):
    """The line of a study says in which group it stands."""
    table = source_tables.studies_table(synthetic)
    place = [column.name for column in table.columns].index("In the main analysis")

    assert [link.href for link in table.rows[0].cells[place].links] == ["#modality.row.1"]


def test_the_sentence_counts(synthetic):
    """How many, from when, of which design, how they were read and linked."""
    said = source_tables.studies_sentence(synthetic)

    assert said == (
        "10 studies, published 2000 to 2009. Design: RCT 9, case series 1. Read: abstract 10. "
        "Linked by PubMed number or DOI: 6; by address alone: 2."
    )


def test_reviews_are_shown_as_printed(synthetic):
    """An estimate keeps the digits of its source and gets no interval that was not printed."""
    (row,) = source_tables.reviews_table(synthetic).rows

    assert (row.cells[4].text, row.cells[4].small) == ("7", "")


def test_empty_sheets_give_no_table(changed):
    """Without studies or reviews the page has no such section."""
    assert source_tables.studies_table(changed(studies=())) is None
    assert source_tables.reviews_table(changed(reviews=())) is None
