"""The dictionary: generated, complete, and the one that is committed."""

import csv
import io
from pathlib import Path

import pytest

from metaleak.sheets.codebook import read_codebook
from metaleak.validation.all_sheets import ALL_SHEETS
from metaleak.validation.check import all_rules
from metaleak.validation.dictionary import dictionary_csv, rules_csv

EXTRACTION = Path(__file__).parents[2] / "extraction"


@pytest.fixture(scope="module")
def text():
    return dictionary_csv(read_codebook(EXTRACTION / "codebook.toml"))


def test_the_committed_dictionary_is_the_generated_one(text):
    """Whoever changes a column, a word or a rule runs metaleak once."""
    assert (EXTRACTION / "dictionary.csv").read_text(encoding="utf-8") == text


def test_every_column_stands_in_it_once(text):
    """One row per column of every sheet, in their order."""
    rows = list(csv.DictReader(io.StringIO(text)))

    assert [(row["sheet"], row["column"]) for row in rows] == [
        (s.name, c.name) for s in ALL_SHEETS.values() for c in s.columns
    ]


def test_rules_are_known(text):
    """The rule ids of a column are ids of rules."""
    named = {id for row in csv.DictReader(io.StringIO(text)) for id in row["rules"].split()}

    assert named <= set(all_rules())
    assert {"R44", "R22", "R30", "R40"} <= named


def test_the_committed_rules_are_the_generated_ones():
    """A rule id of the dictionary is found beside it, with its reason."""
    rows = list(csv.DictReader(io.StringIO(rules_csv())))

    assert (EXTRACTION / "rules.csv").read_text(encoding="utf-8") == rules_csv()
    assert [row["rule"] for row in rows] == list(all_rules())


def test_a_range_is_among_what_is_allowed(text):
    """A kappa says from where to where."""
    allowed = {row["column"]: row["allowed"] for row in csv.DictReader(io.StringIO(text))}

    assert allowed["kappa"] == "a number with a decimal point, -1 to 1"
