"""Duplicates over a whole review: rows of decisions, the queue, counts per source."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from dedup import judged, pairs_of
from dedup_pairs import ARTICLE, PAIRS
from dedup_synthetic import mixed

from metaleak.errors import InputError
from metaleak.records.compare import Verdict
from metaleak.records.decisions import decide, undo
from metaleak.records.duplicates import count_sources, deduplicate, find_duplicates
from metaleak.records.record import Origin


def named(record, key):
    """Give a record a key and its source."""
    source, _, number = key.partition(":")
    return replace(record, record_id=key, origins=(Origin(source, "", number),))


def pair(name):
    """Return a hard pair with keys."""
    left, right, _ = PAIRS[name]
    return [named(left, "pubmed:1"), named(right, "embase:2")]


def test_merged_records_keep_their_sources():
    """One publication, two origins, the key of the first."""
    records = pair("no DOI in one")
    result = deduplicate(records, find_duplicates(records))

    assert result.groups == (("pubmed:1", "embase:2"),)
    assert (result.records[0].record_id, result.records[0].sources) == ("pubmed:1", ("pubmed", "embase"))


def test_records_are_looked_at_again_only_beside_a_third_one(monkeypatch):
    """Thousands of strangers and pairs are listed from their decisions alone."""
    records = [*pair("no DOI in one"), named(ARTICLE, "cnki:3")]
    decisions = find_duplicates(records[:2])
    monkeypatch.setattr("metaleak.records.duplicates.profile_of", lambda _: pytest.fail("nothing to look at"))

    assert deduplicate(records, decisions).groups == (("pubmed:1", "embase:2"), ("cnki:3",))


def test_the_queue_holds_what_a_person_must_see():
    """A maybe is neither merged nor forgotten."""
    records = pair("title alone")
    result = deduplicate(records, find_duplicates(records))

    assert len(result.records) == 2
    assert [each.verdict for each in result.queue] == [Verdict.MAYBE]


def test_a_person_s_word_counts():
    """Decided, a pair leaves the queue; the rules never speak of it again."""
    records = pair("title alone")
    rows = find_duplicates(records)
    rows.append(decide(rows[0], Verdict.DUPLICATE, by="WX", reason="seen in print"))
    result = deduplicate(records, rows)

    assert (len(result.records), result.queue) == (1, ())
    assert find_duplicates(records, rows) == []


def test_undo_brings_back_what_counted():
    """The row is added; what the rules had said counts again."""
    records = pair("no DOI in one")
    rows = find_duplicates(records)
    rows.append(decide(rows[0], Verdict.DISTINCT, by="WX", reason="looked different"))
    assert len(deduplicate(records, rows).records) == 2

    rows.append(undo(rows, "embase:2", "pubmed:1", by="WX"))
    assert len(deduplicate(records, rows).records) == 1


def test_asking_again_adds_nothing():
    """Rows are added for new pairs alone."""
    records, _ = mixed(200)
    rows = find_duplicates(records)

    assert find_duplicates(records, rows) == []


def test_a_third_record_joins_no_two_that_differ():
    """A thin record is like part I and part II: it joins one of them and the other pair is left for a person."""
    first, second = pair("part I and part II")
    thin = named(
        replace(first, doi="", title="Leakage of bone cement in vertebroplasty", pages=""), "scopus:3"
    )
    records = [first, second, thin]
    result = deduplicate(records, find_duplicates(records))

    assert ("pubmed:1", "embase:2") not in pairs_of(result.groups)
    assert max(map(len, result.groups)) == 2


def test_persons_keep_two_apart_in_a_group_of_three():
    """Told apart by a person, two stay apart although a third is like both."""
    records = [named(ARTICLE, f"s{at}:{at}") for at in range(3)]
    rows = find_duplicates(records)
    apart = next(each for each in rows if each.pair == ("s0:0", "s1:1"))
    rows.append(decide(apart, Verdict.DISTINCT, by="WX", reason="two prints"))
    groups = deduplicate(records, rows).groups

    assert sorted(map(len, groups)) == [1, 2]


def test_counts_per_source_add_up():
    """Found less duplicates is the number of publications, whatever the mixture."""
    records, _ = mixed(400)
    result = deduplicate(records, find_duplicates(records))
    counts = count_sources(records, result.groups)

    assert sum(each.found for each in counts) == len(records)
    assert sum(each.found - each.duplicates for each in counts) == len(result.groups)


def test_perturbed_copies():
    """On a small sample of the benchmark nothing is merged wrongly and nearly everything is found."""
    records, truth = mixed(1500, seed=7)
    precision, recall, _ = judged(pairs_of(deduplicate(records, find_duplicates(records)).groups), truth)

    assert precision == 1
    assert recall >= 0.99


def test_the_order_of_files_does_not_matter():
    """The same groups come out of records in another order."""
    records, _ = mixed(300, seed=3)
    groups = deduplicate(records, find_duplicates(records)).groups
    turned = records[::-1]

    assert pairs_of(deduplicate(turned, find_duplicates(turned)).groups) == pairs_of(groups)


def test_repeated_keys_are_refused():
    """A key is one record."""
    with pytest.raises(InputError, match="two records have one key"):
        find_duplicates([named(ARTICLE, "a:1"), named(ARTICLE, "a:1")])


def test_nothing_to_compare():
    """No records, no rows."""
    assert find_duplicates([]) == []
    assert deduplicate([], []).records == ()
