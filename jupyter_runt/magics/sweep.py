"""`Sweep`: runs of one notebook with different values, and what became of them in one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any

from jupyter_runt.cli.ls import seconds_of, status_of
from jupyter_runt.cli.render.bundle import bundle_text
from jupyter_runt.cli.render.tables import duration
from jupyter_runt.client.base import Client
from jupyter_runt.errors import RunFailed, RuntError
from jupyter_runt.magics import table
from jupyter_runt.magics.changing import left
from jupyter_runt.magics.interrupted import Interrupted
from jupyter_runt.magics.live import Shown
from jupyter_runt.magics.results import Bundle
from jupyter_runt.magics.run import Run
from jupyter_runt.magics.watching import Watch
from jupyter_runt.notebook.values import from_json
from jupyter_runt.store.base import RunFilter, RunRow

LABEL = "sweep"
"""The label by which all runs of one are found: `%runt ls --label sweep=ID`."""
COLUMNS = 3
"""Named results that are shown when nobody chose."""
MOST = 1000
"""Runs of one sweep: a table that people read, and one page of a list."""
LONGEST = 60
LISTED = 5


class Sweep(Shown, Sequence[Run]):
    """Some runs. They belong to a worker, not to this object: `%runt ls --label sweep=ID` finds them again."""

    def __init__(
        self, client: Client, sweep_id: str, runs: Sequence[tuple[Run, Mapping[str, Any]]], chosen: Sequence[str]
    ) -> None:
        """`runs` with the values of their own; `chosen` names results for the table."""
        super().__init__(client)
        self.id, self._chosen = sweep_id, list(chosen)
        self.runs = [run for run, _ in runs]
        self.values = [dict(values) for _, values in runs]
        self._watch: Watch | None = None

    def __getitem__(self, index: Any) -> Any:
        return self.runs[index]

    def __len__(self) -> int:
        return len(self.runs)

    def __iter__(self) -> Iterator[Run]:
        return iter(self.runs)

    # -- what became of them -----------------------------------------------------------------------------------------

    @property
    def counts(self) -> dict[str, int]:
        """How many there are of each status."""
        return dict(Counter(row.status for _, _, row in self._present()))

    @property
    def results(self) -> Any:
        """A row for each run: its values, status, and every named result that it has recorded. A DataFrame where pandas is
        installed, else a list of mappings. A result that is named like another column is `result.NAME`."""
        found = []
        for run, values, row in self._present():
            fields = {"run": run.id, **values, "status": row.status, "duration": seconds_of(row)}
            results = {f"result.{name}" if name in fields else name: each for name, each in run.results.items()}
            found.append(fields | results)
        try:
            import pandas as pd
        except ImportError:
            return found
        return pd.DataFrame([{name: _field(each) for name, each in row.items()} for row in found])

    def wait(self, timeout: float | None = None) -> Sweep:
        """Until all have ended. TimeoutError after so many seconds; an interrupt ends the waiting, not the runs."""
        until = None if timeout is None else monotonic() + timeout
        watch = self._source()
        try:
            if not watch.ended(left(until)):
                open_ones = sum(not row.ended for _, _, row in self._present())
                raise TimeoutError(f"{open_ones} of {len(self)} runs have not ended.")
            self._finish(watch)
        except KeyboardInterrupt:
            raise self._detached() from None
        return self

    def tell(self, line: Callable[[str], None]) -> None:
        """Waits, and calls `line` with how far they are whenever that has changed, at last with ''."""
        watch, version, said = self._source(), -1, ""
        try:
            while not watch.done:
                if (text := self._caption()) != said:
                    line(said := text)
                watch.wait(version)
                version = watch.version
        except KeyboardInterrupt:
            raise self._detached() from None
        finally:
            line("")

    def check(self) -> Sweep:
        """Waits, and raises RunFailed unless all have succeeded."""
        self.wait()
        bad = [run.id for run, _, row in self._present() if row.status != "succeeded"]
        if bad:
            listed = ", ".join(bad[:LISTED]) + ("…" if len(bad) > LISTED else "")
            raise RunFailed(
                f"{len(bad)} of {len(self)} runs have not succeeded: {listed}", remedy=f"%runt show {bad[0]} shows one."
            )
        return self

    def cancel(self) -> None:
        """Ends those that have not ended."""
        for run, _, row in self._present():
            if not row.ended:
                with suppress(RuntError):  # it has ended meanwhile
                    run.cancel()

    # -- how it is shown ---------------------------------------------------------------------------------------------

    def _line(self) -> str:
        found = ", ".join(f"{count} {status}" for status, count in self.counts.items())
        return f"<Sweep {self.id} of {len(self)} runs: {found or 'all removed'}>"

    def __repr__(self) -> str:
        text: str = self._draw(False)["text/plain"]
        return text

    # -- inside ------------------------------------------------------------------------------------------------------

    def _detached(self) -> Interrupted:
        return Interrupted(f"The runs go on: `%runt ls --label {LABEL}={self.id}` lists them.")

    def _source(self) -> Watch:
        if self._watch is None or self._watch.error is not None:
            self._watch = Watch(self._client, {LABEL: self.id}, len(self.runs))
        return self._watch

    def _is_over(self) -> bool:
        return self._source().done

    def _present(self) -> list[tuple[Run, dict[str, Any], RunRow]]:
        """The runs that have not been removed, in the order of their values."""
        rows = self._source().rows()
        pairs = zip(self.runs, self.values, strict=True)
        return [(run, values, rows[run.id]) for run, values in pairs if run.id in rows]

    def _caption(self) -> str:
        ended = sum(row.ended for _, _, row in self._present())
        words = [f"sweep {self.id}", f"{ended}/{len(self)} runs have ended", self._source().message]
        return " · ".join(filter(None, words))

    def _draw(self, end: bool) -> dict[str, Any]:
        watch, present = self._source(), self._present()
        names = self._chosen or watch.result_names[:COLUMNS]
        headers = ["RUN", *(self.values[0] if self.values else ()), "STATUS", "CELLS", "TOOK", *names]
        lines = [_line(values, row, [watch.results.get(row.run_id, {}).get(name, "") for name in names])
                 for _, values, row in present]  # fmt: skip
        caption = self._caption()
        if not watch.done:  # a page that is loaded anew does not keep it up to date
            caption += f" · last heard of at {datetime.now().astimezone():%H:%M:%S}"
        text = f"{caption}\n{table.as_text(headers, lines)}"
        return {"text/plain": text, "text/html": table.as_html(headers, lines, above=caption)}


def found_again(client: Client, sweep_id: str) -> Sweep | None:
    """A sweep of an earlier session, with the parameters that differ between its runs; None when there is no such one."""
    rows = client.rows(RunFilter(labels={LABEL: sweep_id}, limit=MOST))[::-1]
    given = [from_json(client.show(row.run_id)["parameters"]) for row in rows]
    names = [name for name in (given[0] if given else ()) if any(each.get(name) != given[0][name] for each in given)]
    runs = [
        (Run(client, row.run_id), {name: each.get(name) for name in names})
        for row, each in zip(rows, given, strict=True)
    ]
    return Sweep(client, sweep_id, runs, ()) if runs else None


def _line(values: Mapping[str, Any], row: RunRow, results: Sequence[str]) -> list[str]:
    took = "" if (seconds := seconds_of(row)) is None else duration(seconds)
    cells = f"{row.cells_done}/{row.cells_total}"
    return [row.run_id, *map(_short, values.values()), status_of(row), cells, took, *results]


def _short(given: Any) -> str:
    text = given if isinstance(given, str) else repr(given)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _field(given: Any) -> Any:
    """What a table's field can hold: the text of what is more than one value."""
    return bundle_text(given) if isinstance(given, Bundle) else given
