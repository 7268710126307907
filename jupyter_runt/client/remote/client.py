"""A server with jupyter-runt as a client: the port of `client.base` over its REST and WebSocket interface."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from jupyter_runt.client.base import PATIENCE_SECONDS, OpenQuestion, Order, Queued, Tell, the_one
from jupyter_runt.client.remote.address import Address
from jupyter_runt.client.remote.blobs import Blobs
from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.faults import strange
from jupyter_runt.client.rows import row_of
from jupyter_runt.errors import RunNotFound
from jupyter_runt.events import Event, codec
from jupyter_runt.store.base import Listener, RunFilter, RunRow
from jupyter_runt.store.refusals import no_schedule

if TYPE_CHECKING:
    from jupyter_runt.client.schedules import Wanted

PAGE = 1000
"""Of rows or events: the most that the server gives at once."""
LONGEST_ID = 32
MATCHES, MANY_MATCHES = 10, 1000
"""Ids that an ambiguous beginning is told with; and among which a whole id is looked for, as the server lists the newest first."""


class RemoteClient:
    """Everything faces ask, of a server, by any number of threads. `url` is the server's, without a token."""

    def __init__(self, url: str, token: str = "", *, patience: float = PATIENCE_SECONDS) -> None:
        self._exchange = Exchange(Address.of(url), token)
        self._blobs = Blobs(self._exchange)
        self._patience = patience

    def close(self) -> None:
        self._exchange.close()

    def use_token(self, token: str) -> None:
        """Another one, as after a restart of the server; '' for none."""
        self._exchange.use_token(token)

    @property
    def where(self) -> str:
        return self._exchange.address.url

    # -- submitting --------------------------------------------------------------------------------------------------

    def queue(self, order: Order) -> Queued:
        from jupyter_runt.client.remote import orders

        return orders.queue(self._exchange, order)

    def rerun(self, run_id: str, order: Order) -> Queued:
        from jupyter_runt.client.remote import orders

        return orders.rerun(self._exchange, run_id, order)

    # -- looking -----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> str:
        if name == "last":
            newest = self.rows(RunFilter(limit=1))
            if not newest:
                raise RunNotFound("There are no runs yet.", remedy="`jupyter runt run NOTEBOOK` makes one.")
            return newest[0].run_id
        known = 0 < len(name) <= LONGEST_ID
        found = [row.run_id for row in self.rows(RunFilter(id=name, limit=MATCHES))] if known else []
        if len(found) == MATCHES and name not in found:
            with suppress(RunNotFound):
                return self.row(name).run_id
        return the_one(name, found)

    def rows(self, where: RunFilter) -> list[RunRow]:
        found: list[RunRow] = []
        before = where.before
        while len(found) < where.limit:
            query = _query(where, before, min(PAGE, where.limit - len(found)))
            page = self._exchange.get("runs", query=query)
            found += [self._row(each) for each in self._of(page, "runs")]
            before = page.get("next")
            if before is None:
                break
        return found

    def row(self, run_id: str) -> RunRow:
        for limit in (MATCHES, MANY_MATCHES):  # newest first: many newer ids may begin with this one
            rows = self.rows(RunFilter(id=run_id, limit=limit))
            found = next((row for row in rows if row.run_id == run_id), None)
            if found is not None or len(rows) < limit:
                break
        if found is None:
            raise RunNotFound(f"There is no run {run_id!r}.", remedy="`jupyter runt ls` lists the runs.")
        return found

    def show(self, run_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.get("runs", run_id)
        found.pop("urls", None)
        return found

    def result(self, run_id: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.get("runs", run_id, "results", name)
        return found

    def question(self, run_id: str) -> OpenQuestion | None:
        # Most runs wait for nothing, and a whole view may be large.
        asked = self.show(run_id).get("input") if self.row(run_id).status == "waiting" else None
        return None if asked is None else OpenQuestion(asked["input_id"], asked["prompt"], asked["password"])

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        from jupyter_runt.client.remote.sockets import event_of

        while True:
            page = self._exchange.get("runs", run_id, "events", query=[("after", str(after)), ("limit", str(PAGE))])
            try:
                events = [event_of(each) for each in page["events"]]
                ended = not events or page["seq"] >= page["head"]
            except (KeyError, TypeError, ValueError) as error:
                raise strange(self.where, f"a page of events without {error}") from error
            for event in events:
                after = event.seq
                yield codec.inline(event, self.blob) if event.type == "run.submitted" else event
            if ended:
                return

    def blob(self, sha256: str) -> bytes:
        return self._blobs.blob(sha256)

    def follow(self, run_id: str, after: int = 0, *, tell: Tell | None = None) -> Iterator[Event]:
        from jupyter_runt.client.remote.follow import Patience, follow
        from jupyter_runt.client.remote.sockets import RunSocket

        return follow(
            lambda behind: RunSocket(self._exchange, run_id, behind),
            lambda event: codec.inline(event, self.blob),
            lambda behind: (row := self.row(run_id)).ended and behind >= row.seq,
            after,
            Patience(self._patience, tell),
        )

    def listen(self, run_id: str | None = None) -> Listener:
        from jupyter_runt.client.remote.listening import AnyRun, OneRun, RemoteListener

        if run_id is None:
            return RemoteListener(AnyRun(self._exchange), self._patience)
        return RemoteListener(OneRun(self._exchange, run_id, self.row(run_id).seq), self._patience)

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.get("status")
        self._of(found, "runs")
        found.pop("own_names", None)  # what the server knows of whoever asks is nothing of its store's
        return found

    def workers(self) -> list[dict[str, Any]]:
        return self._list("workers")

    def runtimes(self) -> list[dict[str, Any]]:
        return self._list("runtimes")

    def templates(self) -> list[dict[str, Any]]:
        return self._list("templates")

    def template(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.get("templates", name)
        return found

    def monitors(self) -> list[dict[str, Any]]:
        return self._list("monitors")

    def monitor(
        self, name: str, *, subject: str | None = None, since: float | None = None, until: float | None = None,
        limit: int = 1000,
    ) -> dict[str, Any]:  # fmt: skip
        query = [("limit", str(limit)), *([] if subject is None else [("subject", subject)])]
        query += [(key, codec.iso(at)) for key, at in (("since", since), ("until", until)) if at is not None]
        found: dict[str, Any] = self._exchange.get("monitors", name, query=query)
        self._of(found, "subjects")
        return found

    def schedules(self) -> list[dict[str, Any]]:
        return self._list("schedules")

    def schedule(self, schedule_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.get("schedules", _known(schedule_id))
        self._of(found, "next")
        return found

    def page_url(self, run_id: str) -> str | None:
        return f"{self.where}runt/runs/{run_id}"

    # -- asking ------------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str) -> None:
        self._exchange.json("POST", "runs", run_id, "signals", body={"kind": kind})

    def reply(self, run_id: str, text: str, input_id: str | None = None) -> str:
        if input_id is None:
            asked = self.question(run_id)
            input_id = asked.input_id if asked is not None else "none"  # which the server refuses, and says why
        found = self._exchange.json("POST", "runs", run_id, "inputs", input_id, body={"text": text})
        return str(found["input_id"])

    def pin(self, run_id: str, pinned: bool) -> None:
        self._exchange.json("PATCH", "runs", run_id, body={"pinned": pinned})

    def delete(self, run_id: str, *, force: bool = False) -> None:
        self._exchange.json("DELETE", "runs", run_id, query=[("force", "true")] if force else ())

    def add_schedule(self, wanted: Wanted) -> dict[str, Any]:
        from jupyter_runt.client.remote import orders

        return orders.add_schedule(self._exchange, wanted)

    def pause_schedule(self, schedule_id: str, *, paused: bool) -> dict[str, Any]:
        found: dict[str, Any] = self._exchange.json("PATCH", "schedules", _known(schedule_id), body={"paused": paused})
        self._of(found, "next")
        return found

    def run_schedule(self, schedule_id: str) -> Queued:
        from jupyter_runt.client.remote import orders

        return orders.run_schedule(self._exchange, _known(schedule_id))

    def remove_schedule(self, schedule_id: str) -> None:
        self._exchange.json("DELETE", "schedules", _known(schedule_id))

    def tend(self) -> None:
        """The server does."""

    # -- what it answers ---------------------------------------------------------------------------------------------

    def _row(self, given: Any) -> RunRow:
        try:
            return row_of(given)
        except (KeyError, TypeError, ValueError) as error:
            raise strange(self.where, f"a run without {error}") from error

    def _list(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._of(self._exchange.get(name), name)
        return found

    def _of(self, found: Any, key: str) -> Any:
        if not isinstance(found, dict) or key not in found:
            raise strange(self.where, f"JSON without {key!r}")
        return found[key]


def _known(schedule_id: str) -> str:
    """The id, if it can be that of a schedule: others have a meaning in paths."""
    from jupyter_runt.schedules.definition import SCHEDULE_ID

    if not SCHEDULE_ID.fullmatch(schedule_id):
        raise no_schedule(schedule_id)
    return schedule_id


def _query(where: RunFilter, before: str | None, limit: int) -> list[tuple[str, str]]:
    query = [("limit", str(limit)), *(("status", each) for each in where.status)]
    query += [("label", f"{name}={value}") for name, value in where.labels.items()]
    for name, text in (("notebook", where.name), ("text", where.text), ("id", where.id), ("before", before)):
        if text:
            query.append((name, text))
    for name, at in (("since", where.since), ("until", where.until)):
        if at is not None:
            query.append((name, codec.iso(at)))
    if where.pinned:
        query.append(("pinned", "true"))
    return query
