"""Asking a run's question where somebody sits, for as long as nobody else has answered it."""

from __future__ import annotations

import getpass
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jupyter_runt.client.base import OpenQuestion
from jupyter_runt.magics.feed import Feed


def ask(question: OpenQuestion, feed: Feed) -> str | None:
    """The reply; None when the run does not wait for it any more. KeyboardInterrupt is the person's own."""
    settled = threading.Event()
    try:
        with _interrupted_when_settled(question, feed, settled):
            return getpass.getpass(question.prompt) if question.password else input(question.prompt)
    except KeyboardInterrupt:
        if not settled.is_set():
            raise
        print("It has been answered elsewhere.")
        return None
    except EOFError as error:  # Ctrl-D at a terminal: nobody will answer here
        raise KeyboardInterrupt from error


@contextmanager
def _interrupted_when_settled(question: OpenQuestion, feed: Feed, settled: threading.Event) -> Iterator[None]:
    """A prompt can be left in no other way than by the signal that Ctrl-C sends."""
    over = False

    def watch() -> None:
        with feed.changed:
            feed.changed.wait_for(lambda: over or not feed.asks(question.input_id))
            if not over:
                settled.set()
                os.kill(os.getpid(), signal.SIGINT)

    watcher = threading.Thread(target=watch, name="jupyter-runt question", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with feed.changed:
            over = True
            feed.changed.notify_all()
