"""The golden logs, and what Python's fold makes of them after each event. `python -m tests.run.golden.folded` writes that anew.

`logs/NAME.json` is a list of events, one a line, as a server sends them; `record.py` took them from real runs. `views/NAME.json`
says what each of them changes, one line for an event: paths into a view, as `view.py` makes it, with their new values, and
under `gone` the paths that are no more. So a change of the fold shows in a diff, and the panel's fold is held to the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jupyter_runt.events import Event, codec
from jupyter_runt.run.document import WIDGET_STATE, Document
from jupyter_runt.run.state import RunState, apply
from jupyter_runt.run.view import view

HERE = Path(__file__).parent
LOGS, VIEWS = HERE / "logs", HERE / "views"
NAMES = sorted(path.stem for path in LOGS.glob("*.json"))

Flat = dict[str, Any]
"""A view without levels: `cells.c1.status`, `cells.c1.outputs.0`, …"""


def log(name: str) -> list[Event]:
    """A golden log."""
    listed = json.loads((LOGS / f"{name}.json").read_text("utf-8"))
    return [Event(**{**fact, "at": codec.seconds(fact["at"])}) for fact in listed]


def expected(name: str) -> list[dict[str, Any]]:
    """What each event of a golden log changes, as it was when somebody last looked."""
    found: list[dict[str, Any]] = json.loads((VIEWS / f"{name}.json").read_text("utf-8"))
    return found


def changes(events: list[Event]) -> Iterator[dict[str, Any]]:
    """What each event changes in the view."""
    state, document, before = RunState(events[0].run_id), Document(), Flat()
    for event in events:
        apply(state, event)
        document.apply(event)
        after = flat(state, document)
        gone = sorted(before.keys() - after.keys())
        new = {path: value for path, value in after.items() if path not in before or before[path] != value}
        yield {"event": f"{event.seq} {event.type}", **new, **({"gone": gone} if gone else {})}
        before = after


def flat(state: RunState, document: Document) -> Flat:
    """The view of now, as JSON has it. What Output widgets have captured stands beside the cells; `seq` is the event's own."""
    shown = json.loads(codec.encode(view(state, document)))
    cells, asked = shown.pop("cells"), shown.pop("input", {})
    del shown["seq"]
    made = {**shown, "cells": [cell["id"] for cell in cells]}
    for cell in cells:
        outputs = cell.pop("outputs")
        made |= {f"cells.{cell['id']}.{name}": value for name, value in cell.items()}
        made |= {f"cells.{cell['id']}.outputs.{number}": value for number, value in enumerate(outputs)}
    made |= {f"input.{name}": value for name, value in asked.items()}
    for widget, outputs in _captured(document).items():
        made |= {f"captured.{widget}.{number}": value for number, value in enumerate(outputs)}
    return made


def _captured(document: Document) -> dict[str, list[Any]]:
    """By Output widget, as nbformat has it: that is how it leaves the document."""
    whole = document.widget_state(_no_blob) or {WIDGET_STATE: {"state": {}}}
    models: Mapping[str, Any] = json.loads(codec.encode(whole))[WIDGET_STATE]["state"]
    return {name: model["state"]["outputs"] for name, model in models.items() if model["state"].get("outputs")}


def _no_blob(name: str) -> bytes:
    raise AssertionError(f"a golden log has no blobs, and its widgets need {name}")


def lines(items: list[Any]) -> str:
    """A JSON list with a line for each item."""
    return "[\n" + ",\n".join(codec.encode(item) for item in items) + "\n]\n"


def main() -> None:
    """Writes all views anew."""
    for name in NAMES:
        (VIEWS / f"{name}.json").write_text(lines(list(changes(log(name)))), "utf-8")
    print(f"{len(NAMES)} views are written to {VIEWS}; look at their differences before they are kept")


if __name__ == "__main__":
    main()
