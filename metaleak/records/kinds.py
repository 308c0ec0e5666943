"""What kind of publication a record is, as far as it decides whether two can be the same."""

from __future__ import annotations

import re

from metaleak.records.record import RETRACTED_TITLE, Record

#: Notices about another publication carry its title behind words of their own.
_NOTICE = re.compile(
    r"^\W*(?:publisher'?s? |author'?s'? )?(?:"
    r"(?P<erratum>errat(?:um|a)|corrigend(?:um|a)|correction|addendum)(?:\s+(?:to|for|in|of))?"
    r"|(?P<retraction>retraction|withdrawal)(?: notice| note| statement)?(?:\s+(?:to|of|for))?"
    r"|(?P<concern>expression of concern)(?:\s+(?:to|for|about))?"
    r"|(?P<comment>(?:invited |editorial )?comment(?:ary|s)?(?: on| to| about)|letter (?:to the editor )?"
    r"(?:on|regarding|concerning|about|to the editor)|re)"
    r"|(?P<reply>(?:in )?(?:reply|response)(?:\s+to)?)"
    r")\s*[:.\-\u2013\u2014]?\s+(?=\S)",
    re.I,
)
_ERRATUM_OF_WOS = re.compile(r"\s*\(vol(?:ume|\.)? ?\d+.{0,40}\)\s*$", re.I)
_NOTICE_TYPES = {
    "published erratum": "erratum",
    "erratum": "erratum",
    "correction": "erratum",
    "retraction of publication": "retraction",
    "retraction notice": "retraction",
    "retraction": "retraction",
    "expression of concern": "concern",
}
_CONGRESS = ("meeting abstract", "conference abstract", "congress", "conference paper", "abstract")
_PREPRINT_DOI = re.compile(r"10\.(?:1101|21203|20944|2139|31219|31222|12688|55458|36227|22541|48550)/")
_PREPRINT_JOURNAL = re.compile(
    r"\b(?:biorxiv|medrxiv|arxiv|research square|preprints?(?: org)?|ssrn|authorea|osf preprints)\b", re.I
)


def kind_of(record: Record) -> str:
    """Return ``erratum``, ``retraction``, ``concern``, ``comment``, ``reply``, ``preprint``, ``congress`` or ``""``.

    Examples
    --------
    >>> kind_of(Record(title="Erratum to: Cement leakage")), kind_of(Record(doi="10.21203/rs.3.rs-1/v1"))
    ('erratum', 'preprint')
    >>> kind_of(Record(title="RETRACTED: Cement leakage")), kind_of(Record(title="Correction of kyphosis"))
    ('', '')
    """
    types = [each.lower() for each in record.publication_types]
    for each in types:
        if each in _NOTICE_TYPES:
            return _NOTICE_TYPES[each]
    if found := _notice(record.title):
        return found
    if "preprint" in types or _PREPRINT_DOI.match(record.doi) or _PREPRINT_JOURNAL.search(record.journal):
        return "preprint"
    return "congress" if any(each in _CONGRESS for each in types) else ""


def bare_title(record: Record) -> str:
    """Return the title of what a record is, or is about, without the words of a notice.

    Examples
    --------
    >>> bare_title(Record(title="RETRACTED: [Cement leakage.]")), bare_title(Record(title="Erratum to: Leaks"))
    ('Cement leakage.', 'Leaks')
    """
    title = RETRACTED_TITLE.sub("", record.title)
    if _notice(title):
        title = _ERRATUM_OF_WOS.sub("", _NOTICE.sub("", title, count=1))
    return title.strip().strip("[]")


def _notice(title: str) -> str:
    if _ERRATUM_OF_WOS.search(title):
        return "erratum"
    found = _NOTICE.match(title)
    if not found:
        return ""
    kind = found.lastgroup or ""
    # "Correction of kyphosis" corrects a spine: without a mark the words must say that they are about a paper.
    words = found.group().lower().rstrip()
    is_marked = words[-1] in ":.-\u2013\u2014" or title[found.end()] in "\"'\u2018\u201c"
    return kind if is_marked or kind == "concern" or (kind != "reply" and words.endswith(" to")) else ""
