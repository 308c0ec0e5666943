"""Years in dates as databases write them."""

from __future__ import annotations

import re

#: Months as XML may number them -> their names in MEDLINE text.
MONTHS = {
    f"{at:02d}": name
    for at, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], start=1
    )
}

_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)[01]\d[0-3]\d(?!\d)")


def year_of(*texts: str) -> int | None:
    """Return the first year in the first text that has one.

    Examples
    --------
    >>> year_of("1998 Dec-1999 Jan"), year_of("", "Winter 2004"), year_of("20161004"), year_of("n.d.")
    (1998, 2004, 2016, None)
    """
    for text in texts:
        found = _YEAR.search(text) or _COMPACT.search(text)
        if found:
            return int(found.group(1))
    return None
