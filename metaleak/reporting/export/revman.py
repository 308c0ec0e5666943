"""Study data for RevMan's generic inverse-variance outcome, which knows no single proportion."""

from __future__ import annotations

import csv
import io
import math

from metaleak.reporting.cell_text import one_line
from metaleak.reporting.data import ReportInput
from metaleak.reporting.noticed import in_words
from metaleak.storage.formulas import neutral

_HEADER = (
    "Analysis",
    "Subgroup",
    "Study",
    "Year",
    "Events",
    "Total",
    "Logit (GIV estimate)",
    "Standard error (GIV SE)",
    "Continuity correction",
)


def revman_csv(report: ReportInput) -> bytes:
    """Return one line per pooled observation: its counts, its logit and the logit's standard error.

    Rows without events, or with nothing but events, get 0.5 added to both cells, which the last column says:
    the logit would be infinite. RevMan pools these; the review's own numbers need no correction. Behind a study's
    name stands what was said later about its publication.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_HEADER)
    for name in report.pooled:
        for row in in_words(report.results[name])["rows"]:
            events, total = row["events"], row["total"]
            added = 0.5 if events in (0, total) else 0.0
            yes, no = events + added, total - events + added
            words = (name, row["group"], row["label"], row["year"])
            measured = (f"{math.log(yes / no):.10g}", f"{math.sqrt(1 / yes + 1 / no):.10g}")
            writer.writerow(
                [*(neutral(one_line(str(w))) for w in words), events, total, *measured, added or ""]
            )
    return out.getvalue().encode("utf-8")
