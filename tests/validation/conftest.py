"""A sound review to break: the one that ``metaleak new`` makes, with a pair and an earlier review."""

import shutil

import pytest

from metaleak.validation.check import check_review
from metaleak.workflow.scaffold import new_review
from tests.validation.broken_sheets import leak as leak_line
from tests.validation.broken_sheets import put as put_cells

PAIR = "SYNTHETIC1,PVP,vertebra,any,CT,xray,50,28,20,18,,,,,,,,synthetic,high,\n"
REVIEW = "R1,2019,A review,,,,,all,incidence_percent,20,15,26,12,900,90,abstract,\n"


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """Return a review without a finding that nobody changes."""
    root = tmp_path_factory.mktemp("sound") / "review"
    new_review(root)
    for name, line in (("pairs", PAIR), ("reviews", REVIEW)):
        path = root / "extraction" / f"{name}.csv"
        path.write_bytes(path.read_bytes() + line.encode())
    return root


@pytest.fixture
def review(sound, tmp_path):
    """Return the folder of a review without a finding."""
    return shutil.copytree(sound, tmp_path / "review")


@pytest.fixture
def sheet(review):
    """Return a function that gives the path of a sheet."""
    return lambda name: review / "extraction" / f"{name}.csv"


@pytest.fixture
def put(sheet):
    """Return a function that writes cells of a sheet's row by name."""
    return lambda name, row=2, **cells: sheet(name).write_bytes(
        put_cells(row, **cells)(sheet(name).read_bytes())
    )


@pytest.fixture
def leak(sheet):
    """Return a function that adds a row of leaks: the first study on X-ray, but for what is named."""
    return lambda **cells: sheet("leaks").write_bytes(leak_line(**cells)(sheet("leaks").read_bytes()))


@pytest.fixture
def findings(review):
    """Return a function that checks the review and gives (rule, sheet, row, column) of every finding."""
    return lambda: {(f.rule, f.sheet, f.row, f.column) for f in check_review(review).findings}


@pytest.fixture
def told(review):
    """Return a function that checks the review and gives the messages of one rule."""
    return lambda rule: [f.message for f in check_review(review).findings if f.rule == rule]
