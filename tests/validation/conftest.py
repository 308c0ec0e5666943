"""A sound review to break: the one that ``metaleak new`` makes, with a pair and an earlier review."""

import pytest

from metaleak.validation.check import check_review
from metaleak.workflow.scaffold import new_review

PAIR = "SYNTHETIC1,PVP,vertebra,any,CT,xray,50,28,20,18,,,,synthetic,high,\n"
REVIEW = "R1,2019,A review,,,,,all,incidence_percent,20,15,26,12,900,90,abstract,\n"


@pytest.fixture
def review(tmp_path):
    """Return the folder of a review without a finding."""
    root = tmp_path / "review"
    new_review(root)
    for name, line in (("pairs", PAIR), ("reviews", REVIEW)):
        path = root / "extraction" / f"{name}.csv"
        path.write_bytes(path.read_bytes() + line.encode())
    return root


@pytest.fixture
def sheet(review):
    """Return a function that gives the path of a sheet."""
    return lambda name: review / "extraction" / f"{name}.csv"


@pytest.fixture
def findings(review):
    """Return a function that checks the review and gives (rule, sheet, row, column) of every finding."""
    return lambda: {(f.rule, f.sheet, f.row, f.column) for f in check_review(review).findings}
