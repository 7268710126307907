"""Showing one run on the terminal from a cursor to its end, and asking its questions there."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_runt.cli import ask
from jupyter_runt.cli.context import say
from jupyter_runt.cli.render.base import Look, Renderer
from jupyter_runt.cli.render.choice import choose
from jupyter_runt.client.base import Client
from jupyter_runt.errors import Refused, ServerUnreachable
from jupyter_runt.events import Event
from jupyter_runt.run.state import RunState, apply


class Watch:
    """Follows one run. `interactive` says whether questions are asked at this terminal."""

    def __init__(self, client: Client, run_id: str, look: Look, *, stdout: Any = None) -> None:
        self._client, self._run_id, self._interactive = client, run_id, look.interactive_input
        self._renderer: Renderer | None = choose(look, stdout or sys.stdout, sys.stderr, os.environ)
        self.state = RunState(run_id)

    def run(self, after: int = 0) -> RunState:
        """Until the run has ended; returns its state. Events up to `after` are folded, but not shown."""
        try:
            for event in self._client.follow(self._run_id, tell=self.say):
                apply(self.state, event)
                self._show(event, shown=event.seq > after)
        finally:
            self._close()
        return self.state

    def say(self, text: str) -> None:
        """A message for the person, beside what is shown. Any thread may call this."""
        if self._renderer is not None:
            self._renderer.say(text)

    def _show(self, event: Event, *, shown: bool) -> None:
        with self._as_long_as_somebody_reads():
            if self._renderer is not None:
                self._renderer.event(event, shown=shown)
        question = self.state.question
        if event.type == "input.requested" and question is not None and self._interactive:
            with self._as_long_as_somebody_reads():
                self._ask(event)

    def _ask(self, event: Event) -> None:
        """Asks if the question is still open by now: a log may be read long after it was answered."""
        input_id = event.data["input_id"]
        listener = self._client.listen(self._run_id)
        try:
            if self._renderer is None or not self._is_open(input_id):
                return
            with self._renderer.suspend():
                text = ask.ask(event.data["prompt"], event.data["password"], listener, lambda: self._is_open(input_id))
            if text is not None:
                self._client.reply(self._run_id, text, input_id)
            elif self._is_open(input_id):  # Ctrl-D
                say(f"The run goes on waiting: jupyter runt reply {self._run_id} TEXT answers it, Ctrl-C leaves it.")
        except Refused as refused:
            say(f"Your reply was not taken: {refused.message}")
        except ServerUnreachable as error:  # the run waits on, and following it goes on when the server is back
            say(f"Your reply was not sent. {error.message}\n  jupyter runt reply {self._run_id} TEXT sends it later.")
        finally:
            listener.close()

    def _is_open(self, input_id: str) -> bool:
        question = self._client.question(self._run_id)
        return question is not None and question.input_id == input_id

    def _close(self) -> None:
        with self._as_long_as_somebody_reads():
            if self._renderer is not None:
                self._renderer.close()

    @contextmanager
    def _as_long_as_somebody_reads(self) -> Iterator[None]:
        """A pipe's reader ends, a terminal's window is closed: the run goes on, and its outputs are in the store."""
        try:
            yield
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.EIO):
                raise
            self._renderer = None
