"""`runt/api/schedules` and below it one schedule: defined, listed, looked at, changed, run once more, removed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from jupyter_runt.client import schedules
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import Source, Wanted
from jupyter_runt.errors import ScheduleError
from jupyter_runt.events import codec
from jupyter_runt.notebook import durations, library
from jupyter_runt.server import identity
from jupyter_runt.server.access import may
from jupyter_runt.server.api import contents, submissions
from jupyter_runt.server.api.runs import SubmittingHandler
from jupyter_runt.server.api.submissions import Asked, File
from jupyter_runt.server.base import RuntHandler
from jupyter_runt.settings import Settings

ALIKE = ("cron", "tz", "misfire", "overlap")
"""What a body and a definition call alike."""


class SchedulesHandler(RuntHandler):
    """The list, and where schedules are added to it."""

    @may("read")
    async def get(self) -> None:
        self.reply({"schedules": await self.call(schedules.listed, self.client, **self.query())})

    @may("execute")
    async def post(self) -> None:
        body = await self.body()
        by, via = identity.requested_by(self)
        asked = Asked(body, None, by, via, contents.root_folder(self), self.context.starter.enabled)
        file = await contents.read(self, body["path"]) if "path" in body else None
        found = await self.call(_add, self.client, self.context.settings, asked, file)
        self.context.starter.soon(self.log)
        self.set_header("Location", self.url("api", "schedules", found["schedule_id"]))
        self.reply(found, 201)


class ScheduleHandler(RuntHandler):
    """One schedule."""

    @may("read")
    async def get(self, schedule_id: str) -> None:
        self.reply(await self.call(schedules.shown, self.client, schedule_id))

    @may("execute")
    async def patch(self, schedule_id: str) -> None:
        body = await self.body()
        given = _when(body)
        found = await self.call(schedules.change, self.client, schedule_id, paused=body.get("paused"), **given)
        if found["next"]:
            self.context.starter.soon(self.log)
        self.reply(found)

    @may("write")
    async def delete(self, schedule_id: str) -> None:
        await self.call(self.client.store.remove_schedule, schedule_id)
        self.set_status(204)
        self.finish()


class RunNowHandler(SubmittingHandler):
    """A schedule's run once more."""

    @may("execute")
    async def post(self, schedule_id: str) -> None:
        by, via = identity.requested_by(self)
        folders = self.context.settings.template_folders
        queued = await self.call(schedules.run_now, self.client, schedule_id, folders, by, via=via, start_worker=False)
        self.accept(queued, starts_worker=self.context.starter.enabled)


# -- in a thread -------------------------------------------------------------------------------------------------------


def _add(client: LocalClient, settings: Settings, asked: Asked, file: File | None) -> dict[str, Any]:
    body = asked.body
    wanted = Wanted(
        order=submissions.order_of(asked),
        schedule_id=body.get("schedule_id", ""),
        pinned=body.get("pinned", False),
        replace=body.get("replace", False),
        **{"tz": "UTC", **_when(body)},
    )
    source = _source(settings, asked, file)
    return schedules.add(client, wanted, settings.template_folders, asked.requested_by, via=asked.via, source=source)


def _source(settings: Settings, asked: Asked, file: File | None) -> Source:
    """The notebook that a body means. What is sent is always kept; a file of the contents manager can be read when it is due only
    where it is one of this machine."""
    body, pinned = asked.body, asked.body.get("pinned", False)
    notebook, name = submissions.notebook_of(settings, body, file)
    if "template" in body:
        return Source(body["template"], name, library.text(notebook.source_path) if pinned else None, asked.folder)
    if file is None:
        sent, name = body["notebook"], body.get("name") or name
        if not isinstance(sent, str):
            sent, name = json.dumps(sent), f"{name.removesuffix('.ipynb')}.ipynb"
        return Source(name, name, sent, asked.folder)
    if not file.source and not pinned:
        raise ScheduleError(
            f"The file {file.path!r:.300} is not on this machine, so that it cannot be read when it is due.",
            remedy='Have it kept as it is now: "pinned": true.',
        )
    folder = os.path.dirname(file.source) if file.source else asked.folder
    return Source(file.source or file.path, name, file.text if pinned else None, folder)


def _when(body: Mapping[str, Any]) -> dict[str, Any]:
    """Those values of a definition that a body gives, by their names there. ScheduleError: its end is no time."""
    given = {name: body[name] for name in ALIKE if name in body}
    if "window" in body:
        given["window"] = durations.seconds(body["window"])
    if "ends_at" in body:
        given["ends_at"] = None if body["ends_at"] is None else _instant(body["ends_at"])
    return given


def _instant(text: str) -> float:
    try:
        return codec.seconds(text.upper())
    except (ValueError, OverflowError) as error:
        raise ScheduleError(
            f"The end {text!r:.80} is no time.", remedy="Write it with its zone, as 2027-01-31T18:00:00Z."
        ) from error
