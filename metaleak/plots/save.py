"""Figures as files: SVG, PDF and PNG, the drawn values as CSV, and where everything comes from as JSON.

The same plan gives the same bytes: no clock and no path is written, fonts come from the package.
"""

from __future__ import annotations

import io
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metaleak.errors import SettingError
from metaleak.plots.canvas import draw_figure, settings
from metaleak.plots.plan import FigurePlan
from metaleak.plots.style import FONT_FAMILY, FONT_FILES, FONT_FOLDER
from metaleak.plots.svg import svg
from metaleak.storage import digest, strict_json
from metaleak.storage.atomic import write_bytes

PRINT_DPI = 300

#: Of a PNG: on text and lines higher levels take longer and are no smaller.
COMPRESSION = 3

#: Packages that shape the bytes of a drawing.
DRAWN_WITH = ("matplotlib", "pillow", "fonttools")

#: What is written beside each other under one name.
SUFFIXES = ("svg", "pdf", "png", "csv", "json")


def save_figure(plan: FigurePlan, folder: Path, name: str) -> list[Path]:
    """Write a figure and what belongs to it: ``name.svg``, ``.pdf``, ``.png``, ``.csv``, ``.json``.

    Parameters
    ----------
    plan : FigurePlan
        From ``plan_forest`` or ``plan_groups``.
    folder : Path
        Where the files go; it is made if needed.
    name : str
        The files' name without suffix, no path in it.

    Returns
    -------
    list of Path
        The files, in the order of the suffixes. A file that already holds its bytes is not touched.

    Raises
    ------
    SettingError
        When the name is a path.
    StorageError
        When a file cannot be written.
    """
    if not name or Path(name).name != name or name.startswith("."):
        raise SettingError("a figure's name is no path", required="letters, digits, - and _", got=name)
    files = rendered(plan, name)
    paths = [Path(folder) / f"{name}.{suffix}" for suffix in SUFFIXES]
    for path, suffix in zip(paths, SUFFIXES, strict=True):
        write_bytes(path, files[suffix])
    return paths


def rendered(plan: FigurePlan, name: str) -> dict[str, bytes]:
    """Return the bytes of every file of a figure, by suffix."""
    files = {
        "svg": as_svg(plan, name).encode("utf-8"),
        "pdf": _pdf(plan),
        "png": _png(plan),
        "csv": plan.values_csv.encode("utf-8"),
    }
    files["json"] = strict_json.dumps(provenance(plan, name, files)).encode("utf-8")
    return files


def as_svg(plan: FigurePlan, name: str) -> str:
    """Return a figure as an SVG document whose ids begin with ``name``."""
    return svg(plan.whole, style=plan.style, name=name, title=plan.title, description=plan.alt_text)


def _pdf(plan: FigurePlan) -> bytes:
    from matplotlib.backends.backend_pdf import PdfPages

    out = io.BytesIO()
    about = {
        "Title": plan.title,
        "Subject": plan.alt_text,
        "CreationDate": None,
        "Creator": None,
        "Producer": None,
    }
    with settings(), PdfPages(out, metadata=about) as pages:
        for page in plan.pages:
            pages.savefig(draw_figure(page, style=plan.style))
    return out.getvalue()


def _png(plan: FigurePlan) -> bytes:
    """Return a picture of solid colours: printers want no transparency."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = draw_figure(plan.whole, style=plan.style)
    figure.set_dpi(PRINT_DPI)
    canvas: Any = FigureCanvasAgg(figure)
    with settings():
        canvas.draw()
    picture = Image.frombuffer("RGBA", canvas.get_width_height(physical=True), canvas.buffer_rgba())
    out = io.BytesIO()
    picture.convert("RGB").save(out, "PNG", dpi=(PRINT_DPI, PRINT_DPI), compress_level=COMPRESSION)
    return out.getvalue()


def provenance(plan: FigurePlan, name: str, files: dict[str, bytes]) -> dict[str, Any]:
    """Return where a figure comes from: its analysis, inputs, software, fonts and the digests of its files."""
    source = plan.source
    return {
        "format": 1,
        "figure": name,
        "kind": plan.kind,
        "analysis": source.analysis,
        "title": source.title,
        "question": source.question,
        "status": source.status,
        "caveat": plan.caveat,
        "caption": plan.caption,
        "alt_text": plan.alt_text,
        "result": source.digest,
        "key": source.key,
        "inputs": dict(source.inputs),
        "software": {**source.software, **{name: version(name) for name in DRAWN_WITH}},
        "fonts": {
            "family": FONT_FAMILY[0],
            **{weight: digest.of_file(FONT_FOLDER / file) for weight, file in FONT_FILES.items()},
        },
        "size_mm": [round(length, 2) for length in plan.whole.size_mm],
        "pages": len(plan.pages),
        "dpi": PRINT_DPI,
        "files": {f"{name}.{suffix}": digest.of_bytes(content) for suffix, content in files.items()},
    }
