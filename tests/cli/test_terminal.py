"""On a terminal: questions are asked there, passwords are not echoed, Ctrl-C is heard."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.runt import Runt, until


class Terminal:
    """The person's end of a pseudo-terminal in which a command runs."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master, self.process, self.text = master, process, ""

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Closes the window."""
        os.dup2(os.open(os.devnull, os.O_RDWR), self._master)

    def wait_for(self, text: str, patience: float = 20.0) -> None:
        """Reads until the terminal has shown `text` since the last wait."""
        end = time.monotonic() + patience
        while text not in self.text:
            ready, _, _ = select.select([self._master], [], [], max(0.0, end - time.monotonic()))
            assert ready, f"{text!r} was not shown in {self.text!r}"
            try:
                self.text += os.read(self._master, 1 << 16).decode(errors="replace")
            except OSError:  # the other end is closed
                assert text in self.text, f"it ended without {text!r}: {self.text!r}"
        self.text = self.text.partition(text)[2]

    def end(self) -> int:
        """The exit code; reads on meanwhile, for a terminal that nobody reads stops its program."""
        end = time.monotonic() + 30
        while self.process.poll() is None:
            assert time.monotonic() < end, self.text
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    self.text += os.read(self._master, 1 << 16).decode(errors="replace")
                except OSError:
                    continue
        return self.process.returncode


@contextmanager
def terminal(runt: Runt, *arguments: str) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyter_runt.cli", *arguments], stdin=slave, stdout=slave, stderr=slave, cwd=runt.home,
        env={**runt.env, "TERM": "xterm", "COLUMNS": "100", "LINES": "30"},
        start_new_session=True, preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(master, process)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)


def test_a_window_that_is_closed_cancels_the_run_and_the_result_is_written(runt):
    source = runt.cells("import time\nfor n in range(600): print('line', n, flush=True); time.sleep(.05)")
    with terminal(runt, "execute", source, "-o", "o.ipynb") as screen:
        screen.wait_for("line 3")
        screen.hang_up()
        assert screen.process.wait(20) == 129
    assert "line 3" in (runt.home / "o.ipynb").read_text()
    assert runt.show()["status"] == "cancelled"


def test_questions_are_asked_at_the_terminal_and_passwords_are_not_shown(runt):
    source = runt.cells("import getpass\nprint('hello', input('name? '))\nprint(len(getpass.getpass('word: ')))")
    with terminal(runt, "execute", source) as screen:
        screen.wait_for("name? ")
        screen.type("bob\n")
        screen.wait_for("hello bob")
        screen.wait_for("word: ")
        screen.type("s3cret-word\n")
        screen.wait_for("11")
        assert screen.end() == 0
        assert "s3cret" not in screen.text


def test_a_question_that_somebody_else_answers_goes_away(runt):
    with terminal(runt, "execute", runt.cells("print('hello', input('name? '))")) as screen:
        screen.wait_for("name? ")
        runt("reply", "last", "alice")
        screen.wait_for("hello alice")
        assert screen.end() == 0


def test_ctrl_c_at_a_question_cancels_the_run(runt):
    with terminal(runt, "execute", runt.cells("input('name? ')"), "-o", "o.ipynb") as screen:
        screen.wait_for("name? ")
        screen.type("\x03")
        assert screen.end() == 130
    assert runt.show()["status"] == "cancelled"
    assert (runt.home / "o.ipynb").exists()


def test_ctrl_d_at_a_question_does_not_hang(runt):
    with terminal(runt, "execute", runt.cells("input('name? ')"), "--run-timeout", "2") as screen:
        screen.wait_for("name? ")
        screen.type("\x04")
        screen.wait_for("goes on waiting")
        assert screen.end() in (1, 4)


def test_run_asks_and_ctrl_c_leaves_the_question_open(runt):
    with terminal(runt, "run", runt.cells("print('hello', input('name? '))")) as screen:
        screen.wait_for("name? ")
        screen.type("\x03")
        screen.wait_for("goes on")
        assert screen.end() == 130
    assert runt.show()["status"] == "waiting"
    with terminal(runt, "reply", "last") as screen:
        screen.wait_for("name? ")
        screen.type("carol\n")
        assert screen.end() == 0
    until(lambda: runt.show()["status"] == "succeeded", "the run goes on")
    assert runt.show()["cells"][0]["outputs"][-1]["text"] == "hello carol\n"


def test_a_hang_up_of_the_terminal_ends_the_run(runt):
    with terminal(
        runt,
        "execute",
        runt.cells("print('begun', flush=True)\nimport time\nfor _ in range(600): time.sleep(.1)"),
        "-o",
        "o.ipynb",
    ) as screen:
        screen.wait_for("begun")
        screen.process.send_signal(1)
        assert screen.end() == 129
    assert runt.show()["status"] == "cancelled"
