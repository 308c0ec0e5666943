"""Jobs: the same bits in this process and in others, kept chunks, processes that die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from metaleak.compute.job import Job, compute, versions
from metaleak.compute.local import Team, on_cores
from metaleak.compute.place import Place, chosen, cores, using
from metaleak.compute.run import run
from metaleak.effects.table import StudyTable
from metaleak.errors import ConvergenceError, MachineError, SettingError
from metaleak.pooling.binomial_normal import BinomialNormal
from metaleak.pooling.random_effects import RandomEffects
from metaleak.synthesis.gosh import gosh

ROOT = Path(__file__).parents[2]


def job(function, chunks=6, shared=0.0, identity="a test"):
    return Job("test", function, shared, list(range(chunks)), identity)


def squares(found):
    return [values[0] for values in found]


def table(k=14):
    rng = np.random.default_rng(7)
    return StudyTable.from_counts(rng.integers(5, 30, k).tolist(), rng.integers(40, 60, k).tolist())


def helpers():
    """Return the processes that compute for this one."""
    mine = psutil.Process().children()
    return [p.pid for p in mine if any("metaleak.compute.worker" in word for word in p.cmdline())]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_chunks_come_back_in_their_order(functions, workers):
    """Whoever computes them."""
    found = run(job(functions.squares), Place(workers=workers))

    assert squares(found) == [0, 1, 4, 9, 16, 25]
    own = {values[1] == os.getpid() for values in found}
    assert own == {workers == 1}


@pytest.mark.parametrize(
    ("model", "subsets"), [(RandomEffects(method="REML"), 3000), (BinomialNormal(ci_method="wald"), 300)]
)
def test_the_bits_do_not_depend_on_the_workers(model, subsets, monkeypatch):
    """Subsets by REML and by the binomial-normal model: here, by two processes, by three."""
    monkeypatch.setattr("metaleak.synthesis.gosh._CELLS", 9_000)
    monkeypatch.setattr("metaleak.synthesis.gosh._TABLES", 50)

    here, two, three = (gosh(model, table(), subsets=subsets, workers=n) for n in (1, 2, 3))

    assert here.to_numpy().tobytes() == two.to_numpy().tobytes() == three.to_numpy().tobytes()


def test_every_resampling_gives_the_same_bits(resampling):
    """In this process and in two others."""
    assert resampling(workers=2) == resampling(workers=1)


def test_every_resampling_goes_on_where_it_stood(resampling, tmp_path):
    """Two chunks are done when it is stopped, and are not done again."""
    told = []

    def stop(done, _total):
        if done == 2:
            raise KeyboardInterrupt

    with using(Place(workers=1, progress=stop)), pytest.raises(KeyboardInterrupt):
        resampling(keep=tmp_path)
    with using(Place(workers=1, progress=lambda done, _total: told.append(done))):
        again = resampling(keep=tmp_path)

    assert told[0] == 2
    assert again == resampling(workers=1)


def test_a_long_job_takes_the_cores_on_its_own(functions, monkeypatch):
    """The first chunk tells how long the others will take."""
    monkeypatch.setattr("metaleak.compute.run._PAYS", 0.5)
    monkeypatch.setattr("metaleak.compute.run.cores", lambda: 2)

    long, short = (run(job(functions.squares, shared=seconds), Place()) for seconds in (0.2, 0.0))

    assert [values[1] == os.getpid() for values in long] == [True, *[False] * 5]
    assert all(values[1] == os.getpid() for values in short)


def test_a_killed_worker_costs_its_chunk_only(functions):
    """SIGKILL to a process in the middle of a job: another takes its place, nothing is missing."""
    killed = []

    def kill(done, _total):
        if done == 1 and not killed:
            killed.append(helpers()[0])
            os.kill(killed[0], signal.SIGKILL)

    found = run(job(functions.squares, shared=0.1, chunks=8), Place(workers=2, progress=kill))

    assert squares(found) == [n**2 for n in range(8)]
    assert len(killed) == 1
    assert helpers() == []


def test_a_chunk_that_kills_its_processes_ends_the_job(functions):
    """After three of them."""
    with pytest.raises(MachineError, match="a chunk has killed 3 processes"):
        run(job(functions.dies), Place(workers=2))

    assert helpers() == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_arrives_as_it_was_raised(functions, workers):
    """With all its parts, from another process too."""
    with pytest.raises(ConvergenceError, match="no optimum; got: 0") as caught:
        run(job(functions.fails, chunks=1), Place(workers=workers))

    assert caught.value.state == {"tau": 1.0}


def test_what_a_chunk_prints_does_not_get_between_the_answers(functions):
    """It goes to standard error."""
    assert [v[0] for v in run(job(functions.chatters, chunks=3), Place(workers=2))] == [0, 1, 2]


def test_a_script_without_a_guard_may_use_processes(tmp_path):
    """Its lines are not run again in the workers."""
    script = tmp_path / "script.py"
    script.write_text(
        "import metaleak as ml\nfrom metaleak.synthesis import gosh\ngosh._CELLS = 500\nprint('once')\n"
        "table = ml.StudyTable.from_counts([35, 29, 12, 4, 9, 8, 7], [56, 59, 48, 40, 30, 20, 19])\n"
        "print(len(ml.gosh(ml.CommonEffect(), table, workers=2)))\n"
    )

    found = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True, env=_environment(), timeout=60
    )

    assert found.stdout.split() == ["once", "127"]


def test_kept_chunks_are_taken_over(functions, tmp_path):
    """What was done is not done again; it goes when the job is done, and other jobs leave it alone."""
    seen = []

    def stop(done, _total):
        seen.append(done)
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(job(functions.squares), Place(workers=1, keep=tmp_path / "kept", progress=stop))
    first = sorted(p.name for p in (tmp_path / "kept").rglob("*.chunk"))
    run(job(functions.squares, identity="another"), Place(workers=1, keep=tmp_path / "kept"))
    run(job(functions.squares), Place(workers=1, keep=tmp_path / "kept", salt="other software"))
    told = []
    found = run(
        job(functions.squares),
        Place(workers=1, keep=tmp_path / "kept", progress=lambda done, _total: told.append(done)),
    )

    assert first == ["000000.chunk", "000001.chunk", "000002.chunk"]
    assert seen == [0, 1, 2, 3]
    assert told == [3, 4, 5, 6]
    assert squares(found) == [0, 1, 4, 9, 16, 25]
    assert not (tmp_path / "kept").exists()


def test_a_damaged_chunk_is_computed_again(functions, tmp_path):
    """Cut off, or with a byte changed."""
    place = Place(workers=1, keep=tmp_path, release=False)
    run(job(functions.squares), place)
    kept = sorted(tmp_path.rglob("*.chunk"))
    kept[1].write_bytes(kept[1].read_bytes()[:-3])
    kept[2].write_bytes(kept[2].read_bytes()[:-1] + b"x")
    kept[3].write_bytes(b"")
    told = []

    found = run(
        job(functions.squares),
        Place(workers=1, keep=tmp_path, release=False, progress=lambda done, _total: told.append(done)),
    )
    place.forget()

    assert told == [3, 4, 5, 6]
    assert squares(found) == [0, 1, 4, 9, 16, 25]
    assert list(tmp_path.rglob("*.chunk")) == []


def test_a_killed_run_resumes_to_the_same_bytes(tmp_path):
    """kill -9 with two workers at it; the next run starts from the chunks on the disk."""
    keep, script = tmp_path / "kept", tmp_path / "script.py"
    script.write_text(
        "import sys, numpy as np, metaleak as ml\nfrom metaleak.synthesis import gosh\ngosh._EXACT = 80\n"
        "from metaleak.compute.place import Place, using\n"
        "rng = np.random.default_rng(7)\n"
        "table = ml.StudyTable.from_counts(rng.integers(5, 30, 14).tolist(), rng.integers(40, 60, 14).tolist())\n"
        "with using(Place(progress=lambda done, total: print(done, total, flush=True))):\n"
        "    found = ml.gosh(ml.BinomialNormal(ci_method='wald'), table, subsets=2400, workers=2, keep=sys.argv[1])\n"
        "np.save(sys.argv[2], found.to_numpy())\n"
    )
    command = [sys.executable, str(script), str(keep)]
    with subprocess.Popen(
        [*command, str(tmp_path / "never.npy")],
        env=_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        children = []
        while len(list(keep.rglob("*.chunk"))) < 5:
            children = psutil.Process(process.pid).children()
            assert process.poll() is None
            time.sleep(0.002)
        process.kill()
        # It ends when the last of its workers does.
        _, said = process.communicate(timeout=10)
    psutil.wait_procs(children, timeout=10)
    left = {path: path.stat().st_ino for path in keep.rglob("*.chunk")}

    again = subprocess.run(
        [*command, str(tmp_path / "again.npy")],
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    subprocess.run(
        [sys.executable, script, tmp_path / "other", tmp_path / "whole.npy"],
        env=_environment(),
        check=True,
        capture_output=True,
        timeout=60,
    )

    assert not (tmp_path / "never.npy").exists()
    assert said == ""
    assert 5 <= len(left) < 30
    assert again.stdout.split("\n")[0] == f"{len(left)} 30"
    assert (tmp_path / "again.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    assert not any(child.is_running() for child in children)


def test_other_versions_compute_nothing(functions):
    """Their last bits could differ."""
    assert compute(functions.squares, 0.0, 3, versions())[0] == 9
    with pytest.raises(MachineError, match=r"other versions; required: .*numpy 1\.0"):
        compute(functions.squares, 0.0, 3, {**versions(), "numpy": "1.0"})


def test_a_call_goes_before_the_block_around_it(tmp_path):
    """And takes from it what it does not name."""
    with using(Place(workers=3, salt="s")):
        assert chosen().workers == 3
        assert (chosen(workers=2).workers, chosen(workers=2).salt) == (2, "s")
        assert (chosen(keep=tmp_path).workers, chosen(keep=tmp_path).keep) == (3, tmp_path)
        assert chosen(scheduler="tcp://127.0.0.1:1").workers is None
    assert chosen().workers is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"workers": 0}, "whole number >= 1"),
        ({"workers": True}, "whole number >= 1"),
        ({"scheduler": "here"}, "no address"),
        ({"scheduler": "tcp://127.0.0.1:1", "workers": 2}, "exclude each other"),
    ],
)
def test_what_is_no_place(settings, said):
    """No worker, no address, two places at once."""
    with pytest.raises(SettingError, match=said):
        Place(**settings)


def _environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def test_a_team_keeps_its_processes_for_the_next_job(functions):
    """They end with the block."""
    with Team(2) as team:
        assert not team.is_started
        first = {v[1] for _, v in on_cores(job(functions.squares, shared=0.1), range(6), 2, team)}
        second = dict(on_cores(job(functions.squares, shared=0.1), range(6), 2, team))
        assert sorted(helpers()) == sorted(first)
        assert {values[1] for values in second.values()} <= first
        assert [second[n][0] for n in range(6)] == [0, 1, 4, 9, 16, 25]
    assert helpers() == []


def test_a_job_that_is_given_up_ends_its_processes(functions):
    """Even in the middle of a long chunk, and nobody waits for it."""
    started = time.monotonic()
    with Team(2) as team:
        running = on_cores(job(functions.waits, chunks=4), range(4), 2, team)
        assert next(running)[0] == 0
        running.close()
        assert not team.is_started

    assert helpers() == []
    assert time.monotonic() - started < 20


def test_the_environment_says_how_many_may_work(monkeypatch):
    """More or fewer than the machine has."""
    monkeypatch.setenv("METALEAK_WORKERS", "3")
    assert cores() == 3
    monkeypatch.setenv("METALEAK_WORKERS", "")
    assert cores() == len(os.sched_getaffinity(0))
    for wrong in ("0", "many", "-1", "1.5"):
        monkeypatch.setenv("METALEAK_WORKERS", wrong)
        with pytest.raises(SettingError, match="METALEAK_WORKERS is no number of processes"):
            cores()
