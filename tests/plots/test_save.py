"""Figures as files: the same bytes everywhere, fonts embedded, nothing of this machine."""

import hashlib
import json
import os
import re
import subprocess
import sys
import zlib
from io import BytesIO

import pytest
from PIL import Image

from metaleak.errors import SettingError
from metaleak.plots.figures import plan_forest, plan_groups
from metaleak.plots.save import SUFFIXES, as_svg, rendered, save_figure

DRAW = """
import json, sys
from pathlib import Path
from metaleak.plots.figures import plan_forest
from metaleak.plots.save import save_figure
save_figure(plan_forest(json.loads(sys.stdin.read())), Path(sys.argv[1]), "synthetic-forest")
"""


@pytest.fixture(scope="module")
def result(synthetic):
    """Return a result whose labels need regular, bold and Greek glyphs."""
    return synthetic((2, 1), labels=["Müller 2004 $x$"])


@pytest.fixture(scope="module")
def files(result):
    """Return the files of its forest plot."""
    return rendered(plan_forest(result), "synthetic-forest")


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def test_another_process_in_another_folder_writes_the_same_bytes(result, files, tmp_path):
    """Hash seed, folder, user settings and clock leave no trace."""
    folder = tmp_path / "elsewhere" / "figures"
    surroundings = {**os.environ, "PYTHONHASHSEED": "4711", "TZ": "Asia/Tokyo", "SOURCE_DATE_EPOCH": "1"}

    subprocess.run(
        [sys.executable, "-c", DRAW, str(folder)],
        input=json.dumps(result),
        text=True,
        check=True,
        env=surroundings,
    )

    here = {f"synthetic-forest.{suffix}": hashlib.sha256(data).hexdigest() for suffix, data in files.items()}
    assert digests(folder) == dict(sorted(here.items()))


def test_a_second_save_touches_no_file(synthetic, tmp_path):
    """Files that already hold their bytes keep their time."""
    plan = plan_groups(synthetic((2,)))
    paths = save_figure(plan, tmp_path, "synthetic-groups")
    for path in paths:
        os.utime(path, (0, 0))

    assert save_figure(plan, tmp_path, "synthetic-groups") == paths
    assert [path.stat().st_mtime for path in paths] == [0.0] * len(SUFFIXES)


def test_nothing_of_this_machine_is_written(files, tmp_path):
    """No date, no path and no user name in any file."""
    readable = b"\n".join([files["svg"], files["csv"], files["json"], unpacked(files["pdf"])])

    assert b"CreationDate" not in readable
    assert not re.search(rb"/(home|root|tmp|usr|work)/", readable)
    assert b"20" + b"26-" not in files["svg"]


def unpacked(pdf):
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S)
    return pdf + b"\n".join(inflated(stream) for stream in streams)


def inflated(stream):
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_the_pdf_embeds_truetype(files):
    """Type 42 fonts as subsets: editors can change the text, no Type 3 outlines."""
    pdf = unpacked(files["pdf"])

    assert set(re.findall(rb"/BaseFont /[A-Z]{6}\+(\S+)", pdf)) == {b"LiberationSans", b"LiberationSans-Bold"}
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def test_the_png_is_for_print(files):
    """300 dots per inch, solid colours, the size of the layout."""
    picture = Image.open(BytesIO(files["png"]))

    assert picture.mode == "RGB"
    assert picture.info["dpi"] == pytest.approx((300, 300), abs=0.1)
    assert picture.width == pytest.approx(180 / 25.4 * 300, abs=1)
    assert set(picture.info) == {"dpi"}


def test_provenance_says_where_it_comes_from(files, result):
    """Inputs, software, caption, alt text, and the digest of every file beside it."""
    told = json.loads(files["json"])

    assert told["inputs"] == result["inputs"]
    assert told["alt_text"].startswith("Forest plot: ")
    assert told["caveat"].startswith("Rehearsal: ")
    assert set(told["software"]) == {"metaleak", "numpy", "matplotlib", "pillow", "fonttools"}
    assert told["files"] == {
        f"synthetic-forest.{suffix}": hashlib.sha256(files[suffix]).hexdigest()
        for suffix in ("svg", "pdf", "png", "csv")
    }


@pytest.mark.parametrize("name", ["", "a/b", "../a", ".hidden", "/etc/a"])
def test_a_name_is_no_path(synthetic, tmp_path, name):
    """No figure leaves its folder."""
    with pytest.raises(SettingError, match="a figure's name is no path"):
        save_figure(plan_groups(synthetic((2,))), tmp_path, name)

    assert not list(tmp_path.iterdir())


def test_the_svg_is_the_one_in_the_files(result, files):
    """The page and the folder show the same drawing."""
    assert as_svg(plan_forest(result), "synthetic-forest").encode() == files["svg"]


@pytest.mark.parametrize("suffix", ["eps", "tiff"])
def test_pictures_for_printers_are_the_same_bytes_again(result, suffix):
    """No clock and no name of a file is in them."""
    plan = plan_groups(result)

    first, again = (rendered(plan, name, formats=[suffix])[suffix] for name in ("one", "two"))

    assert first == again
    assert not re.search(rb"CreationDate|/tmp|/root|/home", first)


def test_a_tiff_is_packed_and_says_its_resolution(result):
    """LZW, 600 dots per inch, no transparency, of the printed size."""
    plan = plan_groups(result)

    picture = Image.open(BytesIO(rendered(plan, "x", formats=["tiff"], dpi=600)["tiff"]))

    assert (picture.info["compression"], picture.mode) == ("tiff_lzw", "RGB")
    assert [round(side) for side in picture.info["dpi"]] == [600, 600]
    assert picture.width == pytest.approx(plan.whole.width / 72 * 600, abs=1)


def test_an_eps_brings_its_typeface(result):
    """The glyphs are in it as a TrueType font, and it fits the page."""
    eps = rendered(plan_groups(result), "x", formats=["eps"])["eps"]

    assert eps.startswith(b"%!PS-Adobe-3.0 EPSF-3.0")
    assert b"LiberationSans" in eps
    assert b"/FontType 42" in eps


@pytest.mark.parametrize(
    ("wish", "said"), [({"formats": ["gif"]}, "no format 'gif'"), ({"dpi": 5}, "resolution")]
)
def test_what_no_printer_takes_is_refused(result, wish, said):
    """Formats and resolutions."""
    with pytest.raises(SettingError, match=said):
        rendered(plan_groups(result), "x", **wish)
