"""A run on a terminal: a real pty, and an emulator that says what a person sees."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import termios
import threading
import time

import pyte
import pytest

from jupyter_runt.cli.render import region
from jupyter_runt.cli.render.base import Look
from jupyter_runt.cli.render.choice import choose
from jupyter_runt.cli.render.screen import Screen
from jupyter_runt.cli.render.terminal import TerminalRenderer
from jupyter_runt.run.state import fold
from tests.cli.logs import Log, Stream, recorded

SYNC = b"\x05"


class Terminal:
    """The two ends of a pty, and a screen behind it."""

    def __init__(self, columns: int = 40, rows: int = 24) -> None:
        self.master, slave = os.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.stream = os.fdopen(slave, "w", encoding="utf-8", newline="")
        self.screen = pyte.HistoryScreen(columns, rows, history=5000, ratio=0.1)
        self._feed = pyte.ByteStream(self.screen)
        self.raw = b""
        self._seen = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while True:
            try:
                data = os.read(self.master, 65536)
            except OSError:  # how Linux tells that the other end is closed
                return
            self.raw += data.replace(SYNC, b"")
            self._feed.feed(data.replace(SYNC, b""))
            for _ in range(data.count(SYNC)):
                self._seen.release()

    def sync(self) -> None:
        os.write(self.stream.fileno(), SYNC)
        assert self._seen.acquire(timeout=10)

    def lines(self) -> list[str]:
        """Everything shown so far, what scrolled away included, without the empty end."""
        self.sync()
        history = ["".join(row[x].data for x in range(self.screen.columns)) for row in self.screen.history.top]
        lines = [line.rstrip() for line in (*history, *self.screen.display)]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def close(self) -> None:
        self.stream.close()
        self._thread.join(10)
        os.close(self.master)


@pytest.fixture
def terminal():
    made: list[Terminal] = []

    def make(columns: int = 40, rows: int = 24) -> Terminal:
        made.append(Terminal(columns, rows))
        return made[-1]

    yield make
    for each in made:
        each.close()


class Shown:
    """A renderer on a terminal, with a clock that is set. It redraws after every event."""

    def __init__(self, terminal: Terminal, look: Look | None = None, **environ: str) -> None:
        self.terminal = terminal
        self.now = 0.0
        self.renderer = TerminalRenderer(
            look or Look(), terminal.stream, terminal.stream, colour=not environ.get("NO_COLOR"), now=lambda: self.now
        )

    def feed(self, log: Log) -> None:
        for event in log.events:
            self.now = event.at
            self.renderer.event(event)
            self.renderer._refresh()
        log.events.clear()


def running(*cells: str) -> Log:
    log = Log(*cells)
    log.begin()
    log.start(cells[0])
    return log


def test_the_cells_and_a_bar_stand_below_the_output(terminal):
    shown = Shown(terminal())
    log = running("setup", "fetch")
    log.out("setup", "hello\n")
    log.finish("setup")
    log.start("fetch")
    log.out("fetch", "world\n")
    shown.feed(log)
    lines = shown.terminal.lines()
    assert lines[0] == "hello"
    assert lines[1] == "world"
    assert lines[3:5] == ["✓ setup  0.5 s", "▶ fetch  1.0 s"]
    assert "1/2" in lines[5]
    shown.renderer.close()


def test_an_open_line_is_continued_where_it_ended(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "one")
    shown.feed(log)
    assert shown.terminal.lines()[0] == "one"
    log.more("a", " two\nthree")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == ["one two", "three"]


def test_a_progress_bar_returns_to_its_line(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "start\n  0%|     |", "stderr")
    for percent in range(10, 101, 10):
        log.more("a", f"\r{percent:3}%|{'#' * (percent // 20):5}|")
    log.more("a", "\ndone\n")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == ["start", "100%|#####|", "done"]


def test_nested_progress_bars_keep_their_lines(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "\router 0")
    for step in range(3):
        log.more("a", "\n")
        log.more("a", f"\rinner {step}\x1b[A")
        log.more("a", f"\router {step}")
    shown.feed(log)
    assert shown.terminal.lines()[:2] == ["outer 2", "inner 2"]
    shown.renderer.close()
    assert shown.terminal.lines() == ["outer 2", "inner 2"]


@pytest.mark.parametrize("length", [39, 40, 41, 79, 80, 81, 200])
@pytest.mark.parametrize("char", ["x", "漢", "é"])
def test_a_line_as_wide_as_the_terminal_or_wider_is_complete(terminal, length, char):
    shown = Shown(terminal(40, 24))
    log = running("a")
    text = char * length
    log.out("a", text[:7])
    for start in range(7, length, 11):
        log.more("a", text[start : start + 11])
    log.more("a", "\nend\n")
    shown.feed(log)
    shown.renderer.close()
    plain = "".join(shown.terminal.lines()).replace(" ", "")
    assert plain == text + "end"


def test_a_line_that_fills_the_terminal_can_be_overwritten(terminal):
    shown = Shown(terminal(40, 24))
    log = running("a")
    log.out("a", "-" * 40)
    log.more("a", "\r" + "#" * 40)
    log.more("a", "\nend\n")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == ["#" * 40, "end"]


def test_much_output_scrolls_and_nothing_is_lost_or_doubled(terminal):
    shown = Shown(terminal(40, 12))
    log = running("a", "b", "c")
    log.out("a", "0\n")
    for number in range(1, 300):
        log.more("a", f"{number}")
        log.more("a", "\n")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == [str(number) for number in range(300)]


def test_an_escape_sequence_in_two_pieces_stays_one(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "x\x1b[3")
    log.more("a", "1mred\x1b[0m\n")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == ["xred"]
    assert shown.terminal.screen.buffer[0][1].fg == "red"


def test_output_cannot_clear_the_screen_or_write_the_clipboard(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "kept\n\x1b[2J\x1b[H\x1b]52;c;aGk=\x07\x1b[?1049h\x1b7end\n")
    shown.feed(log)
    shown.renderer.close()
    assert shown.terminal.lines() == ["kept", "end"]
    assert b"]52" not in shown.terminal.raw


def test_the_region_goes_and_the_list_and_summary_stay(terminal):
    shown = Shown(terminal(120))
    for event in recorded("trouble"):
        shown.renderer.event(event)
    shown.renderer.close()
    lines = shown.terminal.lines()
    assert lines[0] == "no newlineto stderr"
    assert lines[-6].startswith("✓ parameters")
    assert lines[-3].startswith("✗ fetch       ")
    assert lines[-2].startswith("⊘ never")
    assert "━" not in "".join(lines)
    assert lines[-1].startswith(
        "failed: cell 'fetch' (/srv/trouble.yml:28): ZeroDivisionError: division by zero; 4 of 5"
    )
    assert not shown.terminal.screen.cursor.hidden


def test_a_question_has_the_terminal_to_itself(terminal):
    shown = Shown(terminal(), Look(interactive_input=True))
    log = running("a")
    log.out("a", "Hello, ")
    log.add("input.requested", {"input_id": "1", "prompt": "name? ", "password": False}, "a")
    shown.feed(log)
    with shown.renderer.suspend():
        os.write(shown.terminal.stream.fileno(), b"name? jo\r\n")
        assert shown.terminal.lines() == ["Hello, name? jo"]
        log.add("input.answered", {"input_id": "1", "by": "jo"}, "a")
        log.more("a", "thanks\n")
        shown.feed(log)
        assert shown.terminal.lines() == ["Hello, name? jo"]
    assert shown.terminal.lines()[:2] == ["Hello, name? jo", "thanks"]
    assert len(shown.terminal.lines()) > 2
    shown.renderer.close()


def test_a_message_of_the_caller_stands_above_the_region(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "open")
    shown.feed(log)
    shown.renderer.say("interrupting")
    shown.renderer.close()
    assert shown.terminal.lines() == ["open", "interrupting"]


def test_without_colour_the_region_still_lives(terminal):
    shown = Shown(terminal(), NO_COLOR="1")
    log = running("a", "b")
    log.finish("a", "failed", reason="cell_error")
    shown.feed(log)
    shown.terminal.sync()
    assert b"\xe2\x9c\x97 a" in shown.terminal.raw
    assert not re.search(rb"\x1b\[[1-9][0-9;]*m", shown.terminal.raw)
    shown.renderer.close()


def test_stdout_that_is_no_terminal_gets_exactly_the_output(terminal):
    out, screen = Stream(), terminal(80)
    renderer = choose(Look(), out, screen.stream, {"TERM": "xterm"})
    for event in recorded("example"):
        renderer.event(event)
    renderer.close()
    assert out.getvalue().startswith("1,024 points")
    assert "\x1b" not in out.getvalue()
    assert screen.lines()[-1].startswith("succeeded: 6 cells")


@pytest.mark.parametrize("environ", [{}, {"TERM": "dumb"}])
def test_a_terminal_that_can_do_nothing_gets_plain_lines(terminal, environ):
    screen = terminal(80)
    renderer = choose(Look(), screen.stream, screen.stream, environ)
    for event in recorded("example"):
        renderer.event(event)
    renderer.close()
    assert b"\x1b" not in screen.raw.replace(b"\r", b"")
    assert screen.lines()[-1].startswith("succeeded")


def test_nothing_is_written_while_nothing_changes(terminal):
    shown = Shown(terminal())
    shown.feed(running("a"))
    shown.terminal.sync()
    before = len(shown.terminal.raw)
    for _ in range(20):
        shown.renderer._refresh()
    shown.terminal.sync()
    assert len(shown.terminal.raw) == before
    shown.now += 5
    shown.renderer._refresh()
    shown.terminal.sync()
    assert len(shown.terminal.raw) > before
    shown.renderer.close()


def test_many_small_events_are_few_writes(terminal):
    shown = Shown(terminal())
    log = running("a")
    log.out("a", "0\n")
    for number in range(5000):
        log.more("a", f"{number}\n")
    begun = time.monotonic()
    for event in log.events:
        shown.renderer.event(event)
    shown.renderer.close()
    passed = time.monotonic() - begun
    shown.terminal.sync()
    assert shown.terminal.raw.count(b"\x1b[?25l") <= 2 + passed / 0.02


# -- the region, and the composing of it ---------------------------------------------------------------------------------


def test_many_cells_are_a_window_around_the_running_one_with_counts():
    log = Log(*(f"cell-{number}" for number in range(200)))
    log.begin()
    for number in range(100):
        log.start(f"cell-{number}")
        log.finish(f"cell-{number}")
    started = log.start("cell-100")
    lines = region.live(fold("r", log.events), region.Style(False), (60, 24), started.at + 75, started.at)
    assert len(lines) == 8
    assert "▶ cell-100  1 min 15 s, silent for 1 min" in lines
    assert "100/200, 100 ok" in lines[-1]
    assert all(len(line) < 60 for line in lines)


def test_a_waiting_cell_shows_what_it_asks():
    log = running("a")
    log.add("input.requested", {"input_id": "1", "prompt": "Sure?\x1b[2J ", "password": False}, "a")
    lines = region.live(fold("r", log.events), region.Style(False, unicode=False), (60, 24), log.events[-1].at, 0)
    assert lines[0] == "? a  1.0 s, asks: Sure?"


@pytest.mark.parametrize("rows", [1, 2, 5, 9])
def test_a_low_terminal_has_a_low_region(rows):
    log = running(*(f"cell-{number}" for number in range(10)))
    lines = region.live(fold("r", log.events), region.Style(), (20, rows), log.events[-1].at, 0)
    assert len(lines) == max(1, rows // 3)


def test_text_is_held_back_only_where_the_line_is_full():
    screen = Screen(10)
    assert "0123456789" not in screen.compose("0123456789", ["region"])
    assert "9a" in screen.compose("a", ["region"])
    assert "bc" in screen.compose("bc", ["region"])
