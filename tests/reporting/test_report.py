"""The page as a whole: self-contained, the same bytes, hostile text shown as text, every link with an end."""

import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

from metaleak.errors import InputError
from metaleak.reporting.report import render_report
from tests.reporting.conftest import build

#: What a sheet may hold that a page must only show.
HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    '" onmouseover="alert(1)',
    "' onfocus='alert(1)",
    "=cmd|'/c calc'!A0",
    "{{ 7 * 7 }}{% for x in y %}",
    "&lt;b&gt;&amp;",
    "$\\frac{1$",
    "../../etc/passwd",
]


class Collector(HTMLParser):
    """Collects every element with its attributes."""

    def __init__(self):
        super().__init__()
        self.elements = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))


def elements(html):
    """Return every element of a page."""
    collector = Collector()
    collector.feed(html)
    return collector.elements


def hostile(text):
    """Return the synthetic report with ``text`` in every text field of the sheets, findings and figures."""
    report = build()

    def sown(rows):
        keep = ("study_id", "sheet_row", "taken", "n_leak", "n_total", "both_positive")
        return [
            {k: v if k in keep or not isinstance(v, str) else text for k, v in row.items()} for row in rows
        ]

    for result in report.results.values():
        result["title"] = result["question"] = text
        result["notes"] = [text]
        for row in result["rows"]:
            row |= {"label": text, "source_location": text, "confidence": text, "arms": [text]}
    return replace(
        report,
        title=text,
        question=text,
        **{
            name: sown(getattr(report, name))
            for name in ("studies", "leaks", "pairs", "dropped", "reviews", "findings")
        },
        rows={name: sown(rows) for name, rows in report.rows.items()},
        figures={k: replace(f, alt=text, caption=text) for k, f in report.figures.items()},
        digests={text: text},
    )


def test_the_same_input_gives_the_same_bytes(page):
    """Nothing but the input enters the page."""
    assert render_report(build()) == page


def test_it_loads_nothing(page):
    """No element asks for another file; addresses stand in links only."""
    asking = [
        (tag, a) for tag, a in elements(page) if set(a) & {"src", "srcset", "background", "action", "poster"}
    ]
    linked = [a["href"] for tag, a in elements(page) if tag == "link"]

    assert asking == []
    assert linked == ["data:,"]
    assert re.findall(r"url\((?!\"data:)", page) == []
    assert "@import" not in page


def test_the_policy_allows_what_is_there_and_nothing_else(page):
    """Scripts and style run by their digest; nothing else may load, run or connect."""
    policy = next(
        a["content"] for tag, a in elements(page) if a.get("http-equiv") == "Content-Security-Policy"
    )
    parts = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))

    def digests(tag):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.S)
        return {f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in inside}

    assert parts["default-src"] == "'none'"
    assert set(parts["script-src"].split()) == digests("script")
    assert set(parts["style-src"].split()) == digests("style")
    assert "unsafe" not in policy


def test_no_style_or_handler_in_an_attribute(page):
    """The policy would refuse them."""
    assert [a for _, a in elements(page) if "style" in a or any(key.startswith("on") for key in a)] == []


def test_ids_are_unique_and_links_have_an_end(page):
    """Every link inside the page leads to one place."""
    ids = Counter(a["id"] for _, a in elements(page) if "id" in a)
    targets = {
        unescape(a["href"])[1:] for tag, a in elements(page) if tag == "a" and a["href"].startswith("#")
    }

    assert [name for name, n in ids.items() if n > 1] == []
    assert targets <= set(ids)


def test_links_out_are_safe(page):
    """They lead to https and tell the other side nothing."""
    out = [a for tag, a in elements(page) if tag == "a" and not a["href"].startswith("#")]

    assert out
    assert all(a["href"].startswith("https://") and a["rel"] == "noopener noreferrer" for a in out)


@pytest.fixture(scope="module")
def harmless():
    """Return the page with an ordinary word where the others have hostile text."""
    return render_report(hostile("WORD"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_makes_no_element(harmless, plain, text):
    """The page has the same elements with hostile text as with an ordinary word, and shows it letter by letter."""
    html = render_report(hostile(text))

    assert Counter(tag for tag, _ in elements(html)) == Counter(tag for tag, _ in elements(harmless))
    assert [a for _, a in elements(html) if any(key.startswith("on") for key in a)] == []
    assert plain(html).count(text) == plain(harmless).count("WORD") > 20


def test_marks_that_turn_the_line_are_shown(plain):
    """A right-to-left mark or a control character is named where it stands."""
    said = plain(render_report(hostile("abc\u202ecba\x00\x07")))

    assert "abc[U+202E]cba␀␇" in said
    assert not {"\u202e", "\x00", "\x07"} & set(said)


def test_the_caveat_is_as_large_as_the_answer(page, changed, plain):
    """It stands beside the answer, in the methods and at the end; a released review has none."""
    caveat = "not the yield of a systematic search; 3 of 11 rows do not say how leaks were looked for"

    assert plain(page).count(caveat) == 3
    assert 'class="caveat"' not in render_report(changed(status="released"))


def test_every_section_is_there(page):
    """Answer, results, filter, rows, left out, news, checklists, others, reviews, studies, methods, checks, origin."""
    names = [a["id"] for tag, a in elements(page) if tag == "section"]

    assert names == [
        "answer",
        "results",
        "filter",
        "rows",
        "left-out",
        "news",
        "checklists",
        "others",
        "reviews",
        "studies",
        "methods",
        "findings",
        "provenance",
    ]


def test_a_page_of_one_result_alone(synthetic):
    """Without sheets, figures and findings the page still answers."""
    alone = replace(
        synthetic,
        results={"modality": synthetic.results["modality"]},
        **dict.fromkeys(("studies", "leaks", "pairs", "dropped", "reviews", "findings"), ()),
        **{key: {} for key in ("rows", "figures", "digests")},
    )

    assert "The checks of the sheets found nothing." in render_report(alone)


def test_nothing_to_report_is_an_error(changed):
    """A page needs a result."""
    with pytest.raises(InputError, match="nothing to report"):
        render_report(changed(results={}))
