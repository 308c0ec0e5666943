"""BibTeX: LaTeX becomes letters, and what cannot be read is told."""

from metaleak.records.read import read_records
from metaleak.records.record import Author

GOOD = rb"""@article{a, title={The {PMMA} leak in M{\"u}nchen}, author={M{\"u}ller, J{\"o}rg and James A. Casbon and {VERTOS Group}},
 journal={Spine}, year=2010, volume={35}, number={2}, pages={123--9}, doi={10.1000/X1}, keywords={cement, leak}}
"""


def test_an_article():
    """Letters, names in both orders, groups, pages in full."""
    (record,) = read_records(GOOD)

    assert record.title == "The PMMA leak in München"
    assert record.authors == (
        Author("Müller", "Jörg"),
        Author("Casbon", "James A."),
        Author("VERTOS Group", is_group=True),
    )
    assert (record.pages, record.doi, record.keywords) == ("123-129", "10.1000/x1", ("cement", "leak"))


def test_a_key_that_occurs_twice():
    """Both entries are kept, and it is told."""
    records = read_records(GOOD + GOOD.replace(b"PMMA", b"other"))

    assert len(records) == 2
    assert records.problems[0].record == 2


def test_a_broken_entry_costs_itself():
    """The entry behind it is read."""
    records = read_records(b"@article{b, title={Broken, year={2012}\n" + GOOD)

    assert [record.year for record in records] == [2010]
    assert (records.errors[0].record, records.errors[0].line) == (1, 1)


def test_a_chapter():
    """A chapter has a book."""
    (record,) = read_records(
        b"@incollection{c, title={One}, booktitle={A Book}, editor={Li, N}, publisher={Press}}"
    )

    assert (record.is_book, record.book_title, record.editors) == (True, "A Book", (Author("Li", "N"),))
