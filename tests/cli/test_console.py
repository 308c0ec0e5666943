"""The progress of long steps on a terminal."""

import io

from metaleak.cli.console import Console


class Terminal(io.StringIO):
    """Text that a terminal would show."""

    def isatty(self):
        return True


def test_a_step_of_several_parts_shows_how_far_it_is(monkeypatch):
    """Parts done and all of them, with a bar; the next step starts without one."""
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    shown = []

    with Console().meter() as meter:
        for step, parts in (("pool one", (3, 20)), ("pool two", None)):
            meter.start(step)
            if parts:
                meter.advance(*parts)
            meter._bar.refresh()
            shown.append(terminal.getvalue())
            terminal.seek(0)
            terminal.truncate()

    first, second = (text.rpartition("pool")[2] for text in shown)
    assert "one 3/20" in first
    assert "━━━━" in first
    assert " two" in second
    assert "━" not in second


def test_nothing_is_shown_where_nobody_looks(monkeypatch):
    """Quiet, for scripts, or without a terminal."""
    for console, stream in ((Console(quiet=True), Terminal()), (Console(), io.StringIO())):
        monkeypatch.setattr("sys.stderr", stream)
        with console.meter() as meter:
            meter.start("pool one")
            meter.advance(1, 2)
        assert stream.getvalue() == ""
