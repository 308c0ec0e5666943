"""A function of many draws: one chunk after the other of the rows that hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from metaleak.compute.job import Floats, Job
from metaleak.compute.place import Place
from metaleak.compute.run import run
from metaleak.storage import digest


def over_rows(
    name: str,
    function: Callable[[Any, Any], Floats],
    shared: tuple[Any, ...],
    rows: npt.NDArray[Any],
    *,
    step: int,
    place: Place,
) -> Floats:
    """Return ``function(shared, rows)``, computed for ``step`` rows at a time.

    Parameters
    ----------
    name, function, shared, place
        As for :class:`metaleak.compute.job.Job` and :func:`metaleak.compute.run.run`; ``shared`` is made of arrays,
        tuples, lists and objects whose ``repr`` says all of them.
    rows : array (b, ...)
        The draws, made beforehand: whoever computes a chunk draws nothing.
    step : int
        Rows of a chunk; depends on the job alone.

    Returns
    -------
    array (b, ...)

    Raises
    ------
    MetaleakError
        Whatever the function raises; a machine or a cluster that fails.

    Examples
    --------
    >>> over_rows("sums", lambda shift, rows: rows.sum(axis=1) + shift[0], (1.0,), np.ones((5, 2)), step=2,
    ...           place=Place(workers=1)).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0]
    """
    # No rows make one chunk of none: the function knows the shape of its result.
    chunks = [rows[start : start + step] for start in range(0, max(len(rows), 1), step)]
    identity = [_plain(part) for part in (*shared, rows, step)]
    return np.concatenate(run(Job(name, function, shared, chunks, identity), place))


def _plain(part: Any) -> str:
    if isinstance(part, np.ndarray):
        kind = f"{part.dtype.str} {part.shape}"
        return f"{kind} {digest.of_bytes(np.ascontiguousarray(part).tobytes())}"
    return repr([_plain(item) for item in part]) if isinstance(part, list | tuple) else repr(part)
