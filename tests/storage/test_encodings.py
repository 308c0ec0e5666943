"""From bytes to text: UTF-8 is read, everything else is named."""

import pytest

from metaleak.storage.encodings import decode, foreign_format, likely_encoding, mended, wide_encoding


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"PK\x03\x04...", "a workbook (XLSX or ODS)"),
        (b"\xd0\xcf\x11\xe0...", "an old Excel workbook (XLS)"),
        (b"%PDF-1.4", "a PDF"),
        (b"\x1f\x8b\x08", "a packed file (gzip)"),
        (b"{\\rtf1", "a rich text document"),
        (b"SQLite format 3\x00", "a database"),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", "a web page or XML"),
        (b"<?xml version='1.0'?>", "a web page or XML"),
        (b"study_id,arm\n", None),
    ],
)
def test_files_that_are_no_text_are_named(data, name):
    """The first bytes say what a file is, whatever its name ends in."""
    assert foreign_format(data) == name


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-16", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("utf-8-sig", None),
    ],
)
def test_wide_encodings_are_named(encoding, name):
    """With their mark or without."""
    assert wide_encoding("study_id,arm\nA,all\n".encode(encoding)) == name


@pytest.mark.parametrize("text", ["Müller", "骨水泥", "Žižek", ""])
def test_utf8_is_read_with_and_without_its_mark(text):
    """The mark is no part of the text."""
    assert (decode(text.encode()).text, decode(text.encode()).has_bom) == (text, False)
    assert (decode(text.encode("utf-8-sig")).text, decode(text.encode("utf-8-sig")).has_bom) == (text, True)


def test_what_is_not_utf8_keeps_its_places():
    """One letter per byte: commas and quotes stay where they are until cells get their letters back."""
    decoded = decode("Müller,骨".encode("gb18030"))

    assert not decoded.is_utf8
    assert len(decoded.text) == len("Müller,骨".encode("gb18030"))


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("骨水泥渗漏", "gb18030"),
        ("PVP组 椎体", "gb18030"),
        ("Müller", "cp1252"),
        ("Vertébroplastie percutanée à haute viscosité", "cp1252"),
        ("“quoted” – 5 µg", "cp1252"),
    ],
)
def test_the_likely_encoding(text, encoding):
    """Chinese letters are pairs of high bytes, accented letters single ones."""
    cell = text.encode(encoding).decode("latin-1")

    assert likely_encoding([cell]) == encoding
    assert mended(cell, encoding) == (text, False)


def test_a_cell_that_was_utf8_all_along():
    """In a file of two encodings every cell is taken by itself."""
    assert mended("Müller".encode().decode("latin-1"), "cp1252") == ("Müller", True)


def test_bytes_that_the_encoding_does_not_have():
    """They become a mark of a lost letter, never an exception."""
    assert mended("\x81", "cp1252") == ("\ufffd", False)
