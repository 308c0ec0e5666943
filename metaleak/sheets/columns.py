"""What columns the sheets have: structure only, since the words are data of the review."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.sheets.conduct import CONDUCT, CONDUCT_WORDS
from metaleak.sheets.instruments import FIXED

#: What a cell may hold; the rules of each kind stand in :mod:`metaleak.sheets.cells`.
KINDS = {
    "text": "any text on one line",
    "word": "one word of a vocabulary in codebook.toml",
    "choice": "one of the words that the format gives",
    "count": "a whole number, 0 or more",
    "number": "a number with a decimal point",
    "share": "a number from 0 to 1",
    "year": "a year with four digits",
    "flag": "0 or 1",
    "pmid": "a PubMed number of 1 to 8 digits",
    "pmcid": "PMC and digits",
    "doi": "10.PREFIX/SUFFIX",
    "url": "an http or https address",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: its name, what its cells hold, and one sentence about it.

    ``vocabulary`` names the list of words in the codebook (None: not a word); ``required`` cells may
    not stay empty; ``unit`` is the unit of a number, ``within`` the lowest and highest that it can be;
    ``choices`` are the words of a choice; a sheet may lack a column that ``may_be_missing``.
    """

    name: str
    kind: str
    sentence: str
    vocabulary: str | None = None
    required: bool = False
    unit: str = ""
    within: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    may_be_missing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its name, what one row is, its key, its columns in order.

    ``key`` holds the columns that together occur once; an empty key allows repeats. ``may_be_empty``
    says whether the sheet may hold no row below its header. A sheet that ``is_fetched`` is written by commands and
    holds the texts of others: their letters and years are no fault of the review.
    """

    name: str
    sentence: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    may_be_empty: bool = False
    is_fetched: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """Return the column of that name."""
        return next(column for column in self.columns if column.name == name)


def _text(name: str, sentence: str, *, required: bool = False) -> Column:
    return Column(name=name, kind="text", sentence=sentence, required=required)


def _word(name: str, sentence: str, *, required: bool = True) -> Column:
    return Column(name=name, kind="word", sentence=sentence, vocabulary=name, required=required)


def _conduct(who: str, counted: str) -> tuple[Column, ...]:
    """Return how leaks were looked for: columns that older sheets lack."""
    sentences = (
        f"Whether all who were treated {who}, or a selection of them.",
        "When CT was made, as printed, such as day 1; after the procedure alone is no time.",
        counted,
        "Whether readers knew the other imaging, the arm or the course.",
    )
    return tuple(
        Column(
            name=name,
            kind="word" if name in CONDUCT_WORDS else "text",
            sentence=sentence,
            vocabulary=name if name in CONDUCT_WORDS else None,
            may_be_missing=True,
        )
        for name, sentence in zip(CONDUCT, sentences, strict=True)
    )


def _number(
    name: str,
    kind: str,
    sentence: str,
    *,
    unit: str = "",
    required: bool = False,
    within: tuple[float, float] | None = None,
) -> Column:
    return Column(name=name, kind=kind, sentence=sentence, unit=unit, required=required, within=within)


_YEAR = _number("year", "year", "Year of print; empty when the text at hand does not give it.")
_TITLE = _text("title", "Title; in square brackets when translated or paraphrased.", required=True)
_IDENTIFIERS = (
    Column(name="pmid", kind="pmid", sentence="PubMed number."),
    Column(name="pmcid", kind="pmcid", sentence="PubMed Central number."),
    Column(name="doi", kind="doi", sentence="Digital object identifier, without a resolver in front."),
    Column(name="url", kind="url", sentence="The page that was read."),
)
_SOURCE = _text("source_location", "Where in the source the numbers stand.", required=True)
_NOTE = _text("note", "Whatever a later reader has to know about the row.")
_STUDY = _text("study_id", "Key of the study in studies.csv.", required=True)
_CONFIDENCE = _word("confidence", "How sure the row is.")

STUDIES = Sheet(
    name="studies",
    sentence="One row per study: a cohort, however often it was printed.",
    key=("study_id",),
    columns=(
        _text("study_id", "Key of the study, used by the other sheets; never changed.", required=True),
        _text("label", "Name in tables and figures.", required=True),
        _text("first_author", "Family name; empty when the text at hand does not give it."),
        _YEAR,
        _TITLE,
        _text("journal", "Journal, abbreviated as in PubMed."),
        *_IDENTIFIERS,
        _text("country", "Where the patients were treated; several are separated by a semicolon."),
        _word("design", "Design of the study."),
        _word("indication", "Why the vertebrae were treated."),
        _number("n_patients", "count", "Patients in the study.", unit="patients"),
        _word("source_depth", "How much of the source was read."),
        _NOTE,
    ),
)

LEAKS = Sheet(
    name="leaks",
    sentence="One row per count of leaks.",
    key=("study_id", "arm", "procedure", "unit", "modality", "leak_site", "symptomatic"),
    columns=(
        _STUDY,
        _text(
            "arm",
            "The arm of the study; the codebook's word for everybody, or one of a set of arms.",
            required=True,
        ),
        _word("procedure", "What was done."),
        _word("indication", "Why the vertebrae of this arm were treated."),
        _word("unit", "What n_leak and n_total count."),
        _word("modality", "The imaging that showed the leaks."),
        _word("modality_basis", "Whether the text states the imaging or only implies it."),
        _word("leak_site", "Where the cement went."),
        _word("symptomatic", "Every leak, or only those with symptoms."),
        _number("n_leak", "count", "Units with a leak; empty while the row is still open.", unit="see unit"),
        _number("n_total", "count", "Units looked at; empty while the row is still open.", unit="see unit"),
        _number(
            "derived",
            "flag",
            "1 when the count was computed from a percentage or a complement.",
            required=True,
        ),
        _word("cement_viscosity", "Viscosity of the cement."),
        _number(
            "cement_volume_ml", "number", "Mean volume of cement per vertebra.", unit="ml", within=(0, 50)
        ),
        _word("approach", "From one side or both."),
        *_conduct("were read with this imaging", "What counted as a leak."),
        _SOURCE,
        _CONFIDENCE,
        _NOTE,
    ),
)

PAIRS = Sheet(
    name="pairs",
    sentence="One row per comparison of two imaging methods on the same patients, vertebrae or leaks.",
    key=("study_id", "procedure", "unit", "leak_site", "reference", "index"),
    columns=(
        _STUDY,
        _word("procedure", "What was done."),
        _word("unit", "What the positives count."),
        _word("leak_site", "Where the cement went."),
        _word("reference", "The imaging that the other is set against."),
        _word("index", "The imaging that is judged."),
        _number("n_total", "count", "Units read with both methods.", unit="see unit", required=True),
        _number("reference_positive", "count", "Leaks on the reference.", unit="see unit"),
        _number(
            "index_positive",
            "count",
            "Leaks on the index test, seen on the reference or not.",
            unit="see unit",
        ),
        _number(
            "both_positive", "count", "Leaks on both, only where the text gives the overlap.", unit="see unit"
        ),
        _number(
            "index_sensitivity",
            "share",
            "Share of the reference's leaks that the index test shows.",
            unit="0 to 1",
        ),
        _number(
            "index_specificity",
            "share",
            "Share of the reference's negatives that the index test leaves out.",
            unit="0 to 1",
        ),
        _number("kappa", "number", "Cohen's kappa of the two methods.", within=(-1, 1)),
        *_conduct("had the reference", "What counted as a leak on the index test."),
        _SOURCE,
        _CONFIDENCE,
        _NOTE,
    ),
    may_be_empty=True,
)

REVIEWS = Sheet(
    name="reviews",
    sentence="One row per pooled figure of an earlier review.",
    key=("review_id", "group"),
    columns=(
        _text("review_id", "Key of the review.", required=True),
        _YEAR,
        _TITLE,
        *_IDENTIFIERS,
        _text("group", "What was pooled, in words.", required=True),
        _word("measure", "What the figure is."),
        _number("estimate", "number", "The pooled figure as printed.", unit="see measure", required=True),
        _number("ci_low", "number", "Lower end of its interval.", unit="see measure"),
        _number("ci_high", "number", "Upper end of its interval.", unit="see measure"),
        _number("k_studies", "count", "Studies in the figure.", unit="studies"),
        _number("n_total", "count", "Units in the figure.", unit="as the review counts"),
        _number("i2", "number", "I2 as printed.", unit="percent", within=(0, 100)),
        _SOURCE,
        _NOTE,
    ),
    may_be_empty=True,
)

DROPPED = Sheet(
    name="dropped",
    sentence="One row per figure that was read and left out, with the reason.",
    key=(),
    columns=(
        _text("record", "Name of the record.", required=True),
        _YEAR,
        _TITLE,
        *_IDENTIFIERS,
        _text("arm", "The arm of the study."),
        _word("procedure", "What was done.", required=False),
        _word("unit", "What the counts count.", required=False),
        _word("modality", "The imaging that showed the leaks.", required=False),
        _word("leak_site", "Where the cement went.", required=False),
        _word("symptomatic", "Every leak, or only those with symptoms.", required=False),
        _number("n_leak", "count", "Units with a leak.", unit="see unit"),
        _number("n_total", "count", "Units looked at.", unit="see unit"),
        _text("other_figure", "The figure as printed, where it is no pair of counts."),
        _text("reason", "Why the figure was left out.", required=True),
    ),
    may_be_empty=True,
)

RISK_OF_BIAS = Sheet(
    name="risk_of_bias",
    sentence="One row per answer to a question of a checklist about a study; a missing row is not assessed.",
    key=("study_id", "item"),
    columns=(
        _STUDY,
        Column(
            name="item",
            kind="word",
            sentence="Question of the checklist; how each is read stands in bias_guidance.csv.",
            vocabulary="bias_item",
            required=True,
        ),
        Column(
            name="answer",
            kind="word",
            sentence="What the study's text gives for it.",
            vocabulary="bias_answer",
            required=True,
        ),
        _text("support", "The words of the source, or what it does not say.", required=True),
        _text("assessed_by", "Initials of those who agreed on the answer.", required=True),
        _NOTE,
    ),
    may_be_empty=True,
)

CERTAINTY = Sheet(
    name="certainty",
    sentence="One row per decision about the certainty of one pooled rate; a missing row is undecided.",
    key=("analysis", "group", "domain"),
    columns=(
        _text("analysis", "The analysis, by the name of its file in analyses/.", required=True),
        _text("group", "The group of it whose rate is judged.", required=True),
        Column(
            name="domain",
            kind="word",
            sentence="Why the evidence may be rated down.",
            vocabulary="certainty_domain",
            required=True,
        ),
        Column(
            name="downgrade",
            kind="word",
            sentence="Levels that are taken off.",
            vocabulary="downgrade",
            required=True,
        ),
        _text("reason", "Why, in a sentence that a reader of the table gets.", required=True),
        _text("decided_by", "Initials of those who decided.", required=True),
        _NOTE,
    ),
    may_be_empty=True,
)

#: Every sheet of a review by name, in the order in which they are checked.
SHEETS = {sheet.name: sheet for sheet in (STUDIES, LEAKS, PAIRS, REVIEWS, DROPPED, RISK_OF_BIAS, CERTAINTY)}


def vocabularies() -> tuple[str, ...]:
    """Return the names of the vocabularies that a codebook has to bring, in the order of the sheets.

    Those of checklists come with metaleak.

    Examples
    --------
    >>> vocabularies()[:2]
    ('design', 'indication')
    """
    names = [column.vocabulary for sheet in SHEETS.values() for column in sheet.columns]
    return tuple(dict.fromkeys(name for name in names if name is not None and name not in FIXED))
