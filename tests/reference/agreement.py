"""Reading R's values, and what counts as agreement."""

import gzip
import json
from pathlib import Path

HERE = Path(__file__).parent

#: Closed forms: rounding of a sum of many terms, absolute in units of a standard error or 1.
CLOSED = (1e-12, 1e-10)
#: Iterative fits: R stops near 1e-9 of a standard error where it is asked to be tight.
ITERATIVE = (1e-9, 1e-6)


def load(name):
    """Return a file of R's values."""
    return json.loads(gzip.decompress((HERE / name).read_bytes()))


def number(value):
    """Return R's number: infinities are words, NA is None."""
    return float(value.replace("Inf", "inf")) if isinstance(value, str) else value


def differences(pairs, tolerance, *, scale=1.0):
    """Return the names of the numbers that disagree, with both values; (name, ours, theirs) come in."""
    absolute, relative = tolerance
    found = []
    for name, ours, theirs in pairs:
        wanted = number(theirs)
        if ours is None or wanted is None:
            agree = ours is None and wanted is None
        else:
            agree = ours == wanted or abs(ours - wanted) <= absolute * scale + relative * abs(wanted)
        if not agree:
            found.append((name, ours, wanted))
    return found
