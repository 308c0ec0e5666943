"""Simulate how often tests find a difference between groups that is not there.

    python benchmarks/group_test.py run [--replicates 1000] [--processes 1]
    python benchmarks/group_test.py table

``run`` leaves one file per 100 replicates under .metaleak/group-test and skips those that are there, so that it can be
stopped and go on. Seeds belong to the piece: processes and order change no number. ``table`` writes
benchmarks/results/group-test.csv and group-test.svg from the pieces.

Counts are synthetic: two groups with one mean logit (-0.3), studies of 18 to 500 units (evenly on the logarithm), a
between-study standard deviation of 0.8, or of 0.5 and 1 in the two groups. With two arms per study the arms share a
study effect (standard deviation 0.7, arms 0.4) and every study lies in one group.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np  # noqa: E402

import metaleak as ml  # noqa: E402
from metaleak.errors import MetaleakError  # noqa: E402
from metaleak.numerics.distributions import chi2_tail, f_tail  # noqa: E402
from metaleak.numerics.linear import Batch, at  # noqa: E402
from metaleak.pooling import binomial_normal_kernel as kernel  # noqa: E402
from metaleak.pooling.intervals import coefficients  # noqa: E402
from metaleak.pooling.tau2 import ESTIMATORS  # noqa: E402

ROOT = Path(__file__).parents[1]
PIECES = ROOT / ".metaleak" / "group-test"
RESULTS = ROOT / "benchmarks" / "results"
CHUNK, PERMUTATIONS, LEVEL = 100, 199, 0.05
MEAN = -0.3


@dataclass(frozen=True)
class Setting:
    """Studies in either group, the spread in either group, arms per study."""

    name: str
    sizes: tuple[int, int]
    tau: tuple[float, float] = (0.8, 0.8)
    arms: int = 1


SETTINGS = (
    Setting("k = 6", (3, 3)),
    Setting("k = 10", (5, 5)),
    Setting("k = 20", (10, 10)),
    Setting("k = 40", (20, 20)),
    Setting("3 against 20", (3, 20)),
    Setting("6 against 21", (6, 21)),
    Setting("k = 20, tau 0.5 and 1", (10, 10), (0.5, 1.0)),
    Setting("6 against 21, tau 1 and 0.5", (6, 21), (1.0, 0.5)),
    Setting("6 against 21, tau 0.5 and 1", (6, 21), (0.5, 1.0)),
    Setting("10 studies of two arms", (5, 5), arms=2),
    Setting("20 studies of two arms", (10, 10), arms=2),
)

#: What is tried, in the order of the table.
TESTS = (
    "inverse variance, Wald z",
    "inverse variance, Hartung-Knapp F",
    "inverse variance, Hartung-Knapp F, not below z",
    "inverse variance, Welch, a tau2 for each group",
    "inverse variance, permutation",
    "inverse variance, robust CR2",
    "binomial-normal, likelihood ratio",
    "binomial-normal, Wald t (k - p)",
    "binomial-normal, likelihood ratio, a tau2 for each group",
)


def draw(setting: Setting, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts and units (CHUNK, k) of synthetic data sets, the group (k,) and the study (k,) of each row."""
    m = sum(setting.sizes)
    group = np.repeat([0, 1], setting.sizes)
    tau = np.array(setting.tau)[group]
    if setting.arms == 1:
        logit = MEAN + tau * rng.standard_normal((CHUNK, m))
        study = np.arange(m)
    else:
        study = np.repeat(np.arange(m), setting.arms)
        own = 0.7 * rng.standard_normal((CHUNK, m))
        logit = MEAN + own[:, study] + 0.4 * rng.standard_normal((CHUNK, study.size))
        group = group[study]
    n = np.exp(rng.uniform(np.log(18), np.log(500), logit.shape)).astype(int)
    return rng.binomial(n, 1 / (1 + np.exp(-logit))).astype(float), n.astype(float), group, study


def inverse_variance(y: np.ndarray, v: np.ndarray, design: np.ndarray, method: str) -> np.ndarray:
    """Return Wald statistics of the group (b,)."""
    batch = Batch(y, v, np.full(len(y), float(y.shape[1])), design)
    tau2 = ESTIMATORS["REML"](batch).value
    fit = at(batch, tau2)
    cov = coefficients(batch, fit, tau2, method=method, level=0.95).cov
    return fit.beta[:, 1] ** 2 / cov[:, 1, 1]


def piece(setting: Setting, rng: np.random.Generator) -> dict[str, list[float]]:
    """Return the p values of every test on CHUNK data sets; a test that fails gives 1 and is counted."""
    x, n, group, study = draw(setting, rng)
    b, k = x.shape
    add = np.where((x == 0) | (x == n), 0.5, 0.0)
    y, v = np.log((x + add) / (n - x + add)), 1 / (x + add) + 1 / (n - x + add)
    design = np.broadcast_to(np.column_stack([np.ones(k), group]), (b, k, 2)).copy()
    found: dict[str, np.ndarray] = {}
    wald = inverse_variance(y, v, design, "wald")
    found[TESTS[0]] = chi2_tail(wald, 1)
    found[TESTS[1]] = f_tail(inverse_variance(y, v, design, "hksj"), 1, k - 2)
    found[TESTS[2]] = f_tail(inverse_variance(y, v, design, "hksj-adhoc"), 1, k - 2)
    found[TESTS[3]] = welch(y, v, group)
    found[TESTS[4]] = permuted(y, v, design, wald, study, rng)
    found[TESTS[5]] = np.array([robust(y[i], v[i], group, study) for i in range(b)])
    free, null = kernel.fit(x, n, design, None), kernel.fit(x, n, None, None)
    found[TESTS[6]] = chi2_tail(np.maximum(2 * (free.value - null.value), 0), 1)
    found[TESTS[7]] = f_tail(free.theta[:, 1] ** 2 / free.covariance()[:, 1, 1], 1, k - 2)
    found[TESTS[8]] = np.array([separate(x[i], n[i], group) for i in range(b)])
    return {test: [round(float(p), 6) for p in values] for test, values in found.items()}


def welch(y: np.ndarray, v: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return p values of Welch's test on two group means with Hartung-Knapp errors."""
    fits = [ml.RandomEffects().fit_arrays(y[:, group == g], v[:, group == g]) for g in (0, 1)]
    var = [fit.se**2 for fit in fits]
    df = [float((group == g).sum() - 1) for g in (0, 1)]
    t2 = (fits[0].estimate - fits[1].estimate) ** 2 / (var[0] + var[1])
    free = (var[0] + var[1]) ** 2 / (var[0] ** 2 / df[0] + var[1] ** 2 / df[1])
    return np.array([float(f_tail(t, 1, f)) for t, f in zip(t2, free, strict=True)])


def permuted(
    y: np.ndarray,
    v: np.ndarray,
    design: np.ndarray,
    wald: np.ndarray,
    study: np.ndarray,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return p values by permuting the group over studies."""
    first = np.unique(study, return_index=True)[1]
    p = np.empty(len(y))
    for i in range(len(y)):
        orders = rng.permuted(np.tile(first, (PERMUTATIONS, 1)), axis=1)
        moved = design[i][orders[:, study]]
        shape = (PERMUTATIONS, y.shape[1])
        others = inverse_variance(np.broadcast_to(y[i], shape), np.broadcast_to(v[i], shape), moved, "wald")
        p[i] = (1 + (others >= wald[i] - 1e-9).sum()) / (1 + PERMUTATIONS)
    return p


def robust(y: np.ndarray, v: np.ndarray, group: np.ndarray, study: np.ndarray) -> float:
    """Return the p value of the group in a three-level model with CR2."""
    table = ml.StudyTable.from_effects(
        y,
        v,
        measure="GEN",
        study=[str(s) for s in study],
        label=[str(i) for i in range(len(y))],
        moderators={"group": group.tolist()},
    )
    try:
        return ml.Multilevel(moderators="~ group").fit(table).coefficients[1].p_value
    except MetaleakError:
        return 1.0


def separate(x: np.ndarray, n: np.ndarray, group: np.ndarray) -> float:
    """Return the p value of the likelihood ratio with a tau2 for each group."""
    table = ml.StudyTable.from_counts(x, n, moderators={"group": group.tolist()})
    try:
        test = ml.pool_by(ml.BinomialNormal(ci_method="wald"), table, by="group").test
    except MetaleakError:
        return 1.0
    return 1.0 if test is None else test.p_value


def work(job: tuple[int, int]) -> None:
    """Do one piece and write it whole."""
    number, part = job
    rows = piece(SETTINGS[number], np.random.default_rng([20261125, number, part]))
    path = PIECES / f"{number}-{part}.json"
    half = path.with_suffix(".part")
    half.write_text(json.dumps(rows), encoding="utf-8")
    half.replace(path)


def run(replicates: int, processes: int) -> None:
    """Do the pieces that are missing, all settings in step."""
    PIECES.mkdir(parents=True, exist_ok=True)
    jobs = [
        (number, part)
        for part in range(max(1, replicates // CHUNK))
        for number in range(len(SETTINGS))
        if not (PIECES / f"{number}-{part}.json").exists()
    ]
    with Pool(processes) as pool:
        for done, _ in enumerate(pool.imap_unordered(work, jobs), start=1):
            print(f"{done} of {len(jobs)} pieces", flush=True)


def table() -> None:
    """Write what the pieces that are there say: the share of p values below 0.05, with its error."""
    rows = []
    for number, setting in enumerate(SETTINGS):
        pieces = [json.loads(path.read_text()) for path in sorted(PIECES.glob(f"{number}-*.json"))]
        for test in TESTS:
            p = np.array([value for part in pieces for value in part[test]])
            share = (p < LEVEL).mean()
            rows.append(
                {
                    "setting": setting.name,
                    "studies": " against ".join(map(str, setting.sizes)),
                    "test": test,
                    "replicates": p.size,
                    "rejected": f"{share:.4f}",
                    "monte_carlo_error": f"{np.sqrt(share * (1 - share) / p.size):.4f}",
                }
            )
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "group-test.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    figure(rows)


def figure(rows: list[dict[str, object]]) -> None:
    """Draw the shares: one panel per setting, one line per test."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "metaleak", "svg.fonttype": "none", "font.size": 7})
    import matplotlib.pyplot as plt

    fig, axes = plt.subplots(3, 4, figsize=(11, 7.2), sharex=True, sharey=True)
    for axis, setting in zip(axes.flat, SETTINGS, strict=False):
        mine = [row for row in rows if row["setting"] == setting.name]
        for place, row in enumerate(mine):
            share, error = float(str(row["rejected"])), float(str(row["monte_carlo_error"]))
            axis.plot(
                [100 * (share - 2 * error), 100 * (share + 2 * error)], [place, place], color="0.4", lw=0.8
            )
            axis.plot(100 * share, place, "s", color="#0072b2", ms=3)
        axis.axvline(5, color="#d55e00", lw=0.8)
        axis.set_title(setting.name, fontsize=7.5)
        axis.set_yticks(range(len(TESTS)), TESTS)
        axis.set_ylim(len(TESTS) - 0.5, -0.5)
        axis.set_xlim(0, 25)
    axes.flat[-1].axis("off")
    for axis in axes[-1]:
        axis.set_xlabel("rejected at 5 %, % (synthetic data)")
    fig.tight_layout()
    fig.savefig(RESULTS / "group-test.svg", metadata={"Date": None, "Creator": None})


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("run")
    running.add_argument("--replicates", type=int, default=1000)
    running.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    commands.add_parser("table")
    arguments = parser.parse_args()
    if arguments.command == "run":
        run(arguments.replicates, arguments.processes)
    else:
        table()


if __name__ == "__main__":
    main()
