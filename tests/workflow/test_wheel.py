"""The wheel: installed elsewhere, it starts and runs a review without the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: What compilers write into the package.
MADE = ("__pycache__", "*.c", "*.so", "*.pyd")


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Build the wheel from a copy of the sources and unpack it where an installer would."""
    source = tmp_path_factory.mktemp("source")
    for name in ("pyproject.toml", "setup.cfg", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    shutil.copytree(ROOT / "metaleak", source / "metaleak", ignore=shutil.ignore_patterns(*MADE))
    build = "from setuptools import build_meta; print(build_meta.build_wheel('.'))"
    out = subprocess.run(
        [sys.executable, "-c", build], cwd=source, capture_output=True, text=True, check=True
    )
    target = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(source / out.stdout.split()[-1]) as wheel:
        wheel.extractall(target)
    return target


def python(installed, *words, cwd):
    env = {**os.environ, "PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


def test_a_review_runs_from_the_wheel(installed, tmp_path):
    """new and run outside of the repository: the page is written."""
    where = python(installed, "-c", "import metaleak; print(metaleak.__file__)", cwd=tmp_path)
    new = python(installed, "-m", "metaleak", "new", "mine", cwd=tmp_path)
    run = python(installed, "-m", "metaleak", "run", "--root", "mine", cwd=tmp_path)

    assert where.stdout.startswith(str(installed))
    assert (new.returncode, run.returncode) == (0, 0), new.stderr + run.stderr
    assert (tmp_path / "mine" / "reports" / "review.html").is_file()


def test_the_wheel_holds_what_can_be_compiled(installed):
    built = {file.name.partition(".")[0] for file in (installed / "metaleak/records").glob("_*.so")}

    if not built:
        pytest.skip("nothing was compiled; it needs a C compiler")
    assert built == {"_pubmed_xml", "_rows", "_scan"}


def test_every_file_of_the_package_is_in_the_wheel(installed):
    """Fonts, templates, the starter review and the typing mark are packed, too."""

    def files(folder):
        return {
            p.relative_to(folder).as_posix()
            for p in folder.rglob("*")
            if p.is_file() and not any(part.match(made) for part in (p, p.parent) for made in MADE)
        }

    assert files(ROOT / "metaleak") <= files(installed / "metaleak")
