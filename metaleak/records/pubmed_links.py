"""Links between publications: PubMed's words in XML and the tags of the same in MEDLINE text."""

from __future__ import annotations

#: Tag in MEDLINE text -> the word in XML.
LINK_OF_TAG = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRI": "CorrectedandRepublishedIn",
    "CRF": "CorrectedandRepublishedFrom",
    "ECI": "ExpressionOfConcernIn",
    "ECF": "ExpressionOfConcernFor",
    "EIN": "ErratumIn",
    "EFR": "ErratumFor",
    "ORI": "OriginalReportIn",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPI": "RepublishedIn",
    "RPF": "RepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}
TAG_OF_LINK = {kind: tag for tag, kind in LINK_OF_TAG.items()}

#: In older XML the reference list stands among the links.
REFERENCE = "Cites"
