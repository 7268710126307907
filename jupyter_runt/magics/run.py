"""`Run`: one run as an object, whatever it was made by; and what a notebook shows of it."""

from __future__ import annotations

import functools
from collections.abc import Generator
from time import monotonic, time
from typing import Any

from jupyter_runt.cli.ls import seconds_of, status_of
from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.client.base import Client
from jupyter_runt.client.contents import whole
from jupyter_runt.errors import Refused, RunFailed, RunNotFound, RuntError
from jupyter_runt.events.codec import seconds
from jupyter_runt.magics import outputs, shell
from jupyter_runt.magics.changing import left
from jupyter_runt.magics.feed import Feed, lines
from jupyter_runt.magics.interrupted import detached
from jupyter_runt.magics.live import Shown
from jupyter_runt.magics.outputs import Outputs
from jupyter_runt.magics.picture import Picture, outcome
from jupyter_runt.magics.results import Results, value
from jupyter_runt.notebook import values
from jupyter_runt.run.document import Document
from jupyter_runt.run.transitions import TERMINAL
from jupyter_runt.run.view import view
from jupyter_runt.store.base import RunRow

RECORDED = Document()
"""No outputs: while a run is on its way its picture has the end of its text."""

SOON_SECONDS = 2.0
"""A worker that has just been started needs less to take a run."""


class Run(Shown):
    """One run. Every property asks anew; methods that a run cannot take raise Refused, and none of them touches this kernel.

    `await run` waits as `wait()` does, and lets other coroutines go on.
    """

    def __init__(self, client: Client, run_id: str) -> None:
        super().__init__(client)
        self.id = run_id
        self._feed: Feed | None = None
        self._page: str | None = None
        """Its live page as of the last look: finding it reads the notes of all servers."""

    # -- what it is --------------------------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """queued, starting, running, waiting, succeeded, failed or cancelled."""
        return self._row.status

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self._row.ended

    @property
    def reason(self) -> str | None:
        """Why it failed or was cancelled, in one word: `cell_error`, say."""
        return self._row.reason

    @property
    def name(self) -> str:
        """The notebook's title, or else its file's name."""
        return self._row.title or self._row.name

    @property
    def parameters(self) -> dict[str, Any]:
        """The values that it was given; of secrets only references."""
        found: dict[str, Any] = values.from_json(self._seen["parameters"])
        return found

    @property
    def duration(self) -> float | None:
        """Seconds that it took; None before its end."""
        found: float | None = self._seen["duration"]
        return found

    @property
    def error(self) -> str:
        """The exception of the cell that failed, in one line; '' without one."""
        failed = (cell["error"] for cell in self._seen["cells"] if cell["status"] == "failed" and cell["error"])
        found = next(failed, None)
        return "" if found is None else f"{found.get('ename')}: {found.get('evalue')}"

    @property
    def view(self) -> dict[str, Any]:
        """All of it as JSON, as `jupyter runt show --json` prints it."""
        found = self._seen
        for cell in found["cells"]:
            cell["outputs"] = [whole(output, self._client.blob) for output in cell["outputs"]]
        return found

    @property
    def page(self) -> str | None:
        """The URL of its live page; None where no server shows it."""
        return self._client.page_url(self.id)

    @property
    def outputs(self) -> Outputs:
        """What its cells have shown so far."""
        return outputs.read(self._seen, self._client.blob)

    @property
    def results(self) -> Results:
        """Its named results so far."""
        return Results(self._client, self.id, self._seen["results"])

    def result(self, name: str) -> Any:
        """One named result: JSON as Python has it, a table as a DataFrame, another thing as what it shows. NotFound."""
        return value(self._client.result(self.id, name))

    @property
    def notebook(self) -> Any:
        """The notebook with its outputs so far, an nbformat NotebookNode of version 4."""
        import nbformat

        from jupyter_runt.client.export import exported

        return nbformat.reads("".join(exported(self._client, self.id).ipynb()), as_version=4)

    # -- what can be asked of it -------------------------------------------------------------------------------------

    def wait(self, timeout: float | None = None) -> Run:
        """Until it has ended; asks its questions here where somebody can be asked. TimeoutError after so many seconds; an
        interrupt ends the waiting, not the run."""
        if self._feed is None and self.ended:
            return self
        until = None if timeout is None else monotonic() + timeout
        feed = self._source()
        try:
            while not feed.done:
                settled = feed.settled(left(until)) if shell.can_ask() else feed.ended(left(until))
                if not settled:
                    raise TimeoutError(f"Run {self.id} is {self.status} still.")
                if not feed.done:
                    self._ask(feed)
            self._finish(feed)
        except KeyboardInterrupt:
            raise detached(self.id) from None
        return self

    def __await__(self) -> Generator[Any, None, Run]:
        if self._feed is None and self.ended:
            return self
        feed = self._source()
        yield from feed.over().__await__()
        self._finish(feed)
        return self

    def check(self) -> Run:
        """Waits for it, and raises RunFailed unless it succeeded."""
        seen = self.wait()._seen
        if seen["status"] != "succeeded":
            name = seen["title"] or seen["name"]
            raise RunFailed(f"Run {self.id} of {name!r} has {outcome(seen)}", remedy=f"%runt show {self.id} shows it.")
        return self

    def cancel(self) -> None:
        """Ends it; cells that never ran become cancelled."""
        self._client.signal(self.id, "cancel")

    def interrupt(self) -> None:
        """Interrupts the running cell, as Ctrl-C would."""
        self._client.signal(self.id, "interrupt")

    def kill(self) -> None:
        """Ends it at once, without grace."""
        self._client.signal(self.id, "kill")

    def pause(self) -> None:
        """Holds it before its next cell."""
        self._client.signal(self.id, "pause")

    def resume(self) -> None:
        """Lets it go on after a pause."""
        self._client.signal(self.id, "resume")

    def reply(self, text: str) -> None:
        """Answers the question that it waits for."""
        self._client.reply(self.id, text)

    # -- how it is shown ---------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        try:
            row = self._row
        except RunNotFound:
            return f"<Run {self.id}: removed>"
        except RuntError as error:  # whatever lists variables must not fail with it
            return f"<Run {self.id}: {printable(error.message)}>"
        cells = f", {row.cells_done}/{row.cells_total} cells" if row.cells_total else ""
        took = "" if (passed := seconds_of(row)) is None else f", {duration(passed)}"
        return f"<Run {self.id} of {printable(row.title or row.name)!r}: {status_of(row)}{cells}{took}>"

    def _line(self) -> str:
        return repr(self)

    def __str__(self) -> str:
        """Its id, so that `%runt show $run` finds it."""
        return self.id

    # -- inside ------------------------------------------------------------------------------------------------------

    @property
    def _seen(self) -> dict[str, Any]:
        """With references in place of what is large."""
        return self._client.show(self.id)

    @property
    def _row(self) -> RunRow:
        return self._client.row(self.id)

    @property
    def _server(self) -> str | None:
        where = self._client.where
        return where if where.startswith("http") else None

    def _source(self) -> Feed:
        if self._feed is None or self._feed.error is not None:
            self._feed = Feed.of(self._client, self.id)
        return self._feed

    def _is_over(self) -> bool:
        return self.ended

    def _draw(self, end: bool) -> dict[str, Any]:
        """From what has been followed, which costs no look at the store; at the end from the store."""
        feed = self._feed
        # The store knows more: why it waits, what it showed.
        if feed is None or feed.is_queued or (end and feed.error is None):
            return self._drawn()
        with feed.changed:
            seen, tails, heard = view(feed.state, RECORDED), dict(feed.tails), feed.heard
            message = feed.message if feed.error is None else str(feed.error)
        texts = {cell_id: lines(tail) for cell_id, tail in tails.items()}
        return Picture(seen, self._page, self._server, message, heard, texts=texts).bundle()

    def _drawn(self) -> dict[str, Any]:
        seen, now = self._seen, time()
        if now - seconds(seen["submitted_at"]) < SOON_SECONDS:
            seen.pop("why_queued", None)
        self._page = self.page
        blob = functools.cache(self._client.blob)
        texts = outputs.told(seen, blob)
        if seen["status"] in TERMINAL:
            return Picture(seen, self._page, self._server, outputs=outputs.drawn(seen, blob), texts=texts).bundle()
        return Picture(seen, self._page, self._server, heard=now, texts=texts).bundle()

    def _ask(self, feed: Feed) -> None:
        """Asks the run's question at this cell; somebody else may be quicker."""
        from jupyter_runt.magics.asking import ask

        question = self._client.question(self.id)
        if question is None:
            with feed.changed:  # it has been answered; the feed is about to hear of that
                feed.changed.wait_for(lambda: feed.done or feed.state.status != "waiting", 5.0)
            return
        text = ask(question, feed)
        if text is None:
            return
        try:
            self._client.reply(self.id, text, question.input_id)
        except Refused as refused:
            print(f"Your reply was not taken: {refused.message}")
        with feed.changed:
            feed.changed.wait_for(lambda: feed.done or not feed.asks(question.input_id), 5.0)
