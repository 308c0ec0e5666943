"""Every command: what it says, what it writes, how it ends."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from metaleak.cli.app import app

ROOT = Path(__file__).parents[2]
COMMANDS = [command.name or command.callback.__name__ for command in app.registered_commands]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(metaleak, command):
    """--help says in sentences what the command does."""
    code, out, _ = metaleak(command, "--help")

    assert code == 0
    assert re.search(r"^ +[A-Z][^.]+\.$", out, re.M)


def test_help_shows_the_way(metaleak):
    """The first page teaches: start, run, add, trace, exit codes."""
    code, out, _ = metaleak("--help")

    assert code == 0
    assert all(word in out for word in ("metaleak new my-review", "metaleak run", "Exit codes"))


@pytest.mark.parametrize("words", [["pol"], ["pool", "--nope"], ["pool", "a", "b"], ["trace"]])
def test_wrong_use_ends_with_2(metaleak, words):
    """An unknown command, option or a missing word is wrong use, said in a line."""
    code, _, err = metaleak(*words)

    assert code == 2
    assert "Traceback" not in err


def test_version(metaleak):
    """--version prints one line."""
    assert metaleak("--version")[1].startswith("metaleak 0.")


def test_new_check_run_in_a_folder_of_their_own(metaleak, tmp_path):
    """A new review runs at once and says what it found."""
    assert metaleak("new", tmp_path / "mine")[0] == 0
    assert metaleak("check", "--root", tmp_path / "mine")[0] == 0

    code, out, err = metaleak("run", "--root", tmp_path / "mine")

    assert (code, err) == (0, "")
    assert "pool synthetic_example: done" in out
    assert (tmp_path / "mine" / "reports" / "review.html").is_file()


def test_a_second_run_does_nothing_and_says_so(metaleak, starter):
    """Unchanged steps are not done again, and no file changes."""
    metaleak("run", "--root", starter)
    before = {path: path.read_bytes() for path in starter.rglob("*") if path.is_file()}

    _, out, _ = metaleak("run", "--root", starter)

    assert "pool synthetic_example: unchanged" in out
    assert "draw synthetic_example: unchanged" in out
    assert "report: unchanged" in out
    assert {path: path.read_bytes() for path in starter.rglob("*") if path.is_file()} == before


def test_a_broken_sheet_stops_the_pooling(metaleak, starter):
    """Errors end with 1, every one of them with its place; nothing is written."""
    path = starter / "extraction" / "leaks.csv"
    path.write_bytes(path.read_bytes().replace(b"28,50", b"NA,5x"))

    code, _, err = metaleak("run", "--root", starter)

    assert code == 1
    assert "leaks, row 2, n_leak" in err
    assert "leaks, row 2, n_total" in err
    assert not (starter / "analyses" / "synthetic_example.result.json").exists()


def test_check_prints_findings_and_what_to_do(metaleak, starter):
    """check shows rule, row, column, value and remedy, and ends with 1 on errors."""
    path = starter / "extraction" / "leaks.csv"
    path.write_bytes(path.read_bytes().replace(b"28,50", b"58,50"))

    code, out, _ = metaleak("check", "--root", starter)

    assert code == 1
    assert "row 2, n_leak  error R44: 58 of 50 is more than all" in out
    assert "1 error, 0 warnings" in out


def test_check_counts_what_notes_answer(metaleak, starter):
    """An answered warning leaves the list and is not forgotten."""
    _, out, _ = metaleak("check", "--root", starter)

    assert out.splitlines()[-1].endswith("1 warning answered in notes.")


def test_check_as_json(metaleak_json, starter):
    """Scripts get counts and findings."""
    code, document = metaleak_json("check", "--root", starter)

    assert code == 0
    assert document == {"errors": 0, "warnings": 0, "findings": []}


def test_errors_as_json(metaleak_json, starter):
    """An error is a document, too: kind, message, exit code."""
    code, document = metaleak_json("pool", "nothing", "--root", starter)

    assert code == 2
    assert document["error"]["kind"] == "UsageError"
    assert "synthetic_example" in document["error"]["required"]


def test_pool_tells_what_was_taken_and_left_out(metaleak, starter):
    """Rows taken, rows left out with the reason, and the rate of every group."""
    path = starter / "extraction" / "leaks.csv"
    path.write_bytes(path.read_bytes().replace(b"vertebra,CT", b"leak,CT", 1))

    code, out, _ = metaleak("pool", "synthetic_example", "--root", starter)

    assert code == 0
    assert "5 of 6 rows" in out
    assert "left out: unit not asked for" in out
    assert re.search(r"CT +2 +2 +50/106", out)


def test_quiet_says_only_errors(metaleak, starter):
    """-q prints nothing where all is well."""
    assert metaleak("run", "-q", "--root", starter) == (0, "", "")


def test_draw_lists_its_files(metaleak_json, starter):
    """draw writes SVG, PDF, PNG, CSV and JSON for every figure."""
    _, document = metaleak_json("draw", "--root", starter)

    suffixes = {Path(name).suffix for name in document["files"]}
    assert suffixes == {".svg", ".pdf", ".png", ".csv", ".json"}
    assert all((starter / name).is_file() for name in document["files"])


def test_draw_takes_columns_and_an_order(metaleak_json, starter):
    """Marks of risk of bias in the picture, rows from the highest rate on; the plain files stay."""
    _, document = metaleak_json(
        "draw",
        "forest",
        "--columns",
        "year,jbi_overall",
        "--sort=-rate",
        "--format",
        "svg",
        "--root",
        starter,
    )

    [svg] = [path for path in document["files"] if path.endswith(".svg")]
    assert svg == "figures/synthetic_example-forest-with-year-jbi_overall-by-rate-down.svg"
    assert "not assessed" in (starter / svg).read_text(encoding="utf-8")
    text = (starter / svg.replace(".svg", ".csv")).read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines()))
    rates = {}
    for row in rows:
        if row["kind"] == "study":
            rates.setdefault(row["group"], []).append(float(row["value"]))
    assert all(own == sorted(own, reverse=True) for own in rates.values())


def test_draw_in_another_style_leaves_the_plain_figures_alone(metaleak_json, starter):
    """A figure by its name, in a journal's style, as the files that it asks for."""
    _, document = metaleak_json(
        "draw",
        "forest",
        "--style",
        "jama",
        "--format",
        "tiff,pdf",
        "--grey",
        "--dpi",
        "100",
        "--root",
        starter,
    )

    names = {f"figures/synthetic_example-forest-jama-grey.{s}" for s in ("tiff", "pdf", "csv", "json")}
    assert set(document["files"]) == names
    assert all((starter / name).is_file() for name in names)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["draw", "forst"], "no analysis 'forst'"),
        (["draw", "forest", "--style", "nejm"], "no style 'nejm'"),
        (["draw", "forest", "--format", "gif"], "no format 'gif'"),
        (["draw", "forest", "--dpi", "1", "--format", "png"], "resolution"),
        (["draw", "forest", "--columns", "yaer"], "unknown column 'yaer' (did you mean 'year'?)"),
        (["draw", "forest", "--sort", "size"], "cannot be sorted by 'size'"),
        (["draw", "baujat", "--sort", "rate"], "no columns to choose and no rows to sort"),
    ],
)
def test_draw_says_what_it_cannot_draw(metaleak, starter, words, said):
    """And what it can."""
    code, _, err = metaleak(*words, "--root", starter)

    assert code == 2
    assert said in err


def test_trace_leads_back_to_the_rows(metaleak, starter):
    """From a group to its rows, sources, settings and digests."""
    metaleak("pool", "--root", starter)

    code, out, _ = metaleak("trace", "synthetic_example", "ct", "--root", starter)

    assert code == 0
    assert "Synthetic 1: 28/50 = 56.0 %, row 2" in out
    assert "verification: all; CT: day 1; leak definition: any; blinded: yes" in out
    assert "extraction/leaks.csv  unchanged" in out


def test_trace_of_an_unknown_group(metaleak, starter):
    """The groups that there are stand in the error."""
    metaleak("pool", "--root", starter)

    code, _, err = metaleak("trace", "synthetic_example", "MRI", "--root", starter)

    assert code == 1
    assert '"CT"' in err


def test_add_opens_rows_with_the_words_in_view(metaleak, starter):
    """A new study: what is known is filled, what is open shows the allowed words."""
    code, out, _ = metaleak("add", "17453503", "procedure=PVP", "arm=high", "arm=low", "--root", starter)

    assert code == 0
    assert "pmid=17453503" in out
    assert out.count("extraction/leaks.csv: ") == 2
    assert "CT+xray" in out
    assert metaleak("check", "--root", starter)[0] == 1


def test_add_refuses_a_study_twice(metaleak, starter):
    """The place of the first one is named."""
    code, _, err = metaleak("add", "SYNTHETIC1", "--root", starter)

    assert code == 2
    assert "studies.csv, row 2" in err


def test_outside_of_a_review(metaleak, tmp_path):
    """Without metaleak.toml the error says what to type."""
    code, _, err = metaleak("run", "--root", tmp_path)

    assert code == 2
    assert "metaleak new" in err


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('sheet = "leaks"', 'sheet = "leeks"', "rows.sheet"),
        ("[rows]", "[row]", "unknown key 'row'"),
        ('modality = ["CT"]', 'modality = ["MRI"]', "unknown word 'MRI'"),
        ('leak_site = ["any"]', 'leak_site = ["needle_tract"]', "selects no row"),
        ("format = 1", "format = ", "not TOML"),
    ],
)
def test_a_wrong_question_names_file_and_key(metaleak, starter, old, new, told):
    """Unknown keys, unknown words, empty selections: one sentence, exit code 1."""
    path = starter / "analyses" / "synthetic_example.toml"
    path.write_text(path.read_text().replace(old, new, 1))

    code, _, err = metaleak("pool", "--root", starter)

    assert code == 1
    assert "analyses/synthetic_example.toml" in err
    assert told in err


READY = "import sys; from metaleak.cli import main; print('ready', flush=True); sys.exit(main(sys.argv[1:]))"


def test_ctrl_c_ends_with_130(metaleak, starter):
    """Ctrl-C at any moment of a run: exit code 130, no traceback, and the next run finishes."""
    codes = []
    for wait in (0.05, 0.3, 0.6, 0.9, 1.2, 1.6):
        words = [sys.executable, "-c", READY, "run", "--root", str(starter)]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
            # Before this line the interpreter itself is starting; a Ctrl-C there is its own to answer.
            assert child.stdout.readline() == "ready\n"
            time.sleep(wait)
            child.send_signal(signal.SIGINT)
            _, err = child.communicate(timeout=60)
        codes.append(child.returncode)
        assert "Traceback" not in err

    assert set(codes) <= {0, 130, -signal.SIGINT}
    assert 130 in codes
    assert metaleak("run", "-q", "--root", starter)[0] == 0


def test_a_second_writer_waits_or_is_told(process, starter):
    """Two runs at once: both end well, one after the other."""
    children = [process("run", "-q", "--root", starter) for _ in range(2)]

    assert [child.wait(timeout=120) for child in children] == [0, 0]


def test_a_closed_pipe_is_no_error(process, starter):
    """``metaleak run | head -1`` ends quietly."""
    read, write = os.pipe()
    child = process("check", "--root", starter)
    os.close(read)
    os.close(write)

    _, err = child.communicate(timeout=60)

    assert child.returncode == 0
    assert err == ""


def test_a_folder_that_cannot_be_written(metaleak, starter):
    """Where a file stands in place of a folder the machine's refusal is named: exit code 2."""
    (starter / "figures").write_text("in the way")

    code, _, err = metaleak("draw", "--root", starter)

    assert code == 2
    assert "cannot write" in err
