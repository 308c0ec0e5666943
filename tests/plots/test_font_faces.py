"""Subsets of the typeface as CSS."""

import base64
import io
import re

from fontTools.ttLib import TTFont

from metaleak.plots.font_faces import font_faces


def fonts_of(css):
    return [
        TTFont(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([A-Za-z0-9+/=]+)", css)
    ]


def test_a_subset_holds_what_is_written_in_its_weight():
    """Regular and bold bring their own characters and no others."""
    regular, bold = fonts_of(font_faces("aß", "Z", family="Liberation Sans"))

    assert set(regular.getBestCmap()) == {ord("a"), ord("ß")}
    assert set(bold.getBestCmap()) == {ord("Z")}


def test_a_weight_that_is_not_used_is_not_brought():
    """No bold text, no bold font."""
    css = font_faces("a", "", family="Liberation Sans")

    assert css.count("@font-face") == 1
    assert 'font-family:"Liberation Sans";font-weight:400' in css


def test_letters_stand_where_they_were_measured():
    """Without kerning the advance of a line is the sum of its glyphs' advances."""
    (font,) = fonts_of(font_faces("AV", "", family="x"))

    assert not {"GPOS", "GSUB", "kern"} & set(font.keys())


def test_the_order_of_the_text_does_not_matter():
    """The same characters give the same bytes."""
    assert font_faces("abc", "", family="x") == font_faces("cabba", "", family="x")
