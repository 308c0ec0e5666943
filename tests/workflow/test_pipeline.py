"""The steps together: what is redone, what agrees, what survives a kill."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metaleak.workflow.pipeline import open_review

ROOT = Path(__file__).parents[2]
CT_STUDY = "NewCT2026,New CT 2026,,2026,A new study on CT,,99999999,,,,,unclear,not_reported,,abstract,synthetic: for this test\n"
CT_ROW = "NewCT2026,all,PVP,not_reported,vertebra,CT,stated,any,any,90,100,0,not_reported,,not_reported,,,,,synthetic,high,\n"


def run(root):
    """Do every step and return which were done."""
    with open_review(root) as pipeline:
        pipeline.run()
        return {outcome.step: not outcome.unchanged for outcome in pipeline.outcomes}


def written(root):
    """Everything that metaleak wrote, by path."""
    folders = ("analyses", "figures", "reports", "extraction")
    return {
        p.relative_to(root).as_posix(): p.read_bytes()
        for f in folders
        for p in sorted((root / f).rglob("*"))
        if p.is_file()
    }


@pytest.mark.parametrize(
    "path", sorted((ROOT / "analyses").glob("*.result.json")), ids=lambda path: path.name
)
def test_the_committed_results_are_what_the_sheets_give(evidence, path):
    """A run on untouched sheets gives the kept words and, on any machine, the kept numbers."""
    found, kept = (json.loads((place / "analyses" / path.name).read_text()) for place in (evidence, ROOT))

    assert list(leaves(found)) == [(at, about(value)) for at, value in leaves(kept)]


@pytest.mark.parametrize("path", sorted((ROOT / "analyses").glob("*.rows.csv")), ids=lambda path: path.name)
def test_the_committed_rows_are_what_the_sheets_give(evidence, path):
    """The list of rows taken and left out is the kept one."""
    assert (evidence / "analyses" / path.name).read_bytes() == path.read_bytes()


def leaves(value, at=()):
    """Give the place and value of every word and number of a result."""
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        yield at, value
        return
    for key, inner in items:
        yield from leaves(inner, (*at, key))


def about(value):
    """Return a number as what another kind of processor may give for it."""
    return pytest.approx(value, rel=1e-8, abs=1e-9) if isinstance(value, float) else value


def test_a_second_run_changes_no_file(evidence, tmp_path):
    """No step is done again but the check, and no byte changes."""
    root = shutil.copytree(evidence, tmp_path / "review")
    before = written(root)

    done = run(root)

    assert [step for step, redone in done.items() if redone] == ["check"]
    assert written(root) == before


def test_a_new_ct_study_moves_what_depends_on_it(evidence, tmp_path):
    """90 of 100 vertebrae on CT: the CT group and the page move; patients and pairs are not fitted again."""
    root = tmp_path / "review"
    shutil.copytree(evidence, root)
    before = json.loads((root / "analyses" / "modality.result.json").read_text())
    for name, line in (("studies", CT_STUDY), ("leaks", CT_ROW)):
        path = root / "extraction" / f"{name}.csv"
        path.write_bytes(path.read_bytes() + line.encode())

    done = run(root)

    after = json.loads((root / "analyses" / "modality.result.json").read_text())
    assert after["groups"]["CT"]["k"] == before["groups"]["CT"]["k"] + 1
    assert after["groups"]["CT"]["estimate"] > before["groups"]["CT"]["estimate"]
    assert after["groups"]["not reported"]["estimate"] == before["groups"]["not reported"]["estimate"]
    assert "New CT 2026" in (root / "reports" / "cement-leakage.html").read_text()
    assert {step for step, redone in done.items() if step.startswith("pool") and redone} == {
        "pool certainty",
        "pool detection",
        "pool modality",
        "pool models",
        "pool procedure",
        "pool regression",
        "pool risk_of_bias",
        "pool robustness",
        "pool specifications",
        "pool units",
        "pool vertebrae",
        "pool what_next",
        "pool why_range",
        "pool xray_alone",
    }
    assert not done["draw pairs"]


def test_two_folders_agree_byte_for_byte(tmp_path):
    """Another folder, another process, another hash seed: the same bytes."""
    outputs = []
    for seed in ("1", "2"):
        root = tmp_path / f"folder {seed}"
        env = {**os.environ, "PYTHONHASHSEED": seed}
        subprocess.run([sys.executable, "-m", "metaleak", "new", "-q", str(root)], check=True, env=env)
        subprocess.run(
            [sys.executable, "-m", "metaleak", "run", "-q", "--root", str(root)], check=True, env=env
        )
        outputs.append(written(root))

    assert outputs[0] == outputs[1]


def test_no_output_names_a_folder_or_a_clock(evidence):
    """Neither the path of the review nor the user's name stands in anything that is written."""
    marks = [str(evidence).encode(), str(ROOT).encode(), b"/tmp/"]

    guilty = [name for name, data in written(evidence).items() if any(mark in data for mark in marks)]

    assert guilty == []


def test_kill_minus_nine_leaves_whole_files(starter, tmp_path):
    """Killed at many moments of a run: every file is whole, and a last run gives the undisturbed bytes."""
    undisturbed = tmp_path / "undisturbed"
    shutil.copytree(starter, undisturbed)
    run(undisturbed)
    started = time.monotonic()
    subprocess.run([sys.executable, "-m", "metaleak", "run", "-q", "--root", str(starter)], check=True)
    whole = time.monotonic() - started
    for name in ("figures", "reports", ".metaleak"):
        shutil.rmtree(starter / name)

    for i in range(12):
        child = subprocess.Popen([sys.executable, "-m", "metaleak", "run", "-q", "--root", str(starter)])
        time.sleep(whole * (0.35 + 0.06 * i))
        child.send_signal(signal.SIGKILL)
        child.wait()
        _require_whole(starter)

    run(starter)
    assert written(starter) == written(undisturbed)
    assert not list(starter.rglob("*.metaleak-tmp"))


def _require_whole(root):
    ends = {
        ".json": b"}\n",
        ".html": b"</html>\n",
        ".png": b"IEND\xaeB`\x82",
        ".pdf": b"%%EOF\n",
        ".svg": b"</svg>\n",
    }
    for name, data in written(root).items():
        suffix = Path(name).suffix
        if suffix in ends and not Path(name).name.startswith("."):
            assert data.endswith(ends[suffix]), name
