"""Showing one run on the terminal from a cursor to its end, and asking its questions there."""

from __future__ import annotations

import errno
import functools
import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from jupyter_runt.cli import ask
from jupyter_runt.cli.render.base import Look, Renderer
from jupyter_runt.cli.render.choice import choose
from jupyter_runt.client.base import Client
from jupyter_runt.errors import Refused, ServerUnreachable
from jupyter_runt.events import Event
from jupyter_runt.run.state import RunState, apply


class Watch:
    """Follows one run. `look` says whether questions are asked at this terminal; `program` is what takes commands there."""

    def __init__(
        self, client: Client, run_id: str, look: Look, *, stdout: Any = None, program: str = "jupyter runt"
    ) -> None:
        self._client, self._run_id, self._interactive = client, run_id, look.interactive_input
        self._renderer: Renderer | None = choose(look, stdout or sys.stdout, sys.stderr, os.environ)
        self._reply = f"{program} reply {run_id} TEXT"
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
        try:
            with closing(self._client.listen(self._run_id)) as listener:  # before the look: what comes behind it rings
                if self._renderer is None or not self._is_open(input_id):
                    return
                still_open = functools.partial(self._is_open, input_id)
                with self._renderer.suspend():
                    text = ask.ask(event.data["prompt"], event.data["password"], listener, still_open)
            if text is not None:
                self._client.reply(self._run_id, text, input_id)
            elif self._is_open(input_id):  # Ctrl-D
                self.say(f"The run goes on waiting: {self._reply} answers it, Ctrl-C leaves it.")
        except Refused as refused:
            self.say(f"Your reply was not taken: {refused.message}")
        except ServerUnreachable as error:  # the run waits on, and following it goes on when the server is back
            self.say(f"Your reply was not sent. {error.message}\n  {self._reply} sends it later.")

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
