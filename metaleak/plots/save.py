"""Figures as files: SVG, PDF, PNG, TIFF and EPS, the drawn values as CSV, and their provenance as JSON.

The same plan gives the same bytes: no clock and no path is written, fonts come from the package.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from metaleak.errors import SettingError
from metaleak.plots.canvas import draw_figure, settings
from metaleak.plots.font_faces import LAYOUT_TABLES
from metaleak.plots.plan import FigurePlan
from metaleak.plots.style import FONT_FAMILY, FONT_FILES, FONT_FOLDER
from metaleak.plots.svg import svg
from metaleak.storage import digest, strict_json
from metaleak.storage.atomic import write_bytes

PRINT_DPI = 300

#: What a journal may ask for beside 300.
FINE_DPI = 600

#: Of a PNG: on text and lines higher levels take longer and are no smaller.
COMPRESSION = 3

#: Packages that shape the bytes of a drawing.
DRAWN_WITH = ("matplotlib", "pillow", "fonttools")

#: The pictures that are written unless others are asked for.
PICTURES = ("svg", "pdf", "png")

#: What is written beside each other under one name.
SUFFIXES = (*PICTURES, "csv", "json")


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


def rendered(
    plan: FigurePlan, name: str, *, formats: Sequence[str] = PICTURES, dpi: int = PRINT_DPI
) -> dict[str, bytes]:
    """Return the bytes of every file of a figure, by suffix: its pictures, ``csv`` and ``json``.

    Raises
    ------
    SettingError
        When there is no such format, or the resolution is none that printers ask for.
    """
    unknown = [each for each in formats if each not in FORMATS]
    if unknown:
        raise SettingError(
            f"there is no format {unknown[0]!r}", required="of " + ", ".join(FORMATS), got=unknown[0]
        )
    if not 72 <= dpi <= 1200:
        raise SettingError("the resolution cannot be printed", required="72 to 1200 dots per inch", got=dpi)
    files = {each: FORMATS[each](plan, name, dpi) for each in dict.fromkeys(formats)}
    files["csv"] = plan.values_csv.encode("utf-8")
    files["json"] = strict_json.dumps(provenance(plan, name, files, dpi=dpi)).encode("utf-8")
    return files


def as_svg(plan: FigurePlan, name: str) -> str:
    """Return a figure as an SVG document whose ids begin with ``name``."""
    return svg(plan.whole, style=plan.style, name=name, title=plan.title, description=plan.alt_text)


@contextmanager
def _lean_fonts() -> Iterator[None]:
    """Embed fonts without their rules for setting text, which is set: parsing them took a quarter of all drawing."""
    from fontTools import subset

    load = subset.load_font

    def lean(*args: Any, **kwargs: Any) -> Any:
        font = load(*args, **kwargs)
        for table in LAYOUT_TABLES & set(font.keys()):
            del font[table]
        return font

    subset.load_font = lean
    try:
        yield
    finally:
        subset.load_font = load


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
    with settings(), _lean_fonts(), PdfPages(out, metadata=about) as pages:
        for page in plan.pages:
            pages.savefig(draw_figure(page, style=plan.style))
    return out.getvalue()


def _eps(plan: FigurePlan) -> bytes:
    """Return encapsulated PostScript without the clock that matplotlib writes into its head."""
    out = io.BytesIO()
    figure = draw_figure(plan.whole, style=plan.style)
    with settings(), _lean_fonts():
        figure.savefig(out, format="eps")
    lines = out.getvalue().split(b"\n")
    kept = [line for line in lines if not line.startswith((b"%%CreationDate", b"%%Title", b"%%Creator"))]
    return b"\n".join(kept)


def _pixels(plan: FigurePlan, dpi: int) -> Any:
    """Return a picture of solid colours: printers want no transparency."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from PIL import Image

    figure = draw_figure(plan.whole, style=plan.style)
    figure.set_dpi(dpi)
    canvas: Any = FigureCanvasAgg(figure)
    with settings():
        canvas.draw()
    size = canvas.get_width_height(physical=True)
    return Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB")


def _png(plan: FigurePlan, dpi: int) -> bytes:
    out = io.BytesIO()
    _pixels(plan, dpi).save(out, "PNG", dpi=(dpi, dpi), compress_level=COMPRESSION)
    return out.getvalue()


def _tiff(plan: FigurePlan, dpi: int) -> bytes:
    out = io.BytesIO()
    _pixels(plan, dpi).save(out, "TIFF", dpi=(dpi, dpi), compression="tiff_lzw")
    return out.getvalue()


#: Format -> how a figure becomes a file of it.
FORMATS: Mapping[str, Callable[[FigurePlan, str, int], bytes]] = {
    "svg": lambda plan, name, dpi: as_svg(plan, name).encode("utf-8"),
    "pdf": lambda plan, name, dpi: _pdf(plan),
    "png": lambda plan, name, dpi: _png(plan, dpi),
    "tiff": lambda plan, name, dpi: _tiff(plan, dpi),
    "eps": lambda plan, name, dpi: _eps(plan),
}


def provenance(
    plan: FigurePlan, name: str, files: Mapping[str, bytes], *, dpi: int = PRINT_DPI
) -> dict[str, Any]:
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
        "software": {**source.software, **_versions()},
        "fonts": {
            "family": FONT_FAMILY[0],
            **_fonts(),
        },
        **({} if plan.style.language == "en" else {"language": plan.style.language}),
        "size_mm": [round(length, 2) for length in plan.whole.size_mm],
        "pages": len(plan.pages),
        "dpi": dpi,
        "files": {f"{name}.{suffix}": digest.of_bytes(content) for suffix, content in files.items()},
    }


@lru_cache(maxsize=1)
def _versions() -> Mapping[str, str]:
    return {name: version(name) for name in DRAWN_WITH}


@lru_cache(maxsize=1)
def _fonts() -> Mapping[str, str]:
    return {weight: digest.of_file(FONT_FOLDER / file) for weight, file in FONT_FILES.items()}
