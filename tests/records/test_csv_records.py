"""CSV: PubMed's export, others with a header, and rows that are not sound."""

import pytest

from metaleak.errors import InputError, SettingError
from metaleak.records.read import read_records
from metaleak.records.record import Author

PUBMED = (
    b"PMID,Title,Authors,Citation,First Author,Journal/Book,Publication Year,Create Date,PMCID,NIHMS ID,DOI\n"
    b'16403221,"Leaks, of cement","Casbon JA, Crooks GE.","Spine. 2006 Jan 10;7(2):10-9. doi: 10.1186/x.",'
    b"Casbon JA,Spine,2006,2006/01/13,PMC1373603,,10.1186/X\n"
)


def test_pubmed_s_export():
    """Volume, issue and pages come out of the citation."""
    (record,) = read_records(PUBMED)

    assert record.authors == (Author("Casbon", "JA"), Author("Crooks", "GE"))
    assert (record.volume, record.issue, record.pages, record.year) == ("7", "2", "10-19", 2006)
    assert (record.record_id, record.pmcid, record.doi) == ("pubmed:16403221", "PMC1373603", "10.1186/x")


def test_guessed_columns_are_told():
    """Which column was taken for what, and which was not read."""
    records = read_records(b"Article Title;Source Title;Colour\nLeaks;Spine;red\n")

    assert (records[0].title, records[0].journal) == ("Leaks", "Spine")
    assert (
        records.problems[0].text
        == "columns: title from 'Article Title', journal from 'Source Title'; not read: Colour"
    )


def test_declared_columns_win():
    """The caller says what the header does not."""
    (record,) = read_records(
        b"Titel,Title,Jahr\nLeck,Leak,2015\n", columns={"title": "Titel", "year": "Jahr"}
    )

    assert (record.title, record.year) == ("Leck", 2015)


def test_a_word_that_is_no_field():
    """A misspelt declaration is refused."""
    with pytest.raises(SettingError, match="columns is not a known word"):
        read_records(b"Titel\nLeck\n", columns={"titel": "Titel"})


def test_a_file_without_a_header():
    """Columns are never guessed from values."""
    with pytest.raises(InputError, match="no row names the columns"):
        read_records(b"Leaks,Spine,2015\nOther,Spine,2016\n")


def test_rows_with_too_many_cells_are_told():
    """Values would stand under the wrong names."""
    records = read_records(b"title,journal\nLeaks,Spine,2015\nOther,Spine\n")

    assert [record.title for record in records] == ["Other"]
    assert (records.errors[0].record, records.errors[0].line) == (1, 2)


def test_a_quote_that_never_closes():
    """It costs its row, not the rest of the file."""
    records = read_records(b'title,journal,year\n"Leaks,Spine,2015\nOther,Spine,2016\nThird,Spine,2017\n')

    assert [record.title for record in records] == ["Other", "Third"]
    assert records.errors[0].line == 2


def test_a_cell_of_ten_megabytes_is_told():
    """No cell is that long: most likely a quote is open."""
    records = read_records(b'title,journal\n"' + b"x" * 10_000_000 + b'",Spine\nOther,Spine\n')

    assert [record.title for record in records] == ["Other"]
    assert "longer than 131,072" in records.errors[0].text


def test_a_damaged_row_of_our_own_sheet():
    """A year that is none is told with its place."""
    records = read_records(b"record_id,title,year,origins\na:1,Leaks,soon,a\na:2,Other,2015,a | r | 2\n")

    assert [record.record_id for record in records] == ["a:2"]
    assert records.errors[0].line == 2
