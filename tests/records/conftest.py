"""Real payloads of PubMed."""

from pathlib import Path

import pytest

PAYLOADS = Path(__file__).parent / "payloads"


@pytest.fixture
def payload():
    """Return the bytes of a payload by its name."""
    return lambda name: (PAYLOADS / name).read_bytes()
