"""``metaleak screen``: lists, judgements, conflicts, undo, and the flow that follows from them."""

import csv
import json
import random
from datetime import UTC, datetime

import pytest

from metaleak.cli.app import run
from metaleak.errors import SheetError, UsageError
from metaleak.plots.prisma_boxes import boxes_of
from metaleak.reporting.flow_section import flow_sentences
from metaleak.screening.flow import WAITING, Fate
from metaleak.screening.judgements import SCREENING, Choice, Stage, Standing
from metaleak.sheets.logs import add_rows
from metaleak.validation.check import check_review
from metaleak.workflow.duplicates import compare_records, link_study
from metaleak.workflow.flow import review_flow
from metaleak.workflow.imports import import_file
from metaleak.workflow.library import read_library
from metaleak.workflow.scaffold import new_review
from metaleak.workflow.screening import decide, list_screening, read_screening, undo
from tests.search.clocks import FakeClock

CLOCK = FakeClock(datetime(2026, 10, 25, 9, 0, tzinfo=UTC))


def ris(number, *, title="", doi=""):
    """Return a synthetic record."""
    words = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa")
    name = (
        title or f"Synthetic study of {words[number % 10]} and {words[number // 10 % 10]} in cohort {number}"
    )
    return f"TY  - JOUR\nTI  - {name}\nAU  - Doe{number}, J.\nPY  - 2015\nJO  - J Synth\nVL  - {number}\nSP  - {number}\nDO  - {doi or f'10.1000/{number}'}\nER  -\n\n"


def build(root):
    """Make a review with a database, a register and citations; two records of the second are in the first."""
    new_review(root)
    for source, numbers, day in (
        ("embase", range(8), "2026-01-05"),
        ("scopus", range(6, 12), "2026-02-05"),
        ("ictrp", range(12, 14), "2026-02-06"),
        ("citations", range(13, 16), "2026-03-01"),
    ):
        file = root.parent / f"{source}.ris"
        file.write_text("".join(ris(number) for number in numbers), encoding="utf-8")
        import_file(root, file, source=source, date=day, clock=CLOCK)
    compare_records(root)
    return root


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return build(tmp_path_factory.mktemp("screening") / "review")


@pytest.fixture
def review(made, tmp_path):
    import shutil

    return shutil.copytree(made, tmp_path / "review")


def keys(root):
    return [record.record_id for record in read_library(root).deduplicated.records]


def judged(root, key, choice, *, stage="title-abstract", who=("WX", "YZ"), reason=""):
    for by in who:
        decide(root, key, choice, stage=stage, by=by, reason=reason, clock=CLOCK)


def rows(root, name="screening"):
    with (root / f"extraction/{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_a_publication_goes_from_the_search_to_its_study(review):
    """Both stages, then a link to a study: the flow follows at every step."""
    key = keys(review)[0]
    known = rows(review, "studies")[0]["study_id"]

    assert review_flow(review).searched.screened == 0
    judged(review, key, "include")
    assert review_flow(review).searched.fates[Fate.AWAITING_REPORT] == 1
    decide(review, key, "include", stage="full-text", by="WX", clock=CLOCK)
    assert review_flow(review).searched.fates[Fate.AWAITING_ASSESSMENT] == 1
    decide(review, key, "include", stage="full-text", by="YZ", clock=CLOCK)
    assert review_flow(review).searched.fates[Fate.AWAITING_EXTRACTION] == 1
    assert [record.record_id for record in list_screening(review, "extraction").records] == [key]
    before = review_flow(review).before_logging
    link_study(review, key, known, reason="its report", by="WX")

    flow = review_flow(review)
    assert (flow.searched.included, flow.studies, flow.before_logging) == (1, 1, before - 1)
    assert [row["date"] for row in rows(review)] == ["2026-10-25"] * 4


def test_a_judgement_about_a_duplicate_is_one_about_the_publication(review):
    """Whichever database's record it names."""
    group = next(keys for keys in read_library(review).deduplicated.groups if len(keys) > 1)

    decide(review, group[0], "exclude", stage="title-abstract", by="WX", clock=CLOCK)
    told = decide(review, group[1], "exclude", stage="title-abstract", by="YZ", clock=CLOCK)

    assert "screened-out" in told[2]
    assert review_flow(review).searched.fates[Fate.SCREENED_OUT] == 1


def test_conflicts_are_listed_and_settled(review):
    """A third judgement settles; undo opens the conflict again; without a conflict there is nothing to settle."""
    key = keys(review)[2]
    with pytest.raises(UsageError, match="no conflict to settle"):
        decide(review, key, "include", stage="title-abstract", by="QR", settles=True)
    judged(review, key, "include", who=("WX",))
    judged(review, key, "exclude", who=("YZ",))

    found = list_screening(review, "conflicts")
    assert [record.record_id for record in found.records] == [key]
    assert any("--settle" in line for line in found.lines())
    decide(review, key, "exclude", stage="title-abstract", by="QR", settles=True)
    assert list_screening(review, "conflicts").records == ()
    assert read_screening(review).fate(key) is Fate.SCREENED_OUT
    undo(review, key, stage="title-abstract", by="QR", settles=True)
    assert len(list_screening(review, "conflicts").records) == 1


def test_undo_adds_a_row_and_the_judgement_before_counts_again(review):
    """Rows are added, none is changed; a third undo has nothing to take back."""
    key = keys(review)[0]
    judged(review, key, "include", who=("WX",))
    judged(review, key, "exclude", who=("WX",))
    first = (review / "extraction/screening.csv").read_bytes()

    undo(review, key, stage="title-abstract", by="WX")
    outcome = read_screening(review).outcome(key, Stage.TITLE_ABSTRACT)
    assert [row.choice for row in outcome.counting] == [Choice.INCLUDE]
    undo(review, key, stage="title-abstract", by="WX")
    assert read_screening(review).outcome(key, Stage.TITLE_ABSTRACT) is None
    assert (review / "extraction/screening.csv").read_bytes().startswith(first)
    with pytest.raises(UsageError, match="nothing to take back"):
        undo(review, key, stage="title-abstract", by="WX")


def test_a_reviewer_sees_what_is_left(review):
    """``--by`` leaves out what the reviewer has judged; the others still wait."""
    key, total = keys(review)[0], len(keys(review))
    judged(review, key, "include", who=("WX",))

    assert len(list_screening(review, "title-abstract", by="WX").records) == total - 1
    assert len(list_screening(review, "title-abstract", by="YZ").records) == total


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"record_id": "embase:none"}, "no record"),
        ({"choice": "inclde"}, "did you mean 'include'|is no choice"),
        ({"choice": "taken-back"}, "is no choice"),
        ({"stage": "abstract"}, "is no stage"),
        ({"by": " "}, "nobody decides"),
        ({"choice": "exclude", "reason": "boring"}, "is no reason"),
        ({"choice": "exclude", "reason": "not-retrieved"}, "is no reason"),
        ({"choice": "include", "reason": "design"}, "only what is left out"),
        ({"stage": "full-text", "choice": "exclude"}, "left out for a reason"),
        ({"stage": "full-text"}, "did not pass yet"),
    ],
)
def test_what_makes_no_sense_is_refused(review, changes, told):
    """With what to write instead; no row is added."""
    given = {
        "record_id": keys(review)[0],
        "choice": "include",
        "stage": "title-abstract",
        "by": "WX",
        **changes,
    }
    key, choice = given.pop("record_id"), given.pop("choice")

    with pytest.raises(UsageError, match=told):
        decide(review, key, choice, **given)
    assert not (review / "extraction/screening.csv").exists()


def test_the_flow_adds_up_whatever_was_judged(review):
    """Random judgements, duplicates, several sources, links: every record has one fate and every box follows."""
    studies = [row["study_id"] for row in rows(review, "studies")]
    library = read_library(review)
    everybody = [record.record_id for record in library.records]
    sightings = sum(len(record.sources) for record in library.records)
    for key, study in zip(everybody[::3], studies, strict=False):
        link_study(review, key, study, reason="synthetic", by="WX")
    for seed in range(12):
        chance = random.Random(seed)
        (review / "extraction/screening.csv").unlink(missing_ok=True)
        add_rows(review, SCREENING, [judgement(chance, everybody) for _ in range(chance.randrange(250))])

        flow = review_flow(review)
        in_it = 0
        for column in (flow.searched, flow.other):
            fates = column.fates
            assert sum(fates.values()) == column.found == sum(column.identified.values())
            assert column.found - fates[Fate.DUPLICATE] - fates[Fate.AWAITING_SCREENING] == column.screened
            assert column.screened - fates[Fate.SCREENED_OUT] == column.sought
            left = fates[Fate.NOT_RETRIEVED] + fates[Fate.AWAITING_REPORT] + fates[Fate.AWAITING_ASSESSMENT]
            assert column.sought - left == column.assessed
            assert (
                column.assessed - sum(column.reasons.values()) - fates[Fate.AWAITING_EXTRACTION]
                == column.included
            )
            in_it += sum(fates[fate] for fate in Fate if fate is not Fate.DUPLICATE)
        assert flow.searched.found + flow.other.found == sightings
        assert in_it == len(library.deduplicated.records)
        assert flow.included_studies == len(studies)
        screening = read_screening(review)
        fates = [screening.fate(key) for key in keys(review)]
        waiting = sum(c.fates[f] for c in (flow.searched, flow.other) for f in WAITING)
        assert waiting == sum(fate in WAITING for fate in fates)
        assert flow.included_reports == sum(fate is Fate.INCLUDED for fate in fates)
        linked = {
            report.study_id
            for key, report in screening.reports.items()
            if screening.fate(key) is Fate.INCLUDED
        }
        assert flow.studies == len(linked)
        for key in screening.reports:
            said = [screening.outcome(key, stage) for stage in Stage]
            left_out = any(each is not None and each.standing is Standing.EXCLUDED for each in said)
            assert screening.fate(key) is Fate.INCLUDED or left_out


def judgement(chance, everybody):
    """Return a random row; most publications pass, so that all fates occur."""
    stage = chance.choice(["title-abstract", "title-abstract", "full-text"])
    choice = chance.choice(["include", "include", "include", "exclude", "maybe", "taken-back"])
    reason = (
        chance.choice(["design", "not-retrieved"]) if choice == "exclude" and stage == "full-text" else ""
    )
    return {
        "record_id": chance.choice(everybody),
        "stage": stage,
        "choice": choice,
        "reason": reason,
        "by": chance.choice(["WX", "YZ"]),
        "settles": str(int(chance.random() < 0.1)),
    }


def test_an_update_counts_the_searches_since(review):
    """Earlier searches belong to the previous version; the sum stays."""
    path = review / "metaleak.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[screening]\nreviewers = 1\nupdate_since = "2026-02-01"\n',
        encoding="utf-8",
    )
    known = rows(review, "studies")[0]["study_id"]
    key = next(key for key in keys(review) if key.startswith("embase"))
    for stage in ("title-abstract", "full-text"):
        judged(review, key, "include", stage=stage, who=("WX",))
    link_study(review, key, known, reason="its report", by="WX")
    flow = review_flow(review)

    assert flow.is_update
    assert "embase" not in flow.searched.identified
    assert (flow.previous_studies, flow.previous_reports, flow.studies) == (1, 1, 0)
    assert flow.included_studies == 6
    assert flow.earlier_waiting == 7


def test_a_link_makes_a_record_included_without_a_judgement(review):
    """Two reports of one study are two reports and one study; unlinked, the record waits again."""
    known = rows(review, "studies")[0]["study_id"]
    one, other = keys(review)[:2]
    for key in (one, other):
        link_study(review, key, known, reason="its report", by="WX")
    flow = review_flow(review)

    assert (flow.searched.included, flow.studies, flow.new_reports) == (2, 1, 2)
    assert one not in [record.record_id for record in list_screening(review, "title-abstract").records]
    link_study(review, one, "", reason="another hospital", by="WX")
    flow = review_flow(review)
    assert (flow.searched.included, flow.studies) == (1, 1)
    link_study(review, other, "", reason="another hospital", by="WX")
    assert review_flow(review).before_logging == 6


def test_a_link_takes_the_publication_off_the_list_of_what_is_to_be_extracted(review):
    key = keys(review)[0]
    for stage in ("title-abstract", "full-text"):
        judged(review, key, "include", stage=stage)
    assert [record.record_id for record in list_screening(review, "extraction").records] == [key]

    link_study(review, key, rows(review, "studies")[0]["study_id"], reason="its report", by="WX")
    assert list_screening(review, "extraction").records == ()


def test_what_reviewers_left_out_stays_out_although_it_is_linked(review):
    """And the check asks which of the two is right; a publication judged halfway is told once."""
    known = rows(review, "studies")[0]["study_id"]
    one, other, third = keys(review)[:3]
    judged(review, one, "exclude")
    for key in (one, other, third):
        link_study(review, key, known, reason="its report", by="WX")
    flow = review_flow(review)
    told = [(f.row, f.message) for f in check_review(review).findings if f.rule == "R98"]

    assert flow.searched.fates[Fate.SCREENED_OUT] == 1
    assert flow.included_reports == 2
    assert [row for row, _ in told] == [2, 3]
    assert "left the publication out" in told[0][1]
    assert "2 linked publications" in told[1][1]


def test_an_update_counts_further_reports_of_studies_that_were_in_before(review):
    """They are no new studies."""
    path = review / "metaleak.toml"
    path.write_text(
        path.read_text(encoding="utf-8") + '\n[screening]\nupdate_since = "2026-02-01"\n', encoding="utf-8"
    )
    first, second = (row["study_id"] for row in rows(review, "studies")[:2])
    old = next(key for key in keys(review) if key.startswith("embase"))
    new, more = [key for key in keys(review) if key.startswith("scopus")][:2]
    for key, study in ((old, first), (new, first), (more, second)):
        link_study(review, key, study, reason="its report", by="WX")
    flow = review_flow(review)

    assert (flow.previous_studies, flow.previous_reports) == (1, 1)
    assert (flow.studies, flow.new_reports, flow.further_reports) == (1, 1, 1)
    assert flow.included_studies == 6
    items = {item.text: item.n for box in boxes_of(flow) for item in box.items}
    assert items["New studies included"] == 1
    assert items["Further reports of studies included before"] == 1


def test_two_reviewers_are_told_how_far_they_agree(review, capsys):
    """In the list, for scripts, and with the flow."""
    for key, one, two in zip(
        keys(review),
        ("include", "exclude", "exclude", "maybe"),
        ("include", "exclude", "include", "include"),
        strict=False,
    ):
        decide(review, key, one, stage="title-abstract", by="WX", clock=CLOCK)
        decide(review, key, two, stage="title-abstract", by="YZ", clock=CLOCK)
    sentence = "WX and YZ both judged 4 publications and agreed on 3"

    assert any(sentence in line for line in list_screening(review, "title-abstract").lines())
    assert any(sentence in each for each in flow_sentences(review_flow(review)))
    assert run(["screen", "list", "--json", "--root", str(review)]) == 0
    [found] = json.loads(capsys.readouterr().out)["agreement"]
    assert found["table"] == [[2, 0], [1, 1]]
    assert found["kappa"] == pytest.approx(0.5)


def test_a_row_that_is_no_judgement_is_told(review):
    """With its place."""
    add_rows(
        review,
        SCREENING,
        [{"record_id": "a", "stage": "title", "choice": "include", "by": "WX", "settles": "0"}],
    )

    with pytest.raises(SheetError, match=r"screening.csv, row 2: .*no judgement|no judgement"):
        read_screening(review)


def test_the_commands(review, capsys):
    """list, decide and undo as they are typed; exit codes; JSON for scripts."""
    key = keys(review)[0]
    root = ["--root", str(review)]

    assert run(["screen", "list", *root]) == 0
    assert key in capsys.readouterr().out
    assert run(["screen", "decide", key, "include", "--by", "WX", *root]) == 0
    assert "open" in capsys.readouterr().out
    assert run(["screen", "list", "--json", *root]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["publications"][0]["judgements"][0]["by"] == "WX"
    assert document["reviewers"] == 2
    assert run(["screen", "undo", key, "--by", "WX", *root]) == 0
    assert run(["screen", "undo", key, "--by", "WX", *root]) == 2
    assert run(["screen", "list", "--show", "all", *root]) == 2


def test_without_records_there_is_nothing_to_judge(starter, capsys):
    """And it says where records come from."""
    assert run(["screen", "list", "--root", str(starter)]) == 0
    assert "There are no records yet" in capsys.readouterr().out
