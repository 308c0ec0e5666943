"""Styles by name: sizes and type that journals ask for, and styles of one's own as small TOML files.

Widths are those of a full text column or page as the journals' artwork guides give them; where a guide
leaves a choice, the figure takes the wider one. A preset makes a figure fit; the guide decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from metaleak.errors import ConfigError, SettingError
from metaleak.plots.style import PLAIN, Palette, Style
from metaleak.question.forest_columns import wrong_columns

#: Black, white and greys: shapes already tell a study from a pooled value.
GREY = Palette(
    study="#4d4d4d",
    pooled="#000000",
    interval="#333333",
    prediction="#8a8a8a",
    series=("#000000", "#6e6e6e", "#a8a8a8", "#404040", "#8a8a8a", "#c4c4c4"),
    shades=("#ececec", "#cfcfcf", "#adadad", "#868686", "#5c5c5c", "#2e2e2e"),
)

#: Blue squares and black diamonds.
REVMAN = Palette(study="#1f5f8b", pooled="#000000", prediction="#7f1d1d")

#: Dark blue and brick, apart in print with four inks.
LANCET = Palette(study="#00468b", pooled="#b3200e", prediction="#8a8a8a")

#: Preset -> its style.
PRESETS: Mapping[str, Style] = {
    "plain": PLAIN,
    "bmc": replace(PLAIN, width_mm=170.0, page_mm=225.0, text_pt=7.5, heading_pt=8.5, label_mm=40.0),
    "lancet": replace(
        PLAIN,
        width_mm=154.0,
        page_mm=225.0,
        heading_pt=8.0,
        label_mm=38.0,
        columns=("procedure", "unit"),
        palette=LANCET,
    ),
    "jama": replace(
        PLAIN,
        width_mm=178.0,
        page_mm=228.0,
        text_pt=7.5,
        heading_pt=8.0,
        columns=("unit", "share"),
        palette=GREY,
    ),
    "bmj": replace(PLAIN, width_mm=170.0, page_mm=230.0, columns=("procedure", "unit"), palette=LANCET),
    "revman": replace(PLAIN, width_mm=180.0, heading_pt=7.5, columns=("share",), palette=REVMAN),
}

_COLOUR = re.compile("#[0-9a-fA-F]{6}")


def style_named(name: str) -> Style:
    """Return a preset, or the style of a TOML file when the name ends in ``.toml``.

    Parameters
    ----------
    name : str
        One of :data:`PRESETS`, or a path: ``base = "bmc"``, then any attribute of :class:`Style`, and
        a table ``[palette]`` of colours as ``"#rrggbb"``.

    Raises
    ------
    SettingError
        When there is no such preset.
    ConfigError
        When the file cannot be read, or holds an unknown key or a value of the wrong kind.
    """
    if name.endswith(".toml"):
        return _from_file(Path(name))
    if name not in PRESETS:
        raise SettingError(
            f"there is no style {name!r}",
            required="one of " + ", ".join(PRESETS) + ", or a file that ends in .toml",
            got=name,
        )
    return PRESETS[name]


def greyed(style: Style) -> Style:
    """Return the style in greys."""
    return replace(style, palette=GREY)


def _from_file(path: Path) -> Style:
    try:
        keys = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError("the style cannot be read", got=str(error), where=path.name) from None
    base = keys.pop("base", "plain")
    if base not in PRESETS:
        raise ConfigError(
            f"base names no style: {base!r}", required="one of " + ", ".join(PRESETS), where=path.name
        )
    palette = keys.pop("palette", {})
    wrong = [*_wrong(Style, keys), *_wrong_colours(palette)]
    if wrong:
        raise ConfigError("; ".join(wrong), where=path.name)
    start = PRESETS[base]
    changed, colours = _tupled(keys), _tupled(palette)
    return replace(start, **changed, palette=replace(start.palette, **colours))


def _tupled(keys: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in keys.items()}


def _wrong(kind: type, keys: Mapping[str, Any]) -> list[str]:
    known = {field.name: field.type for field in fields(kind) if field.name != "palette"}
    wrong = [
        f"unknown key {key!r}; allowed: base, palette, {', '.join(known)}" for key in keys if key not in known
    ]
    for key, value in keys.items():
        if key in known and not _fits(getattr(PLAIN, key), value):
            wrong.append(f"key {key!r} is no {_said(getattr(PLAIN, key))}; got: {value!r}")
    columns = keys.get("columns", ())
    named = isinstance(columns, list) and all(isinstance(column, str) for column in columns)
    return [*wrong, *(wrong_columns(columns) if named else ())]


def _fits(example: Any, value: Any) -> bool:
    if isinstance(example, tuple):
        return isinstance(value, list) and all(_fits(example[0], item) for item in value)
    if isinstance(example, str):
        return isinstance(value, str)
    if isinstance(example, int):
        return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 1000
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= 1000


def _said(example: Any) -> str:
    if isinstance(example, tuple):
        return "list of words" if isinstance(example[0], str) else "list of numbers"
    return "whole number from 1 to 1000" if isinstance(example, int) else "number above 0, at most 1000"


def _wrong_colours(palette: Any) -> list[str]:
    if not isinstance(palette, Mapping):
        return ["palette is no table of colours"]
    known = [field.name for field in fields(Palette)]
    wrong = [f"unknown colour {key!r}; allowed: {', '.join(known)}" for key in palette if key not in known]
    for key, value in palette.items():
        given = value if isinstance(value, list) else [value]
        if key in known and not (given and all(isinstance(c, str) and _COLOUR.fullmatch(c) for c in given)):
            wrong.append(f"colour {key!r} is not written #rrggbb; got: {value!r}")
    return wrong
