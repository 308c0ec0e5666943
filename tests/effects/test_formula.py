"""Formulas: a closed grammar, with a mark under what does not belong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metaleak.effects.formula import parse_formula
from metaleak.errors import SettingError

KNOWN = ("modality", "procedure", "year")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("~ modality", "modality"),
        ("~modality+year", "modality + year"),
        ("~ modality*procedure + year", "modality*procedure + year"),
        ("~ modality:year - 1", "modality:year - 1"),
        ("~ 0 + modality", "0 + modality"),
        ('~ C(modality, "CT") + log(year)', "modality + log(year)"),
        ("~ bs( year , df = 4 )", "bs(year, df=4)"),
        ("~ scale(year)", "scale(year)"),
        ("~ 1", "1"),
        ("~ -1 + modality", "-1 + modality"),
    ],
)
def test_what_the_grammar_knows(source, text):
    """Terms, interactions, intercepts, references, logs, splines and scaling."""
    assert parse_formula(source, KNOWN).text == text


@pytest.mark.parametrize(
    "source",
    [
        '~ modality + {__import__("os").system("true")}',
        '~ __import__("os")',
        "~ modality; year",
        "~ modality.upper()",
        "~ I(year**2)",
        "~ np.log(year)",
        "~ eval(year)",
        "~ C(modality, CT)",
        "~ bs(year, df=99)",
        "~ bs(year, knots=[1])",
        "~ lambda",
        "modality",
        "~",
        "",
        "~ modality +",
        "~ modality year",
        "~ (modality + year)",
        "~ 2*year",
        "~ 1:year",
        "~ modality \\ year",
        "~ imaging",
        '~ C(modality, "CT") + C(modality, "xray")',
        "~ `modality`",
        "~ modality[0]",
    ],
)
def test_what_it_does_not_know(source):
    """Everything else is an error, Python included."""
    with pytest.raises(SettingError, match="moderators"):
        parse_formula(source, KNOWN)


def test_the_place_is_marked():
    """A mark stands under the first letter that does not belong."""
    with pytest.raises(SettingError) as caught:
        parse_formula("~ modality + yaer", KNOWN)

    lines = str(caught.value).splitlines()
    assert lines[1] == "~ modality + yaer"
    assert lines[2].index("^") == lines[1].index("yaer")


@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_an_error(source):
    """No text makes the parser fail in another way."""
    try:
        parsed = parse_formula(source, KNOWN)
    except SettingError:
        return

    assert set(parsed.columns) <= set(KNOWN)
