"""One door for all formats: what a file is, and what is never a record."""

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import metaleak as ml
from metaleak.errors import InputError, MetaleakError, StorageError
from metaleak.records.read import read_records

RIS = b"TY  - JOUR\nTI  - Leaks\nAB  - @article{no} PMID- 1\nPY  - 2015\nER  -\n"


def test_the_front_door(tmp_path):
    """``ml.read_records`` takes a path."""
    (tmp_path / "export.txt").write_bytes(RIS)

    assert ml.read_records(tmp_path / "export.txt")[0].title == "Leaks"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (RIS, "ris"),
        (b"\xef\xbb\xbf\r\nPMID- 1\r\nTI  - Leaks\r\n", "nbib"),
        (b"% comment\n@article{a, title={Leaks}}", "bibtex"),
        (b"<PubmedArticleSet></PubmedArticleSet>", "pubmed-xml"),
        (b"Title\tYear\nLeaks\t2015\n", "csv"),
    ],
)
def test_formats_are_told_apart(data, name):
    """By their content, whatever the file is called."""
    assert read_records(data).format == name


@pytest.mark.parametrize("data", [b"", b"\n \r\n", b"\xef\xbb\xbf", b"\x00\x00", gzip.compress(b"", mtime=0)])
def test_empty_files(data):
    """Nothing is an error, not a list of nothing."""
    with pytest.raises(InputError, match="it is empty"):
        read_records(data)


@pytest.mark.parametrize(
    "data",
    [
        b"%0 Journal Article\n%T Leaks\n",
        b"FN Clarivate\nPT J\n",
        b"%PDF-1.4",
        b"PK\x03\x04 TY  - JOUR\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\x7fELF\x02\x01 Title\n" + bytes(range(1, 32)) * 9,
    ],
)
def test_other_formats_are_named(data):
    """The error says what is read."""
    with pytest.raises(InputError, match="required: NBIB, PubMed XML, RIS, BibTeX or CSV"):
        read_records(data)


def test_the_error_names_the_file(tmp_path):
    """Where the file lies is one of the five parts."""
    path = tmp_path / "export.ris"
    path.write_bytes(b"")

    with pytest.raises(InputError) as caught:
        read_records(path)
    assert caught.value.where == str(path)


def test_a_file_that_is_not_there(tmp_path):
    """The machine's errors stay the machine's."""
    with pytest.raises(StorageError):
        read_records(tmp_path / "none.ris")


def test_a_damaged_packed_file():
    """Half a gzip is an error, not half a list."""
    with pytest.raises(InputError, match="packed file is damaged"):
        read_records(gzip.compress(RIS * 100)[:-20])


def test_nul_bytes_are_told():
    """They are taken out, with their place."""
    records = read_records(RIS.replace(b"Leaks", b"Le\x00aks"))

    assert records[0].title == "Leaks"
    assert (records.problems[0].severity, records.problems[0].line) == ("warning", 2)


def test_a_field_of_ten_megabytes():
    """It is read; many lines cost no more than one."""
    long = b"AB  - " + b"leak of cement\n" * 700_000
    (record,) = read_records(RIS.replace(b"AB  - ", long))

    assert len(record.abstract_text) > 10_000_000


@settings(max_examples=150)
@given(st.data())
def test_no_damage_brings_it_down(data):
    """Cut and overwritten bytes end in records and problems, or in an error of our own."""
    whole = bytearray(RIS * 2 + b"PMID- 1\nTI  - Leaks\n" + RIS)
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at : at + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=9))
    try:
        records = read_records(bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    except MetaleakError:
        return

    assert all(record.record_id and record.origins for record in records)


def test_nothing_is_loaded_before_it_is_needed():
    """Reading RIS loads neither BibTeX nor fuzzy matching nor numpy."""
    import subprocess
    import sys

    code = (
        "import sys, metaleak as ml; ml.read_records(b'TY  - JOUR\\nTI  - Leaks\\nER  -\\n');"
        "print([m for m in ('bibtexparser', 'rapidfuzz', 'numpy', 'pylatexenc') if m in sys.modules])"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert told.stdout.strip() == "[]"
