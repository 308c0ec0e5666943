"""The checklists of risk of bias and the domains of certainty: fixed words of methods, not of a field.

The codebook of a review brings the words of its field; these come with metaleak and are the same in every
review. The guidance is ours: it says how each question is read for counts of a complication. The
wording of the checklists is their authors'.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from metaleak.sheets.conduct import CONDUCT_WORDS

#: The item by which a person sums up a study under a checklist.
OVERALL = "overall"


#: What a person may say of a study as a whole.
VERDICTS = ("low", "unclear", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One question: its word in the sheet, two or three words for figures, and how it is answered here."""

    id: str
    short: str
    guidance: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """A checklist: its questions in order, the answers that they take, and where it was published.

    ``good`` is the answer that is free of concern, ``bad`` the one that is not.
    """

    name: str
    title: str
    items: tuple[Item, ...]
    answers: tuple[str, ...]
    good: str
    bad: str
    source: str

    @property
    def overall(self) -> str:
        """The word of the summing up."""
        return f"{self.name}_{OVERALL}"


def _items(name: str, *told: tuple[str, str]) -> tuple[Item, ...]:
    return tuple(
        Item(id=f"{name}_{place}", short=short, guidance=guidance)
        for place, (short, guidance) in enumerate(told, start=1)
    )


JBI = Instrument(
    name="jbi",
    title="JBI checklist for prevalence studies",
    items=_items(
        "jbi",
        (
            "Sample frame",
            "Yes when the patients treated are those whom the review asks about (same indication, levels and "
            "technique); no when a special group was picked, such as those with symptoms or with a CT.",
        ),
        (
            "Recruitment",
            "Yes when all patients of a period, or a random part of them, entered; no for a convenient or picked "
            "series; unclear when the text does not say how they came in.",
        ),
        (
            "Sample size",
            "Yes when a size calculation stands in the text or the interval of the leak rate is narrow enough to "
            "use; no when a handful of units carries the rate.",
        ),
        (
            "Description",
            "Yes when age, sex, indication, levels, technique, cement and setting are told so that another centre "
            "can see whether its patients are alike.",
        ),
        (
            "Coverage",
            "Yes when leaks are counted in every subgroup of those treated; no when those without imaging or "
            "follow-up are left out and differ from the others.",
        ),
        (
            "Valid finding",
            "Yes when leaks were looked for with CT or a comparable reading under a stated definition; no when "
            "only the operator's screen or symptoms showed them; unclear when the imaging is not said.",
        ),
        (
            "Same for all",
            "Yes when every patient had the same imaging at the same time, read by trained or several readers; no "
            "when imaging depended on symptoms or on the operator.",
        ),
        (
            "Statistics",
            "Yes when numerator and denominator are printed in one unit (patients or vertebrae) and the rate "
            "follows from them; no when units are mixed or only a percentage stands.",
        ),
        (
            "Response",
            "Yes when nearly all who were treated were imaged, or losses are few and explained; no when many were "
            "not imaged and nothing is said about them.",
        ),
    ),
    answers=("yes", "no", "unclear", "not_applicable"),
    good="yes",
    bad="no",
    source="munn2015",
)

MINORS = Instrument(
    name="minors",
    title="MINORS, index for non-randomised studies",
    items=_items(
        "minors",
        (
            "Clear aim",
            "2 when the question is precise and its outcome fits the literature; 0 when none is told.",
        ),
        (
            "Consecutive",
            "2 when all who could be included in the period were, or the reasons of the others are told.",
        ),
        ("Prospective data", "2 when data were collected by a protocol made before the study began."),
        (
            "Fitting endpoint",
            "2 when leakage is defined, counted per stated unit, and its imaging fits the question.",
        ),
        (
            "Unbiased reading",
            "2 when those who read the images did not know group or course, or it is told why they did.",
        ),
        ("Follow-up time", "2 when imaging came late enough for leaks and their harm to show."),
        ("Losses below 5 %", "2 when no more than one in twenty was lost before the outcome was read."),
        (
            "Size planned",
            "2 when the number of patients was worked out before, with the interval or difference aimed at.",
        ),
        (
            "Adequate control",
            "Only with a comparison: 2 when the other arm got what is accepted as best; else not applicable.",
        ),
        (
            "Same period",
            "Only with a comparison: 2 when both arms were treated in the same time; else not applicable.",
        ),
        (
            "Alike at start",
            "Only with a comparison: 2 when nothing but the treatment could explain a difference; else not "
            "applicable.",
        ),
        (
            "Adequate analysis",
            "Only with a comparison: 2 when intervals or relative risks are given; else not applicable.",
        ),
    ),
    answers=("2", "1", "0", "not_applicable"),
    good="2",
    bad="0",
    source="slim2003",
)

QUADAS2 = Instrument(
    name="quadas2",
    title="QUADAS-2, for comparisons of two readings",
    items=_items(
        "quadas2",
        (
            "Bias in patients",
            "Low when all patients of a period, or a random part of them, had both readings; high when CT was made "
            "only where a leak was suspected, or hard cases were left out.",
        ),
        (
            "Bias in X-ray",
            "Low when radiographs or fluoroscopy were read by people who did not know the CT, and what counts as a "
            "leak was said beforehand.",
        ),
        (
            "Bias in CT",
            "Low when CT was thin enough to show small leaks and was read without knowing the radiographs; high "
            "when both were read together.",
        ),
        (
            "Bias in flow",
            "Low when both readings were made within days, everybody had the same CT, and all who were treated are "
            "in the table of counts.",
        ),
        (
            "Fit of patients",
            "Low concern when indication, levels and technique are those that the review asks about.",
        ),
        (
            "Fit of X-ray",
            "Low concern when views, device and readers are those of everyday practice; a lateral view alone, or "
            "the operator's report, is another index.",
        ),
        (
            "Fit of CT",
            "Low concern when CT looked for every leak, not for those of one site or above a size.",
        ),
    ),
    answers=VERDICTS,
    good="low",
    bad="high",
    source="whiting2011",
)

#: Checklist -> its questions.
INSTRUMENTS: Mapping[str, Instrument] = MappingProxyType({each.name: each for each in (JBI, MINORS, QUADAS2)})

#: Answer -> what it says.
ANSWERS: Mapping[str, str] = MappingProxyType(
    {
        "yes": "JBI: the text shows that the question is met",
        "no": "JBI: the text shows that it is not met",
        "unclear": "JBI, QUADAS-2: the text does not say; overall: no verdict can be reached",
        "2": "MINORS: reported and adequate",
        "1": "MINORS: reported but inadequate",
        "0": "MINORS: not reported",
        "not_applicable": "the question does not fit this study",
        "low": "QUADAS-2: low risk, or little doubt of the fit; overall: low risk of bias",
        "high": "QUADAS-2: high risk, or doubt of the fit; overall: high risk of bias",
    }
)

#: GRADE's reasons to rate evidence down -> what each asks.
DOMAINS: Mapping[str, str] = MappingProxyType(
    {
        "risk_of_bias": "could flaws of the studies have moved the rate?",
        "inconsistency": "do the studies differ more than the answer can bear?",
        "indirectness": "were patients, technique and imaging those that the question asks about?",
        "imprecision": "is the interval too wide to act upon?",
        "publication_bias": "are studies likely to be missing because of what they found?",
    }
)

#: Levels taken off -> how GRADE calls the concern.
DOWNGRADES: Mapping[str, str] = MappingProxyType(
    {"0": "not serious: no level taken off", "1": "serious: one level", "2": "very serious: two levels"}
)


def _bias_items() -> dict[str, str]:
    told: dict[str, str] = {}
    for each in INSTRUMENTS.values():
        told |= {item.id: item.guidance for item in each.items}
        told[each.overall] = f"{each.title}: what a person makes of all answers together; never a sum"
    return told


#: Vocabularies that every review has, whatever its codebook: name -> words with their sentences.
FIXED: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "bias_item": MappingProxyType(_bias_items()),
        "bias_answer": ANSWERS,
        "certainty_domain": DOMAINS,
        "downgrade": DOWNGRADES,
        **CONDUCT_WORDS,
    }
)


def instrument_of(item: str) -> Instrument:
    """Return the checklist that an item belongs to.

    Examples
    --------
    >>> instrument_of("minors_3").title
    'MINORS, index for non-randomised studies'
    """
    return INSTRUMENTS[item.partition("_")[0]]


def allowed_answers(item: str) -> tuple[str, ...]:
    """Return the answers that an item takes.

    Examples
    --------
    >>> allowed_answers("jbi_overall")
    ('low', 'unclear', 'high')
    """
    each = instrument_of(item)
    return VERDICTS if item == each.overall else each.answers
