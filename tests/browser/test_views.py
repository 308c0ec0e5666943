"""Two rates of every study in a real browser: as seen, as CT would have shown it, or both."""

import json

import pytest

from metaleak import numbers
from metaleak.reporting.joined import joined_text

pytestmark = pytest.mark.browser

#: What is seen of the two columns and of the figure's lines.
SEEN = """() => {
  const seen = (view) => [...document.querySelectorAll(`#detection td.of-${view}`)].filter((c) => c.checkVisibility());
  const full = (view) => [...document.querySelectorAll(`#detection svg [data-view='${view}']`)]
    .filter((line) => [...line.querySelectorAll("path, rect, polygon, text")].every((p) => getComputedStyle(p).opacity === "1")).length;
  return Object.fromEntries(["seen", "adjusted"].map((view) => [view, {
    cells: seen(view).map((c) => c.firstChild.textContent.trim()), lines: full(view),
  }]));
}"""


@pytest.fixture(scope="module")
def rows(evidence):
    result = json.loads((evidence / "analyses/detection.result.json").read_text())
    return [row for row in result["rows"] if row["ct_equivalent"] is not None]


def test_the_choice_narrows_table_and_figure(opened, report, rows):
    """Each choice shows the numbers of the result in the table, and pales the other lines of the figure."""
    wanted = {
        "seen": [joined_text(numbers.percent(row["rate"])) for row in rows],
        "adjusted": [joined_text(numbers.percent(row["ct_equivalent"])) for row in rows],
    }
    with opened(report) as page:
        both = page.evaluate(SEEN)
        page.locator(".views input[value='seen']").check()
        seen = page.evaluate(SEEN)
        page.locator(".views input[value='adjusted']").check()
        adjusted = page.evaluate(SEEN)

    assert {view: found["cells"] for view, found in both.items()} == wanted
    assert both["seen"]["lines"] == both["adjusted"]["lines"] > 4
    assert (seen["seen"], seen["adjusted"]) == (both["seen"], {"cells": [], "lines": 0})
    assert (adjusted["adjusted"], adjusted["seen"]) == (both["adjusted"], {"cells": [], "lines": 0})


def test_arrows_choose_and_the_address_keeps_it(opened, report):
    """The keyboard moves through the choices; the address gives the same view again, a strange one changes nothing."""
    with opened(report) as page:
        page.locator(".views input").first.focus()
        page.keyboard.press("ArrowDown")
        assert page.url.endswith("#detection?rates=seen")

        page.evaluate("location.hash = '#detection?rates=adjusted'")
        page.locator(".views input[value=adjusted]:checked").wait_for(state="attached")
        chosen = page.evaluate(SEEN)
        page.evaluate("location.hash = '#detection?rates=nothing'")
        page.wait_for_timeout(50)

        assert chosen["seen"]["cells"] == []
        assert page.evaluate(SEEN) == chosen
        assert page.troubles == []


def test_paper_and_a_browser_without_scripts_show_both(opened, report, rows):
    """What was chosen on the screen leaves nothing out on paper; without scripts there is no choice."""
    with opened(report) as page:
        page.locator(".views input[value='seen']").check()
        page.emulate_media(media="print")
        printed = page.evaluate(SEEN)
        assert page.locator(".views").is_hidden()
    with opened(report, java_script_enabled=False) as page:
        assert page.locator(".views").is_hidden()
        assert page.locator("#detection td.of-seen:visible").count() == len(rows)
        assert page.locator("#detection td.of-adjusted:visible").count() == len(rows)

    assert len(printed["seen"]["cells"]) == len(printed["adjusted"]["cells"]) == len(rows)
    assert printed["seen"]["lines"] == printed["adjusted"]["lines"] > 4
