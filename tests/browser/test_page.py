"""The page in a real browser: nothing breaks, nothing leaves, everything can be reached."""

import itertools
import json

import pytest

from metaleak import numbers
from metaleak.reporting.joined import joined
from metaleak.workflow.pipeline import open_review
from metaleak.workflow.scaffold import new_review

pytestmark = pytest.mark.browser

#: What a sheet may hold that a page must only show.
HOSTILE = {
    "script": "<script>window.hacked = true</script>",
    "image": '"><img src=x onerror="window.hacked = true">',
    "template": "{{ 7 * 7 }}",
    "direction": "abc\u202ecba",
    "formula": "=1+2",
}


def test_no_error_and_no_request(opened, report):
    """The console stays empty and the page asks nobody for anything."""
    with opened(report) as page:
        page.wait_for_load_state("networkidle")

        assert page.troubles == []
        assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_no_sideways_scroll(opened, report, width):
    """On a phone and on a desk the page is as wide as the window; wide tables scroll in their own box."""
    with opened(report, width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        wide = page.evaluate("document.documentElement.scrollWidth")

        assert wide <= width


SHEETS = "[...document.querySelectorAll('.drawing > svg')]"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_forest_plot_is_drawn(opened, report, width):
    """The plot of the main analysis can be seen, holds its studies as text, and says in words what it shows."""
    with opened(report, width=width) as page:
        forest = page.locator("figure[id='figure.modality-forest'] svg").first

        assert forest.is_visible()
        assert forest.bounding_box()["height"] > 400
        assert len(forest.get_attribute("aria-label")) > 100
        assert forest.locator("text", has_text="Martin 2012").count() == 1


def test_figures_stand_on_a_light_card(opened, report):
    """In the dark their colours stay those that were chosen for paper."""
    with opened(report, color_scheme="dark") as page:
        cards = page.evaluate(
            "[...document.querySelectorAll('.drawing')].map(c => getComputedStyle(c).backgroundColor)"
        )

        assert set(cards) == {"rgb(255, 255, 255)"}


def test_numbers_are_those_of_the_results(opened, report, evidence):
    """Every pooled rate of every analysis stands in its row as in result.json."""
    with opened(report) as page:
        for path in sorted((evidence / "analyses").glob("*.result.json")):
            result = json.loads(path.read_text())
            if result["kind"] != "pool":
                continue
            rows = page.evaluate(
                "id => [...document.getElementById(id).tBodies[0].rows].map(r => r.textContent)",
                f"{result['analysis'].replace('_', '_5f')}.groups",
            )
            for row, (name, group) in zip(rows, result["groups"].items(), strict=True):
                shown = [f"{100 * group[key]:.1f}" for key in ("ci_low", "ci_high")]
                rate = (
                    group["estimate"] if group["estimate"] is not None else group["events"] / group["total"]
                )
                assert row.strip().startswith(name)
                words = joined(f"{100 * rate:.1f} %")
                counts = joined(f"{numbers.count(group['events'])} / {numbers.count(group['total'])}")
                assert all(part in row for part in [words, counts, *shown])


def test_a_copied_formula_stays_text(opened, hostile):
    """A cell that a spreadsheet would run gets an apostrophe in front."""
    with opened(hostile, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.locator("button[data-copy='studies-table']").click()
        page.locator("#live", has_text="Copied").wait_for(state="attached")
        cells = page.evaluate("navigator.clipboard.readText()").replace("\n", "\t").split("\t")

        assert any(cell.startswith("'=1+2") for cell in cells)
        assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]


def test_a_link_to_a_row_opens_what_folds_it(opened, report):
    """Following a study leads to its line."""
    with opened(report) as page:
        page.evaluate("location.hash = '#study.Martin2012'")
        page.locator("[id='study.Martin2012']").wait_for(state="visible")

        assert page.locator("[id='study.Martin2012']").is_visible()


def test_a_link_to_a_passage_opens_it(opened, report):
    """Words behind a fold have an address."""
    with opened(report) as page:
        page.evaluate("location.hash = '#detection.words.sources'")
        words = page.locator("[id='detection.words.sources'] p").first
        words.wait_for(state="visible")

        assert words.inner_text().startswith("The sensitivity rests on")


def test_a_long_name_of_a_fold_stands_beside_its_mark(opened, report):
    """On a phone its words go on in a second line, not below the triangle."""
    with opened(report, width=390) as page:
        heads = page.locator("details.words > summary > h3")

        assert {
            head.evaluate("h => h.offsetLeft > h.parentElement.offsetLeft + 8") for head in heads.all()
        } == {True}


def test_figures_and_tables_follow_the_answer(opened, report):
    """At most five paragraphs, the question with them, stand ahead of what a section shows."""
    with opened(report) as page:
        ahead = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll("main > section")].map((s) =>
          [s.id, [...s.children].findIndex((c) => !c.matches("p, .head"))]))""")

        assert {name: n - 1 for name, n in ahead.items() if n > 7} == {}
        assert ahead["detection"] == 5


def test_what_screen_readers_need(opened, report):
    """One main heading, levels in order, captions and scoped heads on tables, a language, names on links."""
    with opened(report) as page:
        levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => Number(h.tagName[1]))")
        bare = page.evaluate("[...document.querySelectorAll('table')].filter(t => !t.caption).length")
        heads = page.evaluate("[...document.querySelectorAll('th')].filter(h => !h.scope).length")
        nameless = page.evaluate(
            "[...document.querySelectorAll('a, button')].filter(a => !a.textContent.trim()).length"
        )
        unlabelled = page.evaluate(
            "[...document.querySelectorAll('input, select')].filter(i => !i.labels.length).length"
        )
        pictures = page.evaluate(f"{SHEETS}.filter(s => !s.getAttribute('aria-label')).length")

        assert levels.count(1) == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert (bare, heads, nameless, unlabelled, pictures) == (0, 0, 0, 0, 0)
        assert page.evaluate("document.documentElement.lang") == "en"


CONTRAST = """() => {
  const parse = c => c.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => { const f = v => { v /= 255; return v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
    return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
  const ground = e => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const poor = [];
  for (const e of document.querySelectorAll('p, li, td, th, dt, dd, a, h1, h2, h3, h4, caption, small, strong, code, label, figcaption, summary, button, span')) {
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
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")

        assert page.evaluate(CONTRAST) == []


def test_the_page_reads_without_scripts(opened, report):
    """Answer, tables and figures are there without JavaScript, folded parts open, no button is dead."""
    with opened(report, java_script_enabled=False) as page:
        page.locator("#rows summary").first.click()

        assert page.locator("#answer .sentence").count() == 3
        assert page.locator("#results table").count() >= 4
        assert page.locator("figure[id='figure.modality-forest'] svg").first.is_visible()
        assert page.locator("[id='modality.CT.rows']").is_visible()
        assert page.locator("button:visible").count() == 0


#: Room on an A4 page between margins of 14 mm, in CSS pixels.
PAPER = {"width": int(182 * 96 / 25.4), "height": int(269 * 96 / 25.4)}


def test_print_shows_every_figure_whole(opened, report):
    """On paper each sheet of each figure is seen, folded or not, and fits on one page."""
    with opened(report, width=PAPER["width"], java_script_enabled=False) as page:
        page.emulate_media(media="print")
        sheets = page.locator(".drawing > svg")
        boxes = [sheet.bounding_box() for sheet in sheets.all()]

        assert len(boxes) >= 12
        assert all(60 < box["height"] <= PAPER["height"] and box["width"] <= PAPER["width"] for box in boxes)
        assert set(sheets.evaluate_all("all => all.map(s => getComputedStyle(s).breakInside)")) == {"avoid"}


def test_print_shows_the_words_behind_folds(opened, report):
    """Nothing that was found stays off the paper."""
    with opened(report, width=PAPER["width"], java_script_enabled=False) as page:
        page.emulate_media(media="print")
        heights = [words.bounding_box()["height"] for words in page.locator("details.words > p").all()]

        assert len(heights) > 30
        assert min(heights) > 10


def test_print_has_the_answer_and_no_buttons(opened, report):
    """The first page of paper holds what the first screen holds, without what cannot be pressed."""
    with opened(report) as page:
        page.emulate_media(media="print")

        assert page.locator(".caveat").is_visible()
        assert page.locator("nav").is_hidden()
        assert (
            page.locator("button:visible").evaluate_all("all => all.filter(b => !b.closest('thead')).length")
            == 0
        )
        assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")


def test_the_page_stays_small(report):
    """The real page is below three megabytes with room for more."""
    assert report.stat().st_size < 2_600_000


def test_the_contents_stand_in_full(opened, report):
    """On a desk every section can be reached at once, and the bar leaves the page its room."""
    with opened(report) as page:
        cut = page.evaluate("""[...document.querySelectorAll("nav a")].filter((a) =>
          a.getBoundingClientRect().right > innerWidth || a.getBoundingClientRect().bottom >
          document.querySelector("nav").getBoundingClientRect().bottom).map((a) => a.textContent)""")

        assert cut == []
        assert page.locator("nav").bounding_box()["height"] < 100


def test_the_first_paint_is_soon(opened, report):
    """Something can be read within a second, all files and fonts being in the page."""
    with opened(report) as page:
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")

        assert paint < 1000


#: Numbers whose unit, or intervals whose end, stands in another line than their beginning.
BROKEN = """() => {
  const whole = /[\\d.]+\\s%|\\[[−\\d.]+,\\s[−\\d.]+\\]|\\bk\\s=\\s\\d+|\\d\\u202f\\d/g;
  const broken = [];
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  let seen = 0;
  while (walk.nextNode()) {
    const node = walk.currentNode;
    if (node.parentElement.closest("svg, code, pre, script, option")) continue;
    for (const found of node.data.matchAll(whole)) {
      const range = document.createRange();
      range.setStart(node, found.index);
      range.setEnd(node, found.index + found[0].length);
      const lines = new Set([...range.getClientRects()].map((box) => Math.round(box.top)));
      if (lines.size) seen += 1;
      if (lines.size > 1) broken.push([found[0], node.data.slice(0, 60)]);
    }
  }
  return { broken, seen };
}"""


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_numbers_stay_with_their_unit(opened, report, width):
    """No line ends inside 86 %, [48, 68], k = 21 or 2 013."""
    with opened(report, width=width) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        found = page.evaluate(BROKEN)

        assert found["seen"] > 1500
        assert found["broken"] == []


def test_cards_name_their_columns(opened, report):
    """On a phone, also without scripts, every number has its heading in front; on a desk none has."""
    said = "td => getComputedStyle(td, '::before').content"
    cell = "[id='modality.groups'] tbody tr:first-child td:nth-child(2)"
    with opened(report, width=390, java_script_enabled=False) as page:
        assert page.locator(cell).evaluate(said) == '"Observations"'
    with opened(report) as page:
        assert page.locator(cell).evaluate(said) == "none"


@pytest.mark.parametrize("width", [390, 1280])
def test_short_words_stay_in_their_line(opened, report, width):
    """X-ray is not broken at its hyphen, nor set apart from the words around it."""
    with opened(report, width=width) as page:
        words = page.locator(".whole")

        assert words.count() > 5
        assert set(words.evaluate_all("all => all.map(w => getComputedStyle(w).display)")) == {"inline"}
        assert words.evaluate_all("all => all.every(w => w.getClientRects().length === 1)")


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
        assert all(value.replace("\u202e", "[U+202E]") in text for value in HOSTILE.values())
        assert page.locator("b[onmouseover]").count() == 0
