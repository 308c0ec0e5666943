"""Gauss-Hermite rules."""

import numpy as np
import pytest

from metaleak.numerics.quadrature import adaptive_rule, normal_rule


@pytest.mark.parametrize("points", [1, 7, 31, 127, 511, 1023])
def test_a_normal_curve_is_integrated_exactly(points):
    """The rule's weights undo the curve they were made for, so a normal integrand has no error."""
    rule = adaptive_rule(points)

    total = np.exp(rule.log_weights - rule.nodes**2 / 2).sum()

    assert total == pytest.approx(np.sqrt(2 * np.pi), rel=1e-13)


def test_moments_of_the_standard_normal():
    """Nine points give the moments of a standard normal up to the seventeenth."""
    nodes, weights = normal_rule(9)

    moments = [(weights * nodes**power).sum() for power in (0, 2, 4, 6, 16)]

    assert moments == pytest.approx([1, 1, 3, 15, 2027025], rel=1e-12)


def test_rules_cannot_be_changed():
    """A rule is shared by every fit, so its arrays are read-only."""
    rule = adaptive_rule(7)

    with pytest.raises(ValueError, match="read-only"):
        rule.nodes[0] = 0
