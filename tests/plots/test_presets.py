"""Styles by name and by file."""

import pytest

from metaleak.errors import ConfigError, SettingError
from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import GREY, PRESETS, greyed, style_named
from metaleak.plots.style import PLAIN


@pytest.fixture
def styled(tmp_path):
    """Return the style of a TOML file with this text."""

    def read(text):
        path = tmp_path / "house.toml"
        path.write_text(text, encoding="utf-8")
        return style_named(str(path))

    return read


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("kind", ["forest", "groups"])
def test_every_preset_holds_both_figures(synthetic, collisions, outside, name, kind):
    """Nothing overlaps and nothing is cut at the journal's width, long labels and full counts included."""
    result = synthetic(
        (3, 12), labels=["A long label of a comparison of two cements, 2012 (148)"], overall=True
    )

    plan = plan_figure(kind, result, style=PRESETS[name])

    assert [collisions(page) for page in plan.pages] == [[]] * len(plan.pages)
    assert [outside(page) for page in plan.pages] == [[]] * len(plan.pages)
    assert plan.whole.size_mm[0] == pytest.approx(PRESETS[name].width_mm)


def test_pages_are_no_taller_than_the_journal_allows(synthetic):
    """A long plot goes on on the next page."""
    plan = plan_figure("forest", synthetic((60, 60)), style=PRESETS["lancet"])

    assert len(plan.pages) > 1
    assert max(page.size_mm[1] for page in plan.pages) <= PRESETS["lancet"].page_mm


def test_a_style_leaves_columns_out(synthetic):
    """The optional ones that it does not name."""
    plan = plan_figure("forest", synthetic(), style=PRESETS["revman"])

    assert {text.column for text in plan.whole.texts(row="heading")} == {"label", "counts", "rate", "share"}


def test_a_file_changes_a_preset(styled):
    """Attributes and single colours; everything else is the preset's."""
    style = styled('base = "bmc"\nwidth_mm = 120\ncolumns = ["unit"]\n[palette]\nstudy = "#123456"')

    assert (style.width_mm, style.columns, style.palette.study) == (120, ("unit",), "#123456")
    assert (style.text_pt, style.palette.pooled) == (PRESETS["bmc"].text_pt, PLAIN.palette.pooled)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("width = 3", "unknown key 'width'; allowed: base, palette, width_mm"),
        ('text_pt = "large"', "key 'text_pt' is no number above 0"),
        ("text_pt = -7", "key 'text_pt' is no number above 0"),
        ("cell_lines = 1.5", "key 'cell_lines' is no whole number"),
        ('columns = ["weight"]', "unknown column 'weight'; allowed: procedure, unit, modality"),
        ('base = "nejm"', "base names no style: 'nejm'"),
        ('[palette]\nstudy = "blue"', "colour 'study' is not written #rrggbb"),
        ('[palette]\nsquare = "#000000"', "unknown colour 'square'"),
        ("palette = 3", "palette is no table of colours"),
        ("width_mm =", "the style cannot be read"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(styled, text, said):
    """Its name, the key and what is allowed."""
    with pytest.raises(ConfigError, match=said) as caught:
        styled(text)

    assert str(caught.value).startswith("house.toml: ")


def test_an_unknown_preset_names_the_known_ones():
    """And says that a file will do."""
    with pytest.raises(SettingError, match=r"no style 'nejm'; required: one of plain, bmc, .* \.toml"):
        style_named("nejm")


def test_grey_is_grey():
    """Every colour has equal parts of red, green and blue."""
    colours = [value for name in GREY.__dataclass_fields__ for value in ([getattr(GREY, name)])]
    flat = [colour for value in colours for colour in (value if isinstance(value, tuple) else (value,))]

    assert greyed(PRESETS["lancet"]).palette == GREY
    assert all(colour[1:3] == colour[3:5] == colour[5:7] for colour in flat)
