"""``metaleak duplicates`` as a person types it."""

import pytest

RIS = """TY  - JOUR
TI  - Cement leakage after vertebroplasty on computed tomography and radiographs
AU  - Doe, J.
PY  - 2015
JO  - J Synth
VL  - 3
SP  - 10
DO  - 10.1000/one
ER  -
"""


@pytest.fixture
def review(starter, metaleak, tmp_path):
    """Return a review with one publication of two databases."""
    for source, text in (("embase", RIS), ("scopus", RIS.replace("Doe, J.", "Doe, John"))):
        path = tmp_path / f"{source}.ris"
        path.write_text(text)
        assert metaleak("import", path, "--source", source, "--no-compare", "--root", starter)[0] == 0
    return starter


def test_from_the_list_to_a_decision_and_back(review, metaleak, metaleak_json, monkeypatch):
    """Pairs with score and reason; a decision with a name; undo; all of it in JSON too."""
    monkeypatch.setenv("METALEAK_BY", "WX")
    code, document = metaleak_json("duplicates", "--root", review)
    [pair] = document["duplicates"]

    assert (code, document["records"], document["publications"], document["new_rows"]) == (0, 2, 1, 1)
    assert (pair["reason"], pair["by"], document["queue"]) == ("same DOI", "rules", [])
    keys = (pair["left"], pair["right"])

    decided = metaleak("duplicates", "decide", *keys, "maybe", "--reason", "two prints?", "--root", review)
    assert decided[:2] != (0, "")
    assert "maybe (two prints?)" in decided[1]
    listed = metaleak("duplicates", "--root", review)[1]
    assert "1 pair to decide:" in listed
    assert f"metaleak duplicates decide {keys[0]} {keys[1]} duplicate|maybe|distinct" in listed
    assert "two prints? (WX)" in listed

    assert "duplicate (as before: same DOI)" in metaleak("duplicates", "undo", *keys, "--root", review)[1]
    assert metaleak_json("duplicates", "--root", review)[1]["publications"] == 1


def test_links_to_a_study(review, metaleak, metaleak_json):
    """Linked and taken away again."""
    key = metaleak_json("duplicates", "--root", review)[1]["groups"][0][0]
    told = metaleak("duplicates", "link", key, "SYNTHETIC1", "--reason", "its report", "--root", review)
    gone = metaleak("duplicates", "unlink", key, "--reason", "another hospital", "--root", review)

    assert told[0] == gone[0] == 0
    assert f"{key} is a report of SYNTHETIC1 now" in told[1]
    assert f"{key} is linked to no study now" in gone[1]


def test_options_before_the_command_are_refused(review, metaleak):
    """A root that is not used would decide in another review."""
    code, _, told = metaleak("duplicates", "--root", review, "undo", "a", "b")

    assert code == 2
    assert "behind the command" in told


def test_an_unknown_record_is_wrong_use(review, metaleak):
    """With what was meant."""
    code, _, told = metaleak("duplicates", "undo", "embase:", "scopus:", "--root", review)

    assert code == 2
    assert "there is no record 'embase:'" in told


SURE = (
    RIS.replace("10.1000/one", "10.1000/two")
    .replace("SP  - 10", "SP  - 90")
    .replace("radiographs", "ultrasound")
)
DOUBTFUL = "".join(line for line in RIS.splitlines(keepends=True) if line[:2] in ("TY", "TI", "ER"))


def bring(metaleak, root, tmp_path, source, text, *options):
    path = tmp_path / f"{source}.ris"
    path.write_text(text)
    return metaleak("import", path, "--source", source, "--root", root, *options)


def test_an_import_compares_what_came_by_itself(starter, metaleak, metaleak_json, tmp_path):
    """Sure pairs are one publication, doubtful ones wait, and the next command is told; undo takes it back."""
    first = bring(metaleak, starter, tmp_path, "embase", RIS + SURE)
    assert "compared: 0 new pairs taken as one publication, 0 pairs to decide" in first[1]

    out = bring(metaleak, starter, tmp_path, "scopus", SURE + DOUBTFUL)[1]
    assert "compared: 1 new pair taken as one publication, 1 pair to decide; 4 records, 3 publications" in out
    assert "same DOI" in out
    [pair] = metaleak_json("duplicates", "--root", starter)[1]["duplicates"]
    undone = f"metaleak duplicates undo {pair['left']} {pair['right']}"
    assert f"wrong? {undone}" in out
    [waiting] = metaleak_json("duplicates", "--root", starter)[1]["queue"]
    assert f"metaleak duplicates decide {waiting['left']} {waiting['right']} duplicate|maybe|distinct" in out

    assert metaleak(*undone.split()[1:], "--root", starter)[0] == 0
    document = metaleak_json("duplicates", "--root", starter)[1]
    assert (document["publications"], len(document["queue"]), document["duplicates"]) == (4, 2, [])
    again = bring(metaleak, starter, tmp_path, "scopus", SURE + DOUBTFUL)[1]
    assert "0 new pairs taken as one publication, 2 pairs to decide" in again


def test_a_switch_leaves_the_comparison_out(starter, metaleak, tmp_path):
    """Nothing is written about pairs, and the command that does it is told."""
    bring(metaleak, starter, tmp_path, "embase", RIS, "--no-compare")
    out = bring(metaleak, starter, tmp_path, "scopus", RIS, "--no-compare")[1]

    assert "next: metaleak duplicates compares the records" in out
    assert not (starter / "extraction" / "duplicates.csv").exists()


def test_scripts_get_the_comparison_in_the_same_document(starter, metaleak_json, tmp_path):
    path = tmp_path / "embase.ris"
    path.write_text(
        RIS + RIS.replace("Doe, J.", "Doe, John").replace("10.1000/one", "https://doi.org/10.1000/ONE")
    )
    document = metaleak_json("import", path, "--source", "embase", "--root", starter)[1]

    assert document["compared"]["records"] == document["new"]
    assert document["compared"]["to_decide"] == []
