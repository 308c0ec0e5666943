"""Synthetic pairs of records with their answer: the hard cases of deduplication, one by one."""

from __future__ import annotations

from dataclasses import replace

from metaleak.records.identifiers import doi
from metaleak.records.names import inverted
from metaleak.records.record import Record, Section

_ABSTRACT = (
    "We reviewed patients who were treated at one or two levels for painful osteoporotic fractures. Computed "
    "tomography after the procedure was read by two radiologists, and leaks were counted by vertebra and by site."
)

#: The article that the pairs vary. Nothing in it exists.
ARTICLE = Record(
    title="Cement leakage after percutaneous vertebroplasty: influence of viscosity in 240 vertebrae",
    authors=tuple(
        filter(None, map(inverted, ("Müller-Weiß, Jürgen A", "Łukaszewicz, Ewa", "Tanaka, Hiro", "Ng, K P")))
    ),
    journal="European spine journal",
    journal_abbreviation="Eur Spine J",
    issns=("0940-6719",),
    volume="27",
    issue="3",
    pages="1123-1129",
    year=2015,
    doi="10.1007/s00586-015-1234-5",
    abstract=(Section("", _ABSTRACT),),
    languages=("eng",),
)


def _but(**changes: object) -> Record:
    if "authors" in changes:
        changes["authors"] = tuple(filter(None, map(inverted, str(changes["authors"]).split("; "))))
    return replace(ARTICLE, **changes)  # type: ignore[arg-type]


_THIN = {"doi": "", "issns": (), "abstract": (), "issue": "", "journal_abbreviation": ""}

#: Name of the case -> two records and whether they are one publication.
PAIRS: dict[str, tuple[Record, Record, bool]] = {
    "no DOI in one": (ARTICLE, _but(doi="", abstract=()), True),
    "no DOI, abbreviated journal": (ARTICLE, _but(doi="", journal="Eur Spine J", issns=()), True),
    "DOI as address, in capitals": (
        ARTICLE,
        _but(doi=doi("https://doi.org/10.1007/S00586-015-1234-5"), abstract=(), issns=()),
        True,
    ),
    "page range cut": (_but(doi=""), _but(**_THIN, pages="1123-1129"), True),
    "accents gone": (
        _but(doi=""),
        _but(**_THIN, authors="Muller-Weiss JA; Lukaszewicz E; Tanaka H; Ng KP"),
        True,
    ),
    "first author only": (_but(doi=""), _but(**_THIN, authors="Mueller-Weiss J"), True),
    "no authors, same place": (_but(doi=""), _but(**_THIN, authors=""), True),
    "markup gone, capitals": (_but(doi=""), _but(**_THIN, title=ARTICLE.title.upper() + "."), True),
    "title cut": (
        _but(doi=""),
        _but(**_THIN, title="Cement leakage after percutaneous vertebroplasty"),
        True,
    ),
    "title misspelt": (
        _but(doi=""),
        _but(**_THIN, title=ARTICLE.title.replace("Cement leakage", "Cment leakge")),
        True,
    ),
    "ahead of print, a year before": (_but(doi=""), _but(**_THIN, year=2014, volume="", pages=""), True),
    "retracted in one": (_but(doi=""), _but(**_THIN, title="RETRACTED: " + ARTICLE.title), True),
    "translated title, same pages": (
        _but(doi="", title="[Zementaustritt nach perkutaner Vertebroplastie: Einfluss der Viskosität.]"),
        _but(doi="", abstract=(), languages=("ger",)),
        True,
    ),
    "translated title, same DOI": (
        _but(title="Zementaustritt nach perkutaner Vertebroplastie", languages=("ger",), abstract=()),
        ARTICLE,
        True,
    ),
    "title, authors and year alone": (
        _but(**_THIN, volume="", pages="", journal=""),
        _but(doi="", abstract=()),
        True,
    ),
    "congress abstract in two databases": (
        _but(doi="", publication_types=("Meeting Abstract",), pages="S12"),
        _but(**_THIN, publication_types=("Conference Abstract",), pages="S12"),
        True,
    ),
    "electronic and print ISSN": (_but(doi="", issns=("1432-0932",)), _but(**_THIN), True),
    "family and given name swapped": (
        _but(doi="", authors="Wang, Wei; Li, Na"),
        _but(**_THIN, authors="Wei, Wang; Na, Li"),
        True,
    ),
    "preprint": (
        ARTICLE,
        _but(
            doi="10.21203/rs.3.rs-12345/v1",
            journal="Research Square",
            issns=(),
            volume="",
            issue="",
            pages="",
        ),
        False,
    ),
    "preprint without DOI": (
        _but(doi=""),
        _but(**_THIN, journal="Research Square", volume="", pages=""),
        False,
    ),
    "congress abstract and paper": (
        ARTICLE,
        _but(**_THIN, year=2014, volume="26", pages="S88", publication_types=("Conference Abstract",)),
        False,
    ),
    "erratum": (
        ARTICLE,
        _but(title="Erratum to: " + ARTICLE.title, pages="1502", doi="10.1007/s00586-015-9999-1"),
        False,
    ),
    "erratum that bears the DOI": (ARTICLE, _but(title="Correction: " + ARTICLE.title, pages="1502"), False),
    "retraction notice": (
        ARTICLE,
        _but(title="Retraction note to: " + ARTICLE.title, doi="", pages="1", year=2017),
        False,
    ),
    "comment": (
        ARTICLE,
        _but(title="Comment on: " + ARTICLE.title, doi="", authors="Brown, A", pages="1600-1601"),
        False,
    ),
    "reply to the comment": (
        _but(title="Comment on: " + ARTICLE.title, doi="", authors="Brown, A", pages="1600-1601"),
        _but(title="Reply to: " + ARTICLE.title, doi="", pages="1602"),
        False,
    ),
    "part I and part II": (
        _but(title="Leakage of bone cement in vertebroplasty. Part I: in vitro study", doi="10.1007/1111-1"),
        _but(
            title="Leakage of bone cement in vertebroplasty. Part II: in vitro study",
            doi="10.1007/1111-2",
            pages="1130-1138",
        ),
        False,
    ),
    "part 1 and part 2, no DOI": (
        _but(**_THIN, title="Leakage of bone cement in vertebroplasty. Part 1"),
        _but(**_THIN, title="Leakage of bone cement in vertebroplasty. Part 2", pages="1130-1138"),
        False,
    ),
    "same title, years and journal differ": (
        _but(**_THIN),
        _but(
            **_THIN, year=2009, journal="Spine", volume="34", pages="501-508", authors="Garcia, M; Lopez, R"
        ),
        False,
    ),
    "short title, same journal": (
        _but(**_THIN, title="Vertebroplasty", volume="", pages=""),
        _but(**_THIN, title="Vertebroplasty", volume="", pages="", authors="Garcia, M"),
        False,
    ),
    "title alone": (
        _but(**_THIN, volume="", pages="", journal="", authors="", year=None),
        _but(**_THIN, volume="", pages="", journal="", authors="", year=None),
        False,
    ),
    "yearly report": (
        _but(**_THIN, title="Registry of vertebral augmentation: annual report 2014", year=2015),
        _but(
            **_THIN,
            title="Registry of vertebral augmentation: annual report 2015",
            year=2016,
            volume="28",
            pages="901-910",
        ),
        False,
    ),
    "other procedure": (
        _but(**_THIN, title="Cement leakage after kyphoplasty in osteoporotic fractures"),
        _but(
            **_THIN, title="Cement leakage after vertebroplasty in osteoporotic fractures", pages="1201-1206"
        ),
        False,
    ),
    "letters on one page": (
        _but(**_THIN, title="Cement in the lung after vertebroplasty", pages="77", authors="Brown, A"),
        _but(**_THIN, title="Fracture of a stent in the spine", pages="77", authors="Garcia, M"),
        False,
    ),
    "versions of a Cochrane review": (
        _but(doi="10.1002/14651858.cd006349.pub2", volume="", pages="CD006349", year=2015),
        _but(doi="10.1002/14651858.cd006349.pub3", volume="", pages="CD006349", year=2018),
        False,
    ),
    "abstracts of one supplement with one DOI": (
        _but(title="Balloon kyphoplasty in multiple myeloma", authors="Brown, A", pages="S1", abstract=()),
        _but(
            title="Navigation of pedicle screws in scoliosis", authors="Garcia, M", pages="S45", abstract=()
        ),
        False,
    ),
    "follow-up of the cohort": (
        ARTICLE,
        _but(**_THIN, title=ARTICLE.title + ": five-year results", year=2019, volume="31", pages="12-20"),
        False,
    ),
    "same authors and year, other paper": (
        ARTICLE,
        _but(
            **_THIN,
            title="Adjacent fractures after percutaneous kyphoplasty: influence of stiffness in 180 patients",
            pages="1440-1449",
        ),
        False,
    ),
}
