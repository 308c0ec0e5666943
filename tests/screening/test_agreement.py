"""Cohen's kappa against printed examples, its standard error against brute force, and who agreed about what."""

import math
import random

import pytest

from metaleak.errors import InputError
from metaleak.screening.agreement import agreements_of, cohen_kappa
from metaleak.screening.judgements import Choice, Judgement, Stage

#: Fleiss JL. Statistical methods for rates and proportions, 2nd ed. 1981, table 13.1: 100 subjects, two raters.
FLEISS = ((75, 1, 4), (5, 4, 1), (0, 0, 10))
#: SAS/STAT user's guide, PROC FREQ, "Cohen's kappa coefficient": skin condition of 88 patients, two dermatologists.
SKIN = ((10, 4, 1, 0), (5, 10, 12, 2), (2, 4, 12, 5), (0, 2, 6, 13))


def test_the_printed_example_of_fleiss():
    """p_o = .89, p_e = .66, kappa = .68."""
    found = cohen_kappa(FLEISS)

    assert found.observed == pytest.approx(0.89, abs=1e-12)
    assert found.expected == pytest.approx(0.66, abs=1e-12)
    assert round(found.value, 2) == 0.68


def test_the_printed_example_of_sas():
    """Kappa 0.3449, limits 0.2030 and 0.4868."""
    found = cohen_kappa(SKIN)

    assert [round(x, 4) for x in (found.value, found.low, found.high)] == [0.3449, 0.2030, 0.4868]


def by_differences(table):
    """Return the standard error by the delta method with numeric slopes over the shares of all cells."""
    total = sum(map(sum, table))
    size = len(table)
    shares = [n / total for row in table for n in row]

    def kappa(p):
        rows = [sum(p[i * size : (i + 1) * size]) for i in range(size)]
        columns = [sum(p[j::size]) for j in range(size)]
        seen = sum(p[i * size + i] for i in range(size))
        chance = sum(a * b for a, b in zip(rows, columns, strict=True))
        return (seen - chance) / (1 - chance)

    step = 1e-6
    slopes = []
    for i in range(len(shares)):
        up, down = list(shares), list(shares)
        up[i] += step
        down[i] -= step
        slopes.append((kappa(up) - kappa(down)) / (2 * step))
    mean = sum(g * p for g, p in zip(slopes, shares, strict=True))
    return math.sqrt((sum(g * g * p for g, p in zip(slopes, shares, strict=True)) - mean**2) / total)


def random_table(seed):
    chance = random.Random(seed)
    size = chance.choice((2, 3, 4))
    return [[chance.randrange(40) + (10 * (i == j)) for j in range(size)] for i in range(size)]


@pytest.mark.parametrize("table", [FLEISS, SKIN, *map(random_table, range(20))])
def test_the_interval_is_that_of_the_delta_method(table):
    found = cohen_kappa(table)
    reach = 1.959963984540054 * by_differences(table)

    assert found.high - found.value == pytest.approx(min(reach, 1 - found.value), rel=1e-6)
    assert found.value - found.low == pytest.approx(min(reach, 1 + found.value), rel=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_kappa_is_the_gain_over_shuffled_readings(seed):
    """The mean agreement of all pairings of one reader's words with the other's is what chance gives."""
    table = random_table(seed)
    size = range(len(table))
    left = [i for i in size for j in size for _ in range(table[i][j])]
    right = [j for i in size for j in size for _ in range(table[i][j])]
    chance = sum(a == b for a in left for b in right) / len(left) ** 2
    seen = sum(a == b for a, b in zip(left, right, strict=True)) / len(left)

    assert cohen_kappa(table).value == pytest.approx((seen - chance) / (1 - chance), abs=1e-12)


def test_full_agreement_chance_agreement_and_none():
    assert cohen_kappa(((5, 0), (0, 5))).value == 1
    assert cohen_kappa(((4, 4), (4, 4))).value == 0
    assert cohen_kappa(((0, 5), (5, 0))).value == -1
    assert cohen_kappa(((7, 0), (0, 0))).value is None


@pytest.mark.parametrize("table", [(), ((1, 2),), ((0, 0), (0, 0)), ((1, -1), (0, 2))])
def test_what_is_no_table_is_refused(table):
    with pytest.raises(InputError, match="two readers"):
        cohen_kappa(table)


def say(key, by, choice, stage="title-abstract", *, settles=False):
    return Judgement(record_id=key, stage=Stage(stage), choice=Choice(choice), by=by, settles=settles)


def test_the_first_word_counts_unless_it_was_taken_back():
    """A word that changed after talking, a slip that was undone, a settlement, a third reader, one reader alone."""
    said = [
        *(say(key, by, "exclude") for key in "abc" for by in ("WX", "YZ")),
        say("d", "WX", "include"),
        say("d", "YZ", "exclude"),
        say("d", "YZ", "include"),
        say("e", "WX", "exclude"),
        say("e", "WX", "taken-back"),
        say("e", "WX", "maybe"),
        say("e", "YZ", "include"),
        say("d", "QR", "include", settles=True),
        say("f", "WX", "include"),
    ]
    [found] = agreements_of(said, same={})

    assert (found.left, found.right, found.n, found.alike) == ("WX", "YZ", 5, 4)
    assert found.table == ((1, 1), (0, 3))


def test_duplicates_are_one_publication_and_stages_stand_apart():
    said = [
        say("a", "WX", "include"),
        say("a2", "YZ", "include"),
        say("a", "WX", "maybe", "full-text"),
        say("a2", "YZ", "include", "full-text"),
    ]
    title, report = agreements_of(said, same={"a2": "a"})

    assert title.table == ((1, 0), (0, 0))
    assert report.table[2] == (1, 0, 0)
    assert agreements_of(said, same={}) == []


def test_three_reviewers_are_three_pairs():
    said = [say("a", by, "include") for by in ("WX", "YZ", "QR")]

    assert [(each.left, each.right) for each in agreements_of(said, same={})] == [
        ("QR", "WX"),
        ("QR", "YZ"),
        ("WX", "YZ"),
    ]
