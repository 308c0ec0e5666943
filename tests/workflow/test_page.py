"""What the terminal says at the end of a run."""

from metaleak.reporting.answer import answer
from metaleak.workflow.page import answer_lines
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
