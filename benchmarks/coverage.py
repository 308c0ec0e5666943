"""Simulate how often each interval holds what it claims, and how often a prediction interval holds a new study.

    python benchmarks/coverage.py run --replicates 500 [--processes 2] [--families BinomialNormal ...]
    python benchmarks/coverage.py table
    python benchmarks/coverage.py figure

``run`` leaves one file per piece of work under .metaleak/coverage and skips the pieces that are there, so that
it can be stopped and go on. Seeds belong to the piece: processes and order change no number, and all families
see the same data. ``table`` writes benchmarks/results/coverage-{likelihood,inverse-variance,prediction}.csv from
the pieces, ``figure`` draws benchmarks/results/coverage.svg from these.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from coverage_judge import judged, table_rows  # noqa: E402
from coverage_methods import FAMILIES  # noqa: E402
from coverage_truths import draw_counts, truth  # noqa: E402

ROOT = Path(__file__).parents[1]
PIECES = ROOT / ".metaleak" / "coverage"
#: Replicates of one piece of work.
CHUNK = 250

KINDS = ("binomial-normal", "beta", "two classes", "skewed")
RATES = (0.01, 0.05, 0.2, 0.5)
SPREADS = (0.0, 0.3, 1.0, 1.5)
STUDIES = (3, 5, 10, 30, 60)


@dataclass(frozen=True)
class Cell:
    """One setting of the simulation, numbered for its seeds."""

    number: int
    kind: str
    p: float
    tau: float
    k: int


@dataclass(frozen=True)
class Piece:
    """Some replicates of one cell by one family of methods."""

    cell: Cell
    family: str
    chunk: int

    @property
    def path(self) -> Path:
        """Where its result is kept."""
        return PIECES / self.family / f"{self.cell.number:03d}-{self.chunk}.json"


def cells() -> list[Cell]:
    """Return every setting; without spread all kinds of truth are one."""
    settings = itertools.product(KINDS, RATES, SPREADS, STUDIES)
    return [
        Cell(i, kind, p, tau, k)
        for i, (kind, p, tau, k) in enumerate(settings)
        if tau > 0 or kind == KINDS[0]
    ]


def pieces(replicates: int, families: list[str]) -> Iterator[Piece]:
    """Give the work, a first piece of every cell before the second of any."""
    for chunk in range(-(-replicates // CHUNK)):
        for family in families:
            for cell in cells():
                yield Piece(cell, family, chunk)


def work(piece: Piece) -> Piece:
    """Simulate, fit and judge one piece, and keep the result."""
    cell = piece.cell
    law = truth(cell.kind, cell.p, cell.tau)
    rng = np.random.default_rng([20261124, cell.number, piece.chunk])
    x, n = draw_counts(law, rng, (CHUNK, cell.k))
    methods, share = FAMILIES[piece.family]
    count = round(CHUNK * share)
    found = judged(methods(x[:count], n[:count]), law, count)
    piece.path.parent.mkdir(parents=True, exist_ok=True)
    part = piece.path.with_suffix(f".{os.getpid()}")
    part.write_text(json.dumps(found))
    part.replace(piece.path)
    return piece


def run(replicates: int, processes: int, families: list[str]) -> None:
    """Do the work that is missing."""
    missing = [piece for piece in pieces(replicates, families) if not piece.path.exists()]
    print(f"{len(missing)} pieces of {CHUNK} replicates are missing")
    with Pool(processes) as pool:
        for done, piece in enumerate(pool.imap_unordered(work, missing), start=1):
            if done % 20 == 0:
                print(f"{done} of {len(missing)}: {piece.family}, cell {piece.cell.number}", flush=True)


def table() -> None:
    """Write the three tables from all pieces that are there."""
    found = defaultdict(list)
    for cell in cells():
        for family in FAMILIES:
            for path in sorted((PIECES / family).glob(f"{cell.number:03d}-*.json")):
                found[cell].append(json.loads(path.read_text()))
    table_rows(found)


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("run", "table", "figure"))
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    options = parser.parse_args()
    if options.what == "run":
        run(options.replicates, options.processes, options.families)
    elif options.what == "table":
        table()
    else:
        from coverage_figure import draw

        draw()


if __name__ == "__main__":
    main()
