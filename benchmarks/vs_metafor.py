"""Time metaleak beside R's metafor, on the same data in one run.

    python benchmarks/vs_metafor.py [--quick | --only TEXT]

prints a table and writes benchmarks/results/vs_metafor.csv; with ``--only`` it measures the tasks whose name holds the
text and replaces their lines alone. Times are the least of many repetitions, in
milliseconds, one thread each. Our times include making and checking the table; R's are of ``rma`` alone, with
effects computed beforehand. Peak memory is that of this process after each task.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import metaleak as ml
from metaleak.effects.measures import measure

RESULTS = Path(__file__).parent / "results" / "vs_metafor.csv"

#: Reads data.csv (columns x, n of one data set, or y_i, v_i of many), times EXPRESSION, prints milliseconds.
HARNESS = """
suppressMessages(library(metafor))
D <- read.csv("data.csv")
run <- function() {{ {expression} }}
run(); times <- numeric({repeats})
for (r in seq_len({repeats})) {{ t0 <- Sys.time(); run(); times[r] <- as.numeric(Sys.time() - t0, units = "secs") }}
cat(min(times) * 1000 * {scale}, "\\n")
"""


#: What ``leave1out`` and ``influence`` do for every row, for every twentieth.
SOME_REFITS = "for (i in seq(1, nrow(D), by = 20)) rma(D$yi, D$vi, subset = -i)"


@dataclass(frozen=True)
class Task:
    """One line of the table: our call, and R's expression on the same data (None: R is not asked).

    ``repeats`` are ours and R's; R does ``1 / r_scale`` of the work, and its time is multiplied.
    """

    name: str
    k: int
    b: int
    ours: Callable[[], object]
    r: str | None = None
    data: dict[str, np.ndarray] | None = None
    repeats: tuple[int, int] = (300, 100)
    r_scale: int = 1
    target: float | None = None


def counts(k: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return synthetic events and units with rates that differ (tau = 0.8 on the logit)."""
    rng = np.random.default_rng(seed)
    n = rng.integers(20, 200, k)
    return rng.binomial(n, 1 / (1 + np.exp(-rng.normal(-0.5, 0.8, k)))), n


def single(k: int, *, interval: bool, with_r: bool = True, target: float | None = None) -> Task:
    """Return the task of one REML fit with Hartung-Knapp, with or without the interval of tau2."""
    x, n = counts(k)
    model = ml.RandomEffects(measure="PLO", tau2_ci="q-profile" if interval else "none")
    expression = 'f <- rma(D$yi, D$vi, test="adhoc")' + ("; confint(f)" if interval else "")
    table = ml.StudyTable.from_counts(x, n)
    effects = measure("PLO").effects(table, ml.Zero())
    few = max(3, 3000 // k)
    return Task(
        name="REML + Hartung-Knapp" + (" + Q-profile" if interval else ""),
        k=k,
        b=1,
        ours=lambda: model.fit(ml.StudyTable.from_counts(x, n)),
        r=expression if with_r else None,
        data={"yi": effects.yi, "vi": effects.vi},
        repeats=(300 if k <= 1000 else 20, min(100, few)),
        target=target,
    )


def arrays(b: int, k: int, *, with_r: bool, target: float | None = None) -> Task:
    """Return the task of many REML fits with Hartung-Knapp as arrays; R loops over a fiftieth of them."""
    rng = np.random.default_rng(2)
    vi = np.exp(rng.normal(-2, 0.7, (b, k)))
    yi = rng.normal(0, np.sqrt(vi + 0.3))
    model, share = ml.RandomEffects(), max(1, b // 200)
    return Task(
        name="REML + Hartung-Knapp, arrays",
        k=k,
        b=b,
        ours=lambda: model.fit_arrays(yi, vi),
        r=f'for (i in 1:{b // share}) {{ j <- ((i - 1) * {k} + 1):(i * {k}); rma(D$yi[j], D$vi[j], test="adhoc") }}'
        if with_r
        else None,
        data={"yi": yi[: b // share].ravel(), "vi": vi[: b // share].ravel()},
        repeats=(10, 3),
        r_scale=share,
        target=target,
    )


def results(b: int, k: int) -> Task:
    """Return the task of many tables, each with its full result."""
    tables = [ml.StudyTable.from_counts(*counts(k, seed)) for seed in range(b)]
    model = ml.RandomEffects()
    return Task(
        "REML + Hartung-Knapp + Q-profile, full results",
        k,
        b,
        lambda: model.fit_tables(tables),
        repeats=(3, 0),
    )


def inverse_variance_tasks(*, quick: bool) -> list[Task]:
    """Return what is timed of the inverse-variance models."""
    tasks = [
        single(50, interval=False, target=10),
        single(50, interval=True, target=10),
        arrays(10_000, 20, with_r=True, target=300),
    ]
    if quick:
        return tasks
    tasks += [single(k, interval=True, with_r=k <= 500) for k in (10, 100, 500, 1000, 10_000)]
    tasks += [arrays(b, 20, with_r=False) for b in (10, 100, 1000, 100_000)]
    return [*tasks, results(2000, 20)]


def counts_tasks(*, quick: bool) -> list[Task]:
    """Return what is timed of the models of counts, and of tests built on many fits."""
    tasks = [mixed(50, points=7, target=20), mixed(50, points=None, target=1)]
    if quick:
        return tasks
    tasks += [mixed(k, points=7) for k in (10, 100, 500)]
    return [
        *tasks,
        left_out(50, target=50),
        left_out(500, target=1000),
        diagnostics(50, target=50),
        diagnostics(500, target=1000),
        subsets("REML", target=150),
        subsets("DL", target=20),
        many_subsets(),
        filled(50, target=10),
        permutations(60, target=200),
        levels(60, robust=False, target=5),
        levels(60, robust=True, target=5),
    ]


def mixed(k: int, *, points: int | None, target: float | None = None) -> Task:
    """Return the binomial-normal model: 7 points and Wald, or all profile intervals, against ONE rma.glmm."""
    x, n = counts(k)
    name = (
        "binomial-normal, 7 points" if points else "binomial-normal, all profile intervals (R: one rma.glmm)"
    )
    model = ml.BinomialNormal(quadrature=points, ci_method="wald") if points else ml.BinomialNormal()
    return Task(
        name=name,
        k=k,
        b=1,
        ours=lambda: model.fit(ml.StudyTable.from_counts(x, n)),
        r='rma.glmm(xi=D$x, ni=D$n, measure="PLO")',
        data={"x": x, "n": n},
        repeats=(100, 10),
        target=target,
    )


def left_out(k: int, *, target: float | None = None) -> Task:
    """Return leave-one-out of a REML fit."""
    return refitted("leave-one-out, REML", ml.leave_one_out, "leave1out", k, target)


def diagnostics(k: int, *, target: float | None = None) -> Task:
    """Return the influence set of a REML fit."""
    return refitted("influence, REML", ml.influence, "influence", k, target)


def refitted(name: str, ours: Callable[..., object], theirs: str, k: int, target: float | None) -> Task:
    """Return refits without each row; of R's minutes at k = 500 only every twentieth is timed."""
    x, n = counts(k)
    table = ml.StudyTable.from_counts(x, n)
    effects = measure("PLO").effects(table, ml.Zero())
    model = ml.RandomEffects(tau2_ci="none")
    return Task(
        name=name,
        k=k,
        b=1,
        ours=lambda: ours(model, table),
        r=f"{theirs}(rma(D$yi, D$vi))" if k < 100 else SOME_REFITS,
        data={"yi": effects.yi, "vi": effects.vi},
        repeats=(10, 3 if k < 100 else 1),
        r_scale=1 if k < 100 else 20,
        target=target,
    )


def subsets(method: str, *, target: float | None = None) -> Task:
    """Return 10,000 subsets of 50 rows; R does a twentieth of them by REML."""
    x, n = counts(50)
    table = ml.StudyTable.from_counts(x, n)
    effects = measure("PLO").effects(table, ml.Zero())
    model, share = ml.RandomEffects(method=method), 20 if method == "REML" else 1
    return Task(
        name=f"GOSH, {method}, 10,000 subsets",
        k=50,
        b=10_000,
        ours=lambda: ml.gosh(model, table, subsets=10_000, workers=1),
        r=f'gosh(rma(D$yi, D$vi, method="{method}"), subsets={10_000 // share}, progbar=FALSE)',
        data={"yi": effects.yi, "vi": effects.vi},
        repeats=(5, 2),
        r_scale=share,
        target=target,
    )


def many_subsets() -> Task:
    """Return a million subsets of 30 rows, which R is not asked for."""
    table = ml.StudyTable.from_counts(*counts(30))
    model = ml.RandomEffects(method="DL")
    return Task(
        "GOSH, DL, a million subsets", 30, 1_000_000, lambda: ml.gosh(model, table, workers=1), repeats=(2, 0)
    )


def filled(k: int, *, target: float | None = None) -> Task:
    """Return trim and fill of a REML fit."""
    x, n = counts(k)
    table = ml.StudyTable.from_counts(x, n)
    effects = measure("PLO").effects(table, ml.Zero())
    model = ml.RandomEffects(tau2_ci="none")
    return Task(
        name="trim and fill, REML",
        k=k,
        b=1,
        ours=lambda: ml.trim_and_fill(model, table),
        r="trimfill(rma(D$yi, D$vi))",
        data={"yi": effects.yi, "vi": effects.vi},
        repeats=(20, 10),
        target=target,
    )


def permutations(k: int, *, target: float | None = None) -> Task:
    """Return 10,000 permutations of one moderator under REML; R does a fiftieth of them."""
    rng = np.random.default_rng(3)
    vi, x = rng.uniform(0.05, 0.5, k), rng.normal(size=k)
    yi = rng.normal(0, np.sqrt(vi + 0.3))
    table = ml.StudyTable.from_effects(yi, vi, measure="GEN", moderators={"x": x})
    model = ml.RandomEffects(moderators="~ x", ci_method="wald")
    return Task(
        name="permutation test, REML, 10,000",
        k=k,
        b=10_000,
        ours=lambda: ml.permutation_test(model, table),
        r="permutest(rma(D$yi, D$vi, mods = ~ D$x), iter = 200, progbar = FALSE)",
        data={"yi": yi, "vi": vi, "x": x},
        repeats=(3, 1),
        r_scale=50,
        target=target,
    )


def levels(k: int, *, robust: bool, target: float | None = None) -> Task:
    """Return a three-level fit against rma.mv, or with CR2 against rma.mv and clubSandwich."""
    rng = np.random.default_rng(4)
    study = np.repeat(np.arange(k // 3), 3)
    vi = rng.uniform(0.02, 0.2, k)
    yi = rng.normal(0, 0.5, k // 3)[study] + rng.normal(0, np.sqrt(vi + 0.1))
    table = ml.StudyTable.from_effects(
        yi, vi, measure="GEN", study=[str(s) for s in study], label=[str(i) for i in range(k)]
    )
    model = ml.Multilevel(tau2_ci="none", robust="CR2" if robust else "none")
    fit = "f <- rma.mv(D$yi, D$vi, random = ~ 1 | s/o, data = D)"
    return Task(
        name="three levels, CR2 (R: rma.mv, clubSandwich)" if robust else "three levels",
        k=k,
        b=1,
        ours=lambda: model.fit(table),
        r=f"{fit}; robust(f, cluster = D$s, clubSandwich = TRUE)" if robust else fit,
        data={"yi": yi, "vi": vi, "s": study, "o": np.arange(k)},
        repeats=(10, 5),
        target=target,
    )


def our_time(task: Task) -> float:
    """Return milliseconds of our call."""
    task.ours()
    best = float("inf")
    for _ in range(task.repeats[0]):
        start = time.perf_counter()
        task.ours()
        best = min(best, time.perf_counter() - start)
    return 1000 * best


def r_time(task: Task) -> float | None:
    """Return milliseconds of R's expression on the task's data."""
    if task.r is None or task.data is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        columns = list(task.data)
        np.savetxt(
            Path(folder) / "data.csv",
            np.column_stack([task.data[name] for name in columns]),
            delimiter=",",
            header=",".join(columns),
            comments="",
            fmt="%.17g",
        )
        script = HARNESS.format(expression=task.r, repeats=task.repeats[1], scale=task.r_scale)
        done = subprocess.run(
            ["Rscript", "-e", script], cwd=folder, capture_output=True, text=True, check=True, timeout=900
        )
    return float(done.stdout.split()[-1])


def peak_memory() -> int:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measured(tasks: list[Task]) -> list[dict[str, object]]:
    """Time every task and print its line."""
    print(
        f"{'task':48}{'k':>7}{'b':>8}{'metaleak ms':>13}{'metafor ms':>13}{'ratio':>8}{'wanted':>8}{'MB':>6}"
    )
    lines = []
    for task in tasks:
        ours, theirs = our_time(task), r_time(task)
        ratio = None if theirs is None else theirs / ours
        line = {
            "task": task.name,
            "k": task.k,
            "b": task.b,
            "metaleak_ms": round(ours, 4),
            "metafor_ms": "" if theirs is None else round(theirs, 3),
            "ratio": "" if ratio is None else round(ratio, 1),
            "wanted_ratio": "" if task.target is None else task.target,
            "peak_mb": peak_memory(),
        }
        lines.append(line)
        print(
            f"{task.name:48}{task.k:>7}{task.b:>8}{ours:>13.3f}"
            f"{'' if theirs is None else f'{theirs:.2f}':>13}{'' if ratio is None else f'{ratio:.1f}':>8}"
            f"{'' if task.target is None else f'{task.target:g}':>8}{line['peak_mb']:>6}",
            flush=True,
        )
    return lines


def merged(lines: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the lines of the file with those of the same task, k and b replaced, new ones behind."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        kept: list[dict[str, object]] = [dict(line) for line in csv.DictReader(file)]
    fresh = {(str(line["task"]), str(line["k"]), str(line["b"])): line for line in lines}
    known = [(str(line["task"]), str(line["k"]), str(line["b"])) for line in kept]
    return [fresh.get(key, line) for key, line in zip(known, kept, strict=True)] + [
        line for key, line in fresh.items() if key not in known
    ]


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="only what has a wanted ratio")
    parser.add_argument("--only", default="", metavar="TEXT", help="only tasks whose name holds TEXT")
    asked = parser.parse_args()
    tasks = [*inverse_variance_tasks(quick=asked.quick), *counts_tasks(quick=asked.quick)]
    lines = measured([task for task in tasks if asked.only in task.name])
    if not asked.quick and lines:
        RESULTS.parent.mkdir(exist_ok=True)
        if asked.only:
            lines = merged(lines)
        with RESULTS.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(lines[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(lines)


if __name__ == "__main__":
    main()
