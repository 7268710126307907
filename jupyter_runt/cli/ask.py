"""Asking the person at the terminal what a run's input() wants to know, until somebody else has answered it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Iterator

from jupyter_runt.store.base import Listener


def can_ask() -> bool:
    """Whether a person can be asked: both ends are a terminal."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def ask(prompt: str, password: bool, listener: Listener, still_open: Callable[[], bool]) -> str | None:
    """The line that was typed; None when the question was settled elsewhere, or the terminal was closed (Ctrl-D).

    Passwords are not echoed."""
    with _no_echo() if password else contextlib.nullcontext(), _signals() as woken:
        sys.stderr.write(prompt)  # whoever sees it may type
        sys.stderr.flush()
        while still_open():
            ready, _, _ = select.select([0, listener.fileno(), *woken], [], [])
            if 0 in ready:
                line = os.read(0, 1 << 16).decode(errors="replace")
                if password or not line:
                    sys.stderr.write("\n")
                return line.rstrip("\n") if line else None
            for each in woken:  # by a signal that ends nothing, as of a window's new size
                with contextlib.suppress(BlockingIOError):
                    os.read(each, 4096)
            listener.drain()
    sys.stderr.write("\n")
    return None


@contextlib.contextmanager
def _signals() -> Iterator[list[int]]:
    """What a signal makes readable: one that comes just before `select` begins to wait would not end it, and Ctrl-C be lost."""
    if threading.current_thread() is not threading.main_thread():
        yield []  # signals are heard elsewhere
        return
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    try:
        yield [reading]
    finally:
        signal.set_wakeup_fd(before)
        os.close(reading)
        os.close(writing)


@contextlib.contextmanager
def _no_echo() -> Iterator[None]:
    before = termios.tcgetattr(0)
    silent = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(0, termios.TCSADRAIN, silent)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
