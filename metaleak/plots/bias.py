"""Risk of bias as figures: a row of marks per study, and a bar per question weighted by units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from metaleak import numbers
from metaleak.errors import SettingError
from metaleak.plots.axis import axis_strip
from metaleak.plots.drawn import draw
from metaleak.plots.drawn_values import values_csv
from metaleak.plots.figures import result_values
from metaleak.plots.forest_frame import Options
from metaleak.plots.languages import said
from metaleak.plots.plan import FigurePlan
from metaleak.plots.scale import Scale
from metaleak.plots.shapes import Layout, Polygon, Shape, Text, moved
from metaleak.plots.source import Source, source_of
from metaleak.plots.strips import Stack, Strip, baseline, pages_of, paragraphs, text_strip
from metaleak.plots.style import PLAIN, POINTS_PER_MM, Style
from metaleak.plots.text_metrics import checked, width, wrap
from metaleak.plots.verdicts import OF_ANSWER, VERDICTS, Verdict, answer_words, legend, mark

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Json = Mapping[str, Any]

DEFAULT = Options()

#: Line distance as a multiple of the type size.
_LEADING = 1.7

#: Share of a bar below which it holds no sign.
_SIGN_FROM = 0.03

_OVERALL = "Overall"

#: The figures of risk of bias.
FORMS = ("traffic_lights", "bias_bars")


def plan_traffic_lights(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan a row of marks per study: one for each question of a checklist, and the verdict on the whole.

    Studies about which nothing was answered are one row.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"risk_of_bias"``.
    style, options
        How it looks and what it shows.

    Raises
    ------
    InputError, SheetError, SettingError
        As reading and laying out raise them.
    """
    values = result_values(result)
    caption = (
        "Every question of the checklists by study. The sign, the shape and the colour say the same. "
        "An empty circle means that nobody has assessed it: it is not low risk. The last column is what "
        "people made of the whole; no sum is taken."
    )
    body = [strip for tool in values["tools"] for strip in _lights(tool, style)]
    keys = [(_key_of_numbers(tool), "note") for tool in values["tools"]]
    again = {
        tool["title"]: _joined(_lights_head(tool, f"{tool['title']} (continued)", style))
        for tool in values["tools"]
    }
    return _plan("traffic_lights", values, body, keys, caption, again, style=style, options=options)


def plan_bias_bars(result: Any, *, style: Style = PLAIN, options: Options = DEFAULT) -> FigurePlan:
    """Plan a bar per question, weighted by units; parameters and errors as :func:`plan_traffic_lights`."""
    values = result_values(result)
    studies, units = numbers.count(values["studies"]), numbers.count(values["units"])
    caption = (
        f"Bars: share of the {units} units counted in {studies} studies under each answer, so that a study "
        "weighs what it gives to the pooled rates. Empty: not assessed by anybody, which is not low risk."
    )
    scale = _bar_scale(values["tools"], style)
    body = [strip for tool in values["tools"] for strip in _bars(tool, scale, style)]
    again = {
        tool["title"]: _heading(f"{tool['title']} (continued)", tool["title"], style)
        for tool in values["tools"]
    }
    body.append(axis_strip(scale, "Share of units counted, %", style=style))
    return _plan("bias_bars", values, body, [], caption, again, style=style, options=options, scale=scale)


def risk_of_bias(
    result: Any, ax: Axes | None = None, *, form: str = "traffic_lights", style: Style | str = PLAIN
) -> Axes:
    """Draw risk of bias and return the axes.

    Parameters
    ----------
    result : mapping, path or analysis
        A result of kind ``"risk_of_bias"``.
    ax : Axes, optional
        Where to draw; without it a new figure of the printed size is made.
    form : {"traffic_lights", "bias_bars"}
        A row per study, or a bar per question.
    style : Style or str
        How it looks, or the name of a preset.

    Raises
    ------
    SettingError
        For another form, or when the axes are too small.
    InputError, SheetError
        As :func:`plan_traffic_lights`.
    """
    if form not in FORMS:
        raise SettingError("there is no such form", required=" or ".join(FORMS), got=form)
    return draw(form, result, ax, style=style)


def _plan(
    kind: str,
    values: Json,
    body: Sequence[Strip],
    lines: Sequence[tuple[str, str]],
    caption: str,
    again: dict[str, Strip],
    *,
    style: Style,
    options: Options,
    scale: Scale | None = None,
) -> FigurePlan:
    source = source_of(values)
    scale = scale or Scale(left=0.0, right=style.width_pt)
    foot = [
        legend(style),
        *paragraphs(lines, warning=source.caveat, caption=caption if options.caption else "", style=style),
    ]
    whole = _page(scale, (*body, *foot), style)
    pages: tuple[Layout, ...] = (whole,)
    page = style.page_mm * POINTS_PER_MM
    if whole.height > page:
        room = page - _page(scale, (), style).height
        split = pages_of(body, foot, room=room, continued=again)
        pages = tuple(_page(scale, (*part, *ending), style) for part, ending in split)
    return FigurePlan(
        kind=kind,
        source=source,
        style=style,
        whole=whole,
        pages=pages,
        caption=caption,
        alt_text=_alt_text(source, values, style.language),
        values_csv=_drawn(kind, values),
    )


def _page(scale: Scale, strips: Sequence[Strip], style: Style) -> Layout:
    margin = style.margin_mm * POINTS_PER_MM
    stack = Stack(scale=scale, style=style, height=margin)
    stack.add(strips)
    return Layout(width=style.width_pt, height=stack.height + margin, shapes=stack.drawn())


def _alt_text(source: Source, values: Json, language: str) -> str:
    """Return for each checklist how many studies were assessed, and the share of units under each answer."""
    told = []
    for tool in values["tools"]:
        none = len(tool["not_assessed"])
        counted = f"{tool['begun']} of {tool['begun'] + none} studies assessed, {none} not assessed."
        told.append(said(f"{tool['title']}: {counted}", language))
        for item in (*tool["items"], {"id": tool["overall"], "short": _OVERALL}) if tool["begun"] else ():
            told.append(_shares_told(item["short"], tool["shares"][item["id"]], language))
    gap, stop = (" ", ".") if language == "en" else ("", "。")
    parts = [f"{source.title}{stop}", *told, said(source.caveat, language)]
    return gap.join(part for part in parts if part)


def _shares_told(name: str, shares: Json, language: str) -> str:
    """Return the shares of one question in a line: ``Coverage: yes 22 %, unclear 11 % of units``."""
    between = ", " if language == "en" else "，"
    parts = between.join(
        f"{said(answer_words(answer), language)} {numbers.percent(share, 0)}"
        for answer, share in shares.items()
    )
    return said(f"{name}: {parts} of units.", language)


def _drawn(kind: str, values: Json) -> str:
    rows: list[dict[str, Any]] = []
    for tool in values["tools"]:
        names = {item["id"]: item["short"] for item in tool["items"]} | {tool["overall"]: _OVERALL}
        if kind == "bias_bars":
            rows += [
                {
                    "kind": answer,
                    "group": tool["title"],
                    "label": names[item],
                    "scale": "share",
                    "value": share,
                }
                for item, shares in tool["shares"].items()
                for answer, share in shares.items()
            ]
            continue
        rows += [
            {"kind": answer, "group": f"{tool['title']}: {names[item]}", **_study(study)}
            for study in tool["studies"]
            for item, answer in study["answers"].items()
        ]
        rows += [
            {"kind": "not_assessed", "group": tool["title"], **_study(study)}
            for study in tool["not_assessed"]
        ]
    return values_csv(rows)


def _study(study: Json) -> dict[str, Any]:
    return {"label": study["label"], "study_id": study["study_id"], "total": study["units"]}


def _text(
    text: str, x: float, top: float, style: Style, *, row: str, column: str = "label", anchor: Any = "left",
    bold: bool = False,
) -> Text:  # fmt: skip
    return Text(
        x=x,
        y=baseline(top, style.text_pt * _LEADING, style.text_pt),
        text=text,
        size=style.text_pt,
        row=row,
        column=column,
        anchor=anchor,
        weight="bold" if bold else "regular",
    )


def _heading(text: str, group: str, style: Style) -> Strip:
    margin = style.margin_mm * POINTS_PER_MM
    return text_strip(
        text,
        left=margin,
        room=style.width_pt - 2 * margin,
        style=style,
        column="label",
        row=f"section-{group}",
        weight="bold",
        keep=True,
        group=group,
    )


# A row per study.


def _lights(tool: Json, style: Style) -> Iterator[Strip]:
    group = tool["title"]
    yield from _lights_head(tool, group, style)
    wanted = [*(item["id"] for item in tool["items"]), tool["overall"]]
    for study in tool["studies"]:
        answers = [OF_ANSWER[study["answers"][item]] for item in wanted]
        yield _lights_row(study["label"], numbers.count(study["units"]), answers, style, group)
    none = tool["not_assessed"]
    if none:
        label = none[0]["label"] if len(none) == 1 else f"{numbers.count(len(none))} studies: not assessed"
        units = numbers.count(sum(study["units"] for study in none))
        yield _lights_row(label, units, [OF_ANSWER["not_assessed"]] * len(wanted), style, group)
    yield Strip(height=0.6 * style.row_pt, group=group)


def _places(count: int, style: Style) -> tuple[float, float, list[float]]:
    """Return the room of the labels, where units end, and the middles of the marks, the last one apart."""
    margin = style.margin_mm * POINTS_PER_MM
    label = min(1.2 * style.label_mm * POINTS_PER_MM, 0.4 * style.width_pt)
    units = margin + label + 3.6 * style.text_pt
    first, last = units + 2.4 * style.text_pt, style.width_pt - margin - 1.8 * style.text_pt
    step = min((last - first) / count, 2.6 * style.text_pt)
    return label, units, [first + place * step for place in range(count - 1)] + [first + count * step]


def _lights_head(tool: Json, title: str, style: Style) -> list[Strip]:
    group = tool["title"]
    _, units, places = _places(len(tool["items"]) + 1, style)
    heads = [str(place) for place in range(1, len(tool["items"]) + 1)] + [_OVERALL]
    shapes: list[Shape] = [
        _text("Units", units, 0, style, row="heading", column="units", anchor="right", bold=True),
        *(
            _text(head, x, 0, style, row="heading", column="answers", anchor="center", bold=True)
            for head, x in zip(heads, places, strict=True)
        ),
    ]
    height = style.text_pt * _LEADING
    return [_heading(title, group, style), Strip(height=height, shapes=tuple(shapes), group=group, keep=True)]


def _lights_row(label: str, units: str, answers: Sequence[Verdict], style: Style, group: str) -> Strip:
    margin, height = style.margin_mm * POINTS_PER_MM, style.text_pt * _LEADING
    room, right, places = _places(len(answers), style)
    name = wrap(checked(label, where="figure traffic_lights"), room, style.text_pt, lines=1)[0]
    key = f"{group}-{label}"
    shapes: list[Shape] = [
        _text(name, margin, 0, style, row=key),
        _text(units, right, 0, style, row=key, column="units", anchor="right"),
    ]
    for verdict, x in zip(answers, places, strict=True):
        shapes += mark(verdict, x, height / 2, style=style, row=key)
    return Strip(height=height, shapes=tuple(shapes), group=group)


def _joined(strips: Sequence[Strip]) -> Strip:
    """Return strips under each other as one, to be repeated where a page goes on."""
    shapes: list[Shape] = []
    top = 0.0
    for strip in strips:
        shapes += [moved(shape, top) for shape in strip.shapes]
        top += strip.height
    return Strip(height=top, shapes=tuple(shapes), group=strips[0].group, keep=True)


def _key_of_numbers(tool: Json) -> str:
    told = "; ".join(
        f"{place}\u00a0{item['short'][0].lower()}{item['short'][1:]}"
        for place, item in enumerate(tool["items"], start=1)
    )
    return f"{tool['title']}: {told}."


# A bar per question.


def _bar_scale(tools: Sequence[Json], style: Style) -> Scale:
    names = [_OVERALL, *(item["short"] for tool in tools for item in tool["items"])]
    margin = style.margin_mm * POINTS_PER_MM
    widest = max(width(said(name, style.language), style.text_pt, "bold") for name in names)
    left = margin + widest + 2.0 * style.text_pt
    return Scale(left=left, right=style.width_pt - margin - 1.5 * style.text_pt)


def _bars(tool: Json, scale: Scale, style: Style) -> Iterator[Strip]:
    group = tool["title"]
    yield _heading(group, group, style)
    for item in tool["items"]:
        yield _bar(item["short"], tool["shares"][item["id"]], scale, style, group)
    yield _bar(_OVERALL, tool["shares"][tool["overall"]], scale, style, group, bold=True)
    yield Strip(height=0.6 * style.row_pt, group=group)


def _bar(label: str, shares: Json, scale: Scale, style: Style, group: str, *, bold: bool = False) -> Strip:
    margin, height, key = style.margin_mm * POINTS_PER_MM, style.text_pt * _LEADING, f"{group}-{label}"
    shapes: list[Shape] = [_text(label, margin, 0, style, row=key, bold=bold)]
    by_verdict = dict.fromkeys(VERDICTS, 0.0)
    for answer, share in shares.items():
        by_verdict[OF_ANSWER[answer]] += share
    reached = 0.0
    for verdict, share in by_verdict.items():
        if share > 0:
            shapes += _segment(verdict, reached, share, scale, height, style, key)
        reached += share
    return Strip(height=height, shapes=tuple(shapes), group=group)


def _segment(
    verdict: Verdict, start: float, share: float, scale: Scale, height: float, style: Style, key: str
) -> Iterator[Shape]:
    left, right = scale.x(start), scale.x(min(start + share, 1.0))
    top, bottom = 0.12 * height, 0.88 * height
    yield Polygon(
        points=((left, top), (right, top), (right, bottom), (left, bottom)),
        fill=verdict.fill,
        edge="rule" if verdict.fill else "prediction",
        width=style.thin_pt,
        row=key,
        part=verdict.name,
    )
    told = verdict.name if verdict.fill is None else verdict.sign
    weight: Any = "regular" if verdict.fill is None else "bold"
    if share >= _SIGN_FROM and width(told, 0.9 * style.text_pt, weight) < right - left - 2:
        yield Text(
            x=(left + right) / 2,
            y=baseline(0, height, 0.9 * style.text_pt),
            text=told,
            size=0.9 * style.text_pt,
            row=key,
            column=verdict.name,
            anchor="center",
            weight=weight,
            colour=verdict.ink,
        )
