"""The filters in a real browser: the numbers of single fits, the rows that match, an address that keeps the choice."""

import json

import pytest

from metaleak import numbers
from metaleak.effects.table import StudyTable
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.reporting.joined import joined_text

pytestmark = pytest.mark.browser

SHOWN = "Object.fromEntries([...document.querySelectorAll('[data-put]')].map(e => [e.dataset.put, e.textContent]))"
SEEN = (
    "[...document.querySelectorAll('#rows tbody tr')].filter(r => !r.hidden).map(r => r.cells[0].textContent)"
)


def choose(page, **labels):
    """Choose in the lists, as a reader does."""
    for column, label in labels.items():
        page.locator(f".chooser select[data-column='{column}']").select_option(label=label)


@pytest.fixture(scope="module")
def rows(evidence):
    return json.loads((evidence / "analyses/modality.result.json").read_text())["rows"]


@pytest.mark.parametrize(
    ("labels", "matches"),
    [
        ({"modality": "CT", "procedure": "PVP"}, lambda r: (r["modality"], r["procedure"]) == ("CT", "PVP")),
        (
            {"modality": "X-ray or fluoroscopy", "unit": "patient"},
            lambda r: r["modality"] in ("xray", "fluoroscopy") and r["unit"] == "patient",
        ),
        (
            {"procedure": "PKP", "unit": "vertebra", "year": "2010 to 2025"},
            lambda r: r["procedure"] == "PKP" and r["unit"] == "vertebra" and r["year"] >= "2010",
        ),
        ({"modality": "not reported"}, lambda r: r["modality"] == "not_reported"),
    ],
)
def test_the_page_shows_a_single_fit(opened, report, rows, labels, matches):
    """What is read after choosing is what one fit of the matching rows gives; the tables show those rows."""
    kept = [row for row in rows if matches(row)]
    fit = BinomialNormal().fit(
        StudyTable.from_counts(
            [row["events"] for row in kept],
            [row["total"] for row in kept],
            study=[row["study_id"] for row in kept],
        )
    )
    natural = fit.natural()
    with opened(report) as page:
        choose(page, **labels)
        shown = page.evaluate(SHOWN)
        seen = page.evaluate(SEEN)

    assert (shown["k"], shown["studies"]) == (str(fit.k), str(fit.k_studies))
    assert shown["rate"] == joined_text(numbers.percent(natural.estimate))
    assert shown["ci"] == joined_text(numbers.percent_interval(natural.ci.low, natural.ci.high))
    assert shown["pi"] == joined_text(
        numbers.percent_interval(natural.prediction.low, natural.prediction.high)
    )
    assert shown["tau2"] == numbers.fixed(fit.heterogeneity.tau2)
    assert seen == [row["label"] for row in kept]


def test_fewer_than_two_studies(opened, report, rows):
    """One study is not pooled and the page says so; the counts stand there with an exact interval."""
    with opened(report) as page:
        choose(page, modality="fluoroscopy")
        shown = page.evaluate(SHOWN)
        row = next(row for row in rows if row["modality"] == "fluoroscopy")

    assert shown["k"] == shown["studies"] == "1"
    assert shown["mind"].startswith("Fewer than two studies: not pooled")
    assert shown["rate"] == joined_text(numbers.percent(row["rate"]))
    assert shown["ci"] == joined_text(numbers.percent_interval(row["ci_low"], row["ci_high"]))
    assert shown["pi"] == numbers.NONE


def test_no_match_and_back(opened, report):
    """A combination without rows says so; one button shows everything again."""
    with opened(report) as page:
        choose(page, modality="fluoroscopy", procedure="PVP")
        empty, none_seen = page.evaluate(SHOWN), page.evaluate(SEEN)
        page.locator(".chooser .reset").click()

        assert (empty["k"], none_seen) == ("0", [])
        assert empty["mind"] == "No observation matches this choice."
        assert len(page.evaluate(SEEN)) == 80
        assert page.evaluate("location.hash") == "#filter"


def test_the_address_keeps_the_choice(opened, report):
    """Choosing writes the address; opened again, also with a plus in a word, it gives the same numbers."""
    with opened(report) as page:
        choose(page, modality="CT + X-ray", procedure="PVP")
        first, address = page.evaluate(SHOWN), page.url
        page.goto("about:blank")
        page.goto(address)

        assert "modality=CT%2Bxray" in address
        assert page.evaluate(SHOWN) == first
        assert page.locator("#filter").bounding_box()["y"] < 900


@pytest.mark.parametrize("words", ["modality=%3Cscript%3E", "nothing", "year=1,2&unit=", "%E0%A4%A"])
def test_a_strange_address_changes_nothing(opened, report, words):
    """Unknown words in the address are no choice and no error."""
    with opened(report) as page:
        page.evaluate("words => { location.hash = '#filter?' + words; }", words)
        page.wait_for_timeout(50)

        assert page.troubles == []
        assert page.locator("[data-put='k']").inner_text() == "80"


def test_filter_and_box_together(opened, report):
    """A row is seen when the filters and the box above its table both keep it."""
    with opened(report) as page:
        page.evaluate("document.querySelectorAll('#rows details').forEach(d => d.open = true)")
        choose(page, procedure="PVP")
        both = page.evaluate(SEEN)
        page.locator("input[data-filter='modality.CT.rows']").fill("2007")
        fewer = page.evaluate(SEEN)
        page.locator(".chooser .reset").click()
        only_box = page.evaluate(
            "document.querySelectorAll('[id=\"modality.CT.rows\"] tbody tr:not([hidden])').length"
        )

        assert 0 < len(fewer) < len(both)
        assert 0 < only_box < 21


def test_the_keyboard_chooses(opened, report):
    """Tab reaches the lists in order, a letter chooses, and the numbers are in a live region."""
    with opened(report) as page:
        page.locator(".chooser select").first.focus()
        page.keyboard.type("CT")
        page.keyboard.press("Tab")
        page.keyboard.type("PK")

        assert page.evaluate("document.activeElement.dataset.column") == "procedure"
        assert page.locator("[data-put='what']").inner_text().startswith("CT · PKP")
        assert page.locator(".chosen").get_attribute("role") == "status"


def test_without_scripts_a_table_stands_in(opened, report):
    """No control that does nothing: the numbers of every single choice stand in a table."""
    with opened(report, java_script_enabled=False) as page:
        page.locator("#filter summary").click()

        assert page.locator(".chooser").is_hidden()
        assert page.locator(".chosen").is_hidden()
        assert page.locator("#filter table tbody tr").count() == 19
        assert page.locator("#filter table").is_visible()
