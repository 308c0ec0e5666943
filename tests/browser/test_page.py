"""The page in a real browser: nothing breaks, nothing leaves, everything can be reached."""

import itertools
import json

import pytest

from metaleak.workflow.pipeline import open_review
from metaleak.workflow.scaffold import new_review

pytestmark = pytest.mark.browser

#: What a sheet may hold that a page must only show.
HOSTILE = {
    "script": "<script>window.hacked = true</script>",
    "image": '"><img src=x onerror="window.hacked = true">',
    "template": "{{ 7 * 7 }}",
    "direction": "abc\u202ecba",
    "entity": "&lt;b&gt;",
}


def test_no_error_and_no_request(opened, report):
    """The console stays empty and the page asks nobody for anything."""
    with opened(report) as page:
        page.wait_for_load_state("networkidle")

        assert page.troubles == []
        assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("width", [390, 1280])
def test_no_sideways_scroll(opened, report, width):
    """On a phone and on a desk the page is as wide as the window; wide tables scroll in their own box."""
    with opened(report, width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")

        assert wide <= width


def test_the_forest_plot_is_drawn(opened, report):
    """Every figure has loaded, has a size, and says in words what it shows."""
    with opened(report) as page:
        images = page.evaluate(
            "Promise.all([...document.images].map(async i => { await i.decode(); return [i.naturalWidth, i.alt.length]; }))"
        )

        assert len(images) >= 6
        assert all(width > 100 and words > 40 for width, words in images)


def test_numbers_are_those_of_the_results(opened, report, evidence):
    """The pooled rate of every group stands in the page as in result.json."""
    result = json.loads((evidence / "analyses" / "modality.result.json").read_text())
    with opened(report) as page:
        text = page.locator("#results").inner_text()

        for group in result["groups"].values():
            shown = [f"{100 * group[key]:.1f}" for key in ("estimate", "ci_low", "ci_high")]
            assert all(number in text for number in shown)


def test_a_click_sorts_a_table(opened, report):
    """Ascending, descending, back to the order of the page, by the numbers and not by their letters."""
    with opened(report) as page:
        table = page.locator(".table table").filter(has=page.locator("thead button")).first
        head = table.locator("thead th").filter(has=page.locator("button")).last
        order = "t => [...t.tBodies[0].rows].map(r => r.innerText)"
        first = table.evaluate(order)
        states, orders = [], []
        for _ in range(3):
            head.locator("button").click()
            states.append(head.get_attribute("aria-sort"))
            orders.append(table.evaluate(order))

        assert states == ["ascending", "descending", "none"]
        assert orders[2] == first
        assert sorted(orders[0]) == sorted(orders[1]) == sorted(first)
        assert orders[0] != orders[1]


def test_the_keyboard_reaches_sorting_and_rows(opened, report):
    """Buttons and details take the focus by Tab and answer to Enter."""
    with opened(report) as page:
        summary = page.locator("details summary").first
        summary.focus()
        page.keyboard.press("Enter")

        assert page.locator("details").first.get_attribute("open") is not None
        assert page.evaluate("document.querySelectorAll('thead button').length") > 10
        assert page.evaluate("[...document.querySelectorAll('thead button')].every(b => b.tabIndex === 0)")


def test_what_screen_readers_need(opened, report):
    """One main heading, levels in order, captions and scoped heads on tables, a language, names on links."""
    with opened(report) as page:
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
        bare = page.evaluate("[...document.querySelectorAll('table')].filter(t => !t.caption).length")
        heads = page.evaluate("[...document.querySelectorAll('th')].filter(h => !h.scope).length")
        nameless = page.evaluate(
            "[...document.querySelectorAll('a')].filter(a => !a.textContent.trim()).length"
        )

        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert (bare, heads, nameless) == (0, 0, 0)
        assert page.evaluate("document.documentElement.lang") == "en"


CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('p, li, td, th, dt, dd, a, h1, h2, h3, figcaption, summary, button, span')) {
    if (!e.innerText || !e.innerText.trim() || !e.offsetParent) continue;
    const s = getComputedStyle(e), a = light(parse(s.color)), b = light(ground(e));
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && s.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) poor.push([e.tagName, e.innerText.slice(0, 40), ratio]);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast(opened, report, scheme):
    """Every text stands out from its ground by WCAG's AA, in light and in dark."""
    with opened(report, color_scheme=scheme) as page:
        assert page.evaluate(CONTRAST) == []


def test_the_page_reads_without_scripts(opened, report):
    """Answer, tables and figures are there without JavaScript."""
    with opened(report, java_script_enabled=False) as page:
        assert page.locator("#answer .sentence").count() == 3
        assert page.locator("#results table").count() >= 2


def test_print_shows_the_rows(opened, report, tmp_path):
    """Printed, the page has no navigation, and every figure fits on its sheet."""
    with opened(report) as page:
        page.emulate_media(media="print")
        hidden = page.evaluate("getComputedStyle(document.querySelector('nav')).display")
        tall = page.evaluate("[...document.images].map(i => i.getBoundingClientRect().height)")
        data = page.pdf(format="A4")

        assert hidden == "none"
        assert data.startswith(b"%PDF")
        assert tall


def test_the_page_stays_small(report):
    """The real page is far below three megabytes."""
    assert report.stat().st_size < 3_000_000


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A review whose sheets hold markup, scripts, formulas and marks that turn lines around."""
    root = tmp_path_factory.mktemp("hostile") / "review"
    new_review(root)
    studies, leaks = (root / "extraction" / f"{name}.csv" for name in ("studies", "leaks"))
    text = studies.read_text(encoding="utf-8")
    for number, value in enumerate(HOSTILE.values(), start=1):
        quoted = '"' + value.replace('"', '""') + '"'
        text = text.replace(f"Synthetic {number},", f"{quoted},").replace(
            f"[Synthetic example {number}]", quoted
        )
    studies.write_text(text, encoding="utf-8")
    leaks.write_text(
        leaks.read_text().replace("synthetic,high", "<b onmouseover=alert(1)>page 3</b>,high"),
        encoding="utf-8",
    )
    with open_review(root) as pipeline:
        pipeline.run()
    return root / "reports" / "review.html"


def test_hostile_text_is_shown_as_text(opened, hostile):
    """No script of a sheet runs, and its letters can be read on the page."""
    with opened(hostile) as page:
        page.wait_for_load_state("networkidle")
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        text = page.evaluate("document.body.innerText")

        assert page.evaluate("window.hacked") is None
        assert page.troubles == []
        assert all(value in text for name, value in HOSTILE.items() if name not in ("direction",))
        assert page.locator("b[onmouseover]").count() == 0
