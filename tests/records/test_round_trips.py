"""What is written and read again is what it was, in every field that the format carries."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metaleak.records import nbib_writer, ris_writer
from metaleak.records.nbib_writer import records_nbib
from metaleak.records.read import read_records
from metaleak.records.record import Record
from metaleak.records.ris_writer import records_ris
from metaleak.records.table import records_csv
from tests.records.strategies import records

FEW = settings(max_examples=60)


def changed(before, after, names):
    """Return the fields that differ."""
    return {
        name: (getattr(before, name), getattr(after, name))
        for name in names
        if getattr(before, name) != getattr(after, name)
    }


@FEW
@given(st.lists(records(), min_size=1, max_size=3))
def test_csv_keeps_everything(found):
    """Every field comes back equal, with sections, links, origins and cells that look like formulas."""
    again = read_records(records_csv(found, abstracts=True))

    assert list(again) == found
    assert again.errors == ()


@FEW
@given(records())
def test_nbib_keeps_what_it_carries(record):
    """Names, links and MeSH in their order; of the abstract the words."""
    (again,) = read_records(records_nbib([record]).encode())

    assert changed(record, again, [*nbib_writer.CARRIED, "abstract_text"]) == {}


@FEW
@given(records())
def test_ris_keeps_what_it_carries(record):
    """Keywords come back behind the MeSH headings; of the abstract the words."""
    (again,) = read_records(records_ris([record]).encode())

    carried = [name for name in ris_writer.CARRIED if name not in ("keywords", "publication_types")]
    assert changed(record, again, [*carried, "abstract_text", "record_id", "is_retracted"]) == {}
    assert again.publication_types[: len(record.publication_types)] == record.publication_types
    assert [key for key in again.keywords if key] == list(dict.fromkeys((*record.mesh, *record.keywords)))


def test_every_field_is_a_column():
    """No field of a record is forgotten in records.csv."""
    from dataclasses import fields

    from metaleak.records.table import ABSTRACT, FIELDS

    columns = {field.name for field in (*FIELDS, ABSTRACT)}
    assert {field.name for field in fields(Record)} == columns - {"is_retracted"}


def test_abstracts_stay_out_of_the_sheet():
    """They are publishers' text: records.csv has none unless it is asked for them."""
    assert "abstract" not in records_csv([Record(title="Leaks")]).decode().splitlines()[0].split(",")


@pytest.mark.parametrize("title", ["=HYPERLINK(0)", "+1", "-2", "@cmd", "'=quoted"])
def test_exports_run_nothing(title):
    """A cell that a spreadsheet would run is guarded, and is itself again when read."""
    text = records_csv([Record(record_id="a:1", title=title)]).decode()

    assert f"'{title}" in text
    assert read_records(text.encode())[0].title == title


def test_others_read_our_ris():
    """rispy finds the same title, authors and pages."""
    import rispy

    record = Record(title="Leaks of cement", pages="12-19", doi="10.1000/1", keywords=("a", "b"))
    (found,) = rispy.loads(records_ris([record]))

    assert (found["title"], found["start_page"], found["end_page"]) == ("Leaks of cement", "12", "19")
    assert found["keywords"] == ["a", "b"]


def test_others_read_our_nbib(payload):
    """Biopython finds in our MEDLINE text what it finds in PubMed's."""
    from io import StringIO

    from Bio import Medline

    text = payload("pubmed_result2.nbib").decode()
    theirs = list(Medline.parse(StringIO(text)))
    ours = list(Medline.parse(StringIO(records_nbib(read_records(text.encode())))))

    for name in ("PMID", "TI", "AB", "FAU", "TA", "JT", "VI", "MH", "PT"):
        assert [each.get(name) for each in ours] == [each.get(name) for each in theirs]
