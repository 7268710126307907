"""`runt/api/runs` and below it one run: submitted, listed, looked at, repeated, pinned, removed."""

from __future__ import annotations

from typing import Any

from jupyter_runt.client.base import Queued
from jupyter_runt.client.rows import row_json
from jupyter_runt.server import identity
from jupyter_runt.server.access import may
from jupyter_runt.server.api import contents, submissions
from jupyter_runt.server.api.submissions import Asked
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.store.base import RunFilter


class SubmittingHandler(RuntHandler):
    """What submits has in common."""

    async def asked(self) -> Asked:
        """The request, checked."""
        key, body = self.header("Idempotency-Key"), await self.body()
        by, via = identity.requested_by(self)
        starts = bool(self.context.starter.enabled and body.get("start_worker", True))
        return Asked(body, key, by, via, contents.root_folder(self), starts)

    def accept(self, accepted: Queued, *, starts_worker: bool) -> None:
        """Answers at once; whoever takes the run starts meanwhile."""
        if starts_worker and accepted.status == "queued":
            self.context.starter.soon(self.log)
        urls = urls_of(self, accepted.run_id)
        self.set_header("Location", urls["self"])
        answer = {
            "run_id": accepted.run_id,
            "status": accepted.status,
            "created": accepted.created,
            "warnings": list(accepted.warnings),
            "urls": urls,
        }
        self.reply(answer, 201 if accepted.created else 200)


class RunsHandler(SubmittingHandler):
    """The list, and where runs are added to it."""

    @may("read")
    async def get(self) -> None:
        query = self.query()
        limit: int = query["limit"]
        where = _filter(query)
        found = [] if where is None else await self.call(self.client.store.runs, where)
        rows = found[:limit]
        self.reply(
            {"runs": [row_json(row) for row in rows], "next": rows[-1].run_id if rows and len(found) > limit else None}
        )

    @may("execute")
    async def post(self) -> None:
        asked = await self.asked()
        file = await contents.read(self, asked.body["path"]) if "path" in asked.body else None
        accepted = await self.call(submissions.submit, self.client, self.context.settings, asked, file)
        self.accept(accepted, starts_worker=asked.starts_worker)


class RunHandler(RuntHandler):
    """One run."""

    @may("read")
    async def get(self, run_id: str) -> None:
        shown = await self.call(self.client.show, run_id)
        self.reply({**shown, "urls": urls_of(self, run_id)})

    @may("write")
    async def patch(self, run_id: str) -> None:
        body = await self.body()
        await self.call(self.client.store.run, run_id)
        if "pinned" in body:
            await self.call(self.client.store.pin, run_id, body["pinned"])
        self.reply(row_json(await self.call(self.client.store.run, run_id)))

    @may("write")
    async def delete(self, run_id: str) -> None:
        await self.call(self.client.delete, run_id, force=self.query()["force"])
        self.set_status(204)
        self.finish()


class RerunHandler(SubmittingHandler):
    """A run once more."""

    @may("execute")
    async def post(self, run_id: str) -> None:
        asked = await self.asked()
        accepted = await self.call(submissions.rerun, self.client, asked, run_id)
        self.accept(accepted, starts_worker=asked.starts_worker)


def urls_of(handler: RuntHandler, run_id: str) -> dict[str, str]:
    """Where this run is found on this server, base URL included."""
    own = handler.url("api", "runs", run_id)
    return {
        "self": own,
        "events": f"{own}/events",
        "follow": f"{own}/follow",
        "notebook": f"{own}/notebook",
        "page": handler.url("runs", run_id),
    }


def _filter(query: dict[str, Any]) -> RunFilter | None:
    """One run more than the page holds, to know whether there is a next one. None: no run can be so."""
    labels: dict[str, str] = {}
    for text in query["label"]:
        name, _, value = text.partition("=")
        if labels.setdefault(name, value) != value:
            return None
    return RunFilter(
        status=query["status"],
        name=query["notebook"],
        text=query["text"],
        id=query["id"],
        labels=labels,
        pinned=query["pinned"],
        since=query["since"],
        until=query["until"],
        before=query["before"],
        limit=query["limit"] + 1,
    )
