"""One figure of the coverage simulation: coverage of seven intervals against the number of studies."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import matplotlib as mpl
import numpy as np

RESULTS = Path(__file__).parent / "results"

#: What is drawn: (model, method, estimand) -> label and colour.
LINES = {
    ("BinomialNormal", "profile", "median"): ("binomial-normal, profile: median", "#1b6ca8"),
    ("BinomialNormal", "t", "median"): ("binomial-normal, t: median", "#7fb2d6"),
    ("BinomialNormal", "profile", "mean"): ("binomial-normal, profile: mean", "#0b3954"),
    ("BetaBinomial", "profile", "mean"): ("beta-binomial, profile: mean", "#c8553d"),
    ("RandomEffects PLO REML", "hksj-adhoc", "mean logit"): (
        "logit, REML, hksj-adhoc: mean logit",
        "#5f8f3d",
    ),
    ("RandomEffects PFT REML", "hksj-adhoc", "mean arcsine"): (
        "PFT, REML, hksj-adhoc: mean arcsine",
        "#a68a3a",
    ),
    ("BayesianBinomialNormal", "equal-tailed", "median"): ("Bayesian binomial-normal: median", "#7d4f9e"),
}


def draw() -> None:
    """Draw rows of truths by columns of spreads; lines are means over rates, bars their range."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "coverage", "font.size": 8})
    import matplotlib.pyplot as plt

    found = _read()
    kinds = list(dict.fromkeys(key[0] for key in found))
    spreads = sorted({key[1] for key in found})
    studies = sorted({k for values in found.values() for by_k in values.values() for k in by_k})
    figure, axes = plt.subplots(
        len(kinds), len(spreads), figsize=(11, 9), sharex=True, sharey=True, squeeze=False
    )
    for row, kind in zip(axes, kinds, strict=True):
        for ax, tau in zip(row, spreads, strict=True):
            _panel(ax, found.get((kind, tau), {}), studies)
            ax.set_title(f"{kind}, tau {tau:g}", fontsize=8)
    for place, ax in np.ndenumerate(axes):
        if ax.get_visible():
            below, left = axes[place[0] + 1 :, place[1]], axes[place[0], : place[1]]
            if not any(other.get_visible() for other in below):
                ax.set_xlabel("studies")
                ax.tick_params(labelbottom=True)
            if not any(other.get_visible() for other in left):
                ax.set_ylabel("coverage of 95 % intervals, %")
                ax.tick_params(labelleft=True)
    figure.text(
        0.01,
        0.005,
        "Synthetic data. Points: mean over true rates of 1, 5, 20 and 50 %; bars: their range; 250 replicates "
        "each (Bayesian: 50); grey band: 93.5 to 96.5 %. Lines that leave the panel fall below 60 %.",
    )
    handles = [plt.Line2D([], [], color=colour, label=label) for label, colour in LINES.values()]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.022), ncols=4, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(RESULTS / "coverage.svg", metadata={"Date": None})
    print("coverage.svg")


def _read() -> dict[tuple[str, float], dict[tuple[str, str, str], dict[int, list[float]]]]:
    """Return coverages by truth and spread, then by method, then by number of studies, one per rate."""
    found: dict = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    for name in ("likelihood", "inverse-variance"):
        with (RESULTS / f"coverage-{name}.csv").open(encoding="utf-8") as file:
            for line in csv.DictReader(file):
                method = (line["model"], line["method"], line["estimand"])
                if method in LINES and line["coverage"]:
                    place = found[line["truth"], float(line["tau"])][method]
                    place[int(line["k"])].append(float(line["coverage"]))
    return found


def _panel(ax, values, studies) -> None:
    ax.axhspan(93.5, 96.5, color="#eeeeee", zorder=0)
    ax.axhline(95, color="#888888", linewidth=0.6)
    if not values:
        ax.set_visible(False)
        return
    for i, (method, (_, colour)) in enumerate(LINES.items()):
        by_k = values.get(method, {})
        x = np.array([studies.index(k) for k in by_k]) + 0.05 * (i - 3)
        y = [np.mean(v) for v in by_k.values()]
        ax.plot(x, y, color=colour, linewidth=1.2, marker="o", markersize=2.5)
        ax.vlines(
            x, [min(v) for v in by_k.values()], [max(v) for v in by_k.values()], color=colour, linewidth=0.6
        )
    ax.set_xticks(range(len(studies)), [str(k) for k in studies])
    ax.set_ylim(60, 100.5)
