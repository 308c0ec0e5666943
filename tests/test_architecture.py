"""The house: layers, what may import what, and what loads when."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import metaleak

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "metaleak"


def run_python(code):
    """Run code in a fresh interpreter and return what it prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, timeout=60
    ).stdout.strip()


def test_import_contracts():
    """Layers, the two towers, and matplotlib only in plots: import-linter keeps every contract."""
    linter = Path(sys.executable).with_name("lint-imports")

    found = subprocess.run([linter, "--no-cache"], capture_output=True, text=True, cwd=ROOT, check=False)

    assert found.returncode == 0, found.stdout


def test_importing_the_package_loads_nothing():
    """``import metaleak`` loads not even numpy."""
    loaded = run_python(
        "import sys, metaleak; print([m for m in ('numpy', 'scipy', 'pandas') if m in sys.modules])"
    )

    assert loaded == "[]"


def test_a_model_is_usable_without_tables_and_figures():
    """Random effects need neither pandas nor statsmodels nor matplotlib, and no slow part of scipy."""
    code = (
        "import sys, metaleak as ml; ml.RandomEffects().fit(ml.StudyTable.from_counts([3, 4], [9, 9]));"
        "print([m for m in ('pandas', 'statsmodels', 'matplotlib', 'scipy.stats', 'scipy.optimize')"
        " if m in sys.modules])"
    )

    assert run_python(code) == "[]"


def test_help_loads_no_library_of_numbers():
    """``metaleak --help`` answers without numpy, pandas or pydantic."""
    code = (
        "import sys; from metaleak.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'pandas', 'pydantic', 'matplotlib') if m in sys.modules])"
    )

    assert run_python(code).splitlines()[-1] == "[]"


def test_the_front_door_is_what_can_be_had():
    """Every public name is sorted, importable, and listed by dir()."""
    names = [name for name in metaleak.__all__ if name != "__version__"]

    assert names == sorted(names)
    assert all(getattr(metaleak, name) is not None for name in names)
    assert set(metaleak.__all__) <= set(dir(metaleak))


def test_an_unknown_name_is_an_attribute_error():
    """A misspelt name fails as it does in any module."""
    with pytest.raises(AttributeError, match="has no attribute 'RandomEffect'"):
        _ = metaleak.RandomEffect


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_fit_in_the_head(path):
    """Every module says what it is for, and none is longer than a reader can hold."""
    text = path.read_text(encoding="utf-8")

    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 450


def test_input_is_never_guarded_by_assert():
    """``assert`` vanishes under -O, so the package raises its own errors."""
    found = [
        str(path)
        for path in PACKAGE.rglob("*.py")
        if any(isinstance(node, ast.Assert) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    ]

    assert found == []
