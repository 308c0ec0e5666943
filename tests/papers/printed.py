"""What it means to agree with a printed number."""

import pytest


def printed(value, digits=4):
    """Return something equal to every number that is printed like this one."""
    return pytest.approx(value, abs=0.5001 * 10**-digits, rel=0)


def row(text):
    """Return the numbers of a row of a table."""
    return [float(word) for word in text.split()]
