"""Detection-adjusted rates from the two sheets."""

import csv
import io
import json
import math
import shutil
from pathlib import Path

import pytest

from metaleak.errors import ConfigError, SelectionError
from metaleak.question.analyse import analyse
from metaleak.question.kinds.detection import prepare
from metaleak.question.review import read_review

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def kept():
    """Return the committed result."""
    return json.loads((ROOT / "analyses" / "detection.result.json").read_text(encoding="utf-8"))


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review after a change of its file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "metaleak.toml", tmp_path)
    text = (ROOT / "analyses" / "detection.toml").read_text(encoding="utf-8")

    def changed(*swaps):
        now = text
        for old, new in swaps:
            assert old in now
            now = now.replace(old, new)
        (tmp_path / "analyses" / "detection.toml").write_text(now, encoding="utf-8")
        return read_review(tmp_path)

    return changed


QUICK = (
    ("specificity = [0.99, 0.95]", "specificity = []"),
    ("ct_sensitivity = [0.95, 0.9]", "ct_sensitivity = []"),
    ("correlation = [-0.8, -0.4, 0.4]", "correlation = []"),
    ("draws = 400", "draws = 0"),
    ("leave_out_pairs = true", "leave_out_pairs = false"),
    ("joint_as_ct = true", "joint_as_ct = false"),
    ("least_overlap = true", "least_overlap = false"),
    ("counts_of_leaks = true", "counts_of_leaks = false"),
    ("printed_shares = true", "printed_shares = false"),
    ("bootstrap = 300", "bootstrap = 0"),
    ("next_facts = true", "next_facts = false"),
    ("tau_priors = [1.0, 0.5, 2.0]", "tau_priors = []"),
    ("assumed = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]", "assumed = []"),
    ("selected_verification = true", "selected_verification = false"),
    ("unreported = [0.0, 0.25, 0.5, 0.75, 1.0]", "unreported = []"),
)


def test_a_study_of_a_pair_is_not_counted_again(kept):
    """Its rows of leaks.csv leave the model with that reason."""
    paired = {row["study_id"] for row in kept["rows"] if row["sheet"] == "pairs"}
    rows = list(csv.DictReader(io.StringIO((ROOT / "analyses" / "detection.rows.csv").read_text())))
    twice = [row for row in rows if row["reason"] == "its study is counted in pairs.csv"]

    assert paired == {"KoreanSpine148", "Martin2012", "Wang2017"}
    assert {row["study_id"] for row in twice} <= paired
    assert not [row for row in kept["rows"] if row["sheet"] == "leaks" and row["study_id"] in paired]


def test_a_sensitivity_without_counts_is_listed_and_left_out(kept):
    """Palm 2018 and Schmidt 2005 print shares alone."""
    rows = list(csv.DictReader(io.StringIO((ROOT / "analyses" / "detection.rows.csv").read_text())))
    left = {row["study_id"]: row["reason"] for row in rows if row["sheet"] == "pairs" and row["taken"] == "0"}

    assert {"Palm2018", "Schmidt2005", "Yeom2003"} <= set(left)
    assert not {"Palm2018", "Schmidt2005", "Yeom2003"} & {row["study_id"] for row in kept["rows"]}


def test_one_sensitivity_for_x_ray_and_fluoroscopy_is_near_the_review_of_the_model(kept):
    """57.4 % [46.9, 68.0] was found there, .64 for the sensitivity, on rows that differ by a pair's coding."""
    shared = next(g for g in kept["guard_rails"] if g["name"] == "with one sensitivity")
    joint = next(g for g in kept["guard_rails"] if g["name"] == "taken as CT")

    assert shared["estimate"] == pytest.approx(0.574, abs=0.01)
    assert kept["sensitivity"]["value"] == pytest.approx(0.64, abs=0.01)
    assert joint["estimate"] == pytest.approx(0.509, abs=0.005)


def test_every_guard_rail_is_there(kept):
    """Each declared value, and each study of a pair."""
    names = [(g["group"], g["name"]) for g in kept["guard_rails"]]

    assert len(names) == len(set(names)) == 25
    assert len([group for group, _ in names if group.startswith("specificity of the index and")]) == 4
    assert {name for group, name in names if group == "without the pair of"} == {
        "J Korean Soc Spine Surg (148) n.d.",
        "Martin 2012",
        "Wang 2017",
    }
    assert all(g["reason"] is None for g in kept["guard_rails"])


def test_without_selected_verification_martin_is_left_out(kept):
    """Its CT was made in patients who later needed one, so that both guard rails are one set of rows."""
    by_name = {(g["group"], g["name"]): g["estimate"] for g in kept["guard_rails"]}

    assert (
        by_name["without series", "with CT in selected patients"]
        == by_name["without the pair of", "Martin 2012"]
    )


def test_counts_of_leaks_leave_the_rate_nearly_where_it_is(kept):
    """They inform the sensitivity, whose interval they narrow."""
    yeom = next(g for g in kept["guard_rails"] if g["name"] == "Yeom 2003: 49 of 74")

    assert yeom["estimate"] == pytest.approx(kept["estimate"], abs=0.01)
    assert yeom["sensitivity"]["ci_high"] < kept["sensitivity"]["ci_high"]


def test_with_the_least_overlap_the_sensitivity_has_no_bounds(kept):
    """Totals alone say next to nothing of what X-ray misses."""
    (end,) = [g for g in kept["guard_rails"] if g["group"].startswith("least overlap")]

    assert end["name"] == "0 of 56, 0 of 13"
    assert end["sensitivity"]["ci_low"] < 0.05
    assert end["sensitivity"]["ci_high"] > 0.95


@pytest.mark.parametrize("how", ["empty", "other site"])
def test_without_pairs_the_error_says_what_they_are_for(review, how):
    """An empty sheet, and words that leave none: the pairs, what they identify, and what to do."""
    swap = (
        [] if how == "empty" else [('[pairs]\nleak_site = ["any"]', '[pairs]\nleak_site = ["needle_tract"]')]
    )
    found = review(*QUICK, *swap)
    if how == "empty":
        sheet = found.root / "extraction" / "pairs.csv"
        sheet.write_text(sheet.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
        found = read_review(found.root)

    with pytest.raises(SelectionError, match="no pair is left") as error:
        analyse(found, "detection")

    assert "what the index misses" in str(error.value)
    assert "a row of pairs.csv with leak_site" in error.value.required
    assert "pool the rows read on CT" in error.value.todo


def verified(review, sheet, **words):
    """Return the review with what its studies say in the column ``verification`` of a sheet."""
    path = review.root / "extraction" / f"{sheet}.csv"
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "verification": words.get(row["study_id"], row["verification"])} for row in rows)
    path.write_text(out.getvalue(), encoding="utf-8")
    return read_review(review.root)


@pytest.mark.parametrize(
    ("sheet", "words", "selected"),
    [
        ("pairs", {}, {"Martin 2012 (fluoroscopy)", "Martin 2012 (xray)"}),
        ("pairs", {"Martin2012": "unclear"}, set()),
        ("pairs", {"Martin2012": "", "Wang2017": "selected"}, {"Wang 2017"}),
        (
            "leaks",
            {"Trumm2012": "selected"},
            {"Martin 2012 (fluoroscopy)", "Martin 2012 (xray)", "Trumm 2012"},
        ),
    ],
)
def test_who_was_selected_stands_in_the_sheets(review, sheet, words, selected):
    """In both of them, and what is part of the numbers is part of their key."""
    found = verified(review(*QUICK), sheet, **words)

    assert set(prepare(found, "detection", found.question("detection")).identity[1]) == selected


def test_rows_say_how_their_leaks_were_looked_for(kept):
    """As the sheet has it, and nothing where it has nothing."""
    told = {row["label"]: row.get("conduct") for row in kept["rows"]}

    assert told["Martin 2012 (xray)"] == {"verification": ["selected"], "ct_timing": ["later"]}
    assert told["La Maida 2012 (PKP)"] == {"verification": ["all"]}
    assert told["Trumm 2012"] is None


def test_a_study_is_no_longer_named_in_the_file(review):
    """Who was selected stands in the sheet, once."""
    with pytest.raises(ConfigError, match="selected_verification"):
        review(('reference = ["CT"]', 'reference = ["CT"]\nselected_verification = ["Martin2012"]')).question(
            "detection"
        )


def test_adjusting_raises_what_x_ray_saw(kept):
    """And leaves a study read on CT about where it was."""
    by_kind = {
        kind: [r for r in kept["rows"] if r["kind"] == kind and r["ct_equivalent"] is not None]
        for kind in ("ct", "index")
    }

    assert by_kind["index"]
    assert all(row["ct_equivalent"] > row["rate"] for row in by_kind["index"])
    assert max(abs(row["ct_equivalent"] - row["rate"]) for row in by_kind["ct"]) < 0.15


def test_the_headline_is_the_model_on_these_rows(review, kept):
    """Fitted again from the sheets, without draws and with one guard rail."""
    found = analyse(review(*QUICK), "detection").result

    assert found["estimate"] == pytest.approx(kept["estimate"], rel=1e-6)
    assert found["sensitivity"]["value"] == pytest.approx(kept["sensitivity"]["value"], rel=1e-6)
    assert [g["name"] for g in found["guard_rails"]] == ["with one sensitivity"]
    assert all(row["ct_equivalent"] is None for row in found["rows"])


def test_what_goes_with_the_rate_is_told_with_its_test(kept):
    """Arms of both procedures stand apart, and every declared formula has coefficients."""
    found = {one["rate"]: one for one in kept["moderators"]}

    assert set(found) == {"~ procedure", "~ unit"}
    assert [c["name"] for c in found["~ procedure"]["coefficients"]] == ["intercept", "procedure = PVP"]
    assert all(one["reason"] is None and one["df"] == 1 and 0 < one["p"] <= 1 for one in found.values())


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ('rate = "~ cement"', "moderators of the rate"),
        ('sensitivity = "~ procedure +"', "moderators of the sens"),
    ],
)
def test_a_formula_that_is_none_is_refused(review, formula, said):
    """With the part that it is for."""
    with pytest.raises(ConfigError, match=said):
        analyse(review(*QUICK, ('rate = "~ unit"', formula)), "detection")


def test_a_moderator_of_the_sensitivity_is_declared_in_the_file(review):
    """Its coefficients stand beside those of the rate."""
    found = analyse(review(*QUICK, ('rate = "~ unit"', 'sensitivity = "~ unit"')), "detection").result
    last = found["moderators"][-1]

    assert [(c["part"], c["name"]) for c in last["coefficients"]] == [
        ("sensitivity", "sensitivity"),
        ("sensitivity", "unit = vertebra"),
    ]


def test_years_are_counted_from_their_median(review):
    """Otherwise the intercept is the rate of the year 0, which no optimiser finds."""
    found = analyse(review(*QUICK, ('rate = "~ unit"', 'rate = "~ year"')), "detection").result
    last = found["moderators"][-1]

    assert last["reason"] is None
    assert abs(last["coefficients"][0]["value"]) < 2
    assert last["k"] < found["moderators"][0]["k"]


def test_information_sums_to_one(kept):
    """About the rate and about the sensitivity."""
    for key in ("information", "information_on_sensitivity"):
        assert math.isclose(sum(kept[key].values()), 1, abs_tol=1e-6)


def test_unreported_series_give_the_curve_of_the_review_of_the_model(kept):
    """47, 41 and 34 % were found there with the sensitivity held."""
    curve = {item["share"]: item for item in kept["unreported"]}

    assert sorted(curve) == [0, 0.25, 0.5, 0.75, 1]
    assert [curve[q]["estimate"] for q in (0, 0.5, 1)] == pytest.approx([0.47, 0.41, 0.34], abs=0.01)
    assert all(item["ci_low"] < item["estimate"] < item["ci_high"] for item in curve.values())


def test_the_sensitivity_from_pairs_is_lower_than_that_between_studies(kept):
    """.58 against .74 to .78, a plain likelihood ratio of 2.2."""
    found = kept["two_sources"]

    assert found["direct"]["value"] == pytest.approx(0.58, abs=0.01)
    assert 0.7 < found["indirect"]["value"] < 0.85
    assert found["statistic"] == pytest.approx(2.2, abs=0.2)
    assert found["p"] > 0.05


def test_sensitivities_by_site_are_listed_as_printed(kept):
    """X-ray shows 82 % of disc leaks in Palm 2018 and 7 % of canal leaks in Yeom 2003, 2 of 28."""
    printed = {(r["study_id"], r["leak_site"], r["index"]): r for r in kept["printed_only"]}

    assert printed["Palm2018", "intradiscal", "xray"]["sensitivity"] == 0.82
    assert printed["Palm2018", "intradiscal", "xray"]["positive"] is None
    assert printed["Yeom2003", "spinal_canal", "xray"]["both"] == 2
    assert printed["Yeom2003", "spinal_canal", "xray"]["positive"] == 28


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (('ct = ["CT"]', 'ct = ["MRI"]'), "unknown word 'MRI' in parts"),
        (('joint = ["CT+xray"]', 'joint = ["CT"]'), "'CT' plays two parts"),
        (("specificity = 1.0", "specificity = 1.5"), "specificity"),
        (('reference = ["CT"]', 'reference = ["PET"]'), "unknown word 'PET' for reference"),
        (("correlation = [-0.8", "correlation = [-1.8"), "correlation"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(review, swap, said):
    """With the key and the file."""
    with pytest.raises(ConfigError, match=said):
        analyse(review(swap), "detection")


def test_the_drawn_tables_agree_with_the_plain_test(kept):
    """Its level is about 5 % on tables of this shape, so that both p values are near each other."""
    found = kept["two_sources"]["bootstrap"]

    assert found["replicates"] == 300
    assert found["failed"] <= 6
    assert 0.02 < found["rejects"] < 0.09
    assert found["p"] == pytest.approx(kept["two_sources"]["p"], abs=0.06)


def test_a_full_pair_is_the_next_fact_to_look_for(kept):
    """Its four counts narrow the interval of the sensitivity more than any other single fact."""
    single = {
        f["kind"]: f["narrows_sensitivity"] for f in kept["next_facts"] if f["times"] == 1 and not f["silent"]
    }

    assert max(single, key=single.get) == "pair"


def test_the_model_with_priors_stands_beside_the_headline(kept):
    """Six pairs of priors; the first is told, and all lie near the maximum-likelihood answer."""
    first, *others = kept["priors"]

    assert (first["tau_prior"], first["omega_prior"]) == ("half-normal(1)", "half-normal(0.5)")
    assert len(others) == 5
    assert all(abs(item["estimate"] - kept["estimate"]) < 0.03 for item in kept["priors"])
    assert all(item["effective_draws"] > 300 for item in kept["priors"])


def test_one_rate_is_corrected_by_hand(kept):
    """At a sensitivity of 1 and a specificity of 1 it is what the index showed; half the sensitivity doubles it."""
    assumed = kept["assumed"]
    at = {(item["sensitivity"], item["specificity"]): item["value"] for item in assumed["at"]}

    assert at[1.0, 1.0] == assumed["value"]
    assert at[0.5, 1.0] == pytest.approx(2 * assumed["value"])
    assert at[0.8, 0.95] == pytest.approx((assumed["value"] - 0.05) / 0.75)


def test_comparisons_say_what_the_index_shows_and_what_totals_leave_open(kept):
    """Totals alone have a least share; a printed overlap has none."""
    seen = {row["label"]: row["seen"] for row in kept["rows"] if row["seen"]}

    assert (seen["Wang 2017"]["both"], seen["Wang 2017"]["ct"], seen["Wang 2017"]["least"]) == (9, 13, 0)
    assert seen["Martin 2012 (xray)"]["least"] is None
    assert all(row["seen"] is None for row in kept["rows"] if row["sheet"] == "leaks")
