"""Synthetic records of one field and copies as other databases would have them."""

from __future__ import annotations

import random
from dataclasses import replace

from metaleak.records.fold import folded
from metaleak.records.record import Author, Origin, Record, Section

_WORDS = {
    "what": [
        "Cement leakage",
        "Adjacent fractures",
        "Pain relief",
        "Pulmonary embolism",
        "Kyphosis correction",
        "Height restoration",
        "Radiation exposure",
        "Cement distribution",
        "Intradiscal leakage",
        "Epidural extravasation",
        "Quality of life",
        "Mortality",
    ],
    "procedure": [
        "percutaneous vertebroplasty",
        "balloon kyphoplasty",
        "vertebral body stenting",
        "cementoplasty",
        "vesselplasty",
        "radiofrequency kyphoplasty",
        "cement-augmented pedicle screws",
        "curved vertebroplasty",
    ],
    "who": [
        "osteoporotic fractures",
        "multiple myeloma",
        "spinal metastases",
        "Kümmell disease",
        "haemangiomas",
        "burst fractures",
        "sacral insufficiency fractures",
        "patients on glucocorticoids",
        "very old patients",
        "cancer patients",
    ],
    "how": [
        "a prospective cohort",
        "a randomised trial",
        "a matched comparison",
        "a registry study",
        "a finite element analysis",
        "a retrospective review",
        "a cadaver study",
        "a propensity score analysis",
    ],
    "about": [
        "high viscosity cement",
        "unilateral access",
        "bone mineral density",
        "cement volume",
        "CT guidance",
        "navigation",
        "intravertebral clefts",
        "cortical defects",
        "basivertebral foramen",
        "injection pressure",
        "conscious sedation",
        "gelfoam",
    ],
}
_FAMILIES = [
    "Wang",
    "Li",
    "Zhang",
    "Chen",
    "Liu",
    "Kim",
    "Park",
    "Tanaka",
    "Müller",
    "Schmidt",
    "García",
    "Rossi",
    "Dupont",
    "Smith",
    "Jensen",
    "Łuczak",
    "Öztürk",
    "van der Berg",
    "O'Brien",
    "Nguyễn",
    "Silva",
    "Ivanov",
    "Novák",
    "Haddad",
]
_GIVEN = [
    "Wei",
    "Jun",
    "Min",
    "Anna",
    "Peter",
    "Maria",
    "Hiroshi",
    "Lukas",
    "Sofia",
    "Ahmed",
    "Jean-Paul",
    "Xiao Yu",
    "Olga",
    "Tom",
]
_JOURNALS = [
    ("Spine", "Spine (Phila Pa 1976)", "0362-2436"),
    ("European spine journal", "Eur Spine J", "0940-6719"),
    ("Journal of neurosurgery. Spine", "J Neurosurg Spine", "1547-5654"),
    ("Pain physician", "Pain Physician", "1533-3159"),
    ("Acta radiologica", "Acta Radiol", "0284-1851"),
    ("World neurosurgery", "World Neurosurg", "1878-8750"),
    ("Journal of vascular and interventional radiology", "J Vasc Interv Radiol", "1051-0443"),
    ("BMC musculoskeletal disorders", "BMC Musculoskelet Disord", "1471-2474"),
]


def originals(count: int, rng: random.Random) -> list[Record]:
    """Return synthetic records; titles share their words, as in a field of narrow subject."""
    return [_original(number, rng) for number in range(count)]


def _original(number: int, rng: random.Random) -> Record:
    pick = {name: rng.choice(words) for name, words in _WORDS.items()}
    n = rng.randint(20, 900)
    shapes = (
        "{what} after {procedure} in {who}: {how} of {n} patients treated with {about}",
        "{about} and {what} in {procedure}: {how}",
        "Does {about} change {what}? {procedure} for {who}, {how}",
        "Risk factors for {what} in {n} levels after {procedure} for {who}",
    )
    journal, abbreviation, issn = rng.choice(_JOURNALS)
    year = rng.randint(1998, 2025)
    page = rng.randint(1, 1800)
    names = rng.sample(_FAMILIES, rng.randint(1, 7))
    words = [rng.choice(rng.choice(list(_WORDS.values()))).lower() for _ in range(18)]
    title = rng.choice(shapes).format(**pick, n=n)
    return Record(
        record_id=f"pubmed:{10_000_000 + number}",
        pmid=str(10_000_000 + number),
        doi=f"10.1000/{issn[:4]}.{year}.{number}" if rng.random() < 0.85 else "",
        title=title[0].upper() + title[1:] + ".",
        authors=tuple(Author(name, rng.choice(_GIVEN)) for name in names),
        journal=journal,
        journal_abbreviation=abbreviation,
        issns=(issn,),
        volume=str(year - 1975),
        issue=str(rng.randint(1, 12)),
        pages=f"{page}-{page + rng.randint(3, 12)}",
        year=year,
        abstract=(Section("", f"We studied {n} cases with {', '.join(words)}."),)
        if rng.random() < 0.9
        else (),
        languages=("eng",),
        origins=(Origin("pubmed", "", str(10_000_000 + number)),),
    )


def copy_of(record: Record, number: int, rng: random.Random) -> Record:
    """Return a record as another database might have it: one to four things differ, and it has no PubMed number."""
    source = rng.choice(("embase", "scopus", "web-of-science"))
    copy = replace(
        record, record_id=f"{source}:{number}", pmid="", origins=(Origin(source, "", str(number)),)
    )
    if rng.random() < 0.45:
        copy = replace(copy, doi="")
    for change in rng.sample(_CHANGES, rng.randint(1, 4)):
        copy = change(copy, rng)
    return copy


def _capitals(record: Record, rng: random.Random) -> Record:
    return replace(record, title=record.title.upper() if rng.random() < 0.5 else record.title.title())


def _typo(record: Record, rng: random.Random) -> Record:
    title = list(record.title)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(1, len(title) - 1)
        title[at : at + 1] = (
            rng.choice(([], [title[at], title[at]], [title[at + 1]]))
            if not title[at].isdigit()
            else [title[at]]
        )
    return replace(record, title="".join(title))


def _cut_title(record: Record, rng: random.Random) -> Record:
    return replace(record, title=record.title[: max(45, int(len(record.title) * rng.uniform(0.6, 0.95)))])


def _no_subtitle_mark(record: Record, _: random.Random) -> Record:
    return replace(record, title=record.title.rstrip(".").replace(":", " -").replace(",", ""))


def _initials(record: Record, _: random.Random) -> Record:
    return replace(record, authors=tuple(Author(a.family, a.initials) for a in record.authors))


def _no_accents(record: Record, _: random.Random) -> Record:
    return replace(record, authors=tuple(Author(folded(a.family).title(), a.given) for a in record.authors))


def _first_author(record: Record, _: random.Random) -> Record:
    return replace(record, authors=record.authors[:1])


def _abbreviated(record: Record, _: random.Random) -> Record:
    return replace(record, journal=record.journal_abbreviation, issns=())


def _first_page(record: Record, _: random.Random) -> Record:
    return replace(record, pages=record.pages.partition("-")[0])


def _no_pages(record: Record, _: random.Random) -> Record:
    return replace(record, pages="", issue="")


def _no_volume(record: Record, _: random.Random) -> Record:
    return replace(record, volume="", issue="")


def _other_year(record: Record, rng: random.Random) -> Record:
    return replace(record, year=(record.year or 2000) + rng.choice((-1, 1)))


def _no_abstract(record: Record, _: random.Random) -> Record:
    return replace(record, abstract=())


_CHANGES = (
    *(_capitals, _typo, _cut_title, _no_subtitle_mark, _initials, _no_accents, _first_author, _abbreviated),
    *(_first_page, _no_pages, _no_volume, _other_year, _no_abstract),
)


def mixed(count: int, *, copies: float = 0.35, seed: int = 1) -> tuple[list[Record], set[tuple[str, str]]]:
    """Return ``count`` records in random order, a share of them copies, and the pairs that are one publication."""
    rng = random.Random(seed)
    number = round(count * (1 - copies))
    records = originals(number, rng)
    of: dict[str, list[str]] = {record.record_id: [record.record_id] for record in records}
    for at in range(count - number):
        original = records[rng.randrange(number)]
        copy = copy_of(original, at, rng)
        records.append(copy)
        of[original.record_id].append(copy.record_id)
    rng.shuffle(records)
    pairs = {
        (min(a, b), max(a, b)) for keys in of.values() for i, a in enumerate(keys) for b in keys[i + 1 :]
    }
    return records, pairs
