"""What the terminal says at the end of a run."""

import csv

from metaleak.reporting.answer import answer
from metaleak.workflow.page import answer_lines
from metaleak.workflow.pipeline import open_review
from tests.reporting.conftest import build


def test_ten_lines_with_answer_and_caveat():
    """The title first, the three sentences, the caveat and the place of the page last."""
    page = build()
    lines = answer_lines(page, "reports/synthetic.html")

    assert len(lines) == 10
    assert lines[0] == page.title
    assert lines[1:4] == [lead.sentence for lead in answer(page).leads]
    assert lines[-2].startswith("Caveat: abstract-level evidence")
    assert lines[-1] == "The page: reports/synthetic.html"


def test_a_new_citation_makes_the_page_again(starter):
    """Without the file there is no block; written, it is on the next page; unchanged, nothing is done again."""

    def run():
        with open_review(starter) as pipeline:
            path = pipeline.run()
        return path.read_text(encoding="utf-8"), pipeline.outcomes[-1]

    first, _ = run()
    (starter / "CITATION.cff").write_text(
        'title: "Synthetic"\nauthors:\n  - name: "Nobody"\n', encoding="utf-8"
    )
    second, made = run()
    third, found = run()

    assert "Cite this" not in first
    assert "Nobody. " in second
    assert second == third
    assert (made.step, made.unchanged, found.unchanged) == ("report", False, True)


def test_sheets_without_the_columns_of_today_make_a_page(starter):
    """Reviews that were begun before a column was known go on."""
    for name in ("leaks", "pairs"):
        path = starter / "extraction" / f"{name}.csv"
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file)
            rows, today = list(reader), reader.fieldnames
        names = [
            each for each in today if each not in ("verification", "ct_timing", "leak_definition", "blinded")
        ]
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)

    with open_review(starter) as pipeline:
        assert pipeline.run().is_file()
