"""Simulate how often the detection-adjusted intervals hold the truth.

    python benchmarks/detection_coverage.py run [--processes 2] [--replicates N] [--settings 0 1 ...]
    python benchmarks/detection_coverage.py table
    python benchmarks/detection_coverage.py figure
    python benchmarks/detection_coverage.py markdown

``run`` leaves one file per 50 replicates under .metaleak/detection-coverage and skips those that are there, so
that it can be stopped and go on; ``--replicates`` caps those of every setting. Seeds belong to the piece: processes
and order change no number. ``table`` writes benchmarks/results/detection-coverage.csv from the pieces, ``figure``
draws benchmarks/results/detection-coverage.svg from the table, ``markdown`` prints the table of docs/detection.md.

Studies have 30 to 200 units each; mu = -0.3, tau = 0.8, s = 0.2, omega = 0.5 unless a setting says otherwise.
Each replicate is fitted with the calibrated and with the plain profile, under declared shares where studies do not
say their imaging, and pooled naively: every count as if CT had made it.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from collections import Counter
from multiprocessing import Pool
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402
from detection_settings import MU, NAIVE, SETTINGS, S, Setting, replicate  # noqa: E402

ROOT = Path(__file__).parents[1]
PIECES = ROOT / ".metaleak" / "detection-coverage"
RESULTS = ROOT / "benchmarks" / "results" / "detection-coverage.csv"
CHUNK = 50

#: The median estimate may be off by this share of the estimates' standard deviation.
BIAS = 0.15


def work(job: tuple[int, int]) -> None:
    """Do one piece and write it whole."""
    number, piece = job
    rng = np.random.default_rng([20261125, number, piece])
    rows = [replicate(SETTINGS[number], rng) for _ in range(CHUNK)]
    path = PIECES / f"{number}-{piece}.json"
    half = path.with_suffix(".part")
    half.write_text(json.dumps(rows), encoding="utf-8")
    half.replace(path)


def run(replicates: int | None, processes: int, settings: list[int]) -> None:
    """Do the pieces that are missing: the first of every setting first."""
    PIECES.mkdir(parents=True, exist_ok=True)
    wanted = [
        (piece, number)
        for number in settings
        for piece in range(min(replicates or 10**9, SETTINGS[number].replicates) // CHUNK)
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
        for method in found[0] if found else ():
            results = [r[method] for r in found]
            fits = np.array([r for r in results if isinstance(r, list)], dtype=float)
            failed = Counter(r for r in results if isinstance(r, str))
            names = (("mu", MU, 0), ("s", S, 3)) if fits.shape[1] > 3 else (("mu", MU, 0),)
            if method.startswith("unreported"):
                names = names[:1]
            for name, truth, first in names:
                told = NAIVE if method == "naive" else method
                rows.append(judged(setting, told, name, truth, fits[:, first : first + 3], failed))
    RESULTS.parent.mkdir(exist_ok=True)
    with RESULTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def markdown() -> None:
    """Print one line per setting: coverages in percent of rate and sensitivity, calibrated, plain and naive."""
    with RESULTS.open(encoding="utf-8") as file:
        lines = {(r["setting"], r["method"], r["parameter"]): r for r in csv.DictReader(file)}
    print("| setting | studies | replicates | rate | sensitivity | plain profile | naive pool: rate | |")
    print("|---|---|---|---|---|---|---|---|")
    for setting in SETTINGS:
        rate, seen = (lines[setting.name, "profile", name] for name in ("mu", "s"))
        plain = " / ".join(percent(lines[setting.name, "profile-plain", name]) for name in ("mu", "s"))
        verdicts = {rate["verdict"], seen["verdict"]}
        told = [setting.name, rate["studies"], rate["replicates"], percent(rate), percent(seen), plain]
        told += [percent(lines[setting.name, NAIVE, "mu"]), "/".join(sorted(verdicts))]
        print("| " + " | ".join(told) + " |")
    for (name, method, _), line in lines.items():
        if method.startswith("unreported"):
            print(f"- {name}; {method}: {percent(line)} ({line['replicates']} replicates)")


def percent(line: dict[str, str]) -> str:
    """Return a coverage in percent."""
    return f"{100 * float(line['coverage']):.1f}"


def judged(
    setting: Setting, method: str, name: str, truth: float, fits: np.ndarray, failed: Counter[str]
) -> dict[str, object]:
    """Return one line: coverage with its Monte Carlo error, endless intervals, failures, bias over spread."""
    value, low, high = fits.T
    holds = (low <= truth) & (truth <= high)
    cover = holds.mean()
    error = np.sqrt(cover * (1 - cover) / len(fits))
    finite = value[np.isfinite(value)]
    bias = (np.median(value) - truth) / finite.std()
    verdict = ""
    if setting.target is not None and method == "profile":
        least, most = setting.target
        meets = cover + 1.96 * error >= least and cover - 1.96 * error <= most
        verdict = "pass" if meets and abs(bias) < BIAS and not failed else "fail"
    silent = f", {setting.silent} unreported" if setting.silent else ""
    return {
        "setting": setting.name,
        "studies": f"{setting.ct} CT, {setting.index} index, {setting.pairs} pairs{silent}",
        "method": method,
        "parameter": name,
        "replicates": len(fits),
        "coverage": f"{cover:.4f}",
        "monte_carlo_error": f"{error:.4f}",
        "endless": int((~np.isfinite(low) | ~np.isfinite(high)).sum()),
        "median_width": f"{np.median(high - low):.3f}",
        "median_bias_over_sd": f"{bias:.3f}",
        "failed": "; ".join(f"{count} {kind}" for kind, count in failed.items()),
        "verdict": verdict,
    }


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--replicates", type=int)
    running.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    running.add_argument("--settings", type=int, nargs="+", default=list(range(len(SETTINGS))))
    commands.add_parser("table")
    commands.add_parser("figure")
    commands.add_parser("markdown")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments.replicates, arguments.processes, arguments.settings)
    elif arguments.command == "table":
        table()
    elif arguments.command == "markdown":
        markdown()
    else:
        from detection_figure import draw

        draw(RESULTS)


if __name__ == "__main__":
    main()
