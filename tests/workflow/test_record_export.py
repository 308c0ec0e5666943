"""``metaleak export ris`` and ``nbib``: every publication once, and readable by others."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from metaleak.errors import InputError
from metaleak.records.read import read_records
from metaleak.workflow.duplicates import compare_records
from metaleak.workflow.imports import import_file
from metaleak.workflow.library import read_library
from metaleak.workflow.record_export import RECORD_FORMATS, export_records
from tests.search.clocks import FakeClock
from tests.workflow.test_duplicates import copy_of

PAYLOADS = Path(__file__).parents[1] / "records" / "payloads"


@pytest.fixture
def review(starter, tmp_path):
    """Return a review with real records of PubMed, two of which another database repeats."""
    clock = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))
    import_file(starter, PAYLOADS / "pubmed_result2.nbib", source="pubmed", clock=clock)
    path = tmp_path / "embase.ris"
    copies = [copy_of(record, doi=record.doi) for record in read_library(starter).records[:2]]
    path.write_text("".join(copies) + "TY  - JOUR\nTI  - ER  - \nAB  - A\tB\n\nTY is no tag\nER  - \n")
    import_file(starter, path, source="embase", clock=clock)
    compare_records(starter)
    return starter


@pytest.mark.parametrize("what", RECORD_FORMATS)
def test_every_publication_is_there_once_with_its_abstract(review, what):
    """Titles, numbers and abstracts come back; the copies of the other database do not."""
    found = export_records(review, what)
    back = read_records(review / found.file)
    held = read_library(review).deduplicated.records

    assert (found.records, found.publications, len(back)) == (7, 5, 5)
    assert found.is_whole
    assert back.errors == ()
    assert [record.title for record in back] == [record.title for record in held]
    assert [record.pmid for record in back] == [record.pmid for record in held]
    assert [bool(record.abstract) for record in back] == [True] * 5
    assert found.with_abstract == 5


def test_other_programs_read_it(review):
    """rispy and Biopython find as many records as were written."""
    rispy, medline = pytest.importorskip("rispy"), pytest.importorskip("Bio.Medline")
    ris = (review / export_records(review, "ris").file).read_text(encoding="utf-8")
    nbib = (review / export_records(review, "nbib").file).read_text(encoding="utf-8")

    assert len(rispy.loads(ris)) == 5
    assert len(list(medline.parse(StringIO(nbib)))) == 5


def test_missing_payloads_are_told(review):
    """The file has what the sheets have, and says that abstracts are missing."""
    (review / ".metaleak/searches/pubmed-2026-10-25/export.gz").unlink()
    found = export_records(review, "ris")

    assert not found.is_whole
    assert "not on this machine" in found.lines()[-1]
    assert found.publications == 5


def test_there_is_nothing_to_export_yet(starter):
    """No empty file is written."""
    with pytest.raises(InputError, match="no records to export"):
        export_records(starter, "ris")
    assert not list((starter / "reports").glob("*records*"))
