"""Risk of bias beside a forest plot's rows: every state its own mark, and nothing where nobody asked."""

import csv
import io
from dataclasses import replace

import pytest

from metaleak.errors import InputError, SettingError
from metaleak.plots.figures import plan_forest
from metaleak.plots.forest_bias import blocks
from metaleak.plots.forest_frame import Options
from metaleak.plots.presets import PRESETS, greyed
from metaleak.plots.style import PLAIN
from metaleak.plots.verdicts import OF_ANSWER, VERDICTS
from tests.plots.cases import with_answers
from tests.plots.conftest import LONG

JBI = Options(columns=("jbi",))


def marks_of(layout, row):
    """Return the names of a row's verdicts, from left to right."""
    found = [shape for verdict in VERDICTS for shape in layout.parts(verdict.name, row=row)]
    return [shape.part for shape in sorted(found, key=lambda shape: shape.centre[0])]


def test_every_answer_has_its_mark(synthetic):
    """In the order of the checklist, the verdict on the whole last."""
    result = with_answers(synthetic((3,)))
    result["rows"][1]["bias"] = {"jbi_1": "no", "jbi_overall": "low"}

    layout = plan_forest(result, options=JBI).whole

    assert marks_of(layout, "study-1-2") == ["bad", *["not assessed"] * 8, "good"]
    given = result["rows"][0]["bias"]
    items = [*(f"jbi_{i}" for i in range(1, 10)), "jbi_overall"]
    assert marks_of(layout, "study-1-1") == [OF_ANSWER[given[item]].name for item in items]


def test_what_nobody_assessed_is_hollow_and_said(synthetic):
    """It is never a mark of low risk: not in the plot, the legend, the caption, the words or the values."""
    plan = plan_forest(synthetic((4, 3)), options=JBI)

    assert len(plan.whole.parts("not assessed")) == 7 * 10 + 1
    assert not plan.whole.parts("good")
    assert "it is not low risk" in plan.caption
    assert "Coverage: not assessed 7." in plan.alt_text
    assert {row["kind"] for row in csv.DictReader(io.StringIO(plan.values_csv)) if "JBI" in row["group"]} == {
        "not_assessed"
    }


def test_nothing_is_added_where_nobody_asked(synthetic):
    """Answers alone change no picture."""
    plain, judged = plan_forest(synthetic((4, 3))), plan_forest(with_answers(synthetic((4, 3))))

    assert judged.whole == plain.whole
    assert (judged.caption, judged.alt_text, judged.values_csv) == (
        plain.caption,
        plain.alt_text,
        plain.values_csv,
    )


def test_words_and_values_count_what_is_drawn(synthetic):
    """Every question by its answers, row by row in the CSV."""
    result = with_answers(synthetic((8,)))

    plan = plan_forest(result, options=Options(columns=("minors_2", "jbi_overall")))

    rows = [row for row in csv.DictReader(io.StringIO(plan.values_csv)) if ": Overall" in row["group"]]
    given = [row.get("bias", {}).get("jbi_overall", "not_assessed") for row in result["rows"]]
    assert [row["kind"] for row in rows] == given
    assert f"low risk {given.count('low')}" in plan.alt_text
    assert f"not assessed {given.count('not_assessed')}." in plan.alt_text
    told = " ".join(text.text for text in plan.whole.texts(column="note"))
    assert "JBI checklist for prevalence studies: overall." in told
    assert "MINORS, index for non-randomised studies: 2\u00a0consecutive." in told


@pytest.mark.parametrize(("style", "language"), [("plain", "en"), ("jama", "zh"), ("lancet", "en")])
@pytest.mark.parametrize(
    "columns",
    [
        ("jbi",),
        ("minors",),
        ("quadas2", "jbi_overall"),
        ("procedure", "unit", "modality", "year", "jbi_overall"),
    ],
)
@pytest.mark.parametrize(("k", "label"), [(3, "S"), (40, LONG)])
def test_nothing_overlaps_and_nothing_is_cut(
    collisions, outside, synthetic, style, language, columns, k, label
):
    """With rates of 0 and 100 %, in every journal's width; a style without room says how wide it has to be."""
    result = with_answers(synthetic((k,), labels=[label] * k, counts=[(0, 40), (40, 40)]))
    look = replace(PRESETS[style], language=language)
    try:
        plan = plan_forest(result, style=look, options=Options(columns=columns))
    except SettingError as error:
        wide = float(str(error).partition("at least ")[2].split()[0])
        plan = plan_forest(result, style=replace(look, width_mm=wide + 1), options=Options(columns=columns))
        assert wide < look.width_mm + 40

    assert collisions(plan.whole) == outside(plan.whole) == []
    assert all(collisions(page) == outside(page) == [] for page in plan.pages)


def test_states_are_told_apart_in_grey(synthetic):
    """The same marks, signs and all; only colours are gone."""
    result = with_answers(synthetic((12,)))
    colour = plan_forest(result, style=PLAIN, options=JBI)
    grey = plan_forest(result, style=greyed(PLAIN), options=JBI)

    assert colour.whole == grey.whole
    assert {text.text for text in grey.whole.texts() if text.column == "bad"} == {"−"}


def test_columns_come_from_the_analysis_unless_others_are_asked_for(synthetic):
    """The hand goes before the analysis, the analysis before the style."""
    result = with_answers(synthetic((3,), columns=["year", "jbi_overall"]))

    def heads(**options):
        return {
            text.column for text in plan_forest(result, options=Options(**options)).whole.texts(row="heading")
        }

    assert heads() == {"label", "year", "counts", "rate", "bias-jbi"}
    assert heads(columns=("unit",)) == {"label", "unit", "counts", "rate"}
    assert heads(columns=()) == {"label", "counts", "rate"}


def test_a_column_that_is_not_there_is_refused(synthetic):
    """By naming those that are."""
    with pytest.raises(
        SettingError, match=r"unknown column 'jby' \(did you mean 'jbi'\?\); allowed: procedure"
    ):
        plan_forest(synthetic((3,)), options=Options(columns=("jby",)))


def test_an_answer_that_cannot_be_drawn_is_refused(synthetic):
    """It is no result of this package."""
    result = synthetic((3,))
    result["rows"][0]["bias"] = {"jbi_1": "perhaps"}

    with pytest.raises(InputError, match="perhaps"):
        plan_forest(result)


def test_words_in_the_key_keep_their_capitals(synthetic):
    """Only their first letter stands small."""
    plan = plan_forest(synthetic((3,)), options=Options(columns=("quadas2_2", "quadas2_3")))

    assert "2\u00a0bias in X-ray; 3\u00a0bias in CT." in " ".join(
        text.text for text in plan.whole.texts(column="note")
    )


def test_a_checklist_is_one_block(synthetic):
    """However its items are asked for."""
    found = blocks(("jbi_3", "minors", "jbi_overall"))

    assert [(block.tool, len(block.items)) for block in found] == [("jbi", 2), ("minors", 13)]
    assert found[0].heads == ("3", "Overall")
