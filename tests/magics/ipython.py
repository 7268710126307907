"""IPython in a terminal: a real process behind a pseudo-terminal, and the screen that a person sees."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pyte

from tests.cli.runt import Runt

COLUMNS, LINES = 160, 300
"""High enough that nothing of a test scrolls away."""
PATIENCE = 60.0
PLAIN = ("--simple-prompt", "--colors=nocolor")
OPTIONS = ("--no-banner", "--no-confirm-exit", "--no-term-title", "--HistoryManager.enabled=False")
_PROMPT = re.compile(r"In \[(\d+)\]:")


class IPython:
    """A session. Calling it types a line and gives what that has shown, as lines, once the next prompt is there."""

    def __init__(self, master: int, process: subprocess.Popen[bytes], enter: str) -> None:
        self._master, self.process, self._enter = master, process, enter
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self.raw = b""
        """Everything that was written to the terminal."""

    def __call__(self, line: str) -> list[str]:
        self.start(line)
        return self.prompt()

    def start(self, line: str) -> None:
        """Types the line, and does not wait."""
        self.begin(line)
        self.type(self._enter)

    def begin(self, line: str) -> None:
        """Types the beginning of a line."""
        self._number = self._at_prompt()
        self.type(line)

    def prompt(self) -> list[str]:
        """Waits for the next prompt; what was shown since the last one, without that and the line typed at it."""
        self.until(lambda: self._at_prompt() > self._number, "there is a new prompt")
        first = next(at for at, line in enumerate(self.lines) if line.startswith(f"In [{self._number}]:"))
        return [line for line in self.lines[first + 1 : -1] if line]

    def type(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def hang_up(self) -> None:
        """Closes the window."""
        os.dup2(os.open(os.devnull, os.O_RDWR), self._master)

    def wait_for(self, text: str) -> None:
        """Until the screen shows the text; blanks at the end of a line are not seen."""
        self.until(lambda: text in self.text, f"{text!r} is shown")

    def until(self, holds: Callable[[], Any], what: str) -> None:
        """Reads on until `holds()` is true."""
        end = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < end, f"waited in vain until {what}:\n{self.text}"
            self._read(0.1)  # what holds may be another process's doing

    def end(self) -> int:
        """Its exit code; reads on meanwhile, for a terminal that nobody reads stops its program."""
        self.until(lambda: self.process.poll() is not None, "it has ended")
        return int(self.process.returncode)

    @property
    def lines(self) -> list[str]:
        """What the screen shows, without the empty lines at its end."""
        found = [line.rstrip() for line in self._screen.display]
        while found and not found[-1]:
            found.pop()
        return found

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def _at_prompt(self) -> int:
        """The number of the prompt in the last line; 0 while something runs."""
        found = _PROMPT.fullmatch(self.lines[-1]) if self.lines else None
        return 0 if found is None else int(found[1])

    def _read(self, seconds: float) -> None:
        if select.select([self._master], [], [], seconds)[0]:
            try:
                read = os.read(self._master, 1 << 16)
            except OSError:  # the other end is closed: its process is about to end
                self.process.wait(PATIENCE)
                return
            self.raw += read
            self._stream.feed(read)


@contextmanager
def ipython(runt: Runt, *options: str) -> Iterator[IPython]:
    """IPython with `%runt`, at its first prompt; `options` are `PLAIN`, or none for the prompt with menus."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "IPython", "--ext=jupyter_runt", *OPTIONS, *options],
        stdin=slave, stdout=slave, stderr=slave, cwd=runt.home, start_new_session=True,
        env={**runt.env, "TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"},
        preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
    )  # fmt: skip
    os.close(slave)
    session = IPython(master, process, "\n" if "--simple-prompt" in options else "\r")
    try:
        session.until(lambda: session._at_prompt() == 1, "there is a prompt")
        yield session
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(master)
