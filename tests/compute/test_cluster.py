"""A Dask cluster of processes: the same bits, a worker killed in the middle, nobody there."""

import os
import signal
import sys

import numpy as np
import pytest

from metaleak.cli import main
from metaleak.compute import cluster as module
from metaleak.compute.job import Job
from metaleak.compute.place import Place, using
from metaleak.compute.run import run
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, MissingExtraError, NetworkError
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.gosh import gosh
from metaleak.workflow.scaffold import new_review

X = [35, 29, 12, 44, 21, 3, 9, 17, 25, 31, 8, 14]
#: An analysis of the synthetic example that pools subsets.
HOLDS = """
format = 1
kind = "influence"
title = "Synthetic example: does the rate hold?"
question = "Does it?"
[rows]
sheet = "leaks"
leak_site = ["any"]
symptomatic = ["any"]
procedure = ["PKP", "PVP"]
unit = ["vertebra", "patient"]
[several_rows]
arm = "arms-before-all"
unit = ["vertebra", "patient"]
modality = ["CT", "CT+xray", "xray", "fluoroscopy", "not_reported"]
arms = "sum"
"""
N = [56, 59, 48, 80, 30, 31, 40, 44, 60, 52, 33, 41]


def test_the_cluster_gives_the_bits_of_this_process(cluster, monkeypatch):
    """All 4,095 subsets by REML in 28 chunks."""
    monkeypatch.setattr("metaleak.synthesis.gosh._CELLS", 1800)
    table = StudyTable.from_counts(X, N)

    here = gosh(RandomEffects(), table, workers=1)
    there = gosh(RandomEffects(), table, scheduler=cluster.address)

    assert here.to_numpy().tobytes() == there.to_numpy().tobytes()


def test_every_resampling_gives_these_bits(cluster, resampling):
    """Permutations, curves, ledgers, drawn detection tables."""
    assert resampling(scheduler=cluster.address) == resampling(workers=1)


def test_an_error_comes_back_from_the_cluster(cluster, functions):
    """As it was raised there."""
    with pytest.raises(ConvergenceError, match="no optimum; got: 0"):
        run(Job("test", functions.fails, 0.0, [0], "error"), Place(scheduler=cluster.address))


def test_the_command_line_uses_the_cluster(cluster, tmp_path, monkeypatch):
    """``metaleak pool --scheduler``: the subsets go there, and the result has the bytes of a run without."""
    monkeypatch.setattr("metaleak.synthesis.gosh._CELLS", 60)
    asked, ask = [], module.on_cluster
    monkeypatch.setattr(module, "on_cluster", lambda *job: asked.append(job[2]) or ask(*job))
    results = []
    for name, options in (("with", ["--scheduler", cluster.address]), ("without", [])):
        root = tmp_path / name
        new_review(root)
        (root / "analyses/holds.toml").write_text(HOLDS)
        assert main(["pool", "holds", "--root", str(root), "-q", *options]) == 0
        results.append((root / "analyses/holds.result.json").read_bytes())
        assert not (root / ".metaleak/chunks").exists()

    assert results[0] == results[1]
    # Once for the subsets, once for those that the exact model fits.
    assert asked == [cluster.address] * 2


@pytest.mark.parametrize("resampling", ["ledger"], indirect=True)
def test_a_killed_worker_changes_no_bit(cluster, resampling):
    """SIGKILL to the third worker in the middle of a ledger's bootstrap."""
    killed = []

    def kill(done, _total):
        if done == 1 and not killed:
            cluster.workers[2].kill()
            killed.append(cluster.workers[2].wait())

    with using(Place(scheduler=cluster.address, progress=kill)):
        there = resampling()

    assert killed == [-signal.SIGKILL]
    assert there == resampling(workers=1)


def test_a_killed_worker_loses_nothing(cluster, functions):
    """SIGKILL to one of two workers that are left; the other computes its chunks again."""
    killed = []

    def kill(done, _total):
        if done == 3 and not killed:
            os.kill(cluster.workers[0].pid, signal.SIGKILL)
            killed.append(cluster.workers[0].wait())

    job = Job("test", functions.squares, 0.05, list(range(24)), "killed")
    found = run(job, Place(scheduler=cluster.address, progress=kill))

    assert killed == [-signal.SIGKILL]
    assert [values[0] for values in found] == [n**2 for n in range(24)]
    by = [int(values[1]) for values in found]
    assert by.count(cluster.workers[1].pid) > 12
    assert np.unique(by).tolist() == sorted(w.pid for w in cluster.workers[:2])


def test_nobody_answers(functions, monkeypatch):
    """A port without a scheduler."""
    monkeypatch.setattr(module, "_ANSWER", 0.5)

    with pytest.raises(NetworkError, match=r"no Dask scheduler answers.*dask scheduler"):
        run(Job("test", functions.squares, 0.0, [0], "n"), Place(scheduler="tcp://127.0.0.1:1"))


def test_the_extra_is_named_where_it_is_missing(functions, monkeypatch):
    """Without dask.distributed."""
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(MissingExtraError, match=r"metaleak\[cluster\]"):
        run(Job("test", functions.squares, 0.0, [0], "n"), Place(scheduler="tcp://127.0.0.1:1"))
