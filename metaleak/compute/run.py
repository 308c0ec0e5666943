"""Run a job: take over what an earlier run kept, compute the rest where it is cheapest, keep it."""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import cast

from metaleak.compute.job import Floats, Job
from metaleak.compute.kept import Kept, forget
from metaleak.compute.local import on_cores
from metaleak.compute.place import Place, cores
from metaleak.storage import digest

#: Other processes take about a second to start: less work than this, in seconds, is not worth it.
_PAYS = 4.0


def run(job: Job, place: Place) -> list[Floats]:
    """Return the arrays of all chunks in their order: the same bits wherever they were computed.

    Raises
    ------
    MetaleakError
        Whatever the job's function raises; a machine or a cluster that fails.
    """
    total = len(job.chunks)
    # A job of one chunk has no half-way.
    keeping = place.keep is not None and total > 1
    folder = place.keep / digest.of_value([job.digest, place.salt])[:32] if place.keep and keeping else None
    kept = Kept(folder)
    found = [kept.load(number) for number in range(total)]
    todo = [number for number, values in enumerate(found) if values is None]
    done = total - len(todo)
    if total > 1:
        place.progress(done, total)
    with closing(_computed(job, todo, place)) as results:
        for number, values in results:
            found[number] = values
            kept.save(number, values)
            done += 1
            if total > 1:
                place.progress(done, total)
    if folder is not None:
        if place.release:
            forget(folder)
        else:
            place.finished.append(folder)
    return cast("list[Floats]", found)


def _computed(job: Job, todo: Sequence[int], place: Place) -> Generator[tuple[int, Floats]]:
    if not todo:
        return
    if place.scheduler is not None:
        from metaleak.compute.cluster import on_cluster

        yield from on_cluster(job, todo, place.scheduler)
        return
    if place.workers is not None and place.workers > 1:
        yield from on_cores(job, todo, place.workers)
        return
    started, available = time.perf_counter(), cores()
    for place_in_line, number in enumerate(todo):
        left = len(todo) - place_in_line
        if place.workers is None and place_in_line and available > 1:
            each = (time.perf_counter() - started) / place_in_line
            if each * left > _PAYS:
                yield from on_cores(job, todo[place_in_line:], available)
                return
        yield number, job.function(job.shared, job.chunks[number])
