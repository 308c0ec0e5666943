"""What further studies would change, from its file to the numbers, the words and the figures."""

import csv
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import metaleak as ml
from metaleak.errors import ConfigError, SelectionError
from metaleak.plots.future_figures import plan_extended_funnel, plan_precision
from metaleak.plots.future_words import contrast_words, needed_words
from metaleak.question.analyse import analyse
from metaleak.question.kinds.future import crossing, spans
from metaleak.question.review import read_review
from metaleak.reporting.sections.future import sentences

ROOT = Path(__file__).parents[3]

#: Quick settings, and none of what the committed analysis says.
QUICK = (
    ("most = 256", "most = 12"),
    ("replicates = 200", "replicates = 20"),
    ("largest = 1000", "largest = 50"),
)


@pytest.fixture(scope="module")
def kept():
    return json.loads((ROOT / "analyses" / "what_next.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def asked(tmp_path):
    """Return the result of a copy of the analysis after changes of its file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    shutil.copytree(ROOT / "analyses", tmp_path / "analyses")
    shutil.copy(ROOT / "metaleak.toml", tmp_path)

    def result(*swaps):
        path = tmp_path / "analyses" / "what_next.toml"
        text = path.read_text(encoding="utf-8")
        for old, new in swaps:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")
        return analyse(read_review(tmp_path), "what_next").result

    return result


def tables(kept):
    """Return the counts of both groups."""
    return [
        ml.StudyTable.from_counts(
            *zip(*((r["events"], r["total"]) for r in kept["rows"] if r["group"] == g), strict=True)
        )
        for g in ("CT", "X-ray or fluoroscopy")
    ]


def test_the_number_is_that_of_the_library(kept):
    """The fewest studies, the share that reaches it with its error, and the width of today."""
    model, (table, _) = ml.BinomialNormal(), tables(kept)
    found = kept["further"]
    widths = ml.precision_curve(model, table, units=found["units"], studies=[0, found["wanted"]["studies"]])

    assert found["units"] == np.median(table.ni)
    assert [
        2 * found["half_width_now"],
        *(2 * p["half_width"] for p in found["curve"] if p["studies"] == 65),
    ] == (pytest.approx(widths["width"].tolist(), rel=1e-6))
    share = found["wanted"]["share"]
    assert share >= kept["settings"]["further"]["assurance"]
    assert found["wanted"]["share_se"] == pytest.approx((share * (1 - share) / 200) ** 0.5)
    low, high = (item["studies"] for item in found["at_limits_of_tau2"])
    assert low < found["wanted"]["studies"] < high


def test_along_a_contour_the_rate_moves_by_its_points(kept):
    """Pooled again with a study on it, of any size; the interval of the contrast turns where the shade ends."""
    model, both = ml.BinomialNormal(), tables(kept)
    for i, panel in enumerate(kept["next_study"]["panels"]):
        for contour in panel["contours"]:
            for n, rate in zip(panel["sizes"][-2:], contour["rates"][-2:], strict=True):
                if rate is None:
                    continue
                found = ml.next_study(model, both[i], rates=[rate], units=[n]).iloc[0]
                # Between the rates that were pooled stands a straight line.
                assert found["estimate"] - panel["estimate"] == pytest.approx(contour["points"], abs=0.004)
    shaded, n = panel["excludes"][-1][0][1], panel["sizes"][-1]
    inside, outside = (
        ml.next_study(model, both[1], rates=[rate], units=[n], others=both[0])["p_value"][0]
        for rate in (shaded - 0.02, shaded + 0.02)
    )
    assert inside < 0.05 < outside


def test_what_the_sentences_say(kept):
    """From rounded numbers."""
    told = " ".join(sentences(kept))

    assert "65 further studies of 80 units each would make it 5 or less in 82 % of the simulations" in told
    assert "it would be 39 or 132" in told
    assert "No next study on CT of such a size would make it exclude 1." in told


def test_too_few_are_said(asked):
    """With what was tried."""
    result = asked(*QUICK)

    assert result["further"]["wanted"]["studies"] is None
    assert "12 further studies of 80 units each do not make it 5." in " ".join(needed_words(result))
    assert "it would be more than 12 or more than 12" in " ".join(needed_words(result))
    assert [p["studies"] for p in result["further"]["curve"]][-1] == 12


def test_without_a_contrast_there_is_one_panel(asked):
    """A size of its own, and a precision that is there already."""
    result = asked(
        *QUICK,
        ('against = "X-ray or fluoroscopy"\n', ""),
        ('units = "median"', "units = 30"),
        ("half_width = 5", "half_width = 15"),
    )

    assert result["further"]["units"] == 30
    assert result["further"]["wanted"]["studies"] == 0
    assert "no more than the 15 that are wanted" in " ".join(needed_words(result))
    assert [panel["group"] for panel in result["next_study"]["panels"]] == ["CT"]
    assert list(contrast_words(result)) == []
    assert "Shaded" not in plan_extended_funnel(result).caption
    assert not plan_extended_funnel(result).whole.parts("excludes")


def test_a_verdict_that_stands(kept):
    """An interval that excludes 1 today may hold it after the next study."""
    result = json.loads(json.dumps(kept))
    result["next_study"]["contrast"]["p_value"] = 0.01
    panels = result["next_study"]["panels"]
    panels[0]["excludes"] = [[[0.0, 1.0]]] * len(panels[0]["sizes"])
    told = " ".join(contrast_words(result))

    assert "its 95 % interval excludes 1." in told
    assert "No next study on CT of such a size would make it hold 1." in told
    assert (
        "A next study on X-ray or fluoroscopy would leave it so where it found 0 to 24 % in 1 000 units."
        in told.replace("\u202f", " ").replace("\u2009", " ").replace("\xa0", " ")
    )


@pytest.mark.parametrize(
    ("swap", "words"),
    [
        (('against = "X-ray or fluoroscopy"', 'against = "MRI"'), "names no group"),
        (('against = "X-ray or fluoroscopy"', 'against = "CT"'), "the group itself"),
        (("smallest = 10", "smallest = 1000"), "smallest is not below largest"),
        (("half_width = 5", "half_width = 0"), "half_width"),
    ],
)
def test_what_the_file_may_not_say(asked, swap, words):
    """With the key."""
    with pytest.raises(ConfigError, match=words):
        asked(swap)


def test_a_group_of_two_is_refused(asked):
    """There is nothing to draw from."""
    with pytest.raises(SelectionError, match="too few observations"):
        asked(('modality = ["xray", "fluoroscopy"]', 'modality = ["fluoroscopy"]'))


def test_places_between_what_was_looked_at():
    """Straight lines; several spans; ends."""
    at = np.array([0.0, 0.2, 0.4, 0.6, 0.8])

    assert crossing(at, np.array([-1.0, -1.0, 1.0, 2.0, 3.0])) == pytest.approx(0.3)
    assert crossing(at, np.ones(5)) is None
    assert spans(at, np.array([1.0, -1.0, -1.0, 3.0, 1.0])) == [
        [0.0, pytest.approx(0.1)],
        [pytest.approx(0.45), 0.8],
    ]
    assert spans(at, -np.ones(5)) == []
    assert spans(at, np.ones(5)) == [[0.0, 0.8]]


def test_drawn_values_are_those_of_the_result(kept):
    """The curve with its goal; contours, shades and studies of both groups."""
    curve = list(csv.DictReader(io.StringIO(plan_precision(kept).values_csv)))
    assert [float(v["value"]) for v in curve if v["kind"] == "half width"] == [
        p["half_width"] for p in kept["further"]["curve"]
    ]
    assert [(v["at"], v["value"]) for v in curve if v["kind"] == "wanted"] == [("65", "0.05")]
    plan = plan_extended_funnel(kept)
    drawn = list(csv.DictReader(io.StringIO(plan.values_csv)))
    assert sum(v["kind"] == "study" for v in drawn) == len(plan.whole.parts("point")) == len(kept["rows"])
    rates = [
        rate
        for p in kept["next_study"]["panels"]
        for c in p["contours"]
        for rate in c["rates"]
        if rate is not None
    ]
    assert [float(v["value"]) for v in drawn if v["kind"] == "contour"] == rates
