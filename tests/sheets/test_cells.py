"""What single cells mean."""

import pytest

from metaleak.sheets.cells import CellProblem, clean, typed
from metaleak.sheets.columns import Column


def read(kind, text):
    return typed(Column(name="c", kind=kind, sentence="A column."), clean(text), None)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("count", " 12 ", 12),
        ("count", "", None),
        ("number", "4.05", 4.05),
        ("share", "0.5", 0.5),
        ("year", "2007", 2007),
        ("flag", "1", True),
        ("pmid", "17453503", "17453503"),
        ("pmcid", "PMC6745641", "PMC6745641"),
        ("doi", "10.1080/02841850601161554", "10.1080/02841850601161554"),
        ("url", "https://doi.org/10.1/x", "https://doi.org/10.1/x"),
        ("text", "", ""),
        ("text", "'=1+1", "=1+1"),
        ("count", "12\u00a0", 12),
    ],
)
def test_sound_cells_have_their_value(kind, text, value):
    """Spaces around a value, no-break ones too, are not part of it."""
    assert read(kind, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "rule", "hint"),
    [
        ("count", "NA", "R20", "leave the cell empty"),
        ("count", "n.r.", "R20", "leave the cell empty"),
        ("count", "1,234", "R23", "write 1234"),
        ("count", "1.234", "R23", "write 1234"),
        ("number", "3,5", "R24", "write 3.5"),
        ("count", "12.5", "R25", "whole number"),
        ("count", "1e3", "R25", "whole number"),
        ("count", "٣", "R25", "whole number"),
        ("share", "64 %", "R26", "write 0.64"),
        ("share", "140", "R26", "source"),
        ("year", "07", "R27", "year of print"),
        ("pmid", "0123", "R28", "1 to 8 digits"),
        ("doi", "https://doi.org/10.1/x", "R30", "begin with 10."),
        ("url", "javascript:alert(1)", "R31", "address"),
        ("url", "https://a b", "R31", "address"),
        ("url", "https://", "R31", "address"),
    ],
)
def test_broken_cells_say_what_to_write(kind, text, rule, hint):
    """A cell without a value of its kind names its rule and what to do."""
    problem = read(kind, text)

    assert isinstance(problem, CellProblem)
    assert problem.rule == rule
    assert hint in problem.todo
