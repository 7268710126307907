"""Asking a run's question where somebody sits, for as long as nobody else has answered it."""

from __future__ import annotations

import getpass
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_runt.client.base import OpenQuestion
from jupyter_runt.magics import shell
from jupyter_runt.magics.feed import Feed

POLL_MILLISECONDS = 50
"""Between two looks at whether somebody else was quicker."""


def ask(question: OpenQuestion, feed: Feed) -> str | None:
    """The reply; None when the run does not wait for it any more. KeyboardInterrupt is the person's own."""
    kernel = getattr(shell.shell(), "kernel", None)
    try:
        return _at_terminal(question, feed) if kernel is None else _in_notebook(kernel, question, feed)
    except EOFError as error:  # Ctrl-D: nobody will answer here
        raise KeyboardInterrupt from error


# -- in a notebook -------------------------------------------------------------------------------------------------------


CLOSE = "Where its box is still open, press Enter in it: JupyterLab runs nothing else before."


class _SettledError(Exception):
    """Somebody else has answered."""


def _in_notebook(kernel: Any, question: OpenQuestion, feed: Feed) -> str | None:
    """ipykernel itself waits for whatever reply comes next: that of a box that was left open before, say."""

    def request(prompt: str, ident: Any, parent: Any, password: bool = False) -> str:
        sys.stdout.flush()
        sys.stderr.flush()
        while kernel.stdin_socket.poll(0):  # replies to what is asked no more
            kernel.stdin_socket.recv_multipart()
        content = {"prompt": prompt, "password": password}
        sent = kernel.session.send(kernel.stdin_socket, "input_request", content, parent, ident=ident)
        return _reply(kernel, sent["header"]["msg_id"], question, feed)

    kernel._input_request = request  # what it does for input() and getpass(), in all releases
    try:
        found: str = (kernel.getpass if question.password else kernel.raw_input)(question.prompt)
    except _SettledError:
        asked = question.prompt.strip() or "the question"
        print(f"{asked!r} needs no answer any more. {CLOSE}")
        return None
    finally:
        del kernel._input_request
    return found


def _reply(kernel: Any, request_id: str, question: OpenQuestion, feed: Feed) -> str:
    while True:
        if kernel.stdin_socket.poll(POLL_MILLISECONDS):
            _, message = kernel.session.recv(kernel.stdin_socket)
            # Front ends name what they reply to, simple clients do not.
            if message is not None and message["parent_header"].get("msg_id", request_id) == request_id:
                text = str(message["content"].get("value", ""))
                if text == "\x04":
                    raise EOFError
                return text
        with feed.changed:
            if not feed.asks(question.input_id):
                raise _SettledError


# -- at a terminal -------------------------------------------------------------------------------------------------------


def _at_terminal(question: OpenQuestion, feed: Feed) -> str | None:
    settled = threading.Event()
    try:
        with _interrupted_when_settled(question, feed, settled):
            return getpass.getpass(question.prompt) if question.password else input(question.prompt)
    except KeyboardInterrupt:
        if not settled.is_set():
            raise
        print("It needs no answer any more.")
        return None


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
