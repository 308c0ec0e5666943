"""What stands in the boxes of the PRISMA 2020 flow: words and counts, no place yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from metaleak import numbers
from metaleak.plots.languages import said
from metaleak.plots.text_metrics import checked
from metaleak.screening.flow import WAITING, Column, Fate, Flow
from metaleak.search.sources import Source

Place = Literal["previous", "searched", "searched-out", "other", "other-out"]

#: Steps from top to bottom, and the phase that each belongs to.
IDENTIFIED, SCREENED, SOUGHT, ASSESSED, INCLUDED, TOTAL = range(6)
PHASES = {
    IDENTIFIED: "Identification",
    SCREENED: "Screening",
    SOUGHT: "Screening",
    ASSESSED: "Screening",
    INCLUDED: "Included",
    TOTAL: "Included",
}

#: What a record that waits at a step waits for.
_WAITS = {
    Fate.AWAITING_SCREENING: "Not screened yet",
    Fate.AWAITING_REPORT: "Report sought, not there yet",
    Fate.AWAITING_ASSESSMENT: "Report not judged yet",
    Fate.AWAITING_EXTRACTION: "Report included, its study not in the sheets yet",
}
_WAITS_AT = {
    IDENTIFIED: (Fate.AWAITING_SCREENING,),
    SOUGHT: (Fate.AWAITING_REPORT, Fate.AWAITING_ASSESSMENT),
    ASSESSED: (Fate.AWAITING_EXTRACTION,),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a box: its words, its count (None: words alone), how deep it is set in, whether it stands out."""

    text: str
    n: int | None = None
    level: int = 0
    bold: bool = False

    @property
    def printed(self) -> str:
        """The words with the count, as PRISMA writes it."""
        return self.text if self.n is None else f"{self.text} (n = {numbers.count(self.n)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowBox:
    """A box: where it belongs, what it says, and whether its records still wait for a judgement."""

    place: Place
    step: int
    items: tuple[Item, ...]
    waits: bool = False

    @property
    def key(self) -> str:
        """Its name among the boxes."""
        return f"{self.place}-{self.step}" + ("-waiting" if self.waits else "")

    @property
    def column(self) -> Place:
        """The column that it belongs to, be it in it or beside it."""
        return (
            "searched"
            if self.place == "searched-out"
            else "other"
            if self.place == "other-out"
            else self.place
        )


def said_of(item: Item, language: str) -> str:
    """Return the words of a line with its count, in a language.

    Examples
    --------
    >>> said_of(Item("Records screened", 3), "zh")
    '已筛选的记录（n = 3）'
    """
    return said(item.printed, language)


def said_box(box: FlowBox, language: str) -> str:
    """Return all that a box says in one line, in a language."""
    between = "; " if language == "en" else "；"
    text = between.join(said_of(item, language) for item in box.items)
    return text.replace(f":{between}", ": ").replace(f"：{between}", "：")


def boxes_of(flow: Flow) -> list[FlowBox]:
    """Return the boxes of a flow in reading order.

    Columns without a record are left out, and so are counts that nobody kept: no number is made up.

    Raises
    ------
    SheetError
        When a reason holds a character that the font cannot draw.
    """
    logged: list[tuple[Place, Place, Column]] = [
        ("searched", "searched-out", flow.searched),
        ("other", "other-out", flow.other),
    ]
    found = [*_previous(flow)]
    for place, out, column in logged:
        if column.found:
            found += _column(place, out, column)
    return [*found, *_ending(flow)]


def home_of(flow: Flow) -> Place:
    """Return the column under which the included studies stand."""
    return "searched" if flow.searched.found else "other" if flow.other.found else "previous"


def headings_of(flow: Flow) -> dict[Place, str]:
    """Return what stands above the columns."""
    via = "New studies via" if has_previous(flow) else "Studies via"
    return {
        "previous": "Previous studies" if flow.is_update else "Before logging",
        "searched": f"{via} databases and registers",
        "other": f"{via} other methods",
    }


def has_previous(flow: Flow) -> bool:
    """Whether studies came in before the searches that the columns count."""
    return flow.is_update or flow.before_logging > 0


def _previous(flow: Flow) -> Iterator[FlowBox]:
    unlogged = (
        Item("Studies identified before searches were logged", flow.before_logging),
        Item("Counts of records not kept", level=1),
    )
    if flow.is_update:
        items = (
            Item(
                "Studies in the previous version of the review", flow.previous_studies + flow.before_logging
            ),
            Item("Studies of logged searches", flow.previous_studies, level=1),
            Item("Reports of these", flow.previous_reports, level=1),
            *((Item(each.text, each.n, level=1) for each in unlogged) if flow.before_logging else ()),
        )
        yield FlowBox(place="previous", step=IDENTIFIED, items=items)
    elif flow.before_logging:
        yield FlowBox(place="previous", step=IDENTIFIED, items=unlogged)


def _column(place: Place, out: Place, column: Column) -> Iterator[FlowBox]:
    yield FlowBox(place=place, step=IDENTIFIED, items=tuple(_identified(column)))
    fates = column.fates
    if place == "searched" or column.to_screen != column.found:
        removed = (
            Item("Records removed before screening:"),
            Item("Duplicate records", fates[Fate.DUPLICATE], level=1),
            Item("Withdrawn by the database, or never delivered", fates[Fate.WITHDRAWN], level=1),
        )
        yield FlowBox(place=out, step=IDENTIFIED, items=removed)
    yield from _waiting(out, IDENTIFIED, column)
    if place == "searched" or fates[Fate.SCREENED_OUT] or fates[Fate.AWAITING_SCREENING]:
        yield _one(place, SCREENED, "Records screened", column.screened)
        yield _one(out, SCREENED, "Records excluded", fates[Fate.SCREENED_OUT])
    yield _one(place, SOUGHT, "Reports sought for retrieval", column.sought)
    yield _one(out, SOUGHT, "Reports not retrieved", fates[Fate.NOT_RETRIEVED])
    yield from _waiting(out, SOUGHT, column)
    yield _one(place, ASSESSED, "Reports assessed for eligibility", column.assessed)
    reasons = tuple(
        Item(checked(reason, where="a reason"), n, level=1) for reason, n in column.reasons.items()
    )
    excluded = Item("Reports excluded", fates[Fate.EXCLUDED])
    yield FlowBox(place=out, step=ASSESSED, items=(excluded, *reasons))
    yield from _waiting(out, ASSESSED, column)


def _identified(column: Column) -> Iterator[Item]:
    yield Item("Records identified from:")
    for kind, name in (("database", "Databases"), ("register", "Registers")):
        sources = column.of_kind(kind)
        if sources or (kind == "database" and not column.of_kind("other")):
            yield Item(name, sum(sources.values()))
            yield from (Item(_source(source), n, level=1) for source, n in _most_first(sources))
    yield from (Item(_source(source), n) for source, n in _most_first(column.of_kind("other")))


def _most_first(sources: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(sources.items(), key=lambda item: (-item[1], item[0]))


def _source(word: str) -> str:
    return Source(word).label if word in list(Source) else checked(word, where="a source")


def _one(place: Place, step: int, text: str, n: int) -> FlowBox:
    return FlowBox(place=place, step=step, items=(Item(text, n),))


def _waiting(place: Place, step: int, column: Column) -> Iterator[FlowBox]:
    items = tuple(
        Item(_WAITS[fate], column.fates[fate])
        for fate in WAITING
        if fate in _WAITS_AT[step] and column.fates[fate]
    )
    if items:
        yield FlowBox(place=place, step=step, items=items, waits=True)


def _ending(flow: Flow) -> Iterator[FlowBox]:
    home = home_of(flow)
    rows = () if flow.rows is None else (Item("Rows of counts", flow.rows),)
    if home != "previous":
        new = "New studies included" if has_previous(flow) else "Studies included in the review"
        items = (
            Item(new, flow.studies, bold=True),
            Item("Reports of these" if flow.is_update else "Reports of included studies", flow.new_reports),
            *(
                (Item("Further reports of studies included before", flow.further_reports),)
                if flow.further_reports
                else ()
            ),
        )
        yield FlowBox(place=home, step=INCLUDED, items=items if has_previous(flow) else (*items, *rows))
    if has_previous(flow) or home == "previous":
        total = Item("Studies included in the review", flow.included_studies, bold=True)
        yield FlowBox(place=home, step=TOTAL, items=(total, *rows))
