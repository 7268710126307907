"""`--report`: what `execute` tells those who do not watch, CI systems above all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_runt.cli.render.health import Report, reports
from jupyter_runt.client.base import Client
from jupyter_runt.errors import UsageError
from jupyter_runt.events.codec import resolve
from jupyter_runt.run import health

if TYPE_CHECKING:
    from jupyter_runt.cli.render.junit import Ran
    from jupyter_runt.client.export import Export

HELP = (
    "junit=FILE and markdown=FILE write reports; github: groups, annotations and a job summary, as on GitHub's runners"
)
GITHUB = "github"
KINDS = ("junit", "markdown")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A report that goes into a file."""

    kind: str
    path: Path


def wanted(given: Sequence[str]) -> list[Wanted]:
    """The files that `--report` asks for. Raises UsageError and OutputPathError."""
    from jupyter_runt.notebook import library

    found = []
    for text in given:
        kind, _, path = text.partition("=")
        if text == GITHUB:
            continue
        if kind not in KINDS or not path:
            raise UsageError(f"--report {text!r}: it is one of junit=FILE, markdown=FILE and github.")
        library.check_output(path, (Path(path).suffix.lower(),))  # any name will do
        found.append(Wanted(kind, Path(path)))
    return found


def write(client: Client, asked: Sequence[Wanted], runs: Sequence[tuple[str, str]]) -> None:
    """Writes them, all about these runs (id and the notebook's file), for readers that see the old file or the new."""
    from jupyter_runt.client.export import exported
    from jupyter_runt.notebook import library

    if not asked or not runs:
        return
    from jupyter_runt.cli.render.junit import junit

    ran = [(exported(client, run_id), source_path) for run_id, source_path in runs]
    for each in asked:
        if each.kind == "junit":
            text = junit(_junit(client, export, source_path) for export, source_path in ran)
        else:
            text = "".join(_markdown(client, export, source_path) for export, source_path in ran)
        library.write_atomically(each.path, text.encode("utf-8", "replace"))


def _reports(client: Client, export: Export) -> list[Report]:
    """The full reports: their briefs, which the state has, hold the first failing checks alone."""
    found = {}
    for name, result in export.document.results.items():
        if result.health is not None and health.MIME in result.data:
            found[name] = health.findings(resolve({health.MIME: result.data[health.MIME]}, client.blob))
    return reports(export.state, found)


def _junit(client: Client, export: Export, source_path: str) -> Ran:
    from jupyter_runt.cli.render.junit import Ran

    cells = export.document.cells
    return Ran(
        export.state,
        source_path,
        {cell: export.text(cell) for cell in cells},
        {cell: export.traceback(cell) for cell in cells},
        _reports(client, export),
    )


def _markdown(client: Client, export: Export, source_path: str) -> str:
    from jupyter_runt.cli.render.ending import ending
    from jupyter_runt.cli.render.markdown import markdown
    from jupyter_runt.cli.render.places import Places, failing_line

    state = export.state
    cells = [{"id": cell.id, "line": cell.line} for cell in state.cells.values()]
    places = Places(source_path, {"name": state.name, "cells": cells, "notebook": export.notebook.to_json()})
    failed = [cell for cell in state.code_cells if cell.status == "failed"]
    lines = {cell.id: failing_line(export.traceback(cell.id), cell.execution_count) for cell in failed}
    return markdown(state, places, ending(state, places, lines), _reports(client, export))
