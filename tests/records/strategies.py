"""Random records as readers leave them: clean text, identifiers in their form."""

from hypothesis import strategies as st

from metaleak.records.pages import in_full
from metaleak.records.record import Author, Link, Origin, Record, Section
from metaleak.records.text import clean

LETTERS = "abcXYZ019 äŁ骨µ.,;:|\\'\"=+-@()[]<>/&#%~"


def texts(alphabet=LETTERS, max_size=30):
    """Text that is clean, and does not begin like a tag or a label."""
    return st.text(alphabet, min_size=1, max_size=max_size).map(clean).filter(bool)


def words(max_size=12):
    """One or more plain words that begin in capitals, as names do."""
    return st.from_regex(r"\A[A-Z][a-zäößłñ]{2,8}(-[A-Z][a-z]{2,5})?\Z").map(lambda word: word[:max_size])


def optional(strategy):
    return st.one_of(st.just(""), strategy)


def persons():
    given = st.one_of(
        st.from_regex(r"\A[A-Z]{1,3}\Z"), st.builds(lambda a, b: f"{a} {b}", words(), st.sampled_from("AJX"))
    )
    return st.builds(Author, words(), given, st.sampled_from(["", "", "Jr", "3rd"]))


def groups():
    return st.builds(lambda word: Author(f"{word} Study Group", is_group=True), words())


def people():
    return st.lists(st.one_of(persons(), groups()), max_size=4).map(tuple)


def lists(strategy):
    return st.lists(strategy, max_size=3, unique=True).map(tuple)


PLAIN = "abcdeXYZ 0189äŁ骨,:()<>/=+-@'\""
sections = st.lists(
    st.builds(Section, st.sampled_from(["", "METHODS", "RESULTS"]), texts("abc de.<5")), max_size=3
)
links = st.builds(
    Link, st.sampled_from(["RetractionIn", "ErratumFor"]), texts("abc. 12;"), optional(st.just("123456"))
)
page_ranges = st.one_of(
    st.just(""),
    st.builds(lambda a, b: in_full(f"{a}-{a + b}"), st.integers(1, 9999), st.integers(0, 30)),
    st.builds(lambda a: f"e{a}", st.integers(1, 99999)),
)


def records():
    """Records of articles, chapters and books."""
    return st.builds(_record, st.booleans(), st.data())


def _record(is_book, data):
    draw = data.draw
    title = draw(texts(PLAIN))
    return Record(
        record_id="pubmed:16403221",
        pmid="16403221",
        pmcid=draw(optional(st.just("PMC1373603"))),
        doi=draw(optional(st.from_regex(r"\A10\.[0-9]{4}/[a-z0-9.-]{1,12}[a-z0-9]\Z"))),
        title=title,
        original_title=draw(optional(texts(PLAIN))),
        abstract=tuple(draw(sections)),
        authors=draw(people()),
        journal="" if is_book else draw(optional(texts(PLAIN))),
        journal_abbreviation=draw(optional(texts(PLAIN))),
        issns=() if is_book else draw(lists(st.from_regex(r"\A[0-9]{4}-[0-9]{3}[0-9X]\Z"))),
        volume=draw(optional(st.integers(1, 99).map(str))),
        issue=draw(optional(st.sampled_from(["3", "Suppl 1", "3-4"]))),
        pages=draw(page_ranges),
        year=2015,
        date=draw(st.sampled_from(["2015", "2015 Feb 3", "2015 Dec-2016 Jan"])),
        electronic_date=draw(st.sampled_from(["", "20150102"])),
        languages=draw(lists(st.sampled_from(["eng", "ger", "chi"]))),
        publication_types=draw(
            lists(st.sampled_from(["Journal Article", "Review", "Retracted Publication"]))
        ),
        mesh=draw(lists(texts(PLAIN))),
        keywords=draw(lists(texts(PLAIN).map(lambda text: text.lstrip("*")).filter(bool))),
        registrations=draw(lists(st.just("ClinicalTrials.gov/NCT00231894"))),
        links=tuple(draw(st.lists(links, max_size=2))),
        is_book=is_book,
        book_title=draw(st.sampled_from([title, "A Book"])) if is_book else "",
        editors=draw(st.lists(persons(), max_size=2).map(tuple)) if is_book else (),
        publisher=draw(optional(words())) if is_book else "",
        place=draw(optional(words())) if is_book else "",
        isbn=draw(st.sampled_from(["", "9781483100009"])) if is_book else "",
        revised=draw(st.sampled_from(["", "20180417"])),
        url=draw(st.sampled_from(["", "https://example.org/1"])),
        origins=(Origin("pubmed", "cement-2026-11-24", "16403221"),),
    )
