"""A new review holds everything that a first run needs, and touches nothing that is there."""

from pathlib import Path

import pytest

from metaleak.errors import UsageError
from metaleak.workflow.scaffold import new_review

REPOSITORY = Path(__file__).parents[2]


def test_the_new_folder_holds_the_same_folders(tmp_path):
    made = new_review(tmp_path / "x")

    assert {"metaleak.toml", ".gitignore", "extraction/codebook.toml", "extraction/PROTOCOL.md"} <= set(made)
    assert all((tmp_path / "x" / name).is_file() for name in made)


def test_the_example_is_marked_synthetic_in_name_and_labels(starter):
    labels = [
        line.split(",")[1] for line in (starter / "extraction/studies.csv").read_text().splitlines()[1:]
    ]

    assert [path.stem for path in (starter / "analyses").glob("*.toml")] == ["synthetic_example"]
    assert labels
    assert all(label.startswith("Synthetic") for label in labels)


def test_its_codebook_and_headers_are_those_of_this_review(starter):
    for name in ("studies", "leaks", "pairs", "reviews", "dropped", "risk_of_bias", "certainty"):
        ours = (REPOSITORY / f"extraction/{name}.csv").read_text().splitlines()[0]
        assert (starter / f"extraction/{name}.csv").read_text().splitlines()[0] == ours
    assert (starter / "extraction/codebook.toml").read_bytes() == (
        REPOSITORY / "extraction/codebook.toml"
    ).read_bytes()


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "x").mkdir()

    assert new_review(tmp_path / "x")


@pytest.mark.parametrize("held", ["notes.txt", ".git"])
def test_a_folder_with_something_in_it_is_refused(tmp_path, held):
    (tmp_path / held).mkdir()

    with pytest.raises(UsageError, match="the folder is not empty"):
        new_review(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [held]


def test_a_file_of_that_name_is_refused(tmp_path):
    (tmp_path / "x").write_text("mine")

    with pytest.raises(UsageError):
        new_review(tmp_path / "x")
    assert (tmp_path / "x").read_text() == "mine"


def test_a_link_to_nowhere_is_refused(tmp_path):
    (tmp_path / "x").symlink_to(tmp_path / "gone")

    with pytest.raises(UsageError):
        new_review(tmp_path / "x")


def test_a_name_that_no_folder_can_have_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot be the name of a folder"):
        new_review(tmp_path / "a\x00b")


def test_dots_in_the_name_lead_only_where_they_say(tmp_path):
    (tmp_path / "inner").mkdir()
    new_review(tmp_path / "inner" / ".." / "beside")

    assert (tmp_path / "beside" / "metaleak.toml").is_file()
    assert list((tmp_path / "inner").iterdir()) == []
