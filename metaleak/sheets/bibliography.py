"""The sheets of what searches brought: the records, what they are to each other, which study they report."""

from __future__ import annotations

from metaleak.records.compare import Verdict
from metaleak.records.decisions import TIES
from metaleak.records.table import ABSTRACT, FIELDS
from metaleak.sheets.columns import Column, Sheet


def _text(name: str, sentence: str, *, required: bool = True) -> Column:
    return Column(name=name, kind="text", sentence=sentence, required=required)


_BY = _text("by", "Who says so: the initials of a person, or rules.")

RECORDS = Sheet(
    name="records",
    sentence="One row per bibliographic record, as one source has it; written by search and import.",
    key=("record_id",),
    columns=tuple(
        Column(
            name=field.name,
            kind=field.kind,
            sentence=field.sentence,
            required=field.name == "record_id",
            may_be_missing=field is ABSTRACT,
        )
        for field in (*FIELDS, ABSTRACT)
    ),
    may_be_empty=True,
    is_fetched=True,
)

DUPLICATES = Sheet(
    name="duplicates",
    sentence="One row per decision about two records; rows are added, the latest counts, persons before rules.",
    key=(),
    columns=(
        _text("left", "Key of a record in records.csv."),
        _text("right", "Key of the other record."),
        Column(
            name="verdict",
            kind="choice",
            sentence="One publication, two, or a person has to look.",
            choices=tuple(word.value for word in Verdict),
            required=True,
        ),
        Column(
            name="score",
            kind="share",
            sentence="How much agrees; it sorts the queue and decides nothing.",
            unit="0 to 1",
        ),
        _text("reason", "Why, in words."),
        Column(
            name="tie",
            kind="choice",
            sentence="How two publications that are distinct belong together.",
            choices=TIES,
        ),
        _BY,
    ),
    may_be_empty=True,
)

REPORTS = Sheet(
    name="reports",
    sentence="One row per link of a publication to the study that it reports; rows are added, the latest counts.",
    key=(),
    columns=(
        _text("record_id", "Key of the publication in records.csv."),
        _text("study_id", "Key of the study in studies.csv; empty takes the link away.", required=False),
        _text("reason", "Why, in words."),
        _BY,
    ),
    may_be_empty=True,
)
