"""``metaleak duplicates``: exports of two databases, decisions, undo, links, two writers."""

import csv
import multiprocessing
import shutil
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from metaleak.errors import InputError, LockedError, SheetError, UsageError
from metaleak.records.compare import Verdict
from metaleak.records.decisions import Decision, latest
from metaleak.records.record import Record
from metaleak.screening.flow import Fate
from metaleak.storage.lock import review_lock
from metaleak.workflow.duplicates import compare_records, decide_pair, link_study, undo_pair
from metaleak.workflow.flow import review_flow
from metaleak.workflow.imports import import_file
from metaleak.workflow.library import read_library, with_abstracts
from metaleak.workflow.scaffold import new_review
from tests.search.clocks import FakeClock

PAYLOADS = Path(__file__).parents[1] / "records" / "payloads"

#: The first record of the NBIB payload as another database prints it, one that only looks like it, a strange title.
EMBASE = """TY  - JOUR
TI  - A synthetic record of another database
AU  - Doe, J.
PY  - 2015
JO  - J. Synth.
VL  - 3
SP  - 10
ER  -

TY  - JOUR
TI  - \x1b[2J=HYPERLINK("http://example.org")\u202e "quoted", ; a,b
AU  - Roe, R.
PY  - 2018
DO  - 10.1000/two
ER  -
"""


def copy_of(record, doi=""):
    """Return the RIS of a record, as another database would print it."""
    authors = "".join(f"AU  - {each.family}, {each.given}\n" for each in record.authors)
    return (
        f"TY  - JOUR\nTI  - {record.title.upper()}\n{authors}PY  - {record.year}\nJO  - {record.journal}\n"
        f"VL  - {record.volume}\nIS  - {record.issue}\nSP  - {record.pages}\nDO  - {doi}\nER  -\n\n"
    )


def build(root):
    """Make a review with a real PubMed export and a second one that repeats its first record."""
    clock = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))
    import_file(root, PAYLOADS / "pubmed_result2.nbib", source="pubmed", clock=clock)
    first = next(iter(read_library(root).records))
    export = root.parent / "embase.ris"
    export.write_text(copy_of(first, doi=first.doi) + EMBASE, encoding="utf-8")
    import_file(root, export, source="embase", clock=clock)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made") / "review"
    new_review(root)
    return build(root)


@pytest.fixture
def review(made, tmp_path):
    """Return a review with two imports whose records were not compared yet."""
    return shutil.copytree(made, tmp_path / "review")


def rows(root, name="duplicates"):
    with (root / f"extraction/{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def copied(root):
    """Return the keys of the record that both databases have."""
    [row] = [row for row in rows(root) if row["verdict"] == "duplicate"]
    return row["left"], row["right"]


def test_a_record_of_two_databases_is_one_publication(review):
    """The first run's record stands for it; the other is a duplicate of its database; the reason is kept."""
    found = compare_records(review)
    left, right = copied(review)
    total = len(found.library.records)
    sources = {each.source: (each.found, each.duplicates) for each in found.library.sources}

    assert (left.split(":")[0], right.split(":")[0]) == ("pubmed", "embase")
    assert rows(review)[0]["reason"].startswith("same")
    assert sources == {"embase": (3, 1), "pubmed": (total - 3, 0)}
    assert len(found.library.deduplicated.records) == total - 1
    assert next(iter(found.library.deduplicated.records)).sources == ("pubmed", "embase")


def test_comparing_again_adds_nothing(review):
    """The same sheets give the same bytes."""
    compare_records(review)
    before = (review / "extraction/duplicates.csv").read_bytes()

    assert compare_records(review).new == ()
    assert (review / "extraction/duplicates.csv").read_bytes() == before


def test_the_flow_counts_duplicates_for_the_later_search(review):
    """Found less duplicates is what is left to screen."""
    compare_records(review)
    flow = review_flow(review)
    total = len(read_library(review).records)

    assert flow.searched.found == total
    assert flow.searched.fates[Fate.DUPLICATE] == 1
    assert flow.searched.to_screen == total - 1


def test_a_log_with_fewer_records_than_duplicates_is_told(review):
    """Sheets that do not belong together give no flow."""
    compare_records(review)
    path = review / "extraction/searches.csv"
    log = rows(review, "searches")
    text = path.read_text(encoding="utf-8")
    path.write_text("".join(line for line in text.splitlines(True) if not line.startswith(log[1]["run"])))

    with pytest.raises(SheetError, match="fewer new records"):
        review_flow(review)


def test_a_person_overrules_and_takes_it_back(review):
    """Rows are added, none is changed; after undo the rules count again, after a second one nothing is lost."""
    compare_records(review)
    left, right = copied(review)
    before = (review / "extraction/duplicates.csv").read_bytes()
    apart = decide_pair(review, right, left, "distinct", reason="two  prints\nof it", by="WX")
    total = len(read_library(review).records)

    assert len(read_library(review).deduplicated.records) == total
    assert apart[-1] == f"  {total} records are {total} publications now"
    assert compare_records(review).new == ()

    undo_pair(review, left, right, by="WX")
    last = rows(review)[-1]
    assert len(read_library(review).deduplicated.records) == total - 1
    assert (last["verdict"], last["by"]) == ("duplicate", "WX")
    assert last["reason"].startswith("as before: same")
    assert rows(review)[-2]["reason"] == "two prints of it"
    assert (review / "extraction/duplicates.csv").read_bytes().startswith(before)


def test_a_pair_that_the_rules_left_alone_can_be_decided_and_opened(review):
    """Its score is computed; taken back, it waits in the queue."""
    keys = [record.record_id for record in read_library(review).records][-2:]
    decide_pair(review, *keys, "duplicate", reason="same study", by="WX")
    assert len(read_library(review).deduplicated.groups) == len(read_library(review).records) - 1
    assert 0 <= float(rows(review)[0]["score"]) < 0.6

    undo_pair(review, *keys, by="WX")
    [waiting] = read_library(review).deduplicated.queue
    assert {waiting.left, waiting.right} == set(keys)
    with pytest.raises(InputError, match="nothing was decided"):
        undo_pair(review, keys[0], read_library(review).records[0].record_id, by="WX")


def test_told_apart_records_are_not_joined_by_a_third(review):
    """A decision that cannot count says which way out there is."""
    a, b, c = [record.record_id for record in read_library(review).records][-3:]
    decide_pair(review, a, c, "distinct", reason="other cohort", by="WX")
    decide_pair(review, a, b, "duplicate", reason="same cohort", by="WX")
    told = decide_pair(review, b, c, "duplicate", reason="same cohort", by="WX")

    assert "stay apart" in told[-1]
    assert sorted(len(keys) for keys in read_library(review).deduplicated.groups) == [1, 1, 1, 1, 1, 2]


def test_strange_titles_stay_on_their_line(review):
    """Marks that steer a terminal are shown, not sent; a formula is text in every sheet."""
    pubmed = read_library(review).records[0].record_id
    [strange] = [record.record_id for record in read_library(review).records if "=HYPER" in record.title]
    told = decide_pair(review, pubmed, strange, "maybe", reason="=SUM(A1)", by="@WX")
    listed = compare_records(review).lines(everything=True)

    assert all(line.isprintable() for line in (*told, *listed))
    assert "HYPERLINK" in "".join(told)
    assert (rows(review)[0]["reason"], rows(review)[0]["by"]) == ("'=SUM(A1)", "'@WX")
    assert read_library(review).decisions[0].reason == "=SUM(A1)"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"left": "pubmed:nobody"}, "there is no record"),
        ({"verdict": "duplicates"}, "did you mean 'duplicate'"),
        ({"reason": " \n"}, "needs a reason"),
        ({"by": "rules"}, "nobody decides"),
        ({"by": ""}, "nobody decides"),
        ({"right": "same"}, "with itself"),
    ],
)
def test_wrong_decisions_write_nothing(review, change, told):
    """What is missing is said, and there is no sheet afterwards."""
    left, right = [record.record_id for record in read_library(review).records][:2]
    given = {"left": left, "right": right, "verdict": "duplicate", "reason": "r", "by": "WX", **change}
    right = given["left"] if given["right"] == "same" else given["right"]

    with pytest.raises(UsageError, match=told):
        decide_pair(review, given["left"], right, given["verdict"], reason=given["reason"], by=given["by"])
    assert not (review / "extraction/duplicates.csv").exists()


def test_publications_of_one_study_are_linked_and_not_merged(review):
    """The latest row counts; taking a link away is a row too."""
    one, other = [record.record_id for record in read_library(review).records][:2]
    total = len(read_library(review).deduplicated.records)
    link_study(review, one, "SYNTHETIC1", reason="first report", by="WX")
    told = link_study(review, other, "SYNTHETIC1", reason="same patients", by="WX")
    link_study(review, one, "", reason="another hospital", by="YZ")

    assert told[0] == f"{other} is a report of SYNTHETIC1 now, beside {one}"
    assert [row["study_id"] for row in rows(review, "reports")] == ["SYNTHETIC1", "SYNTHETIC1", ""]
    assert len(read_library(review).deduplicated.records) == total
    with pytest.raises(UsageError, match="did you mean 'SYNTHETIC1'"):
        link_study(review, one, "SYNTHETIK1", reason="r", by="WX")


def test_abstracts_come_from_the_payloads(review):
    """The sheet has none; what a run brought has them, and it is told when a run is not at hand."""
    library = read_library(review)
    whole, is_whole = with_abstracts(review, library.records)
    assert not any(record.abstract for record in library.records)
    assert is_whole
    assert any(record.abstract for record in whole)

    (review / ".metaleak/searches/pubmed-2026-10-25/export.gz").unlink()
    bare, is_whole = with_abstracts(review, library.records)
    assert not is_whole
    assert not any(record.abstract for record in bare)


def test_without_the_payloads_pairs_are_not_judged_again(review):
    """Two machines do not write against each other."""
    compare_records(review)
    path = review / "extraction/duplicates.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("same ", "with abstracts the same ", 1))
    (review / ".metaleak/searches/pubmed-2026-10-25/export.gz").unlink()
    assert compare_records(review).new == ()


def test_a_damaged_sheet_of_decisions_is_told_with_its_row(review):
    """Nothing is guessed."""
    compare_records(review)
    path = review / "extraction/duplicates.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",duplicate,", ",perhaps,", 1))

    with pytest.raises(SheetError, match=r"duplicates\.csv, row 2.*duplicate, maybe, distinct"):
        compare_records(review)


def _decide_many(root, name, start):
    keys = [record.record_id for record in read_library(root).records]
    start.wait()
    for key in keys[1:6]:
        decide_pair(root, keys[0], key, "distinct", reason=f"{name} looked", by=name)


def test_two_writers_lose_no_row(review):
    """Two processes decide at the same time: every decision stands in the sheet, the header once."""
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    writers = [context.Process(target=_decide_many, args=(review, name, start)) for name in ("WX", "YZ")]
    for writer in writers:
        writer.start()
    start.set()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(row["by"] for row in rows(review)) == ["WX"] * 5 + ["YZ"] * 5
    assert len(read_library(review).decisions) == 10


def test_a_held_lock_is_told(review, monkeypatch):
    """Nothing is written beside another command."""
    from metaleak.workflow import duplicates

    left, right = [record.record_id for record in read_library(review).records][:2]
    monkeypatch.setattr(duplicates, "review_lock", lambda root: review_lock(root, timeout=0.05))
    with review_lock(review), pytest.raises(LockedError):
        decide_pair(review, left, right, "distinct", reason="r", by="WX")


def test_a_review_without_records_says_so(starter):
    """There is nothing to compare yet."""
    assert compare_records(starter).lines()[0].startswith("There are no records yet")
    assert not (starter / "extraction/duplicates.csv").exists()


def test_sightings_of_one_key_in_two_sources_count_for_both(review):
    """A record that two sources brought under one key was found twice."""
    from dataclasses import replace

    from metaleak.records.record import Origin
    from metaleak.workflow.library import Library

    record = Record(record_id="pubmed:1", origins=(Origin("pubmed", "a", "1"), Origin("medline", "b", "1")))
    other = replace(record, record_id="embase:2", origins=(Origin("embase", "c", "2"),))
    same = Decision(
        left="pubmed:1", right="embase:2", verdict=Verdict.DUPLICATE, score=1.0, reason="same DOI"
    )
    counted = Library((record, other), (same,), ()).sources

    assert {each.source: (each.found, each.duplicates) for each in counted} == {
        "pubmed": (1, 0),
        "medline": (1, 1),
        "embase": (1, 1),
    }


STEPS = st.lists(
    st.tuples(
        st.sampled_from([*Verdict, "undo"]),
        st.sampled_from(list(combinations(range(4), 2))),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_is_decided_the_counts_add_up(review, steps):
    """Rows are only added, records that were told apart never end together, found less duplicates is what is left."""
    path = review / "extraction/duplicates.csv"
    path.unlink(missing_ok=True)
    keys = [record.record_id for record in read_library(review).records]
    before = b""
    for what, (a, b), text in steps:
        try:
            if what == "undo":
                undo_pair(review, keys[b], keys[a], by="WX")
            else:
                decide_pair(review, keys[a], keys[b], what, reason=f"because {text}", by=f"W{text}")
        except InputError as error:
            if "nothing was decided" not in error.what:
                raise
        after = path.read_bytes() if path.exists() else b""
        assert after.startswith(before)
        before = after

    library = read_library(review)
    found = library.deduplicated
    apart = {each.pair for each in latest(library.decisions).values() if each.verdict is Verdict.DISTINCT}
    assert not any(pair in apart for group in found.groups for pair in combinations(sorted(group), 2))
    assert sum(each.found - each.duplicates for each in library.sources) == len(found.groups)
    assert sorted(key for group in found.groups for key in group) == sorted(keys)
