"""Which records an answer holds: their own numbers and no others."""

from pathlib import Path

import pytest

from metaleak.search import payload
from metaleak.search.client import UnreadableError, WordedError
from metaleak.search.payload import Contents, contents
from tests.search.ncbi import records
from tests.search.shelf import Entry

RECORDED = Path(__file__).parent / "payloads" / "pubmed1.xml"

BOMB = b"""<!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>
<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>&b;</PMID></MedlineCitation></PubmedArticle></PubmedArticleSet>"""


def test_a_recorded_answer_is_read():
    assert contents(RECORDED.read_bytes()).articles == (12091962, 9997)


def test_books_are_told_from_articles():
    body = records([Entry(1), Entry(2, is_book=True), Entry(3)]).encode()

    assert contents(body) == Contents(articles=(1, 3), books=(2,))


def test_deleted_numbers_are_read():
    body = (
        b"<PubmedArticleSet><DeleteCitation><PMID>5</PMID><PMID>6</PMID></DeleteCitation></PubmedArticleSet>"
    )

    assert contents(body).deleted == (5, 6)


def test_numbers_of_comments_and_references_are_not_taken():
    assert 99999999 not in contents(records([Entry(1)]).encode()).articles


@pytest.mark.parametrize(
    "body",
    [
        b"<PubmedArticleSet></PubmedArticleSet>",
        b'{"error":"cannot get document summary"}',
        b"<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR></eFetchResult>",
    ],
)
def test_nothing_is_an_answer_too(body):
    assert contents(body) == Contents()


def test_an_outage_in_words_is_none():
    with pytest.raises(WordedError, match="not supported"):
        contents(b"<eFetchResult><ERROR>Database is not supported: pubmed</ERROR></eFetchResult>")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"plain text",
        b"<html></html>",
        b'{"error":"API rate limit exceeded"}',
        BOMB,
        b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>x</PMID></MedlineCitation></PubmedArticle></PubmedArticleSet>",
    ],
)
def test_what_holds_no_records_is_asked_for_again(body):
    with pytest.raises(UnreadableError):
        contents(body)


def test_an_answer_cut_anywhere_is_never_taken_for_whole():
    body = records([Entry(1), Entry(2, is_book=True)]).encode()
    for end in range(len(body.rstrip(b">"))):
        with pytest.raises(UnreadableError):
            contents(body[:end])


@pytest.mark.parametrize("place", range(0, 3000, 29))
def test_a_damaged_answer_is_read_as_the_parser_reads_it(place, monkeypatch):
    body = records([Entry(1), Entry(2, is_book=True)]).encode()
    for damage in (b"<", b"]]>", b"&x;", b"<!-- -->", b"<PMID>7</PMID>", b"<ERROR>no</ERROR>"):
        damaged = body[:place] + damage + body[place:]
        as_installed = outcome(damaged)
        with monkeypatch.context() as patched:
            patched.setattr(payload, "_scanned", lambda body: None)
            assert outcome(damaged) == as_installed


def outcome(body):
    """Return what an answer holds, or the kind of error it is."""
    try:
        return contents(body)
    except (UnreadableError, WordedError) as error:
        return type(error)
