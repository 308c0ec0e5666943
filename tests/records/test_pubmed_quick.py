"""Articles in NCBI's shape are read without a tree, and never otherwise than with one."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.records import pubmed_xml
from metaleak.records.marks import Marks
from metaleak.records.pubmed_quick import quick_article
from metaleak.records.read import read_records
from tests.records.pubmed_articles import article
from tests.search.shelf import Entry

SET = b'<?xml version="1.0" ?>\n<PubmedArticleSet>%s</PubmedArticleSet>'
PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("pubmed*.xml"))
ARTICLE = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.S)

FORMULA = b'<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">'
WHOLE = max(ARTICLE.findall(PAYLOADS[1].read_bytes()), key=len)


def by_tree(data):
    """Return what the parser alone makes of a file."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pubmed_xml, "quick_article", lambda xml, marks: None)
        return read_records(data)


def same(data):
    """Read a file both ways, and return what came."""
    quick, slow = read_records(data), by_tree(data)

    assert quick == slow
    assert quick.problems == slow.problems
    return quick


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_every_real_article_is_in_the_shape(path):
    articles = ARTICLE.findall(path.read_bytes())

    assert articles
    assert all(quick_article(xml, Marks()) is not None for xml in articles)
    assert same(path.read_bytes()).problems == ()


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_real_articles_on_one_line_and_with_other_line_ends(path):
    data = path.read_bytes()

    same(re.sub(rb">\s+<", b"><", data))
    same(data.replace(b"\n", b"\r\n"))


def test_synthetic_records_of_searches_are_in_the_shape():
    entries = [Entry(number, is_book=number % 10 == 0) for number in range(1, 201)]
    articles = [entry.xml().encode() for entry in entries]

    assert all(quick_article(xml, Marks()) for xml in articles if xml.startswith(b"<PubmedArticle>"))
    assert len(same(SET % b"".join(articles))) == 200


@given(st.lists(article, min_size=1, max_size=3), st.booleans())
def test_random_articles(articles, on_lines):
    data = "\n".join(articles)
    if on_lines:
        data = re.sub(r"(</[A-Z]\w+>)(?=<[/A-Z])", r"\1\n    ", data)

    same(SET % data.encode())
    if (
        "<OtherAbstract" not in data
        and "Cites" not in data
        and all(record.title for record in by_tree(SET % data.encode()))
    ):
        assert all(quick_article(xml.encode(), Marks()) for xml in articles)


@given(article, st.data())
def test_damaged_articles(xml, data):
    """Whatever is taken out, put in or written twice: the same record, or the same problem."""
    damaged = xml.encode()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(damaged)))
        end = data.draw(st.integers(start, min(len(damaged), start + 40)))
        put = data.draw(
            st.one_of(
                st.sampled_from(
                    [
                        b"",
                        b"<",
                        b">",
                        b"&",
                        b"]]>",
                        b"<i>",
                        b"</i>",
                        b'"',
                        b"\x00",
                        b"\xff",
                        b"\xed\xa0\x80",
                        b"\xef\xbf\xbe",
                        b"&#0;",
                        b"&#xd800;",
                        b"&#38;lt;",
                        b"&x;",
                        b"<!-- c -->",
                        b"<![CDATA[x]]>",
                        b"<Year>1999</Year>",
                        b"<PMID>5</PMID>",
                        b"<x/>",
                        b"<PubmedArticle>",
                        b' a="1"',
                        b"\x0b",
                    ]
                ),
                st.just(damaged[start:end] * 2),
            )
        )
        damaged = damaged[:start] + put + damaged[end:]

    same(SET % (damaged + b"\n" + WHOLE))


def test_a_file_cut_anywhere():
    data = SET % (WHOLE + WHOLE)
    for end in range(len(SET), len(data), 97):
        same(data[:end])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<ArticleTitle>", b"<ArticleTitle><![CDATA[<b>]]>"),
        (b"<ArticleTitle>", b"<ArticleTitle><!-- not text -->"),
        (b"<ArticleTitle>", b"<ArticleTitle><?pi not text?>"),
        (b"<ArticleTitle>", b'<ArticleTitle book="b">'),
        (b"<ArticleTitle>", b"<ArticleTitle>&bomb; "),
        (b"<ArticleTitle>", b"<ArticleTitle>]]>"),
        (b"<ArticleTitle>", b"<ArticleTitle>\xef\xbf\xbf"),
        (b"<ArticleTitle>", b"<ArticleTitle>\x1f"),
        (b"<ArticleTitle>", b"<ArticleTitle>M\xfcller "),
        (b"<ArticleTitle>", b"<ArticleTitle><i><b><u><sub>deep</sub></u></b></i>"),
        (b"<ArticleTitle>", b"<ArticleTitle>" + b"<i>" * 5000 + b"</i>" * 5000),
        (b"<ArticleTitle>", b"<ArticleTitle><mml:math>unbound</mml:math>"),
        (b"<ArticleTitle>", b"<ArticleTitle>&lt;/ArticleTitle&gt;&lt;PMID&gt;5&lt;/PMID&gt;"),
        (b"<ArticleTitle>", b"<ArticleTitle></ArticleTitle><ArticleTitle>"),
        (b"<ArticleTitle>", b"<x:ArticleTitle xmlns:x='u'>"),
        (b"<AbstractText>", b"<AbstractText><AbstractText>nested</AbstractText>"),
        (b"<AbstractText>", b'<AbstractText Label="a" Label="b">'),
        (b"<AbstractText>", b'<AbstractText Label="a &gt; b > c" NlmCategory="METHODS">'),
        (b"<AbstractText>", b'<AbstractText Label="a < b">'),
        (b"<AbstractText>", b"<AbstractText><i>never closed"),
        (
            b"<AbstractText>",
            b'<AbstractText><mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mn></mml:math>',
        ),
        (b"</Abstract>", b"</Abstract></Abstract>"),
        (b"</AuthorList>", b"<Author><LastName>A</LastName></AuthorList>"),
        (b"</LastName>", b"</ForeName>"),
        (b'Version="1">', b"Version='1'>"),
        (b'Version="1">', b'Version="1" >'),
        (b"<PubmedData>", b"<PubmedArticle><PubmedData>"),
        (b"<PubmedData>", b"stray<PubmedData>"),
        (b"</MedlineCitation>", b""),
    ],
)
def test_what_is_out_of_shape_is_as_the_parser_has_it(old, new):
    assert old in WHOLE

    same(SET % (WHOLE.replace(old, new, 1) + WHOLE))


@pytest.mark.parametrize(
    "flood",
    [
        b"<i>",
        b"<i>a</i>",
        b"&amp;",
        b"]",
        b"<AbstractText>",
        FORMULA,
        FORMULA + b"</mml:math>",
        b"</mml:math>",
    ],
)
def test_floods(flood):
    """Neither many elements, nor many that never close, send it back again and again."""
    small, large = (
        WHOLE.replace(b"<AbstractText>", b"<AbstractText>" + flood * (size // len(flood)), 1)
        for size in (50_000, 2_000_000)
    )

    same(SET % small)
    assert (quick_article(large, Marks()) is None) == (quick_article(small, Marks()) is None)


def test_lines_and_numbers_count_quick_records_too():
    broken = WHOLE.replace(b"<ArticleTitle>", b"<ArticleTitle>&bomb;", 1)
    data = SET % b"\n\n".join([WHOLE, WHOLE, broken, WHOLE, b"what?", broken])
    found = [(problem.record, problem.line) for problem in same(data).problems]
    lines = [0, *(match.start() for match in re.finditer(b"&bomb;", data))]

    assert found[0][0] == 3
    assert found[0][1] == data.count(b"\n", 0, data.rfind(b"<PubmedArticle>", 0, lines[1])) + 1
    assert found[-1] == (5, data.count(b"\n", 0, data.rfind(b"<PubmedArticle>")) + 1)


def test_files_longer_than_a_chunk():
    broken = WHOLE.replace(b"<ArticleTitle>", b"<ArticleTitle>&bomb;", 1)
    records = same(SET % (b"\n".join([WHOLE] * 400) + b"\n" + broken + b"\n" + WHOLE))

    assert len(records) == 401
    assert [problem.record for problem in records.problems] == [401]
