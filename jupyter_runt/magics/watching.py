"""Looking at all runs of a sweep whenever something has changed."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from time import monotonic, sleep

from jupyter_runt.client.base import PATIENCE_SECONDS, Client
from jupyter_runt.errors import RunNotFound, ServerUnreachable
from jupyter_runt.magics.changing import Changing
from jupyter_runt.magics.results import text_of
from jupyter_runt.store.base import RunFilter, RunRow

SWEEP_SECONDS = 5.0
"""A lost wake-up costs at most this."""
PAUSE_SECONDS = 0.1
"""Between two looks."""


class Watch(Changing):
    """The rows of some runs, kept up to date by a thread of its own until all of them have ended."""

    def __init__(self, client: Client, labels: Mapping[str, str], count: int) -> None:
        """`labels` are those that all of these runs, `count` of them, have and no others."""
        super().__init__("Watching the runs")
        self._client = client
        self._where = RunFilter(labels=labels, limit=count)
        self._rows: dict[str, RunRow] = {}
        self.results: dict[str, dict[str, str]] = {}
        """Of each run that has ended, its named results as text."""
        self.result_names: list[str] = []
        self._away_since: float | None = None
        self._look()
        self.begin("jupyter-runt sweep")

    def rows(self) -> dict[str, RunRow]:
        """The runs by id, as they were at the last look; removed ones are not among them."""
        with self.changed:
            return self._rows

    # -- in the thread -----------------------------------------------------------------------------------------------

    def follow(self) -> None:
        with closing(self._client.listen()) as listener:
            while self._has_more():
                if not listener.wait(SWEEP_SECONDS):
                    self._client.tend()
                sleep(PAUSE_SECONDS)
                listener.drain()

    def _has_more(self) -> bool:
        """A look; a server that is being started again is asked at the next ring, or sweep."""
        try:
            found = self._look()
        except ServerUnreachable:
            now = monotonic()
            self._away_since = self._away_since or now
            if now - self._away_since > PATIENCE_SECONDS:
                raise
            self.say("the server does not answer; waiting for it")
            return True
        self._away_since = None
        self.say("")
        return found

    def _look(self) -> bool:
        """Whether there are runs that have not ended."""
        rows = {row.run_id: row for row in self._client.rows(self._where)}
        new = [run_id for run_id, row in rows.items() if row.ended and run_id not in self.results]
        found = {run_id: self._results(run_id) for run_id in new}
        with self.changed:
            if rows != self._rows:
                self._rows = rows
                self.results |= found
                for name in (name for texts in found.values() for name in texts if name not in self.result_names):
                    self.result_names.append(name)
                self.tell()
        return any(not row.ended for row in rows.values())

    def _results(self, run_id: str) -> dict[str, str]:
        try:
            listed = self._client.show(run_id)["results"]
        except RunNotFound:  # removed meanwhile
            return {}
        return {each["name"]: text_of(each) for each in listed}
