"""Names in the ways in which files write them."""

import pytest

from metaleak.records.names import inverted, natural, written
from metaleak.records.record import Author


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Casbon, J. A.", Author("Casbon", "J. A.")),
        ("Casbon, Jr, James", Author("Casbon", "James", "Jr")),
        ("Casbon, James 3rd", Author("Casbon", "James", "3rd")),
        ("Wang C.-F.", Author("Wang", "C.-F.")),
        ("van der Berg JP", Author("van der Berg", "JP")),
        ("王伟", Author("王伟")),
        ("VERTOS,", Author("VERTOS", is_group=True)),
        (" , ", None),
    ],
)
def test_family_name_first(text, author):
    """Commas, initials at the end, suffixes, groups."""
    assert inverted(text) == author


def test_given_name_first():
    """Where a format allows it, the last word is the family name."""
    assert natural("Jean-Paul Sartre") == Author("Sartre", "Jean-Paul")


@pytest.mark.parametrize(
    "author", [Author("Li", "Na"), Author("Li", "Na", "Jr"), Author("A Group", is_group=True)]
)
def test_written_names_are_read(author):
    """The two are inverse."""
    assert inverted(written(author)) == author
