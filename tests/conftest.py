"""What all tests share: nothing skips where CI is set, the same examples everywhere, one thread, one real review."""

import os
import shutil
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings

# Tests run beside each other, and threads of a matrix library that wait for a busy core take ten times the time.
# Set before numpy is loaded, and handed down to every process that a test starts.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

# A busy machine is no reason to fail; the same examples everywhere make a failure repeatable.
settings.register_profile("metaleak", deadline=None, derandomize=True)
settings.load_profile("metaleak")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Turn a skipped test into a failed one where CI is set."""
    return _strict((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Do the same for a module that skips as a whole."""
    return _strict((yield))


def _strict(report):
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI is set: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def evidence(tmp_path_factory):
    """Return this review, run once from its sheets for all processes of the tests; who changes it takes a copy."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    root, done = shared / "evidence", shared / "evidence.done"
    with FileLock(shared / "evidence.lock"):
        if not done.exists():
            _run_from_sheets(root)
            done.touch()
    return root


def _run_from_sheets(root):
    from metaleak.workflow.pipeline import open_review

    home = Path(__file__).parents[1]
    for name in ("extraction", "analyses"):
        shutil.copytree(home / name, root / name)
    for name in ("metaleak.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(home / name, root / name)
    with open_review(root) as pipeline:
        pipeline.run()
