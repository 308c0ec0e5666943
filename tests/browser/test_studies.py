"""The card beside a study, links to every part, what to cite: in a real browser."""

import json

import pytest

pytestmark = pytest.mark.browser


def test_the_pointer_shows_a_study(opened, report):
    """Over a study's name in a table: what was counted, where it stands in source and sheet, its note."""
    with opened(report) as page:
        page.evaluate("document.getElementById('modality.CT').open = true")
        page.locator("[id='modality.CT.rows'] th a", has_text="AJNR 2014 (PVP)").hover()
        text = page.locator("#card").inner_text()

        assert "Source: abstract, results; leaks.csv, row " in text
        assert "Note: 190 patients in the arm" in text
        assert "164 / 201" in text


def test_the_keyboard_shows_a_study(opened, report):
    """The focus shows the card and ties it to the link; Escape sends it away, and so does the next stop."""
    with opened(report) as page:
        page.evaluate("document.getElementById('modality.CT').open = true")
        links = page.locator("[id='modality.CT.rows'] th a")
        links.nth(0).focus()
        page.keyboard.press("Tab")

        assert page.locator("#card").is_visible()
        assert page.evaluate("document.activeElement.getAttribute('aria-describedby')") == "card"
        assert page.locator("#card p").first.inner_text() == links.nth(1).inner_text()

        page.keyboard.press("Escape")
        assert page.locator("#card").is_hidden()

        page.keyboard.press("Tab")
        assert page.locator("#card p").first.inner_text() == links.nth(2).inner_text()


def test_every_line_of_a_forest_plot_leads_to_its_row(opened, report, evidence):
    """The label drawn is that of the row behind it, for every analysis; a click opens that row."""
    rows = json.loads((evidence / "analyses/modality.result.json").read_text())["rows"]
    with opened(report) as page:
        wrong = page.evaluate("""[...document.querySelectorAll('.drawing [data-row]')].filter((part) => {
          const row = document.getElementById(part.dataset.row);
          const counts = [...row.cells].find((c) => /Leaks|Seen/.test(row.closest('table').rows[0].cells[c.cellIndex].textContent)).textContent.replace(/\\s/g, '');
          const drawn = [...part.querySelectorAll('text')].map((t) => t.textContent);
          return !row.cells[0].textContent.startsWith(drawn[0]) || !drawn.some((text) => text.replace(/\\s/g, '') === counts);
        }).map((part) => part.textContent)""")
        plot = page.locator("figure[id='figure.modality-forest'] [data-row]")
        count = plot.count()
        plot.first.locator("text").first.hover()
        shown = page.locator("#card").is_visible()
        plot.first.locator("text").first.click()
        page.locator("[id='modality.row.1']").wait_for(state="visible")

        assert wrong == []
        assert count == len(rows)
        assert shown
        assert page.evaluate("location.hash") == "#modality.row.1"


def test_the_filters_pale_what_a_plot_draws(opened, report):
    """Studies that the filters send away stay in the plot, pale."""
    with opened(report) as page:
        page.locator(".chooser select").first.select_option(label="CT")
        plot = "document.querySelectorAll(\"[id='figure.modality-forest'] [data-row]%s\").length"

        assert page.evaluate(plot % ".apart") == page.evaluate(plot % "") - 21


def test_every_part_has_a_link_to_itself(opened, report):
    """Each section and each analysis has an address, and a link that gives it."""
    with opened(report) as page:
        parts = page.evaluate("[...document.querySelectorAll('section, article')].map((part) => part.id)")
        links = page.evaluate(
            "[...document.querySelectorAll('.here')].map((link) => decodeURIComponent(link.hash.slice(1)))"
        )
        lost = page.evaluate(
            "[...document.querySelectorAll('a[href^=\"#\"]')].map(a => a.getAttribute('href').slice(1))"
            ".filter(id => !document.getElementById(decodeURIComponent(id)))"
        )

        assert set(parts) - set(links) == {"answer"}
        assert lost == []


def test_cite_and_changes(opened, report):
    """One button copies the entry as it stands; the changes since the last release unfold by their address."""
    with opened(report, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator("button[data-copy-text='bibtex']").click()
        page.locator("#live", has_text="Copied").wait_for(state="attached")
        entry = page.evaluate("navigator.clipboard.readText()")
        page.evaluate("location.hash = '#changes'")
        page.locator("#changes[open]").wait_for(state="attached")

        assert entry.startswith("@misc{metaleak,\n  author = {{The metaleak contributors}},\n")
        assert "Rehearsal" in entry
        assert page.locator(".changes li").count() > 20
