"""The shape in which NCBI's programs write an article, as regular expressions over its whole text.

The elements stand in the order of NLM's DTD (pubmed_250101.dtd), with the attributes in the order that NCBI writes.
Whatever matches is well-formed: every tag is opened and closed in its place, nothing stands between that is no text.
What does not match is not wrong, only not in this shape.
"""

from __future__ import annotations

import re

from metaleak.records.inline import RICH, TEXT, marked_up

_SPACE = r"\s*+"
_YN = '="[YN]"'

#: A reference to a character that XML allows.
REFERENCE = re.compile(
    r"&(?:amp|lt|gt|quot|apos"
    r"|#x(?:[2-9a-fA-F][\da-fA-F]|[1-9a-fA-F][\da-fA-F]{2}|[1-9a-cA-C][\da-fA-F]{3})"
    r"|#(?:3[2-9]|[4-9]\d|[1-9]\d{2,3}));",
    re.ASCII,
)


def _leaf(name: str, attributes: str = "", *, text: str = TEXT, kept: bool = False) -> str:
    inside = f"({text})" if kept else text
    return f"<{name}{attributes}>{inside}</{name}>{_SPACE}"


def _kept(name: str, attributes: str = "", *, text: str = TEXT) -> str:
    return _leaf(name, attributes, text=text, kept=True)


def _element(name: str, *inside: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{_SPACE}{''.join(inside)}</{name}>{_SPACE}"


def _maybe(*inside: str) -> str:
    return f"(?:{''.join(inside)})?"


def _many(*inside: str) -> str:
    return f"(?:{''.join(inside)})*"


def _run(*inside: str) -> str:
    """Any number of elements, kept as one text."""
    return f"({_many(*inside)})"


def _said(name: str, value: str = r'[^"<]*+') -> str:
    return f'(?: {name}="{value}")?'


_DAY = _leaf("Year") + _leaf("Month") + _leaf("Day")
_DAY_KEPT = _kept("Year") + _kept("Month") + _kept("Day")
_PMID = r' Version="\d++"'
_NAME = _leaf("LastName") + _maybe(_leaf("ForeName")) + _maybe(_leaf("Initials")) + _maybe(_leaf("Suffix"))
_IDENTIFIERS = _many(_leaf("Identifier", _said("Source")))
_PLACES = _many(_element("AffiliationInfo", _leaf("Affiliation", text=marked_up(TEXT)), _IDENTIFIERS))
_REFERENCE = _element(
    "Reference",
    _leaf("Citation", text=RICH),
    _maybe(_element("ArticleIdList", _many(_leaf("ArticleId", _said("IdType"))))),
)


def _comment(kind: str) -> str:
    inside = (_leaf("RefSource"), _maybe(_leaf("PMID", _PMID)), _maybe(_leaf("Note")))
    return _element("CommentsCorrections", *inside, attributes=f' RefType="{kind}"')


#: From the beginning of an article to its abstract.
HEAD = re.compile(
    f"<PubmedArticle>{_SPACE}"
    r'<MedlineCitation Status="[\w-]++"(?:(?: IndexingMethod="[\w-]++")? Owner="[\w-]++"'
    r'| Owner="[\w-]++" IndexingMethod="[\w-]++")>'
    + _SPACE
    + _kept("PMID", _PMID)
    + _maybe(_element("DateCompleted", _DAY))
    + _maybe(_element("DateRevised", _DAY_KEPT))
    + r'<Article PubModel="[\w-]++">'
    + _SPACE
    + _element(
        "Journal",
        _maybe(_kept("ISSN", _said("IssnType"))),
        _element(
            "JournalIssue",
            _maybe(_kept("Volume")),
            _maybe(_kept("Issue")),
            _element(
                "PubDate",
                "(?:",
                _kept("Year"),
                _maybe(_kept("Month"), _maybe(_kept("Day")), "|", _kept("Season")),
                "|",
                _kept("MedlineDate"),
                ")",
            ),
            attributes=_said("CitedMedium"),
        ),
        _maybe(_kept("Title")),
        _maybe(_kept("ISOAbbreviation")),
    )
    + _kept("ArticleTitle", text=RICH)
    + _maybe(
        _element(
            "Pagination", _maybe(_kept("StartPage")), _maybe(_kept("EndPage")), _maybe(_kept("MedlinePgn"))
        )
    )
    + _run(_leaf("ELocationID", _said("EIdType") + _said("ValidYN"))),
    re.ASCII,
)


def _each(*inside: str) -> re.Pattern[str]:
    """A pattern for findall: its last group holds what is left when something is of another shape."""
    return re.compile(f"{''.join(inside)}|([\\s\\S]+)", re.ASCII)


#: A part of an abstract: label, text with whatever markup it has.
SECTION = _each(
    r'<AbstractText(?: Label="([^"<]*+)")?(?: NlmCategory="\w*+")?>',
    f"((?:[^<]++|<(?!/?Abstract))*+)</AbstractText>{_SPACE}",
    _maybe(_leaf("CopyrightInformation")),
)

#: An author: family name, given name, initials, suffix, group.
AUTHOR = _each(
    f"<Author{_said('ValidYN')}{_said('EqualContrib')}>{_SPACE}(?:",
    _kept("LastName"),
    _maybe(_kept("ForeName")),
    _maybe(_kept("Initials")),
    _maybe(_kept("Suffix")),
    "|",
    _kept("CollectiveName"),
    ")",
    _IDENTIFIERS,
    _PLACES,
    f"</Author>{_SPACE}",
)

ABSTRACT_OPENS = re.compile(f"<Abstract>{_SPACE}", re.ASCII)
ABSTRACT_CLOSES = "</Abstract>"
AUTHORS_OPEN = re.compile(f"{_SPACE}<AuthorList{_said('CompleteYN')}{_said('Type')}>{_SPACE}", re.ASCII)
AUTHORS_CLOSE = "</AuthorList>"

_MAJOR = ' MajorTopicYN="[YN]"'
_DESCRIPTOR = r' UI="\w++" MajorTopicYN="[YN]"' + _said("Type")
_OTHER_ABSTRACT = (
    f"<OtherAbstract{_said('Type')}{_said('Language')}>{_SPACE}"
    + _many(r'<AbstractText(?: Label="[^"<]*+")?(?: NlmCategory="\w*+")?>', RICH, f"</AbstractText>{_SPACE}")
    + _maybe(_leaf("CopyrightInformation"))
    + f"</OtherAbstract>{_SPACE}"
)
_MINUTES = _maybe(_leaf("Hour"), _maybe(_leaf("Minute"), _maybe(_leaf("Second"))))

#: From behind the authors to the end.
TAIL = re.compile(
    _SPACE
    + _run(_leaf("Language"))
    + _maybe(
        _element(
            "DataBankList",
            _run(
                _element(
                    "DataBank",
                    _leaf("DataBankName"),
                    _maybe(_element("AccessionNumberList", _many(_leaf("AccessionNumber")))),
                )
            ),
            attributes=_said("CompleteYN"),
        )
    )
    + _maybe(
        _element(
            "GrantList",
            _many(
                _element(
                    "Grant",
                    _maybe(_leaf("GrantID")),
                    _maybe(_leaf("Acronym")),
                    _maybe(_leaf("Agency")),
                    _maybe(f"(?:{_leaf('Country')}|<Country/>{_SPACE})"),
                )
            ),
            attributes=_said("CompleteYN"),
        )
    )
    + _maybe(_element("PublicationTypeList", _run(_leaf("PublicationType", _said("UI")))))
    + _maybe(_kept("VernacularTitle", text=RICH))
    + _maybe(_element("ArticleDate", _DAY_KEPT, attributes=_said("DateType")))
    + _many(_element("ArticleDate", _DAY, attributes=_said("DateType")))
    + f"</Article>{_SPACE}"
    + _maybe(
        _element(
            "MedlineJournalInfo",
            _maybe(_leaf("Country")),
            _maybe(_kept("MedlineTA")),
            _maybe(_leaf("NlmUniqueID")),
            _maybe(_kept("ISSNLinking")),
        )
    )
    + _maybe(
        _element(
            "ChemicalList",
            _many(_element("Chemical", _leaf("RegistryNumber"), _leaf("NameOfSubstance", _said("UI")))),
        )
    )
    + _maybe(_element("SupplMeshList", _many(_leaf("SupplMeshName", _said("Type") + _said("UI")))))
    + _many(_leaf("CitationSubset"))
    + _maybe(
        _element(
            "CommentsCorrectionsList",
            _run(_comment(r"(?!Cites\")\w++")),
            _many(_comment("Cites")),
            _run(_comment(r"(?!Cites\")\w++")),
        )
    )
    + _maybe(_element("GeneSymbolList", _many(_leaf("GeneSymbol"))))
    + _maybe(
        _element(
            "MeshHeadingList",
            _run(
                _element(
                    "MeshHeading",
                    _leaf("DescriptorName", _DESCRIPTOR),
                    _many(_leaf("QualifierName", _DESCRIPTOR)),
                )
            ),
        )
    )
    + _maybe(_leaf("NumberOfReferences"))
    + _maybe(_element("PersonalNameSubjectList", _many(_element("PersonalNameSubject", _NAME))))
    + _many(_leaf("OtherID", _said("Source")))
    + _run(_OTHER_ABSTRACT)
    + _run(_element("KeywordList", _many(_leaf("Keyword", _MAJOR, text=RICH)), attributes=_said("Owner")))
    + _maybe(_leaf("CoiStatement", text=RICH))
    + _many(_leaf("SpaceFlightMission"))
    + _maybe(
        _element(
            "InvestigatorList",
            _many(_element("Investigator", _NAME, _IDENTIFIERS, _PLACES, attributes=_said("ValidYN"))),
        )
    )
    + _many(_leaf("GeneralNote", _said("Owner")))
    + f"</MedlineCitation>{_SPACE}<PubmedData>{_SPACE}"
    + _maybe(
        _element("History", _many(_element("PubMedPubDate", _DAY, _MINUTES, attributes=_said("PubStatus"))))
    )
    + _maybe(_leaf("PublicationStatus"))
    + _maybe(_element("ArticleIdList", _run(_leaf("ArticleId", _said("IdType")))))
    + _maybe(_element("ReferenceList", _maybe(_leaf("Title")), _many(_REFERENCE)))
    + f"</PubmedData>{_SPACE}</PubmedArticle>",
    re.ASCII,
)

#: One element of a run that TAIL or HEAD has found to be sound.
LOCATION = re.compile(r'<ELocationID(?: EIdType="([^"]*+)")?(?: ValidYN="([^"]*+)")?>([^<]*+)')
LANGUAGE = re.compile(r"<Language>([^<]*+)")
PUBLICATION_TYPE = re.compile(r"<PublicationType[^>]*+>([^<]*+)")
BANK = re.compile(r"<DataBankName>([^<]*+)|<AccessionNumber>([^<]*+)")
LINK = re.compile(
    r'<CommentsCorrections RefType="(\w++)">\s*+<RefSource>([^<]*+)</RefSource>\s*+(?:<PMID[^>]*+>([^<]*+))?',
    re.ASCII,
)
HEADING = re.compile(r'<([DQ])\w++ UI="\w++" MajorTopicYN="([YN])"[^>]*+>([^<]*+)', re.ASCII)
KEYWORD = re.compile(r"<Keyword [^>]*+>([^<]*+(?:<(?!/Keyword)[^<]*+)*)</Keyword>")
ARTICLE_ID = re.compile(r'<ArticleId(?: IdType="([^"]*+)")?>([^<]*+)')
