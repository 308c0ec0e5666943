"""Figures in Chinese: every word said, every glyph there, every text inside."""

import json
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

import metaleak as ml
from metaleak.cli import main
from metaleak.errors import SettingError, SheetError
from metaleak.plots import languages
from metaleak.plots.canvas import draw_figure
from metaleak.plots.languages import LANGUAGES, said
from metaleak.plots.planners import plan_figure
from metaleak.plots.presets import PRESETS
from metaleak.plots.save import rendered
from metaleak.plots.style import FONT_FOLDER, PLAIN, SECOND_FILES
from metaleak.plots.text_metrics import width, wrap
from metaleak.workflow.scaffold import new_review
from tests.plots import cases
from tests.plots.cases import CASES

RULES = tomllib.loads((Path(languages.__file__).parent / "zh.toml").read_text(encoding="utf-8"))["words"]
CHINESE = replace(PLAIN, language="zh")

#: Names of methods, programs and of the review's words that Chinese papers write in Latin letters, too.
LATIN = (
    r"PKP|PVP|logit|logistic|REML|Wald|Welch|Clopper-Pearson|Mantel-Haenszel|Peto|Higgins|Thompson|Spiegelhalter"
    r"|PRISMA|PubMed|ClinicalTrials\.gov|Web of Science|Egger|Begg|Mazumdar|LFK|Doi"
    r"|JBI|MINORS|QUADAS-2|Sterne|doi:10[\w./]+|small_study|fewest|Peters|beta|Hartung-Knapp|Rücker|Schwarzer|DerSimonian-Laird|DFFITS|Cook|Pearson|Baujat|Viechtbauer|Cheung|metaleak|numpy|scipy|pandas|statsmodels|tau|omega|C\(group.*?\+ year"
)


def test_no_figure_is_left_out():
    """Every figure that can be drawn is said below."""
    assert {cases.kind_of(case) for case in CASES} == set(cases.KINDS)


@pytest.mark.parametrize("case", CASES)
def test_every_word_is_said(case):
    """Beside labels, titles and names of methods no English is left, in the figure, caption and alt text."""
    result = cases.RESULTS[case]
    plan = CASES[case](CHINESE)
    data = {result["title"], *cases.REASONS, *(str(row["label"]) for row in result.get("rows", ()))}
    data |= {re.sub(r" \(.*", "", label) for label in data}
    data |= set(re.findall(r"[A-Z][a-z]+ \d{4}|Synthetic \d+", json.dumps(result)))
    # A text that is broken stands in the figure line by line.
    shown = "".join(text.text for text in plan.whole.texts() if text.column in ("note", "caveat"))
    texts = [
        text.text for text in plan.whole.texts() if text.column not in ("caption", "note", "caveat", "box")
    ]

    left = " ".join([shown, *texts, plan.caption, plan.alt_text, plan.caveat])
    for words in sorted(data - {""}, key=len, reverse=True):
        left = left.replace(words, "")

    assert re.findall(r"[A-Za-z]{3,}", re.sub(LATIN, "", left)) == []


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("style", ["plain", "lancet"])
def test_nothing_overlaps_and_nothing_is_cut(collisions, outside, case, style):
    """In two widths."""
    plan = CASES[case](replace(PRESETS[style], language="zh"))

    assert collisions(plan.whole) == outside(plan.whole) == []


@pytest.mark.parametrize("k", [3, 12, 40, 120])
def test_long_and_short_tables_fit(collisions, outside, synthetic, k):
    """With rates of 0 and 100 % and long labels."""
    counts = [(0, 40), (40, 40)]
    result = synthetic((k,), labels=["骨水泥" * 30, "Author " * 20], counts=counts)

    plan = plan_figure("forest", result, style=CHINESE)

    assert collisions(plan.whole) == outside(plan.whole) == []


@pytest.mark.parametrize("source", RULES)
def test_a_rule_keeps_what_it_is_given(source):
    """Nothing that a placeholder holds is lost."""
    assert sorted(re.findall(r"\{(\w)\}", RULES[source])) == sorted(re.findall(r"\{(\w)\}", source))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("21 rows of 18 studies", "18项研究的21行"),
        ("1 862 of 6 938", "6 938中1 862"),
        ("spinal canal: X-ray or fluoroscopy", "椎管：X线或透视"),
        ("Line: all observations. Associated with, not caused by.", "线：全部观测。表示关联，而非因果。"),
        ("J. Palm 2018 or so", "J. Palm 2018 or so"),
        ("62.5 [48.5, 75.1]", "62.5 [48.5, 75.1]"),
        ("", ""),
    ],
)
def test_sentences_are_said_by_rules(text, told):
    """Orders change, numbers stay, and what no rule knows is left alone; saying twice is saying once."""
    assert said(text, "zh") == told == said(told, "zh")
    assert said(text, "en") == text


def test_an_unknown_language_is_refused():
    """By naming those that are there."""
    with pytest.raises(SettingError, match="no language 'fr'"):
        ml.plots.groups(cases.kept("modality"), language="fr")
    assert LANGUAGES == ("en", "zh")


def test_the_shipped_subset_is_small_and_whole():
    """Both weights have every character of the rules, in under 400 kB."""
    wanted = {ord(char) for target in RULES.values() for char in target if ord(char) > 0x2E80}

    assert sum((FONT_FOLDER / file).stat().st_size for file in SECOND_FILES.values()) < 400_000
    for file in SECOND_FILES.values():
        with TTFont(FONT_FOLDER / file) as font:
            assert wanted <= set(font.getBestCmap())


def test_every_missing_glyph_is_named(synthetic):
    """All of them, with their place; none is drawn as a box."""
    with pytest.raises(SheetError) as error:
        ml.plots.forest(synthetic((3,), labels=["龘靐 2001"]))

    assert "U+9F98" in str(error.value)
    assert "U+9750" in str(error.value)
    assert "label of S0" in str(error.value)


def test_a_text_that_no_planner_checked_is_checked():
    """The last look is at what stands in the figure."""
    result = json.loads(json.dumps(cases.kept("regression")))
    result["settings"]["contrasts"][0]["of"] = "龘"

    with pytest.raises(SheetError, match=r"figure routes: .*U\+9F98"):
        plan_figure("routes", result)


def test_chinese_is_broken_between_characters():
    """No line begins with a comma, none ends with an opening bracket, and words of Latin letters stay whole."""
    lines = wrap("合并发生率（中位研究），Clopper-Pearson区间。", 40, 7)

    assert all(width(line, 7) <= 40 for line in lines if "Clopper" not in line)
    assert not [line for line in lines if line[0] in "，。）" or line[-1] == "（"]
    assert "".join(lines).replace("Clopper-Pearson", "") == "合并发生率（中位研究），区间。"


def test_the_canvas_draws_each_piece_in_its_font():
    """One behind the other, as wide as they were measured."""
    plan = plan_figure("groups", cases.kept("modality"), style=CHINESE)
    texts = draw_figure(plan.whole, style=CHINESE).axes[0].texts
    fonts = {Path(text.get_fontproperties().get_file()).name for text in texts}

    (first, second) = [t for t in texts if t.get_text() in ("CT+X", "线")][:2]
    assert fonts >= {"LiberationSans-Regular.ttf", "NotoSansSC-Regular.ttf", "NotoSansSC-Bold.ttf"}
    assert second.get_position()[0] == pytest.approx(first.get_position()[0] + width("CT+X", 7))


def test_files_bring_the_second_font_and_repeat():
    """SVG as text, PDF and EPS with embedded TrueType; the same bytes twice, and the language in the provenance."""
    plan = plan_figure("groups", cases.kept("modality"), style=CHINESE)

    files = rendered(plan, "zh", formats=("svg", "pdf", "eps"))

    assert files == rendered(plan, "zh", formats=("svg", "pdf", "eps"))
    assert "中位研究" in files["svg"].decode("utf-8")
    assert 'font-family:"Noto Sans SC"' in files["svg"].decode("utf-8")
    assert b"NotoSansSC-Regular" in files["pdf"]
    assert b"NotoSansSC-Regular" in files["eps"]
    assert json.loads(files["json"])["language"] == "zh"


def test_english_figures_bring_one_font():
    """Their bytes do not know of the other."""
    files = rendered(plan_figure("groups", cases.kept("modality")), "en", formats=("svg",))

    assert b"Noto" not in files["svg"]
    assert "language" not in json.loads(files["json"])


def test_the_command_and_a_style_file_choose_the_language(tmp_path):
    """The language's code stands behind the name, so that the figures of every run are kept."""
    new_review(tmp_path / "review")
    own = tmp_path / "eigen.toml"
    own.write_text('base = "bmc"\nlanguage = "zh"\n', encoding="utf-8")

    wish = ["draw", "groups", "--format", "svg", "--root", str(tmp_path / "review"), "-q"]

    assert main([*wish, "--language", "zh"]) == main([*wish, "--style", str(own)]) == 0
    made = sorted(path.name for path in (tmp_path / "review" / "figures").glob("*.svg"))
    assert [name for name in made if "-zh" in name or "-eigen" in name] == [
        "synthetic_example-groups-eigen.svg",
        "synthetic_example-groups-zh.svg",
    ]
    assert main([*wish, "--language", "fr"]) == 2
