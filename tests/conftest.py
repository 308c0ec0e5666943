"""What all tests share: where CI is set nothing may skip, and property tests give the same examples."""

import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

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
    """Return this review, run once from its sheets in a folder of its own."""
    from metaleak.workflow.pipeline import open_review

    home, root = Path(__file__).parents[1], tmp_path_factory.mktemp("evidence")
    for name in ("extraction", "analyses"):
        shutil.copytree(home / name, root / name)
    for name in ("metaleak.toml", "CITATION.cff", "CHANGELOG.md"):
        shutil.copy(home / name, root / name)
    with open_review(root) as pipeline:
        pipeline.run()
    return root
