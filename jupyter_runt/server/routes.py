"""The table of routes. `path` is what openapi.yaml calls it; a test compares the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from jupyter_runt.server.api import (
    blobs,
    catalogue,
    cells,
    document,
    events,
    follow,
    monitors,
    notebooks,
    parameters,
    runs,
    schedules,
    signals,
    status,
)
from jupyter_runt.server.pages import assets, outputs, page, sources

PARTS = {
    "run_id": r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}",
    "sha256": r"[0-9a-f]{64}",
    "seq": r"[0-9]{1,10}",
}
"""What a part of a path looks like, where it is not anything but a slash."""


@dataclass(frozen=True, slots=True)
class Route:
    """One path and who answers there."""

    path: str
    handler: type[Any]
    arguments: Mapping[str, Any] = field(default_factory=dict)

    @property
    def pattern(self) -> str:
        """For tornado: parts in braces become arguments of the handler's methods, by name."""
        return re.sub(r"{(\w+)}", lambda part: f"(?P<{part[1]}>{PARTS.get(part[1], '[^/]+')})", self.path)


ROUTES = (
    Route("/runt/api/status", status.StatusHandler),
    Route("/runt/api/openapi.yaml", document.DocumentHandler),
    Route("/runt/api/openapi.json", document.DocumentJsonHandler),
    Route("/runt/api/workers", status.WorkersHandler),
    Route("/runt/api/runs", runs.RunsHandler),
    Route("/runt/api/runs/{run_id}", runs.RunHandler),
    Route("/runt/api/runs/{run_id}/rerun", runs.RerunHandler),
    Route("/runt/api/runs/{run_id}/signals", signals.SignalsHandler),
    Route("/runt/api/runs/{run_id}/inputs/{input_id}", signals.InputHandler),
    Route("/runt/api/follow", follow.ListSocket),
    Route("/runt/api/runs/{run_id}/events", events.EventsHandler),
    Route("/runt/api/runs/{run_id}/follow", follow.FollowSocket),
    Route("/runt/api/runs/{run_id}/cells/{cell_id}", cells.CellHandler),
    Route("/runt/api/runs/{run_id}/results", cells.ResultsHandler),
    Route("/runt/api/runs/{run_id}/results/{name}", cells.ResultHandler),
    Route("/runt/api/runs/{run_id}/notebook", notebooks.RunNotebookHandler),
    Route("/runt/api/blobs/{sha256}", blobs.BlobHandler),
    Route("/runt/api/convert", notebooks.ConvertHandler),
    Route("/runt/api/validate", notebooks.ValidateHandler),
    Route("/runt/api/templates", catalogue.TemplatesHandler),
    Route("/runt/api/templates/{name}", catalogue.TemplateHandler),
    Route("/runt/api/runtimes", catalogue.RuntimesHandler),
    Route("/runt/api/monitors", monitors.MonitorsHandler),
    Route("/runt/api/monitors/{name}", monitors.MonitorHandler),
    Route("/runt/api/schedules", schedules.SchedulesHandler),
    Route("/runt/api/schedules/{schedule_id}", schedules.ScheduleHandler),
    Route("/runt/api/schedules/{schedule_id}/run", schedules.RunNowHandler),
    Route("/runt/api/parameters", parameters.ParametersHandler),
    Route("/runt/", page.ListPage),
    Route("/runt/runs/{run_id}", page.RunPage),
    Route("/runt/runs/{run_id}/sources", sources.SourcesHandler),
    Route("/runt/runs/{run_id}/outputs/{seq}", outputs.OutputHandler),
    Route("/runt/static/{version}/{file}", assets.AssetHandler),
)

ELSEWHERE = (
    Route("/runt", page.ListAddress),
    Route(r"/runt/api(?:/.*)?", document.NothingHandler),
)
"""After all others; no paths of the document."""
