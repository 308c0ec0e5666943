"""Every figure against the picture that was looked at: frozen results, small grey pictures, compared by eye's measure.

After a change that is meant: ``METALEAK_FREEZE=1 python -m pytest tests/plots/test_images.py``, look at the pictures
in ``tests/plots/images``, commit them.
"""

import io
import json
import lzma
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import GREY
from metaleak.plots.save import rendered
from metaleak.plots.style import PLAIN
from tests.plots import cases
from tests.plots.conftest import synthetic

FOLDER = Path(__file__).parent / "images"
ANALYSES = Path(__file__).parents[2] / "analyses"
FROZEN = FOLDER / "results.json.xz"
FREEZE = bool(os.environ.get("METALEAK_FREEZE"))

#: Width of a picture in pixels; how far its cells (8 pixels wide) may differ, of 255: on average, and the worst.
WIDTH, MEAN, WORST = 192, 0.6, 10.0


def _of_review():
    """Return one committed result for each figure that one draws, by its file."""
    found = {}
    for path in sorted(ANALYSES.glob("*.result.json"), reverse=True):
        result = json.loads(path.read_text(encoding="utf-8"))
        found |= {kind: path.name for kind in result["settings"]["figures"] if kind not in found}
    kept = {name: json.loads((ANALYSES / name).read_text(encoding="utf-8")) for name in set(found.values())}
    return found, kept


def results():
    """Return one result for each figure, as it was when the pictures were looked at."""
    if not FREEZE:
        return json.loads(lzma.decompress(FROZEN.read_bytes()))
    found, kept = _of_review()
    for kind in ("bias_bars", "traffic_lights"):
        found[kind] = "judged"
    kept |= {"judged": cases.judged(7, 5), "marks": cases.with_answers(synthetic((5, 3)))}
    kept["marks"]["settings"] |= {"columns": ["year", "quadas2", "jbi_overall"], "sort": "-rate"}
    frozen = {
        "figures": dict(sorted(found.items())),
        "results": {name: kept[name] for name in sorted({*found.values(), "marks"})},
    }
    FROZEN.write_bytes(lzma.compress(json.dumps(frozen).encode("utf-8"), preset=9))
    return frozen


KEPT = results()
PICTURES = [(figure, "en") for figure in (*KEPT["figures"], "prisma", "marks")]
PICTURES += [(figure, "zh") for figure in ("groups", "parts", "prisma", "marks")]


def drawn(figure, *, language="en", **style):
    """Return a figure as a small grey picture."""
    look = replace(PLAIN, language=language, **style)
    if figure == "prisma":
        plan = cases.of_flow(cases.FLOWS["everything"])(look)
    else:
        kind = "forest" if figure == "marks" else figure
        plan = plan_figure(kind, KEPT["results"][KEPT["figures"].get(figure, figure)], style=look)
    png = rendered(plan, "image", formats=("png",), dpi=100)["png"]
    picture = Image.open(io.BytesIO(png)).convert("L")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.BOX)


def kept(name):
    """Return the picture that was looked at."""
    with Image.open(FOLDER / f"{name}.png") as picture:
        return picture.convert("L")


def differences(one, other):
    """Return mean and largest difference of two pictures' cells; pictures of other heights have nothing in common."""
    if abs(one.height - other.height) > 1:
        return 255.0, 255.0
    size = (WIDTH // 8, max(one.height // 8, 1))
    a, b = (np.asarray(p.resize(size, Image.Resampling.BOX), dtype=float) for p in (one, other))
    return float(np.abs(a - b).mean()), float(np.abs(a - b).max())


@pytest.mark.parametrize(("figure", "language"), PICTURES)
def test_a_figure_looks_as_it_did(figure, language):
    """To within what another version of FreeType changes."""
    path, picture = FOLDER / f"{figure}-{language}.png", drawn(figure, language=language)
    if FREEZE:
        picture.save(path, optimize=True)

    mean, worst = differences(picture, kept(f"{figure}-{language}"))

    assert mean <= MEAN
    assert worst <= WORST


def test_every_figure_has_its_picture():
    """None that can be drawn is left out, and no picture is left of one that is gone."""
    assert {figure for figure, _ in PICTURES} == {*cases.KINDS, "marks"}
    assert {path.name for path in FOLDER.glob("*.png")} == {f"{f}-{language}.png" for f, language in PICTURES}


@pytest.mark.parametrize(
    "changed",
    [
        {"text_pt": 7.2},
        {"label_mm": 30.0},
        {"square_mm": (1.4, 4.2)},
        {"palette": replace(PLAIN.palette, pooled=GREY.grid)},
        {"language": "zh"},
    ],
)
def test_a_change_is_seen(changed):
    """Larger type, a moved axis, larger marks, paler marks, other words."""
    mean, worst = differences(drawn("forest", **changed), kept("forest-en"))

    assert mean > MEAN or worst > WORST
