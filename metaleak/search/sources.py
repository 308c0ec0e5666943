"""Where records come from: databases, registers and other ways, as the PRISMA flow tells them apart."""

from __future__ import annotations

from metaleak.vocab import Word


class Source(Word):
    """A place that was searched, with its sentence for the log."""

    PUBMED = "pubmed", "PubMed, National Library of Medicine"
    MEDLINE = "medline", "MEDLINE through another platform, such as Ovid"
    EMBASE = "embase", "Embase"
    COCHRANE = "cochrane", "Cochrane Library, with CENTRAL"
    WEB_OF_SCIENCE = "web-of-science", "Web of Science"
    SCOPUS = "scopus", "Scopus"
    CNKI = "cnki", "China National Knowledge Infrastructure"
    WANFANG = "wanfang", "Wanfang Data"
    OTHER_DATABASE = "other-database", "another bibliographic database; the note names it"
    CLINICALTRIALS = "clinicaltrials", "ClinicalTrials.gov"
    ICTRP = "ictrp", "WHO International Clinical Trials Registry Platform"
    OTHER_REGISTER = "other-register", "another register of studies; the note names it"
    CITATIONS = "citations", "reference lists and citing articles"
    CONTACTS = "contacts", "authors, experts, manufacturers"
    OTHER = "other", "any other way; the note says which"

    @property
    def kind(self) -> str:
        """Its box in the PRISMA flow: ``database``, ``register`` or ``other``."""
        if self in (Source.CLINICALTRIALS, Source.ICTRP, Source.OTHER_REGISTER):
            return "register"
        return "other" if self in (Source.CITATIONS, Source.CONTACTS, Source.OTHER) else "database"

    @property
    def label(self) -> str:
        """Its name in figures and tables.

        Examples
        --------
        >>> Source.PUBMED.label, Source.CITATIONS.label
        ('PubMed', 'Citation searching')
        """
        return _LABELS[self]


_LABELS = {
    Source.PUBMED: "PubMed",
    Source.MEDLINE: "MEDLINE",
    Source.EMBASE: "Embase",
    Source.COCHRANE: "Cochrane Library",
    Source.WEB_OF_SCIENCE: "Web of Science",
    Source.SCOPUS: "Scopus",
    Source.CNKI: "CNKI",
    Source.WANFANG: "Wanfang Data",
    Source.OTHER_DATABASE: "Other databases",
    Source.CLINICALTRIALS: "ClinicalTrials.gov",
    Source.ICTRP: "WHO ICTRP",
    Source.OTHER_REGISTER: "Other registers",
    Source.CITATIONS: "Citation searching",
    Source.CONTACTS: "Contacts",
    Source.OTHER: "Other ways",
}
