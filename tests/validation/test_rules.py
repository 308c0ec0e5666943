"""How rules are registered, and what they say of themselves."""

import re

import pytest

from metaleak.sheets.cells import CELLS
from metaleak.sheets.columns import KINDS
from metaleak.sheets.problems import READING
from metaleak.validation.all_sheets import ALL_SHEETS
from metaleak.validation.check import all_rules
from metaleak.validation.rules import MEANING

COLUMNS = {f"{sheet.name}.{column.name}" for sheet in ALL_SHEETS.values() for column in sheet.columns}


def test_an_id_is_one_rule():
    """No id is used on two levels, so a number in a message means one thing."""
    assert len(all_rules()) == len(READING) + len(CELLS) + len(MEANING) + 1


@pytest.mark.parametrize("rule", all_rules().values(), ids=all_rules())
def test_a_rule_says_why_it_stands(rule):
    """One sentence, a known severity, columns and kinds that exist."""
    assert re.fullmatch("R[0-9]{2}", rule.id)
    assert rule.reason.endswith(".")
    assert "\n" not in rule.reason
    assert rule.severity in ("error", "warning")
    assert set(rule.columns) <= COLUMNS
    assert set(rule.kinds) <= set(KINDS)
