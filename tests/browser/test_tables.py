"""Tables of the page: sorted, filtered, copied and walked through by keyboard."""

import pytest

pytestmark = pytest.mark.browser


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


def test_numbers_sort_by_size(opened, report):
    """Counts with thin spaces and rates sort as the numbers that they are."""
    with opened(report) as page:
        rates = page.evaluate("""() => {
          const table = document.getElementById("modality.not_20reported.rows");
          table.closest("details").open = true;
          table.querySelectorAll("thead button")[6].click();
          return [...table.tBodies[0].rows].map(r => parseFloat(r.cells[6].textContent));
        }""")

        assert rates == sorted(rates)
        assert len(rates) > 30


def test_the_filter_hides_rows(opened, report):
    """Only rows with every word stay, and their number is said."""
    with opened(report) as page:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        page.locator("input[data-filter='studies-table']").fill("martin 2012")

        shown = page.locator("#studies-table tbody tr:visible")
        assert shown.count() == 1
        assert page.locator("#live").inner_text() == "1 of 119 rows"


def test_a_table_is_copied_for_a_spreadsheet(opened, report):
    """Tabs between cells, one line per row, the caveat under it."""
    with opened(report, permissions=["clipboard-read", "clipboard-write"]) as page:
        page.locator("button[data-copy='modality.groups']").click()
        page.locator("#live", has_text="Copied").wait_for(state="attached")
        lines = page.evaluate("navigator.clipboard.readText()").strip().split("\n")

        assert [line.count("\t") for line in lines] == [8] * 5 + [0]
        assert lines[0].startswith("Group\tObservations\tStudies\t")
        assert lines[1].startswith("CT\t21\t18\t")
        assert lines[-1].startswith("Rehearsal: abstract-level evidence")


def test_copied_thousands_are_numbers(opened, report):
    """A spreadsheet reads a copied 1 862 as a number; text keeps its narrow space."""
    with opened(report, permissions=["clipboard-read", "clipboard-write"]) as page:
        table = page.evaluate("""() => [...document.querySelectorAll("td")].find(
          (cell) => /^\\d+\\u202f\\d{3}$/.test(cell.textContent.trim())).closest("table").id""")
        page.evaluate("id => document.querySelector(`button[data-copy='${id}']`).click()", table)
        page.locator("#live", has_text="Copied").wait_for(state="attached")
        cells = page.evaluate("navigator.clipboard.readText()").replace("\n", "\t").split("\t")

        assert any(cell.isdigit() and int(cell) >= 1000 for cell in cells)


def test_the_keyboard_sorts(opened, report):
    """Tab reaches a sort button, Enter sorts, and the order is said."""
    with opened(report) as page:
        page.locator("button[data-copy='modality.groups']").focus()
        reached = []
        for _ in range(4):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        page.keyboard.press("Enter")

        assert reached[-3:] == ["Group", "Observations", "Studies"]
        assert page.evaluate("document.activeElement.closest('th').ariaSort") == "ascending"
        assert page.locator("#live").inner_text() == "Sorted by Studies, ascending"


def test_the_keyboard_opens_rows(opened, report):
    """A folded part takes the focus and opens by Enter; what has the focus can be seen."""
    with opened(report) as page:
        summary = page.locator("details summary").first
        summary.focus()
        page.keyboard.press("Enter")

        assert page.locator("details").first.get_attribute("open") is not None
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_tables_are_tables_on_a_phone(opened, report):
    """Drawn as cards they keep rows, heads and cells for a screen reader."""
    with opened(report, width=390) as page:
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        roles = [node.get("role", {}).get("value") for node in tree if not node.get("ignored")]

        assert roles.count("table") >= 4
        assert roles.count("columnheader") > roles.count("table")
        assert roles.count("rowheader") > roles.count("table")
