"""The page of this review shows the numbers of the committed results."""

import json
import re
from pathlib import Path

import pytest

from metaleak.reporting.data import ReportInput
from metaleak.reporting.report import render_report

RESULTS = {
    path.name.removesuffix(".result.json"): json.loads(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parents[2] / "analyses").glob("*.result.json"))
}
POOLED = {name: result for name, result in RESULTS.items() if result["kind"] == "pool"}


@pytest.fixture(scope="module")
def shown(plain):
    """Return the text of every table of the page, by its id."""
    page = render_report(ReportInput(title="", question="", status="rehearsal", results=RESULTS))
    tables = re.findall(r'<table id="([^"]+)" class="h\d+">(.*?)</table>', page, re.S)
    return {key: plain(body) for key, body in tables}


def percents(values, *keys):
    """Return shares as the page prints them, worked out here."""
    return [f"{100 * values[key]:.1f}" for key in keys if values[key] is not None]


@pytest.mark.parametrize("name", POOLED)
def test_pooled_rates_are_those_of_the_result(shown, name):
    """Rate, interval, prediction, mean over studies and I2 of every group."""
    table = shown[f"{name.replace('_', '_5f')}.groups"]

    for group in RESULTS[name]["groups"].values():
        wanted = percents(group, "estimate", "ci_low", "ci_high", "pi_low", "pi_high", "i2")
        wanted += percents(group["population_average"], "value", "ci_low", "ci_high")
        assert [number for number in wanted if number not in table] == []


@pytest.mark.parametrize("name", [name for name, result in POOLED.items() if result["difference"]])
def test_differences_are_those_of_the_result(shown, name):
    """Odds ratios with their intervals, two decimals."""
    table = shown[f"{name.replace('_', '_5f')}.contrasts"]

    for found in RESULTS[name]["difference"]:
        low, high = f"{found['ci_low']:.2f}", f"{found['ci_high']:.2f}"
        assert f"{found['odds_ratio']:.2f} [{low}, {high}]" in table


def test_every_observation_is_shown(shown):
    """Counts of all rows of all groups stand in the tables of rows."""
    for name, result in POOLED.items():
        for row in result["rows"]:
            group = "".join(c if re.match("[A-Za-z0-9-]", c) else f"_{ord(c):x}" for c in row["group"])
            table = shown[f"{name.replace('_', '_5f')}.{group}.rows"]
            assert row["label"] in table
            assert f"{row['events']}/{row['total']}" in table.replace(" ", "")
