"""Time fits of the detection-adjusted model.

    python benchmarks/detection_speed.py

Synthetic tables of 60 studies: 25 read on CT, 25 on the index, 10 on both, 30 to 200 units each. Every fit holds all
estimates with calibrated profile intervals of rate and sensitivity, means over studies, and both spreads; "every
study" adds each one's own CT-equivalent rate over all parameters. With 24 unreported studies among them a declared
share is fitted with the sensitivity held, and with the whole likelihood. Writes
benchmarks/results/detection-speed.csv: processor seconds, the median and the slowest of the tables.
"""

from __future__ import annotations

import csv
import os
import time
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from detection_settings import Setting, draw  # noqa: E402

import metaleak as ml  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "detection-speed.csv"
TABLES = 7
SPOKEN = Setting("60 studies", 25, 25, 10)
SILENT = Setting("60 studies, 24 unreported", 16, 12, 8, silent=24)
INFORMING = ml.DetectionAdjusted(draws=0, unreported=0.5, unreported_informs=True)
#: What is fitted, to what, how, and within how many seconds.
CASES = (
    ("all parameters", SPOKEN, ml.DetectionAdjusted(draws=0), 0.5),
    ("all parameters, and every study", SPOKEN, ml.DetectionAdjusted(), 5),
    ("unreported, share .5", SILENT, ml.DetectionAdjusted(draws=0, unreported=0.5), ""),
    ("unreported, share .5, they inform", SILENT, INFORMING, ""),
)


def seconds(setting: Setting, model: ml.DetectionAdjusted, seed: int) -> float:
    """Return the processor time of one fit."""
    table, _ = draw(setting, np.random.default_rng(seed))
    start = time.process_time()
    model.fit(table)
    return time.process_time() - start


def main() -> None:
    """Time every case and write the table."""
    # The first fit loads what all share.
    seconds(SPOKEN, CASES[0][2], seed=0)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["fit", "studies", "tables", "median_seconds", "slowest_seconds", "wanted_seconds"])
        for told, setting, model, wanted in CASES:
            taken = sorted(seconds(setting, model, seed) for seed in range(1, TABLES + 1))
            line = [told, setting.studies, TABLES, f"{taken[TABLES // 2]:.2f}", f"{taken[-1]:.2f}", wanted]
            writer.writerow(line)
            print(*line)


if __name__ == "__main__":
    main()
