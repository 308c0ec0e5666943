"""Random articles in the shape that NCBI's programs write; synthetic."""

from hypothesis import strategies as st

#: Plain and foreign letters, what looks like markup once it is unescaped, white space that is not the space.
_TEXTS = (
    "Leaks",
    "p &lt;0.05 &amp; more",
    "&amp;lt;i&amp;gt;",
    "&lt;PMID&gt;1&lt;/PMID&gt;",
    "骨セメント",
    "Mu\u0308ller",
    "Müller",
    "a\u00a0b",
    "two  spaces",
    "\n  broken\r\n line ",
    "&#xe0;&#8805;",
    "a | b",
    "x ≥ 5 µm",
    "]] >",
    "&quot;quoted&quot; it&apos;s",
    "a\u200bb",
    "a\u0085b",
    "-",
    "12-9",
    "=SUM(1)",
    "&lt;sup&gt;18&lt;/sup&gt;F",
    "a]b",
)
_MARKUP = (
    "<i>in vivo</i>",
    "x<sub>2</sub>",
    "<b>a <i>b</i></b>",
    "<sup>&lt;</sup>",
    "<u> </u>",
    '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mrow>\n<mml:mi mathvariant="bold">x</mml:mi>'
    "<mml:mspace/></mml:mrow></mml:math>",
)

text = st.lists(st.sampled_from(_TEXTS), min_size=1, max_size=3).map("".join)
rich = st.lists(st.sampled_from(_TEXTS + _MARKUP), min_size=1, max_size=4).map("".join)
marked = st.lists(st.sampled_from(_TEXTS + _MARKUP[:5]), min_size=1, max_size=4).map("".join)
flag = st.sampled_from("YN")
month = st.sampled_from(["02", "Feb", "12"])


def leaf(name, content=text, attributes=""):
    """Return an element that holds text; attributes may hold a value of flags."""
    return st.builds(lambda words, yes: f"<{name}{attributes.format(yes)}>{words}</{name}>", content, flag)


def maybe(strategy):
    return st.one_of(strategy, st.just(""))


def many(strategy, most=3):
    return st.lists(strategy, max_size=most).map("".join)


def several(*strategies):
    return st.tuples(*strategies).map("".join)


def element(name, *inside, attributes=""):
    return several(*inside).map(lambda content: f"<{name}{attributes}>{content}</{name}>")


year = st.sampled_from(["1998", "2015"])
day = several(leaf("Year", year), leaf("Month", st.just("02")), leaf("Day", st.just("03")))
number = st.sampled_from(["1", "16403221"])
name = several(
    leaf("LastName"), maybe(leaf("ForeName")), maybe(leaf("Initials")), maybe(leaf("Suffix", st.just("Jr")))
)
place = element(
    "AffiliationInfo", leaf("Affiliation", marked), maybe(leaf("Identifier", attributes=' Source="RINGGOLD"'))
)
author = element(
    "Author",
    st.one_of(name, leaf("CollectiveName")),
    maybe(leaf("Identifier", attributes=' Source="ORCID"')),
    many(place, 2),
    attributes=' ValidYN="Y"',
)
section = st.builds(
    lambda words, label: f"<AbstractText{label}>{words}</AbstractText>",
    rich,
    st.sampled_from(
        ["", ' Label="AIMS &amp; &gt; a > b: "', ' Label="UNLABELLED"', ' Label="A" NlmCategory="METHODS"']
    ),
)
comment = st.sampled_from(["Cites", "CommentIn", "RetractionIn"]).flatmap(
    lambda kind: element(
        "CommentsCorrections",
        leaf("RefSource"),
        maybe(leaf("PMID", number, ' Version="1"')),
        maybe(leaf("Note")),
        attributes=f' RefType="{kind}"',
    )
)
heading = element(
    "MeshHeading",
    leaf("DescriptorName", attributes=' UI="D1" MajorTopicYN="{}"'),
    many(leaf("QualifierName", attributes=' UI="Q1" MajorTopicYN="{}"')),
)
reference = element(
    "Reference",
    leaf("Citation", marked),
    maybe(element("ArticleIdList", leaf("ArticleId", attributes=' IdType="doi"'))),
)
published = element(
    "PubDate",
    st.one_of(
        leaf("MedlineDate", st.just("1998 Dec-1999 Jan")),
        several(leaf("Year", year), maybe(several(leaf("Month", month), maybe(leaf("Day", st.just("3")))))),
        several(leaf("Year", year), leaf("Season", st.just("Winter"))),
    ),
)
journal = element(
    "Journal",
    maybe(leaf("ISSN", st.just("1471-2105"), ' IssnType="Print"')),
    element(
        "JournalIssue",
        maybe(leaf("Volume")),
        maybe(leaf("Issue")),
        published,
        attributes=' CitedMedium="Print"',
    ),
    maybe(leaf("Title")),
    maybe(leaf("ISOAbbreviation")),
)
doi = st.sampled_from(["10.1000/ABC", "10.1000/a&lt;b&gt;c", "none"])
pages = element("Pagination", maybe(leaf("StartPage")), maybe(leaf("EndPage")), maybe(leaf("MedlinePgn")))
body = element(
    "Article",
    journal,
    leaf("ArticleTitle", marked),
    maybe(pages),
    many(leaf("ELocationID", doi, ' EIdType="doi" ValidYN="{}"'), 2),
    maybe(element("Abstract", section, many(section), maybe(leaf("CopyrightInformation")))),
    maybe(element("AuthorList", many(author, 4), attributes=' CompleteYN="Y"')),
    many(leaf("Language", st.sampled_from(["eng", "ger"])), 2),
    maybe(
        element(
            "DataBankList",
            element(
                "DataBank",
                leaf("DataBankName"),
                maybe(element("AccessionNumberList", many(leaf("AccessionNumber")))),
            ),
            attributes=' CompleteYN="Y"',
        )
    ),
    maybe(
        element(
            "GrantList",
            element("Grant", maybe(leaf("GrantID")), leaf("Agency"), st.sampled_from(["", "<Country/>"])),
            attributes=' CompleteYN="Y"',
        )
    ),
    maybe(element("PublicationTypeList", many(leaf("PublicationType", attributes=' UI="D016428"')))),
    maybe(leaf("VernacularTitle", marked)),
    many(element("ArticleDate", day, attributes=' DateType="Electronic"'), 2),
    attributes=' PubModel="Print"',
)
citation = element(
    "MedlineCitation",
    leaf("PMID", number, ' Version="1"'),
    maybe(element("DateCompleted", day)),
    maybe(element("DateRevised", day)),
    body,
    maybe(
        element("MedlineJournalInfo", maybe(leaf("Country")), leaf("MedlineTA"), maybe(leaf("ISSNLinking")))
    ),
    maybe(
        element(
            "ChemicalList",
            element("Chemical", leaf("RegistryNumber"), leaf("NameOfSubstance", attributes=' UI="D1"')),
        )
    ),
    many(leaf("CitationSubset"), 2),
    maybe(element("CommentsCorrectionsList", many(comment, 5))),
    maybe(element("MeshHeadingList", many(heading))),
    maybe(element("OtherAbstract", section, attributes=' Type="Publisher" Language="ger"')),
    maybe(
        element(
            "KeywordList", many(leaf("Keyword", marked, ' MajorTopicYN="{}"')), attributes=' Owner="NOTNLM"'
        )
    ),
    maybe(leaf("CoiStatement", marked)),
    many(leaf("GeneralNote", attributes=' Owner="NLM"'), 1),
    attributes=' Status="MEDLINE" Owner="NLM"',
)
data = element(
    "PubmedData",
    maybe(element("History", element("PubMedPubDate", day, attributes=' PubStatus="pubmed"'))),
    maybe(leaf("PublicationStatus")),
    maybe(
        element(
            "ArticleIdList",
            maybe(leaf("ArticleId", number, ' IdType="pubmed"')),
            maybe(leaf("ArticleId", doi, ' IdType="doi"')),
            maybe(leaf("ArticleId", st.just("PMC1373603"), ' IdType="pmc"')),
        )
    ),
    maybe(element("ReferenceList", many(reference))),
)

#: The XML of an article.
article = element("PubmedArticle", citation, data)
