"""A folder is a review when metaleak.toml says so, key by key."""

import pytest

from metaleak.errors import ConfigError, UsageError
from metaleak.workflow.project import find_root, load_project


def test_the_review_is_found_from_a_folder_inside_it(starter, monkeypatch):
    monkeypatch.chdir(starter / "extraction")

    assert find_root() == starter


def test_outside_of_a_review_the_error_says_what_to_type(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    with pytest.raises(UsageError, match="metaleak new DIR"):
        find_root()


def test_a_named_folder_has_to_be_a_review(tmp_path):
    with pytest.raises(UsageError, match="this folder is no review"):
        find_root(tmp_path)


def test_the_starter_is_a_rehearsal(starter):
    assert load_project(starter).status == "rehearsal"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "status =",
            "statu =",
            r"unknown key 'statu' \(did you mean 'status'\?\); allowed here: format, title",
        ),
        ('"rehearsal"\n\n', '"final"\n\n', "'rehearsal' or 'released'"),
        ("format = 1", "format = 2", "'format'"),
        ("[report]", "[repart]", "unknown key 'repart'"),
        ('name = "review"', 'name = "../../review"', "'report.name'"),
        ('["synthetic_example"]', '["synthetic_exampel"]', r"did you mean 'synthetic_example'\?"),
        ('["synthetic_example"]', "[]", "'report.analyses'"),
        ("title =", "title", "not TOML"),
    ],
)
def test_a_wrong_key_is_named_with_its_file(starter, old, new, told):
    path = starter / "metaleak.toml"
    path.write_text(path.read_text().replace(old, new, 1))

    with pytest.raises(ConfigError, match=told) as error:
        load_project(starter)
    assert "metaleak.toml" in str(error.value)
