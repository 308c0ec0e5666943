"""Detection-adjusted rates on the page: the answer, what carries it, and every guard rail."""

from __future__ import annotations

from metaleak.plots.detection import adjusted_views, imaging
from metaleak.plots.words import greek
from metaleak.reporting.answer import Line
from metaleak.reporting.conduct import said_table
from metaleak.reporting.data import ReportInput
from metaleak.reporting.detection.folded import (
    information_table,
    left_out_table,
    moderators_table,
    next_facts_table,
    printed_table,
    priors_table,
    unreported_table,
)
from metaleak.reporting.detection.sentences import answered, leading, passages, sentences
from metaleak.reporting.detection.tables import guard_rails_table, rates_table
from metaleak.reporting.passages import passage
from metaleak.reporting.roles import roles_of
from metaleak.reporting.sections.section import Section, View, pictures_of
from metaleak.reporting.text import negative_control
from metaleak.reporting.words import capital

__all__ = ["section", "sentences"]


def section(report: ReportInput, name: str) -> Section:
    """Return the detection-adjusted part of the page."""
    result = report.results[name]
    main = report.results[report.main_name]
    controls = roles_of(main, no_modality=report.no_modality).controls
    index = imaging(result["index"])
    said = said_table(name, result["rows"])
    return Section(
        name=name,
        title=result["title"],
        short="On CT",
        question=result["question"],
        sentences=leading(result),
        passages=(
            *passages(result),
            *passage("control", "Negative control", map(negative_control, controls)),
        ),
        tables=(rates_table(name, result, index), guard_rails_table(name, result, index)),
        folded=(
            priors_table(name, result, index),
            information_table(name, result),
            left_out_table(name, result),
            *([] if said is None else [said]),
            unreported_table(name, result),
            moderators_table(name, result),
            next_facts_table(name, result),
            printed_table(name, result),
        ),
        fold=(
            "Priors, what carries the answer, rows beside the model, "
            f"{'' if said is None else 'how leaks were looked for, '}unreported series, moderators, the next fact"
        ),
        pictures=pictures_of(
            report,
            name,
            summaries={
                "adjusted": "Seen, and as CT would have shown it",
                "sensitivity": f"What {index} shows of what CT shows",
                "guard_rails": "Guard rails",
                "assumed": f"One rate corrected by hand, if {index} showed so much",
                "unreported": "If the unreported series had read CT",
            },
            views={"adjusted": adjusted_views(result)},
        ),
        notes=tuple(f"{capital(greek(note))}." for note in result["notes"] if not _told_elsewhere(note)),
        methods=(
            (
                f"Rates were adjusted for what {index} misses with one likelihood: studies read on CT inform the rate, "
                f"studies read on {index} the rate times its sensitivity, comparisons on the same patients or "
                "vertebrae both; the two logits vary between studies with variances of their own.",
                ("menten2015", "dendukuri2012"),
            ),
            (
                "Estimates are maximum likelihood; intervals of rate and sensitivity are profiles of the likelihood "
                "penalised by the logarithm of the sensitivity's spread, since plain profiles are too short where few "
                "comparisons inform it.",
                ("chung2013",),
            ),
        ),
        views=(View("seen", "as they were seen"), View("adjusted", "as CT would have shown them")),
        lines=(Line("What CT would show", " ".join(answered(result))),),
    )


def _told_elsewhere(note: str) -> bool:
    return (
        note.startswith(("the sensitivity rests", "the pool of the CT counts"))
        or " rows compare both" in note
    )
