"""What a figure shows, in words for those who do not see it."""

from __future__ import annotations

from collections.abc import Sequence

from metaleak import numbers
from metaleak.plots import words
from metaleak.plots.forest_bias import Block, bias_told
from metaleak.plots.forest_data import ForestData, GroupData, Value
from metaleak.plots.languages import said


def forest_alt_text(
    data: ForestData, *, overall: bool = False, blocks: Sequence[Block] = (), language: str = "en"
) -> str:
    """Return the forest plot in words: what is drawn, each group's numbers, contrasts, risk of bias, the caveat."""
    return _told("Forest plot", data, average=True, overall=overall, blocks=blocks, language=language)


def groups_alt_text(data: ForestData, *, language: str = "en") -> str:
    """Return the overview in words."""
    return _told("Overview of pooled rates, one line per group", data, average=False, language=language)


def _told(
    kind: str,
    data: ForestData,
    *,
    average: bool,
    overall: bool = False,
    blocks: Sequence[Block] = (),
    language: str,
) -> str:
    shown = words.rows_of_studies(data.selection["pooled_rows"], data.selection["studies"])
    count = len(data.groups)
    groups = "1 group" if count == 1 else f"{count} groups"
    sentences = [f"{kind}: {shown} in {groups}; {words.axis_title(data)}."]
    sentences += [_group(group, group.name, average=average) for group in data.groups]
    if overall and data.overall is not None:
        sentences.append(_group(data.overall, words.OVERALL, average=average))
    sentences += [f"{words.contrast(item)}." for item in data.contrasts]
    warning = data.source.caveat
    told = [said(sentence, language) for sentence in sentences]
    told += [bias_told(block, data.rows, language) for block in blocks]
    told += [said(warning, language)] if warning else []
    return (" " if language == "en" else "").join(told)


def _group(group: GroupData, name: str, *, average: bool) -> str:
    start = (
        f"{name}: {words.rows_of_studies(group.k, group.k_studies)}, "
        f"{numbers.count(group.events)} of {numbers.count(group.total)}"
    )
    if group.pooled is None:
        return f"{start}, {_rate(group.joined)}; {group.reason}."
    parts = [f"{start}; median study {_rate(group.pooled)}"]
    if group.prediction is not None:
        low, high = (
            numbers.percent(share, sign=False) for share in (group.prediction.low, group.prediction.high)
        )
        parts.append(f"prediction interval {low} to {high}")
    if average and group.average is not None:
        parts.append(f"mean over studies {_rate(group.average)}")
    return ", ".join(parts) + "."


def _rate(value: Value) -> str:
    interval = numbers.percent_interval(value.low, value.high)
    return f"{numbers.percent(value.value)} {interval}"
