"""The PRISMA 2020 flow: every count is drawn, no text is cut at any preset, nothing is made up."""

import csv
import io
import random
from dataclasses import replace

import pytest
from matplotlib.figure import Figure

from metaleak import plots
from metaleak.errors import InputError, SettingError
from metaleak.plots.presets import PRESETS
from metaleak.plots.prisma_boxes import Item, boxes_of, said_of
from metaleak.plots.prisma_figure import flow_source, plan_prisma
from metaleak.plots.save import as_svg, rendered
from metaleak.screening.flow import Fate, Sighting, count_flow
from metaleak.search.sources import Source
from tests.plots.cases import FLOWS, STUDIES


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", FLOWS)
def test_no_text_is_cut_at_any_width(name, preset, collisions, outside):
    """Text stays inside its box and the page, touches no other text and no arrow, and is printed whole."""
    style = PRESETS[preset]
    flow = FLOWS[name]
    layout = plan_prisma(flow, source=flow_source(flow, status="rehearsal"), style=style).whole

    assert collisions(layout) == outside(layout) == []
    assert layout.height <= style.page_mm * 72 / 25.4
    for box in boxes_of(flow):
        drawn = " ".join(text.text for text in layout.texts(row=box.key))
        assert drawn == " ".join(item.printed for item in box.items)


@pytest.mark.parametrize("name", FLOWS)
def test_arrows_run_beside_the_boxes(name):
    """No arrow crosses a box: both its ends lie on or outside every one of them."""
    layout = plan_prisma(FLOWS[name]).whole
    boxes = [
        (
            min(x for x, _ in p.points),
            min(y for _, y in p.points),
            max(x for x, _ in p.points),
            max(y for _, y in p.points),
        )
        for p in layout.parts("box")
    ]

    for line in layout.parts("arrow"):
        across, down = sorted((line.x1, line.x2)), sorted((line.y1, line.y2))
        for left, top, right, bottom in boxes:
            inside = min(across[1], right) - max(across[0], left) > 0.01 or left < across[0] < right
            crossed = min(down[1], bottom) - max(down[0], top) > 0.01 or top < down[0] < bottom
            assert not (inside and crossed)


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("place", ["searched", "other"])
def test_what_stands_in_a_column_adds_up(name, place):
    """Every number that is drawn follows from those above it."""
    rows = list(csv.DictReader(io.StringIO(plan_prisma(FLOWS[name]).values_csv)))

    def total(step, word=""):
        box = f"{place}{step}"
        return sum(int(r["n"]) for r in rows if r["box"] == box and r["item"].startswith(word))

    found = total("-0", "Databases") + total("-0", "Registers") if place == "searched" else total("-0")
    screened, sought = total("-1", "Records screened"), total("-2", "Reports sought")
    assessed = total("-3", "Reports assessed")

    if place == "searched":
        assert total("-0") == 2 * found
    assert screened == found - total("-out-0") - total("-out-0-waiting")
    assert sought == screened - total("-out-1")
    assert assessed == sought - total("-out-2") - total("-out-2-waiting")
    assert total("-out-3") == 2 * total("-out-3", "Reports excluded")
    assert all(int(r["n"]) == 40 for r in rows if r["item"] == "Studies included in the review")


def test_no_number_stands_in_for_counts_that_nobody_kept():
    """Without a log there is one box of studies, one of what is in the review, and no box of records."""
    plan = plan_prisma(FLOWS["nothing logged"])
    rows = list(csv.reader(io.StringIO(plan.values_csv)))[1:]

    assert [(row[3], row[4]) for row in rows] == [
        ("Studies identified before searches were logged", "40"),
        ("Studies included in the review", "40"),
        ("Rows of counts", "102"),
    ]
    assert "Counts of records not kept" in " ".join(text.text for text in plan.whole.texts())
    assert "No search has been logged yet." in plan.caption


def test_an_update_shows_the_previous_version():
    """Its studies stand in a box of their own and are counted once in the total."""
    flow = FLOWS["an update"]
    plan = plan_prisma(flow)

    assert flow.previous_studies + flow.before_logging + flow.studies == len(STUDIES)
    assert flow.previous_studies > 0 < flow.studies
    assert (
        f"Studies in the previous version of the review (n = {flow.previous_studies + flow.before_logging})"
        in plan.alt_text
    )
    assert "updated review" in plan.alt_text
    assert f"Records of earlier searches that still wait: {flow.earlier_waiting}." in plan.caption


def test_text_for_those_who_do_not_see_it_holds_every_count():
    """Alt text comes from the boxes; hostile words stay words in SVG and CSV."""
    flow = FLOWS["everything"]
    plan = plan_prisma(flow, source=flow_source(flow, status="rehearsal"))

    assert all(item.printed in plan.alt_text for box in boxes_of(flow) for item in box.items)
    assert plan.alt_text.endswith("not the yield of a systematic search.")
    assert "Records identified from: Databases (n = " in plan.alt_text
    assert "&lt;are&gt;" in as_svg(plan, "prisma")
    assert "'=Leaks <are> not counted & told" in plan.values_csv


def test_files_repeat():
    """The same flow gives the same bytes; names of phases are turned in the SVG."""
    plan = plan_prisma(FLOWS["databases"])
    once, again = (rendered(plan, "prisma", formats=("svg", "png"), dpi=72) for _ in range(2))

    assert once == again
    assert once["svg"].count(b"rotate(-90") == 3


def test_it_is_drawn_from_python():
    """On axes of the caller, in a style by name; what is no flow is refused."""
    axes = plots.prisma(FLOWS["everything"], Figure(figsize=(7, 10)).add_axes((0, 0, 1, 1)), style="jama")

    turned = [text.get_text() for text in axes.texts if text.get_rotation() == 90]
    assert turned == ["Identification", "Screening", "Included"]
    assert plots.prisma(FLOWS["databases"]).figure.get_size_inches()[0] == pytest.approx(180 / 25.4)
    with pytest.raises(InputError, match="nothing to draw"):
        plots.prisma({"studies": 3})


def test_a_style_that_is_too_narrow_is_refused():
    """Five columns need their room."""
    with pytest.raises(SettingError, match="too narrow for the flow"):
        plan_prisma(FLOWS["an update"], style=replace(PRESETS["plain"], width_mm=90))


def test_a_line_prints_its_count_as_prisma_does():
    """With the thin space of thousands; words alone without a count."""
    assert Item("Records screened", 1234).printed == "Records screened (n = 1\u2009234)"
    assert Item("Counts of records not kept").printed == "Counts of records not kept"


def tall(reasons):
    """Return a synthetic flow with many sources and reasons."""
    chance = random.Random(reasons)
    names = [f"Synthetic reason {i} that takes more than one line" for i in range(reasons)]
    found = []
    for source in Source:
        for i in range(100 + reasons):
            fate = Fate.EXCLUDED if i < reasons else chance.choice(list(Fate))
            found.append(
                Sighting(
                    source=source,
                    kind=source.kind,
                    fate=fate,
                    reason=names[i % reasons] if fate is Fate.EXCLUDED else "",
                    study=chance.choice(STUDIES) if fate is Fate.INCLUDED else "",
                )
            )
    return count_flow(found, STUDIES, rows=102)


@pytest.mark.parametrize("preset", ["plain", "bmc"])
@pytest.mark.parametrize("reasons", [3, 9, 20, 60])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_flow_that_is_taller_than_a_page_is_cut_between_its_steps(
    reasons, preset, language, collisions, outside
):
    """Every page fits, no text is lost or cut, each count is drawn once, and the caption ends it."""
    style = replace(PRESETS[preset], language=language)
    flow = tall(reasons)
    plan = plan_prisma(flow, source=flow_source(flow, status="rehearsal"), style=style)

    for page in (plan.whole, *plan.pages):
        assert collisions(page) == outside(page) == []
    assert all(page.height <= style.page_mm * 72 / 25.4 + 1e-9 for page in plan.pages)
    drawn = "".join(text.text for page in plan.pages for text in page.texts() if text.column == "box")
    for box in boxes_of(flow):
        for item in box.items:
            assert said_of(item, language).replace(" ", "") in drawn.replace(" ", "")
    captions = [any(text.column == "caption" for text in page.texts()) for page in plan.pages]
    assert captions == [False] * (len(plan.pages) - 1) + [True]


def test_the_pdf_of_a_tall_flow_has_all_pages_and_small_ones_stay_one():
    """The sheet for SVG and PNG is as tall as it needs."""
    plan = plan_prisma(tall(60))
    pages = rendered(plan, "prisma", formats=("pdf",))["pdf"].count(b"/Type /Page ")

    assert pages == len(plan.pages) > 1
    assert plan.whole.height > max(page.height for page in plan.pages)
    assert len(plan_prisma(FLOWS["everything"]).pages) == 1
