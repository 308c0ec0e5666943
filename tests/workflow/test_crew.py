"""Analyses and figures by several processes: the same bytes, the same order, the same errors, nothing left behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing

import psutil
import pytest

from metaleak.compute.local import Team
from metaleak.errors import MetaleakError, SettingError
from metaleak.workflow.crew import Ahead, ahead
from metaleak.workflow.drawing import Wish
from metaleak.workflow.pipeline import open_review

#: More analyses for a small review, so that processes pay.
MORE = ("b", "c")


@pytest.fixture
def review(starter):
    """Return a review with three analyses of two figures each."""
    first = next((starter / "analyses").glob("*.toml"))
    for name in MORE:
        shutil.copy(first, starter / "analyses" / f"{name}.toml")
    return starter


def written(root):
    """Everything that lies in a review, by path."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def run(root, workers, monkeypatch):
    """Do every step with so many processes and return the outcomes as lines."""
    monkeypatch.setenv("METALEAK_WORKERS", str(workers))
    with open_review(root) as pipeline:
        pipeline.run()
        assert pipeline.team.is_started == (workers > 1)
        return [str(outcome) for outcome in pipeline.outcomes]


def test_processes_write_the_same_bytes_in_the_same_order(review, tmp_path, monkeypatch):
    """Results, figures, page and book, whoever made them; a second run starts no process."""
    alone = tmp_path / "alone"
    shutil.copytree(review, alone)

    told = run(alone, 1, monkeypatch), run(review, 2, monkeypatch)

    assert told[0] == told[1]
    assert not any("unchanged" in line for line in told[0])
    assert written(alone) == written(review)
    monkeypatch.setenv("METALEAK_WORKERS", "2")
    with open_review(review) as pipeline:
        pipeline.run()
        assert not pipeline.team.is_started
        assert [o.step for o in pipeline.outcomes if not o.unchanged] == ["check"]
    assert written(alone) == written(review)


def test_figures_as_wished_are_the_same_bytes(review, tmp_path, monkeypatch):
    """In another style, as other files."""
    monkeypatch.setattr("metaleak.workflow.gallery.PAYS", 1)
    alone = tmp_path / "alone"
    shutil.copytree(review, alone)
    wish = Wish(style="lancet", formats=("svg", "eps", "tiff"), dpi=72)

    files = []
    for root, workers in ((alone, 1), (review, 2)):
        monkeypatch.setenv("METALEAK_WORKERS", str(workers))
        with open_review(root) as pipeline:
            files.append(pipeline.draw_all_as(pipeline.names[:1], wish, flow=True))
            assert pipeline.team.is_started == (workers > 1)

    assert files[0] == files[1]
    assert len(files[0]) == 3 * 5
    assert written(alone) == written(review)


def test_an_error_comes_at_its_turn_and_names_its_step(review, monkeypatch):
    """What stands before it in the order is told first, however long it takes."""
    path = review / "analyses" / "c.toml"
    path.write_text(path.read_text().replace("modality", "no_such_column"))
    monkeypatch.setenv("METALEAK_WORKERS", "2")

    with open_review(review) as pipeline:
        with pytest.raises(MetaleakError, match="no_such_column"):
            pipeline.pool_all(pipeline.names)
        steps = [outcome.step for outcome in pipeline.outcomes]

    assert steps == ["check", "pool synthetic_example", "pool b"]


def test_what_is_computed_ahead_is_taken_by_name(tmp_path, monkeypatch):
    """An error waits until its name is asked for; the others arrive all the same."""
    (tmp_path / "crew_functions.py").write_text(
        "from metaleak.errors import SettingError\n"
        "def shared_out(shared, item):\n"
        "    if not item:\n"
        "        raise SettingError('nobody to share with', got=item)\n"
        "    return divmod(shared, item)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    from crew_functions import shared_out

    came = []
    with Team(2) as team:
        arriving = ahead(team, "test", shared_out, 7, [("a", 0), ("b", 1), ("c", 2)])
        with closing(Ahead(arriving, lambda name, value: came.append((name, value)))) as found:
            assert found.take("c") == (3, 1)
            with pytest.raises(SettingError, match="nobody to share with; got: 0"):
                found.take("a")
            assert found.take("b") == (7, 0)

    assert sorted(came) == [("b", (7, 0)), ("c", (3, 1))]


def test_a_killed_run_leaves_no_process(review):
    """kill -9 to the parent in the middle of its work: its processes notice, and are gone."""
    command = [sys.executable, "-m", "metaleak", "run", "-q", "--root", str(review)]
    with subprocess.Popen(command, env={**os.environ, "METALEAK_WORKERS": "2"}) as process:
        children = []
        while len(children) < 2:
            assert process.poll() is None
            children = psutil.Process(process.pid).children()
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=30)

    assert alive == []
