"""Methods and results as paragraphs for a manuscript, with the references that they cite."""

from __future__ import annotations

from dataclasses import dataclass

from metaleak.reporting.answer import answer
from metaleak.reporting.data import ReportInput
from metaleak.reporting.methods import methods, pairs_sentence
from metaleak.reporting.noticed import notice_lines
from metaleak.reporting.sections import section_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Manuscript:
    """Headings with their paragraphs, and the references, numbered from 1 as the paragraphs cite them."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    references: tuple[str, ...]


def manuscript(report: ReportInput) -> Manuscript:
    """Return the methods and the results in words: the sentences of the page, with citation numbers."""
    sections = [section_of(report, name) for name in report.sections]
    written = methods(report, more=[section.methods for section in sections])
    found = answer(report)
    told = [
        " ".join(sentence.text + _cited(sentence.cites) for sentence in paragraph)
        for paragraph in written.paragraphs
    ]
    pairs = pairs_sentence(report)
    results = [lead.sentence for lead in found.leads]
    results += [f"{line.term}: {line.says}" for line in (*found.lines, *notice_lines(report))]
    results += [" ".join(section.all_sentences) for section in sections]
    references = tuple(f"{reference.text} doi:{reference.doi}" for reference in written.references)
    said = (("Methods", (*told, *([pairs] if pairs else []))), ("Results", tuple(results)))
    return Manuscript(sections=said, references=references)


def _cited(numbers: tuple[int, ...]) -> str:
    return f" [{', '.join(map(str, numbers))}]" if numbers else ""
