"""Two imaging methods on the same units, from pairs.csv."""

import csv
import json
import shutil
from pathlib import Path

import pytest

from metaleak.errors import ConfigError, SelectionError
from metaleak.question.analyse import analyse
from metaleak.question.review import read_review

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def kept():
    """The committed result."""
    return json.loads((ROOT / "analyses" / "matched.result.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def printed():
    """The rows of pairs.csv by their number in the sheet."""
    with (ROOT / "extraction" / "pairs.csv").open(encoding="utf-8", newline="") as file:
        return dict(enumerate(csv.DictReader(file), start=2))


@pytest.fixture
def review(tmp_path):
    """Return a copy of this review with other rows of pairs.csv or another file."""
    shutil.copytree(ROOT / "extraction", tmp_path / "extraction")
    (tmp_path / "analyses").mkdir()
    shutil.copy(ROOT / "metaleak.toml", tmp_path)
    text = (ROOT / "analyses" / "matched.toml").read_text(encoding="utf-8")

    def changed(*swaps, rows=()):
        now = text
        for old, new in swaps:
            assert old in now
            now = now.replace(old, new)
        (tmp_path / "analyses" / "matched.toml").write_text(now, encoding="utf-8")
        path = tmp_path / "extraction" / "pairs.csv"
        sheet = path.read_text(encoding="utf-8")
        for old, new in rows:
            assert old in sheet
            sheet = sheet.replace(old, new)
        path.write_text(sheet, encoding="utf-8")
        return read_review(tmp_path)

    return changed


def test_counts_are_those_of_the_sheet(kept, printed):
    """Empty cells are None, and every row is told."""
    assert {row["study_id"] for row in kept["rows"]} == {"KoreanSpine148", "Martin2012", "Wang2017"}
    for row in kept["rows"]:
        sheet = printed[row["sheet_rows"][0]]
        for key, column in {
            "n": "n_total",
            "reference": "reference_positive",
            "index": "index_positive",
            "both": "both_positive",
        }.items():
            assert row[key] == (int(sheet[column]) if sheet[column] else None)


def test_the_bounds_by_hand(kept):
    """Totals of 148 and 35 units; an overlap of 77; all four cells of the fluoroscopy."""
    rows = {(row["study_id"], row["modality"]): row for row in kept["rows"]}
    korean, wang = rows["KoreanSpine148", "xray"], rows["Wang2017", "xray"]
    xray, fluoroscopy = rows["Martin2012", "xray"], rows["Martin2012", "fluoroscopy"]

    assert (korean["both_range"], wang["both_range"]) == ([0, 37], [0, 9])
    assert korean["sensitivity"] == pytest.approx([0, 37 / 56])
    assert xray["index_range"] == [77, 77 + 181 - 149]
    assert xray["difference"]["nested"]["value"] == pytest.approx(72 / 181)
    assert xray["difference"]["apart"]["value"] == pytest.approx(40 / 181)
    assert (fluoroscopy["only_reference"], fluoroscopy["only_index"]) == (87, 0)
    assert fluoroscopy["odds_ratio"]["value"] == 0
    assert [row["odds_ratio"] for row in (korean, wang, xray)] == [None] * 3


def test_the_sensitivity_is_that_of_the_pairs(kept):
    """The analysis that leads the page pools the same counts by the same model."""
    pairs = json.loads((ROOT / "analyses" / "pairs.result.json").read_text(encoding="utf-8"))
    (group,) = pairs["groups"].values()
    pooled = kept["matched"][0]["sensitivity"]

    assert [pooled[key] for key in ("value", "ci_low", "ci_high", "tau2")] == pytest.approx(
        [group[key] for key in ("estimate", "ci_low", "ci_high", "tau2")], rel=1e-9
    )


def test_every_candidate_has_its_verdict():
    """Leaks against vertebrae, sites, and what is taken."""
    with (ROOT / "analyses" / "matched.rows.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert sum(row["taken"] == "1" for row in rows) == 4
    assert all(row["reason"] for row in rows if row["taken"] == "0")


def test_four_cells_everywhere_give_a_pooled_odds_ratio(review):
    """With invented cells on the index alone: the exact pool, no reason left."""
    found = analyse(
        review(
            rows=[
                (",148,56,37,,", ",148,56,37,30,"),
                (",35,13,9,,", ",35,13,9,6,"),
                (",181,149,,77,", ",181,149,84,77,"),
            ]
        ),
        "matched",
    ).result
    item = found["matched"][0]
    low, value, high = (item["odds_ratio"][key] for key in ("ci_low", "value", "ci_high"))

    assert (item["k_known"], item["odds_ratio"]["k"]) == (3, 3)
    assert low < value < high
    # 7 + 3 + 7 on X-ray alone, 26 + 7 + 72 on CT alone.
    assert low < 17 / 105 < high
    assert item["relative"]["nested"] == item["relative"]["apart"]
    assert item["reasons"] == {}


def test_a_comparison_without_positives_of_the_reference_is_left_out(review):
    """There is no share of nothing; the reason stands in the list of rows."""
    done = analyse(review(rows=[(",35,13,9,,", ",35,0,9,,")]), "matched")

    assert done.result["matched"][0]["k"] == 2
    assert "reference_positive is 0" in done.rows_csv
    assert done.result["selection"]["taken"] == 3


def test_no_comparison_left_is_said(review):
    """With what is wanted."""
    rows = [(",148,56,37,,", ",148,0,37,,"), (",35,13,9,,", ",35,0,9,,")]
    only = ('unit = ["vertebra", "patient"]', 'unit = ["vertebra"]')

    with pytest.raises(SelectionError, match="reference_positive above 0"):
        analyse(review(only, rows=rows), "matched")


def test_a_group_without_a_comparison_is_noted(review):
    """The others stay."""
    swap = (
        'name = "fluoroscopy against CT"\nindex = ["fluoroscopy"]',
        'name = "lateral"\nindex = ["xray_lateral"]',
    )
    found = analyse(review(swap), "matched").result

    assert [item["name"] for item in found["matched"]] == ["X-ray against CT"]
    assert "no comparison for: lateral" in found["notes"]


@pytest.mark.parametrize(
    ("swap", "said"),
    [
        (('sheet = "pairs"', 'sheet = "leaks"'), "pairs"),
        (('index = ["xray"]', 'index = ["x-ray"]'), "unknown word 'x-ray' for index"),
        (('name = "fluoroscopy against CT"', 'name = "X-ray against CT"'), "two groups are called"),
        (('ci_method = "hksj-adhoc"', 'ci_method = "profile"'), "ci_method"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(review, swap, said):
    """With the key."""
    with pytest.raises(ConfigError, match=said):
        analyse(review(swap), "matched")
