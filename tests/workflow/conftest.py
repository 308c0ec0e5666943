"""A small review that runs in a second: the one that ``metaleak new`` makes."""

import pytest

from metaleak.workflow.scaffold import new_review


@pytest.fixture
def starter(tmp_path):
    """Return a fresh review with six synthetic studies."""
    new_review(tmp_path / "review")
    return tmp_path / "review"
