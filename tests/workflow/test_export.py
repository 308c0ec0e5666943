"""Exports of the review of this repository and of a new one."""

import hashlib
import io
import json
import shutil
import subprocess
import zipfile

import pytest

from metaleak.errors import UsageError
from metaleak.workflow.export import EXPORTS, export
from metaleak.workflow.pipeline import open_review
from metaleak.workflow.scaffold import new_review


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    """Return a new review, bundled."""
    root = tmp_path_factory.mktemp("starter") / "review"
    new_review(root)
    with open_review(root) as pipeline:
        export(pipeline, "bundle")
    return root


@pytest.mark.parametrize("what", EXPORTS)
def test_every_export_is_written_beside_the_page(starter, what):
    """And nowhere else."""
    with open_review(starter) as pipeline:
        files = export(pipeline, what)

    assert files
    assert all(name.startswith("reports/") and (starter / name).is_file() for name in files)


def test_an_unknown_export_names_the_known_ones(starter):
    """With the nearest one."""
    with open_review(starter) as pipeline, pytest.raises(UsageError, match=r"no export 'xls'.*xlsx"):
        export(pipeline, "xls")


def test_the_bundle_is_what_its_manifest_says(starter):
    """Every member has its digest, every path stays inside."""
    archive = zipfile.ZipFile(starter / "reports" / "review.zip")
    manifest = json.loads(archive.read("manifest.json"))
    found = {
        name: hashlib.sha256(archive.read(name)).hexdigest()
        for name in archive.namelist()
        if name != "manifest.json"
    }

    assert found == manifest["sha256"]
    assert not [name for name in found if name.startswith(("/", "..")) or "\\" in name]
    assert {"extraction/leaks.csv", "reports/review.html", "reports/review.R", "metaleak.toml"} <= set(found)


def test_the_bundle_is_the_same_bytes_again(starter):
    """In another folder, made from nothing."""
    again = starter.parent / "again"
    new_review(again)

    with open_review(again) as pipeline:
        export(pipeline, "bundle")

    first, second = (
        {
            n: zipfile.ZipFile(io.BytesIO((r / "reports/review.zip").read_bytes())).read(n)
            for n in archive_names(r)
        }
        for r in (starter, again)
    )
    assert first == second
    assert (starter / "reports/review.zip").read_bytes() == (again / "reports/review.zip").read_bytes()


def archive_names(root):
    """Return the members of a bundle."""
    return zipfile.ZipFile(root / "reports" / "review.zip").namelist()


@pytest.mark.r
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_finds_the_same_numbers(evidence, tmp_path):
    """The script of the real evidence runs by itself, and every number is the same."""
    root = shutil.copytree(evidence, tmp_path / "review")
    with open_review(root) as pipeline:
        (script,) = export(pipeline, "r")
    copy = tmp_path / "alone.R"
    copy.write_bytes((root / script).read_bytes())

    done = subprocess.run(
        ["Rscript", "--vanilla", str(copy)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=300,
        check=False,
    )

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert "every number is the same" in done.stdout
    assert done.stdout.count(" same\n") > 150
