"""Paths find what they say, with the scanner and with the parser."""

import pytest

from metaleak.records import shapes
from metaleak.records.shapes import Every, Shape


@pytest.fixture(params=["as installed", "parser"])
def shape(request, monkeypatch):
    """Return a function that makes shapes, with whatever reads them here and with the parser alone."""
    if request.param == "parser":
        monkeypatch.setattr(shapes, "Scanner", None)
    return Shape


def test_a_path_goes_through_the_first_child_of_each_name(shape):
    xml = b"<r><a><b>1</b><b>2</b></a><a><b>3</b></a></r>"

    assert shape("r", "a/b").read(xml) == ["1"]


def test_a_step_with_brackets_goes_through_every_child(shape):
    xml = b"<r><a><b>1</b><b>2</b></a><c/><a><b>3</b></a></r>"

    assert shape("r", Every("a[]/b")).read(xml) == [["1", "2", "3"]]


def test_fields_of_each_child(shape):
    xml = b'<r><a t="x">1 <i>2</i></a><a>3</a></r>'

    assert shape("r", Every("a", "@t", ".")).read(xml) == [[["x", "1 2"], ["", "3"]]]


def test_children_of_any_name(shape):
    xml = b"<r><d><y>2018</y><m>02</m></d></r>"

    assert shape("r", Every("d/*", "name()", ".")).read(xml) == [[["y", "2018"], ["m", "02"]]]


def test_lists_in_lists(shape):
    xml = b"<r><a><b>1</b><b>2</b></a><a/></r>"

    assert shape("r", Every("a", Every("b"))).read(xml) == [[[["1", "2"]], [()]]]


def test_what_is_not_there_is_empty(shape):
    assert shape("r", "a", "b/c", Every("d")).read(b"<r/>") == ["", "", ()]


def test_texts_are_cleaned_and_attributes_are_not(shape):
    xml = '<r><a t=" x &amp; y "> \u00e9&#233;\n z </a></r>'.encode()

    assert shape("r", Every("a", "@t", ".")).read(xml) == [[[" x & y ", "\u00e9\u00e9 z"]]]


@pytest.mark.parametrize(
    "xml",
    [
        b"",
        b"<r",
        b"<r>",
        b"<r></s>",
        b"<s></s>",
        b"<r/>x",
        b"<r>&x;</r>",
        b"<r><a></r>",
        b'<r a="1" a="2"/>',
        b"<r>\xff</r>",
    ],
)
def test_what_is_no_complete_element_is_none(shape, xml):
    assert shape("r", "a").read(xml) is None


def test_what_is_not_plain_goes_to_the_parser():
    xml = b"<r><!-- a --><a><![CDATA[1]]></a></r>"

    assert Shape("r", "a").scan(xml) == (None, -1)
    assert Shape("r", "a").read(xml) == ["1"]


@pytest.mark.skipif(shapes.Scanner is None, reason="nothing is compiled here; it needs a C compiler")
def test_the_scanner_says_where_the_element_ends():
    assert Shape("r", "a").scan(b"..<r><a>1</a></r>..", 2) == (["1"], 17)


@pytest.mark.skipif(shapes.Scanner is None, reason="nothing is compiled here; it needs a C compiler")
def test_names_that_stand_apart_are_not_accepted_inside():
    assert Shape("r", "a", apart=("r",)).scan(b"<r><a><r/></a></r>") == (None, -1)
