"""Chunks on a Dask cluster. A worker that dies costs its chunks, which others compute again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metaleak.compute.job import Floats, Job, compute, versions
from metaleak.errors import MachineError, MissingExtraError, NetworkError

if TYPE_CHECKING:
    from distributed import Client

#: Seconds that a scheduler may take to answer, and to find a worker.
_ANSWER, _WORKER = 10, 60


def on_cluster(job: Job, numbers: Sequence[int], address: str) -> Iterator[tuple[int, Floats]]:
    """Yield the chunks with these numbers as they are done.

    Raises
    ------
    MissingExtraError
        When dask.distributed is not installed.
    NetworkError
        When nobody answers at the address, or the cluster has no worker left.
    MachineError
        When a worker has other versions, or a chunk kills every worker that takes it.
    """
    try:
        from distributed import KilledWorker, wait
    except ImportError as error:
        raise MissingExtraError(
            "a cluster needs dask.distributed", todo="pip install 'metaleak[cluster]'"
        ) from error
    with _connected(address) as client:
        expected = versions()
        futures = {
            client.submit(
                compute,
                job.function,
                job.shared,
                job.chunks[number],
                expected,
                key=f"metaleak-{job.digest[:16]}-{number}",
                pure=False,
            ): number
            for number in numbers
        }
        pending = set(futures)
        while pending:
            try:
                with client.as_current():
                    done, pending = wait(pending, timeout=_WORKER, return_when="FIRST_COMPLETED")
            except TimeoutError:
                _need_worker(client, address)
                continue
            for future in done:
                try:
                    found: Floats = future.result()
                except KilledWorker as error:
                    raise MachineError(
                        f"{job.name}: a chunk has killed every worker that took it",
                        where=address,
                        todo="is there enough memory on the workers?",
                    ) from error
                yield futures.pop(future), found
                future.release()


def _connected(address: str) -> Client:
    from distributed import Client

    try:
        client = Client(address, timeout=_ANSWER, set_as_default=False, name="metaleak")
    except (OSError, ValueError) as error:
        raise NetworkError(
            "no Dask scheduler answers",
            where=address,
            todo="start one with: dask scheduler, and workers with: dask worker ADDRESS",
        ) from error
    try:
        _need_worker(client, address)
    except BaseException:
        client.close()
        raise
    return client


def _need_worker(client: Client, address: str) -> None:
    try:
        client.wait_for_workers(1, timeout=_WORKER)
    except TimeoutError as error:
        raise NetworkError(
            "the cluster has no worker",
            where=address,
            todo="start one with: dask worker ADDRESS; finished chunks are kept, run again",
        ) from error
