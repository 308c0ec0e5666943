"""The marginal likelihood for spreads of any size, against fine sums."""

import numpy as np
import pytest

from metaleak.numerics.wide_marginal import log_marginal_converged

#: Empty, full, sparse and plentiful counts.
COUNTS = [
    (0, 1),
    (1, 1),
    (1, 2),
    (0, 20),
    (20, 20),
    (1, 20),
    (19, 20),
    (3, 500),
    (5, 20),
    (25, 60),
    (900, 2000),
]


def finely(m, tau, x, n):
    """Add up a fine trapezoid over the logit."""
    own = np.log((x + 0.5) / (n - x + 0.5))
    wide = np.linspace(min(m - 12 * tau, own - 35), max(m + 12 * tau, own + 35), 400_001)
    log_terms = x * wide - n * np.logaddexp(0, wide) - ((wide - m) / tau) ** 2 / 2
    top = log_terms.max()
    return top + np.log(np.exp(log_terms - top).sum() * (wide[1] - wide[0]) / (tau * np.sqrt(2 * np.pi)))


@pytest.mark.parametrize("tau", [0.3, 0.99, 1.0, 2.0, 8.0, 60.0])
@pytest.mark.parametrize("m", [-3.0, 0.5])
def test_equals_fine_sums(m, tau):
    """Ten digits, whatever the spread."""
    x, n = np.array([COUNTS], dtype=float).transpose(2, 0, 1)

    found = log_marginal_converged(np.array([[m]]), np.array([[tau]]), x, n)[0, 0]

    assert found == pytest.approx([finely(m, tau, *count) for count in COUNTS], abs=5e-10)


def test_an_endless_spread_leaves_a_coin():
    """Without an event, and with nothing else, a row is as likely as not when the spread has no end."""
    found = log_marginal_converged(
        np.array([[2.0]]), np.array([[1e9]]), np.array([[0.0, 7.0]]), np.array([[7.0, 7.0]])
    )

    assert found[0, 0] == pytest.approx(np.log([0.5, 0.5]), abs=1e-8)


def test_rows_without_units_say_nothing():
    """Rows with n = 0 fill shorter tables up."""
    found = log_marginal_converged(
        np.array([[0.3, 0.3]]), np.array([[0.5, 5.0]]), np.zeros((1, 1)), np.zeros((1, 1))
    )

    assert found == pytest.approx(np.zeros((1, 2, 1)), abs=1e-12)
