"""The compiled parts read and write what plain Python reads and writes, byte for byte."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.records import compiled, pubmed_xml, read, shapes, table
from metaleak.records.opened import _twin, maker
from metaleak.records.read import read_records
from metaleak.records.record import Author, Record
from metaleak.records.shapes import Shape
from metaleak.records.text import clean
from tests.records.pubmed_articles import article
from tests.records.strategies import records
from tests.search.shelf import Entry

pytestmark = pytest.mark.skipif(
    compiled.Scanner is None, reason="nothing is compiled here; it needs a C compiler"
)

SET = b'<?xml version="1.0" ?>\n<PubmedArticleSet>%s</PubmedArticleSet>'
PAYLOADS = sorted((Path(__file__).parent / "payloads").glob("pubmed*.xml"))
ARTICLE = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.S)

FORMULA = b'<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML">'
WHOLE = max(ARTICLE.findall(PAYLOADS[1].read_bytes()), key=len)


def scanned(xml):
    """Whether the scanner reads an article whole."""
    return pubmed_xml._ARTICLE.scan(xml)[1] == len(xml)


def by_tree(data):
    """Return what plain Python and the parser make of a file."""
    with pytest.MonkeyPatch.context() as patched:
        for shape in pubmed_xml._SHAPES.values():
            patched.setattr(shape, "scan", shapes._no_scanner)
        patched.setattr(read, "_reader_of_xml", lambda: pubmed_xml.read_pubmed_xml)
        return read_records(data)


def same(data):
    """Read a file both ways, and return what came."""
    quick, slow = read_records(data), by_tree(data)

    assert quick == slow
    assert quick.problems == slow.problems
    return quick


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_every_real_article_is_scanned(path):
    articles = ARTICLE.findall(path.read_bytes())

    assert articles
    assert all(scanned(xml) for xml in articles)
    assert same(path.read_bytes()).problems == ()


@pytest.mark.parametrize("path", PAYLOADS, ids=lambda path: path.name)
def test_real_articles_on_one_line_and_with_other_line_ends(path):
    data = path.read_bytes()

    same(re.sub(rb">\s+<", b"><", data))
    same(data.replace(b"\n", b"\r\n"))


def test_synthetic_records_of_searches_are_scanned():
    entries = [Entry(number, is_book=number % 10 == 0) for number in range(1, 201)]
    articles = [entry.xml().encode() for entry in entries]

    assert all(scanned(xml) for xml in articles if xml.startswith(b"<PubmedArticle>"))
    assert len(same(SET % b"".join(articles))) == 200


@given(st.lists(article, min_size=1, max_size=3), st.booleans())
def test_random_articles(articles, on_lines):
    data = "\n".join(articles)
    if on_lines:
        data = re.sub(r"(</[A-Z]\w+>)(?=<[/A-Z])", r"\1\n    ", data)

    same(SET % data.encode())
    assert all(scanned(xml.encode()) for xml in articles)


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
def test_what_is_not_plain_is_as_the_parser_has_it(old, new):
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
    assert scanned(large) == scanned(small)


def test_lines_and_numbers_count_scanned_records_too():
    broken = WHOLE.replace(b"<ArticleTitle>", b"<ArticleTitle>&bomb;", 1)
    data = SET % b"\n\n".join([WHOLE, WHOLE, broken, WHOLE, b"what?", broken])
    found = [(problem.record, problem.line) for problem in same(data).problems]
    lines = [0, *(match.start() for match in re.finditer(b"&bomb;", data))]

    assert found[0][0] == 3
    assert found[0][1] == data.count(b"\n", 0, data.rfind(b"<PubmedArticle>", 0, lines[1])) + 1
    assert found[-1] == (5, data.count(b"\n", 0, data.rfind(b"<PubmedArticle>")) + 1)


def test_a_damaged_record_behind_many():
    broken = WHOLE.replace(b"<ArticleTitle>", b"<ArticleTitle>&bomb;", 1)
    records = same(SET % (b"\n".join([WHOLE] * 400) + b"\n" + broken + b"\n" + WHOLE))

    assert len(records) == 401
    assert [problem.record for problem in records.problems] == [401]


#: What texts are made of: every character below the CJK ones, white space and marks more often than chance has them.
WORDS = st.text(
    st.one_of(
        st.characters(max_codepoint=0x3010, exclude_categories=["Cs"]),
        st.sampled_from(" \t\n\r\x0b\x85\xa0\u2003<>&;#/a1\u0300\u0308\u1161\u200b\xad\x7f\x01"),
    )
)


@given(WORDS)
def test_texts_are_cleaned_alike(words):
    xml = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", words)
    escaped = xml.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")

    found, end = Shape("a", ".").scan(f"<a>{escaped}</a>".encode())

    assert found == [clean(xml)]
    assert end > 0


def test_every_pair_of_plain_characters_stays_as_it_is():
    """What the scanner takes for clean in one look is what cleaning leaves alone, whatever stands beside it."""
    plain = [
        chr(code)
        for code in range(0x21, 0x3000)
        if chr(code) not in "<&" and not 0xD800 <= code < 0xE000 and clean(chr(code)) == chr(code)
    ]
    shape = Shape("a", ".")
    for first in ("A", "\u00e9", "\u03b1", "\u1100", "\u0915", "\u2264"):
        text = "".join(f"{first}{second}" for second in plain)

        assert shape.scan(f"<a>{text}</a>".encode())[0] == [clean(text)]


@given(st.lists(records(), max_size=3), st.booleans())
def test_sheets_are_written_alike(found, abstracts):
    columns = table._COLUMNS if abstracts else table._COLUMNS[:-1]

    assert compiled.csv_lines(found, columns) == table._csv_lines(found, columns)


@pytest.mark.parametrize(
    "text",
    [
        "=1",
        "'=1",
        "''@a",
        "'t Hooft",
        '"',
        'a"b',
        "a,b",
        "a\nb",
        "\r",
        "-",
        "a;b|c\\",
        " end ",
        ";",
        "|",
        "\u00e9," * 50,
    ],
)
def test_odd_cells_are_written_alike(text):
    record = Record(
        record_id="a:1",
        title=text,
        authors=(Author(text, text, text), Author(text, is_group=True)),
        mesh=(text, text),
    )

    assert compiled.csv_lines([record], table._COLUMNS) == table._csv_lines([record], table._COLUMNS)


def test_makers_make_the_same():
    given_values = ("Casbon", "Jr")
    made = maker(Author, "family", "suffix")(*given_values)

    assert made == _twin(Author, ("family", "suffix"))(*given_values) == Author("Casbon", suffix="Jr")
    assert hash(made) == hash(Author("Casbon", suffix="Jr"))


def test_a_maker_counts_its_values():
    with pytest.raises(TypeError, match="2 values are needed, 1 were given"):
        maker(Author, "family", "suffix")("Casbon")


def test_a_field_without_a_value_is_refused():
    with pytest.raises(TypeError, match=r"Author\.family has no default and is not given"):
        maker(Author, "suffix")


def test_what_is_compiled_is_what_lies_here():
    """A source that was changed has to be compiled again: make report and make test do it."""
    folder = Path(compiled.__file__).parent
    sources = {"_scan": "_scan.pyx", "_rows": "_rows.pyx", "_pubmed_xml": "pubmed_xml.py"}
    built = {name: next(folder.glob(f"{name}.*.so"), None) for name in sources}

    stale = [
        name
        for name, file in built.items()
        if file and file.stat().st_mtime < (folder / sources[name]).stat().st_mtime
    ]

    assert not stale, "compiled before the last change; run make test"
