"""Simulate how often the detection-adjusted intervals hold the truth.

    python benchmarks/detection_coverage.py run [--replicates 2000] [--processes 2]
    python benchmarks/detection_coverage.py table

``run`` leaves one file per 50 replicates under .metaleak/detection-coverage and skips those that are there, so
that it can be stopped and go on. Seeds belong to the piece: processes and order change no number. ``table`` writes
benchmarks/results/detection-coverage.csv from the pieces.

Studies have 30 to 200 units each; mu = -0.3, tau = 0.8, s = 0.2, omega = 0.5 unless a setting says otherwise.
Each replicate is fitted with the calibrated and with the plain profile, and pooled naively: every count as if CT
had made it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections import Counter
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

import metaleak as ml  # noqa: E402
from metaleak.errors import MetaleakError  # noqa: E402

ROOT = Path(__file__).parents[1]
PIECES = ROOT / ".metaleak" / "detection-coverage"
RESULTS = ROOT / "benchmarks" / "results" / "detection-coverage.csv"
CHUNK = 50
METHODS = ("profile", "profile-plain")
MU, TAU, S, OMEGA = -0.3, 0.8, 0.2, 0.5


@dataclass(frozen=True)
class Setting:
    """How many studies are read on CT, on the index, and on both, and what is not as the model assumes."""

    name: str
    ct: int
    index: int
    pairs: int
    specificity: float = 1.0
    correlation: float = 0.0


SETTINGS = (
    Setting("first", 15, 20, 5),
    Setting("evidence-like 25, 5, 6", 25, 5, 6),
    Setting("evidence-like 20, 5, 3", 20, 5, 3),
    Setting("evidence-like 37, 4, 3", 37, 4, 3),
    Setting("specificity 0.97 fitted as 1", 15, 20, 5, specificity=0.97),
    Setting("u and v correlated by -0.5, fitted as 0", 15, 20, 5, correlation=-0.5),
    Setting("two pairs", 15, 20, 2),
    Setting("ten pairs", 15, 20, 10),
)

#: Settings that are shown beside and get a quarter of the replicates.
BESIDE = 4


def draw(setting: Setting, rng: np.random.Generator) -> tuple[ml.DetectionTable, ml.StudyTable]:
    """Return one synthetic data set, and the same counts as if CT had made all of them."""
    k = setting.ct + setting.index + setting.pairs
    n = rng.integers(30, 201, k)
    u, w = rng.standard_normal((2, k))
    v = setting.correlation * u + np.sqrt(1 - setting.correlation**2) * w
    rate, seen = (1 / (1 + np.exp(-x)) for x in (MU + TAU * u, S + OMEGA * v))
    ct = rng.binomial(n, rate)
    index = rng.binomial(ct, seen) + rng.binomial(n - ct, 1 - setting.specificity)
    kind = np.repeat([0, 1, 2], [setting.ct, setting.index, setting.pairs])
    on_ct = np.where(kind == 1, np.nan, ct.astype(float))
    on_index = np.where(kind == 0, np.nan, index.astype(float))
    # Totals of a pair whose index shows more than CT have no likelihood at specificity 1: they are cut to CT's.
    on_index = np.where((kind == 2) & (on_index > on_ct), on_ct, on_index)
    table = ml.DetectionTable.from_counts(n.tolist(), ct=on_ct.tolist(), index=on_index.tolist())
    counted = np.where(kind == 1, index, ct)
    return table, ml.StudyTable.from_counts(counted.tolist(), n.tolist())


def replicate(setting: Setting, rng: np.random.Generator) -> dict[str, object]:
    """Fit one data set by every method; failures are kept by their name."""
    table, naive = draw(setting, rng)
    found: dict[str, object] = {}
    for method in METHODS:
        try:
            fit = ml.DetectionAdjusted(draws=0, ci_method=method).fit(table)
        except MetaleakError as error:
            found[method] = type(error).__name__
            continue
        seen = fit.detail.detection_coefficients[0]
        found[method] = [fit.estimate, fit.ci.low, fit.ci.high, seen.value, seen.ci.low, seen.ci.high]
    pooled = ml.BinomialNormal().fit(naive)
    found["naive"] = [pooled.estimate, pooled.ci.low, pooled.ci.high]
    return found


def work(job: tuple[int, int]) -> None:
    """Do one piece and write it whole."""
    number, piece = job
    rng = np.random.default_rng([20261125, number, piece])
    rows = [replicate(SETTINGS[number], rng) for _ in range(CHUNK)]
    path = PIECES / f"{number}-{piece}.json"
    half = path.with_suffix(".part")
    half.write_text(json.dumps(rows), encoding="utf-8")
    half.replace(path)


def run(replicates: int, processes: int) -> None:
    """Do the pieces that are missing: the settings with a target first, all of them in step."""
    PIECES.mkdir(parents=True, exist_ok=True)
    wanted = [
        (piece, number)
        for number in range(len(SETTINGS))
        for piece in range(max(1, replicates // (CHUNK * (1 if number < BESIDE else 4))))
    ]
    jobs = [
        (number, piece)
        for piece, number in sorted(wanted)
        if not (PIECES / f"{number}-{piece}.json").exists()
    ]
    with Pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(work, jobs), start=1):
            print(f"{done} of {len(jobs)} pieces", flush=True)


def table() -> None:
    """Write what the pieces that are there say."""
    rows = []
    for number, setting in enumerate(SETTINGS):
        found = [r for path in sorted(PIECES.glob(f"{number}-*.json")) for r in json.loads(path.read_text())]
        if not found:
            continue
        for method in METHODS:
            fits = np.array([r[method] for r in found if isinstance(r[method], list)], dtype=float)
            failed = Counter(r[method] for r in found if isinstance(r[method], str))
            for name, truth, first in (("mu", MU, 0), ("s", S, 3)):
                rows.append(judged(setting, method, name, truth, fits[:, first : first + 3], failed))
        naive = np.array([r["naive"] for r in found], dtype=float)
        rows.append(judged(setting, "naive pool of all counts", "mu", MU, naive, Counter()))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def judged(
    setting: Setting, method: str, name: str, truth: float, fits: np.ndarray, failed: Counter[str]
) -> dict[str, object]:
    """Return one line: coverage with its Monte Carlo error, endless intervals, failures, bias over spread."""
    value, low, high = fits.T
    holds = (low <= truth) & (truth <= high)
    cover = holds.mean()
    return {
        "setting": setting.name,
        "studies": f"{setting.ct} CT, {setting.index} index, {setting.pairs} pairs",
        "method": method,
        "parameter": name,
        "replicates": len(fits),
        "coverage": f"{cover:.4f}",
        "monte_carlo_error": f"{np.sqrt(cover * (1 - cover) / len(fits)):.4f}",
        "endless": int((~np.isfinite(low) | ~np.isfinite(high)).sum()),
        "median_width": f"{np.median(high - low):.3f}",
        "median_bias_over_sd": f"{(np.median(value) - truth) / value.std():.3f}",
        "failed": "; ".join(f"{count} {kind}" for kind, count in failed.items()),
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--replicates", type=int, default=2000)
    running.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    commands.add_parser("table")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments.replicates, arguments.processes)
    else:
        table()


if __name__ == "__main__":
    main()
