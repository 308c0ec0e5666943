"""Interpolation through Chebyshev nodes."""

import numpy as np
import pytest

from metaleak.numerics.chebyshev import chebyshev_nodes, evaluated, interpolation, series

AT = np.array([[-1.0, -0.3], [0.77, 1.0]])


def test_polynomials_are_exact():
    """A polynomial of the highest degree that the nodes bear, at nodes, ends and between them."""
    values = chebyshev_nodes(8) ** 7 - chebyshev_nodes(8)

    assert interpolation(8, AT) @ values == pytest.approx(AT**7 - AT, abs=1e-14)


def test_smooth_functions_converge():
    """Twenty-one nodes give ten digits of a bell's logarithm."""
    assert interpolation(21, AT) @ np.log1p(chebyshev_nodes(21) ** 2) == pytest.approx(
        np.log1p(AT**2), abs=1e-8
    )


def test_series_give_curve_and_slope():
    """Coefficients of values evaluate to the curve, and to its derivative."""
    curve, slope = (np.sin(chebyshev_nodes(18)) @ matrix for matrix in series(18))

    assert evaluated(curve, AT) == pytest.approx(np.sin(AT), abs=1e-14)
    assert evaluated(slope, AT) == pytest.approx(np.cos(AT), abs=1e-12)
