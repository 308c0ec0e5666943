"""Documents that run: README blocks, docstring examples, the completeness of public docstrings."""

import csv
import doctest
import importlib
import inspect
import json
import pkgutil
import re
from pathlib import Path

import pytest

import metaleak

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODULES = sorted(
    m.name for m in pkgutil.walk_packages(metaleak.__path__, "metaleak.") if "__main__" not in m.name
)
PUBLIC = [name for name in metaleak.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings(name):
    """Every example in a docstring gives what it says."""
    found = doctest.testmod(importlib.import_module(name))

    assert found.failed == 0


@pytest.mark.parametrize("block", re.findall(r"```python\n(.*?)```", README, re.S))
def test_python_blocks_of_the_readme(block, monkeypatch, capsys):
    """The README's Python runs in the repository."""
    monkeypatch.chdir(ROOT)

    exec(compile(block, "README.md", "exec"), {})

    assert capsys.readouterr().out


def test_commands_of_the_readme_exist():
    """Every ``metaleak COMMAND`` that the README shows is a command, and every command is shown."""
    from typer.main import get_command

    from metaleak.cli.app import app

    shown = set(re.findall(r"^metaleak ([a-z]+)", README, re.M))

    assert shown == set(get_command(app).commands)


def test_the_readme_tells_what_the_results_say():
    """The sentences under "What it found" are those that the committed results give."""
    import json

    from metaleak.reporting.answer import answer
    from metaleak.reporting.data import ReportInput

    names = ("modality", "pairs")
    results = {name: json.loads((ROOT / "analyses" / f"{name}.result.json").read_text()) for name in names}
    with (ROOT / "extraction" / "pairs.csv").open(newline="", encoding="utf-8") as sheet:
        pairs = [{**row, "sheet_row": str(n)} for n, row in enumerate(csv.DictReader(sheet), start=2)]
    found = answer(ReportInput(title="", question="", status="rehearsal", results=results, pairs=pairs))

    assert [lead.sentence for lead in found.leads if lead.sentence not in README] == []
    assert found.caveat in README


@pytest.mark.parametrize("name", PUBLIC)
def test_public_names_are_documented(name):
    """A public class or function has a sentence; models and functions also an example."""
    thing = getattr(metaleak, name)
    text = inspect.getdoc(thing) or ""

    assert text.split("\n")[0].endswith(".")
    assert ">>>" in text or name in ("Review", "read_review")


@pytest.mark.parametrize("name", ["BinomialNormal", "RandomEffects", "CommonEffect"])
def test_models_name_their_sources(name):
    """Every model's docstring has parameters, notes and references with a DOI."""
    text = inspect.getdoc(getattr(metaleak, name))

    assert all(f"{section}\n---" in text for section in ("Parameters", "Notes", "References"))
    assert re.search(r"doi:10\.\d{4,}/\S+", text)


def test_the_changelog_knows_this_version():
    """The newest section of the changelog is the package's version."""
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert re.search(r"^## (\S+)", changelog, re.M).group(1) == metaleak.__version__


def test_the_readme_shows_the_adjusted_rate_of_the_result():
    """With the digits that the page prints."""
    from metaleak.reporting.sections.detection import sentences

    result = json.loads((ROOT / "analyses" / "detection.result.json").read_text(encoding="utf-8"))
    rate, missed, *_ = sentences(result)
    shown = [re.search(r"\d+ % \[\d+, \d+\]", rate)[0], re.search(r"misses (\d+ % \[\d+, \d+\])", missed)[1]]

    assert [number for number in shown if number not in README] == []


def test_the_coverages_of_the_documentation_are_those_of_the_simulation():
    """Every setting's line in docs/detection.md holds the kept coverages of rate and sensitivity."""
    with (ROOT / "benchmarks" / "results" / "detection-coverage.csv").open(encoding="utf-8") as file:
        kept = {(r["setting"], r["parameter"]): r for r in csv.DictReader(file) if r["method"] == "profile"}
    text = (ROOT / "docs" / "detection.md").read_text(encoding="utf-8")
    lines = {cells[1].strip(): cells for line in text.splitlines() if len(cells := line.split("|")) > 6}

    for setting in {name for name, _ in kept}:
        shown = [lines[setting][place].strip() for place in (3, 4, 5)]
        rate, seen = kept[setting, "mu"], kept[setting, "s"]
        coverages = [f"{100 * float(row['coverage']):.1f}" for row in (rate, seen)]

        assert shown == [rate["replicates"], *coverages]


def test_the_figure_of_the_documentation_is_the_committed_result():
    """Made by: metaleak draw adjusted."""
    from metaleak.plots.planners import plan_figure
    from metaleak.plots.save import as_svg

    result = json.loads((ROOT / "analyses" / "detection.result.json").read_text(encoding="utf-8"))
    drawn = as_svg(plan_figure("adjusted", result), "detection-adjusted")

    assert (ROOT / "docs" / "detection-adjusted.svg").read_text(encoding="utf-8") == drawn
