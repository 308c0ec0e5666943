"""One figure of the simulation of the detection-adjusted intervals: coverage by setting and method."""

from __future__ import annotations

import csv
from pathlib import Path

import matplotlib as mpl

#: Method -> label, colour and place beside the setting's line.
METHODS = {
    "profile": ("calibrated profile (shipped), unreported left out", "#1b6ca8", -0.2),
    "profile-plain": ("plain profile", "#c8553d", -0.06),
    "naive pool of all counts": ("naive pool of all counts", "#888888", 0.08),
    "unreported, declared 0.25": ("declared share .25", "#9fc5a8", -0.34),
    "unreported, declared 0.5": ("declared share .5 (true)", "#3f8f5f", 0.22),
    "unreported, declared 0.75": ("declared share .75", "#1f4f33", 0.36),
}
TITLES = {"mu": "rate on CT, median study", "s": "sensitivity, median study"}
TARGETS = {"first": (93.5, 97)}
EVIDENCE_LIKE = (92.5, 98)
LEAST = 70


def draw(table: Path) -> None:
    """Draw a panel for each parameter, a line for each setting."""
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "detection-coverage", "font.size": 8})
    import matplotlib.pyplot as plt

    with table.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    settings = list(dict.fromkeys(line["setting"] for line in lines))
    figure, axes = plt.subplots(1, 2, figsize=(10, 0.55 * len(settings) + 1.8), sharey=True)
    for ax, (parameter, title) in zip(axes, TITLES.items(), strict=True):
        for place, setting in enumerate(settings):
            _target(ax, setting, place)
        for line in lines:
            if line["parameter"] == parameter:
                _point(ax, line, settings.index(line["setting"]))
        ax.axvline(95, color="#888888", linewidth=0.6)
        ax.set_title(title, fontsize=9)
        ax.set_xlim(LEAST, 100.5)
        ax.set_xlabel("coverage of 95 % intervals, %")
    axes[0].set_yticks(range(len(settings)), [_label(name, lines) for name in settings])
    axes[0].set_ylim(len(settings) - 0.2, -0.6)
    figure.text(
        0.01,
        0.01,
        "Synthetic data, two binomial steps between normal logits. Bars: 95 % Monte Carlo intervals; blue bands: the "
        f"target where there is one; arrows: below {LEAST} %.",
    )
    handles = [
        plt.Line2D([], [], color=colour, marker="o", markersize=3, label=label)
        for label, colour, _ in METHODS.values()
    ]
    figure.legend(handles=handles, loc="lower center", bbox_to_anchor=(0.5, 0.04), ncols=3, frameon=False)
    figure.tight_layout(rect=(0, 0.09, 1, 1))
    figure.savefig(table.with_suffix(".svg"), metadata={"Date": None})
    print(table.with_suffix(".svg").name)


def _label(setting: str, lines: list[dict[str, str]]) -> str:
    own = next(line for line in lines if line["setting"] == setting)
    name = setting.replace(", 0.8 lower", ",\n0.8 lower")
    return f"{name}\n{own['studies']}; {own['replicates']} replicates"


def _target(ax, setting: str, place: int) -> None:
    if setting in TARGETS or setting.startswith("evidence-like"):
        low, high = TARGETS.get(setting, EVIDENCE_LIKE)
        ax.fill_between([low, high], place - 0.42, place + 0.42, color="#dbe8f4", linewidth=0, zorder=0)


def _point(ax, line: dict[str, str], place: int) -> None:
    _, colour, beside = METHODS[line["method"]]
    cover, error = 100 * float(line["coverage"]), 196 * float(line["monte_carlo_error"])
    if cover < LEAST:
        ax.plot(LEAST + 0.6, place + beside, marker="<", color=colour, markersize=4)
        ax.annotate(f"{cover:.0f} %", (LEAST + 1.2, place + beside), color=colour, fontsize=6.5, va="center")
        return
    ax.plot(cover, place + beside, marker="o", color=colour, markersize=3)
    ax.hlines(place + beside, cover - error, min(cover + error, 100), color=colour, linewidth=1)
