"""Vertebrae and patients, from their file."""

import json
import shutil
from pathlib import Path

import pytest

from metaleak.effects.clustering import effective_counts, effective_exposure
from metaleak.effects.proportions import study_intervals
from metaleak.effects.table import StudyTable
from metaleak.errors import ConfigError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.cloglog_normal import CloglogNormal
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review

ROOT = Path(__file__).parents[3]
RATE = ("k", "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "tau2")


def committed(name):
    return json.loads((ROOT / "analyses" / f"{name}.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def kept():
    """The committed result."""
    return committed("units")


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review with another file of the analysis."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "metaleak.toml", tmp_path)
    text = (ROOT / "analyses" / "units.toml").read_text(encoding="utf-8")

    def changed(*swaps):
        now = text
        for old, new in swaps:
            assert old in now
            now = now.replace(old, new)
        (tmp_path / "analyses" / "units.toml").write_text(now, encoding="utf-8")
        return read_review(tmp_path)

    return changed


def group(result, name="CT"):
    return next(item for item in result["units"] if item["name"] == name)


def line(result, of, *, icc=None, assumed=None, name="CT"):
    """Return one pooled rate of a group."""
    return next(
        item
        for item in group(result, name)["rates"]
        if (item["of"], item["icc"], item["assumed"]) == (of, icc, assumed)
    )


def rows(result, name="CT"):
    return [row for row in result["rows"] if row["group"] == name]


@pytest.mark.parametrize(
    ("of", "analysis"), [("both", "modality"), ("vertebrae", "vertebrae"), ("patients", "patients")]
)
def test_units_on_ct_are_those_of_their_own_analyses(kept, of, analysis):
    """Mixed as in the main analysis, and each alone: no row of patients on CT had one level each."""
    other = committed(analysis)["groups"]["CT"]

    assert [line(kept, of)[key] for key in RATE] == pytest.approx([other[key] for key in RATE], rel=1e-7)


def test_vertebrae_per_patient_by_hand(kept):
    """Patients of the study beside its vertebrae, all arms together; vertebrae of a note beside the patients."""
    found = {row["label"]: row["m"] for row in kept["rows"]}

    assert found["Trumm 2012"] == pytest.approx(331 / 202)
    assert found["Weber 2006 (PKP)"] == found["Weber 2006 (PVP)"] == pytest.approx(101 / 69)
    assert found["AJNR 2014 (PKP)"] == pytest.approx(415 / 381)
    assert found["Riesner 2016"] == pytest.approx(162 / 100)
    assert found["Martin 2012"] == pytest.approx(277 / 181)
    assert found["Improved tube PKP n.d."] == pytest.approx(68 / 60)
    assert found["BMC Surg 2023"] == 1
    assert found["Wang 2017"] is None
    assert found["Thaler 2013"] is None


def test_patients_with_one_level_count_as_vertebrae(kept):
    """Six rows that do not report their imaging say so: 17 of vertebrae become 23."""
    item = group(kept, "not reported")

    assert (item["vertebrae"], item["patients"], item["one_level"]) == (17, 28, 6)
    assert line(kept, "vertebrae", name="not reported")["k"] == 23


def test_the_scale_of_vertebrae_is_a_fit_of_the_rows_that_say_it(kept):
    """Independent vertebrae, and alike ones worth fewer at the rate of that fit."""
    part = [row for row in rows(kept) if row["unit"] == "vertebra" or row["m"] is not None]
    m = [row["m"] if row["unit"] == "patient" else 1.0 for row in part]
    counts = [row["events"] for row in part], [row["total"] for row in part]
    first = CloglogNormal(exposure="m").fit(StudyTable.from_counts(*counts, moderators={"m": m})).natural()
    worth = [effective_exposure([each], 0.3, rate=first.estimate)[0] for each in m]
    alike = (
        CloglogNormal(exposure="m").fit(StudyTable.from_counts(*counts, moderators={"m": worth})).natural()
    )

    for icc, fit in ((0, first), (0.3, alike)):
        found = line(kept, "scale", icc=icc)
        assert found["k"] == 19
        assert [found["estimate"], found["ci_low"], found["ci_high"]] == pytest.approx(
            [fit.estimate, fit.ci.low, fit.ci.high], rel=1e-7
        )


def test_the_scale_of_vertebrae_is_that_of_lme4(kept):
    """glmer with 25 points, its profile interval, and its variance of the intercepts, on the nineteen rows."""
    found = line(kept, "scale", icc=0)

    assert found["estimate"] == pytest.approx(0.5571219, abs=1e-6)
    assert [found["ci_low"], found["ci_high"]] == pytest.approx([0.4637963, 0.6493109], abs=2e-5)
    assert found["tau2"] == pytest.approx(0.2560108, abs=1e-6)


@pytest.mark.parametrize("name", ["CT", "CT+xray", "X-ray or fluoroscopy", "not reported"])
def test_alike_vertebrae_raise_the_rate_and_more_of_them_lower_it(kept, name):
    """Fewer independent vertebrae behind a patient, more of each; the other way round with more per patient."""
    alike = [item["estimate"] for item in group(kept, name)["rates"] if item["of"] == "scale"]
    assumed = [item["estimate"] for item in group(kept, name)["rates"] if item["of"] == "assumed"]

    assert alike == sorted(alike)
    assert assumed == sorted(assumed, reverse=True)


def test_design_effects_matter_for_a_common_effect_and_hardly_for_random_effects(kept):
    """The interval on CT widens by a twentieth or more against less than a hundredth, at a correlation of .3."""

    def widths(model):
        return [item[model]["ci_high"] - item[model]["ci_low"] for item in group(kept)["design"]]

    common, random, headline = (widths(model) for model in ("common", "random", "headline"))
    assert common[-1] / common[0] > 1.05
    assert abs(random[-1] / random[0] - 1) < 0.01
    assert abs(headline[-1] / headline[0] - 1) < 0.01


def test_the_headline_under_design_effects_by_hand(kept):
    """Rows without a number of patients take the median."""
    part = [row for row in rows(kept) if row["unit"] == "vertebra"]
    table = StudyTable.from_counts([row["events"] for row in part], [row["total"] for row in part])
    median = group(kept)["m"][1]

    fit = BinomialNormal().fit(effective_counts(table, [row["m"] or median for row in part], 0.3)).natural()

    found = group(kept)["design"][-1]["headline"]
    assert [found["estimate"], found["ci_low"], found["ci_high"]] == pytest.approx(
        [fit.estimate, fit.ci.low, fit.ci.high], rel=1e-7
    )


def test_intervals_of_single_studies_by_hand(kept):
    """60 of 77 vertebrae of 34 patients, for each correlation; none for rows of patients."""
    row = next(row for row in kept["rows"] if row["label"] == "J Vasc Interv Radiol 2011")

    for icc, limits in zip((0, 0.1, 0.3), row["intervals"], strict=True):
        effect = 1 + (77 / 34 - 1) * icc
        low, high = study_intervals([60 / effect], [77 / effect])
        assert limits == pytest.approx([low[0], high[0]], rel=1e-8)
    assert all(row["intervals"] is None for row in kept["rows"] if row["unit"] == "patient")


@pytest.mark.parametrize(
    ("swap", "told"),
    [
        (("[277]", "[278]"), "no note of Martin2012 says 278"),
        (("[277]", "[27]"), "no note of Martin2012 says 27"),
        (("Martin2012 =", "Martin2013 ="), "studies.csv has no study 'Martin2013'"),
        (("[277]", "[149]"), "fewer treated vertebrae than patients"),
        (
            ('unit = ["vertebra", "patient"]\n\n[several', 'unit = ["leak"]\n\n[several'),
            "unit in rows is one of",
        ),
        (("icc = [0.0,", "icc = [0.2,"), "icc ascends from 0"),
    ],
)
def test_what_the_sheets_do_not_say_is_refused(review, swap, told):
    """Numbers that stand in no note, studies that are not there, counts of leaks."""
    with pytest.raises(ConfigError, match=told):
        analyse(review(swap), "units")


def test_a_note_makes_a_row_of_patients_one_of_vertebrae(review):
    """The words are declared: with others nobody had one level."""
    found = analyse(review(('"one treated level per patient"', '"a single level"')), "units").result

    assert group(found, "not reported")["one_level"] == 0
    assert line(found, "vertebrae", name="not reported")["k"] == 17


def test_a_group_without_rows_is_told(review):
    """The others are pooled."""
    found = analyse(
        review(('"CT+xray"\nmodality = ["CT+xray"]', '"nothing"\nmodality = ["CT+xray"]\nunit = ["leak"]')),
        "units",
    ).result

    assert "no row for: nothing" in found["notes"]
    assert [item["name"] for item in found["units"]] == ["CT", "X-ray or fluoroscopy", "not reported"]


def test_cohorts_counted_in_both_units_check_the_link(kept):
    """16 of 61 vertebrae let 45 % of 31 patients be expected, fewer with alike vertebrae; 12 were counted."""
    bhatia, chmed = kept["both"]

    assert (bhatia["study_id"], bhatia["vertebrae"], bhatia["patients"]) == ("Bhatia2006", [16, 61], [12, 31])
    assert bhatia["expected"][0] == pytest.approx(1 - (45 / 61) ** (61 / 31), rel=1e-9)
    assert bhatia["expected"] == sorted(bhatia["expected"], reverse=True)
    assert (chmed["vertebrae"], chmed["patients"]) == ([42, 167], [42, 160])
    assert all(item["ci_low"] < item["expected"][0] < item["ci_high"] for item in kept["both"])
