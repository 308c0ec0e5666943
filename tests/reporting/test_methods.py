"""The methods paragraph: written from settings, never remembered."""

import copy

import pytest

from metaleak.reporting.methods import methods, pairs_sentence


@pytest.fixture
def written(synthetic, changed):
    """Return a function that gives the methods text after changes to the settings of the main analysis."""

    def write(path=(), value=None, **fields):
        result = copy.deepcopy(synthetic.results["modality"])
        place = result
        for key in path[:-1]:
            place = place[key]
        if path:
            place[path[-1]] = value
        report = changed(results={**synthetic.results, "modality": result}, **fields)
        return " ".join(sentence.text for paragraph in methods(report).paragraphs for sentence in paragraph)

    return write


@pytest.mark.parametrize(
    ("path", "value", "before", "after"),
    [
        (
            ("settings", "model", "tau2"),
            "common",
            "one between-study variance per group",
            "one common between-study",
        ),
        (
            ("settings", "model", "ci_method"),
            "wald",
            "95 % profile likelihood intervals",
            "95 % Wald intervals",
        ),
        (("settings", "model", "level"), 0.9, "95 % (Clopper-Pearson)", "90 % (Clopper-Pearson)"),
        (
            ("settings", "beside", "measure"),
            "PAS",
            "the logit of the proportion",
            "the arcsine of the proportion",
        ),
        (("settings", "beside", "method"), "PM", "τ² by REML", "τ² by PM"),
        (
            ("settings", "several_rows", "arms"),
            "rows",
            "summed: 10 observations",
            "arms treated as independent",
        ),
        (("settings", "several_rows", "arm"), "keep", "in the place of the row", "were both kept"),
        (("settings", "where"), {"unit": ["patient"]}, "have site “any”", "have unit patient"),
        (("software",), {"metaleak": "9.9.9"}, "metaleak 0.0.0", "metaleak 9.9.9"),
    ],
)
def test_a_setting_changes_its_sentence(written, path, value, before, after):
    """What is declared is what is written."""
    assert before in written()
    assert after in written(path, value)
    assert before not in written(path, value)


def test_no_correction_where_none_is_needed(written):
    """The arcsine needs no 0.5, so no sentence says that there was one."""
    assert "0.5 added" in written()
    assert "0.5 added" not in written(("settings", "beside", "measure"), "PAS")


def test_the_caveat_stands_in_the_text_that_is_copied(written):
    """A rehearsal says so in its methods."""
    assert "not the yield of a systematic search" in written()
    assert "not the yield of a systematic search" not in written(status="released")


def test_references_are_numbered_as_they_are_cited(synthetic):
    """Numbers run from one without a gap, and every reference is cited."""
    found = methods(synthetic)
    cited = [n for paragraph in found.paragraphs for sentence in paragraph for n in sentence.cites]

    assert list(dict.fromkeys(cited)) == list(range(1, len(found.references) + 1))


def test_pairs_say_what_was_divided(synthetic, changed):
    """The share of the pairs is defined in words; without pairs nothing is said."""
    assert "of those positive on CT" in pairs_sentence(synthetic)
    assert pairs_sentence(changed(results={"modality": synthetic.results["modality"]})) == ""
