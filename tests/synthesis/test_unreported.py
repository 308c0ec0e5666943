"""The rate on CT over declared shares of unreported studies that read CT."""

import math

import pytest

from metaleak.effects.detection_table import DetectionTable
from metaleak.errors import SettingError
from metaleak.pooling.detection.model import DetectionAdjusted
from metaleak.synthesis.unreported import over_declared_shares

NAN = math.nan
CT = [44, 40, 39, NAN, NAN, NAN, 80, 50, NAN, NAN]
INDEX = [NAN, NAN, NAN, 27, 32, 30, 48, 29, NAN, NAN]
SILENT = [*[NAN] * 8, 20, 31]
NI = [80, 60, 90, 102, 84, 120, 148, 95, 90, 100]
MODEL = DetectionAdjusted(draws=0)


@pytest.fixture
def table():
    """Return a synthetic table with two rows of unknown imaging."""
    return DetectionTable.from_counts(NI, ct=CT, index=INDEX, unreported=SILENT)


def test_the_rate_falls_with_the_share_that_read_ct(table):
    """A low rate read on CT is low; read on X-ray it was higher on CT."""
    found = over_declared_shares(MODEL, table, (0, 0.5, 1))

    assert found[0].estimate > found[1].estimate > found[2].estimate
    assert all(item.ci_low < item.estimate < item.ci_high for item in found)


def test_each_share_is_a_fit_of_the_model(table):
    """The same estimate and limits, below a sensitivity of CT of one too."""
    model = DetectionAdjusted(draws=0, ct_sensitivity=0.95)

    (found,) = over_declared_shares(model, table, (0.5,))

    natural = DetectionAdjusted(draws=0, ct_sensitivity=0.95, unreported=0.5).fit(table).natural()
    assert (found.estimate, found.ci_low, found.ci_high) == pytest.approx(
        (natural.estimate, natural.ci.low, natural.ci.high), abs=1e-12
    )


def test_equal_seeds_give_equal_intervals(table):
    """The draws are not new ones."""
    assert over_declared_shares(MODEL, table, (0.5,)) == over_declared_shares(MODEL, table, (0.5,))


def test_a_share_above_one_is_refused(table):
    """With the range."""
    with pytest.raises(SettingError, match="share is outside its range"):
        over_declared_shares(MODEL, table, (1.5,))
