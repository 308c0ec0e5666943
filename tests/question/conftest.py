"""A small sheet of leak counts, and questions about it."""

import pandas as pd
import pytest

from metaleak.question.question import Question

COLUMNS = [
    "study_id",
    "arm",
    "procedure",
    "unit",
    "modality",
    "leak_site",
    "symptomatic",
    "n_leak",
    "n_total",
]


@pytest.fixture
def leaks():
    """Return a function that makes a typed leak sheet from short rows."""

    def make(*rows):
        frame = pd.DataFrame([dict(zip(COLUMNS, row, strict=True)) for row in rows])
        counts = {name: frame[name].astype("Int64") for name in ("n_leak", "n_total")}
        return frame.assign(
            **counts, sheet_row=range(2, len(frame) + 2), confidence="high", source_location="abstract"
        )

    return make


@pytest.fixture
def question():
    """Return a function that makes a question about leak_site any, with changes."""

    def make(**changes):
        base = {
            "format": 1,
            "title": "Leaks",
            "question": "How many?",
            "rows": {"sheet": "leaks", "leak_site": ["any"]},
            "group": [
                {"name": "CT", "modality": ["CT"]},
                {"name": "X-ray", "modality": ["xray", "fluoroscopy"]},
            ],
        }
        return Question.model_validate({**base, **changes})

    return make
