"""Time whole commands on this review as a user waits for them: from nothing, unchanged, all figures in all formats.

    python benchmarks/run_time.py [--rounds N]

copies the sheets and analyses into a new folder for every round, so that nothing is kept from the last one, prints a
table and writes benchmarks/results/run_time.csv: wall clock and processor time (of the command and of the processes
that it starts) in seconds, the least of the rounds, and a fixed piece of work in Python, which tells one machine from
another. `metaleak pool` is timed for each analysis alone, too.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HOME = Path(__file__).parents[1]
RESULTS = Path(__file__).parent / "results" / "run_time.csv"


def fresh(folder: Path) -> Path:
    """Copy the review into a folder, without results."""
    root = folder / "review"
    for name in ("extraction", "analyses"):
        shutil.copytree(
            HOME / name, root / name, ignore=shutil.ignore_patterns("*.result.json", "*.rows.csv")
        )
    for name in ("metaleak.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(HOME / name, root / name)
    return root


def timed(*words: str) -> tuple[float, float]:
    """Run a command; return its wall clock and its processor time.

    Raises
    ------
    subprocess.CalledProcessError
        When it fails.
    """
    start, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-m", "metaleak", *words], check=True, stdout=subprocess.DEVNULL)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - start, used


def yardstick() -> tuple[float, float]:
    """Add numbers up; about half a second on a machine of 2024."""
    start, before = time.perf_counter(), time.process_time()
    sum(number * number for number in range(10_000_000))
    return time.perf_counter() - start, time.process_time() - before


def one_round(analyses: list[str]) -> dict[str, tuple[float, float]]:
    """Time every command once."""
    with tempfile.TemporaryDirectory() as name:
        root = fresh(Path(name))
        at = ("--root", str(root), "--quiet")
        found = {"10 million squares": yardstick(), "run": timed("run", *at)}
        found["run, nothing changed"] = timed("run", *at)
        found["draw, five formats"] = timed("draw", "--format", "svg,pdf,png,tiff,eps", *at)
        for each in analyses:
            (root / "analyses" / f"{each}.result.json").unlink()
            found[f"pool {each}"] = timed("pool", each, *at)
    return found


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=2)
    rounds = parser.parse_args().rounds
    analyses = sorted(
        path.name.removesuffix(".result.json") for path in (HOME / "analyses").glob("*.result.json")
    )
    best: dict[str, tuple[float, float]] = {}
    for _ in range(rounds):
        for task, (wall, used) in one_round(analyses).items():
            before = best.get(task, (float("inf"), float("inf")))
            best[task] = (min(wall, before[0]), min(used, before[1]))
    with RESULTS.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("task", "wall_seconds", "processor_seconds", "cores"))
        for task, (wall, used) in best.items():
            row = (task, f"{wall:.1f}", f"{used:.1f}", str(os.cpu_count()))
            writer.writerow(row)
            print(*row, sep="\t")


if __name__ == "__main__":
    main()
