"""`show`: one run, as it is now."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import App, add_store, opened, print_json
from jupyter_runt.cli.render import tables
from jupyter_runt.cli.render.plain import output_text
from jupyter_runt.events.codec import resolve

EXAMPLES = "jupyter runt show last\n  jupyter runt show last --cell report\n  jupyter runt show last --json"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument("--cell", metavar="ID", help="only this cell, with its whole output")
    parser.add_argument("--events", action="store_true", help="every event, one JSON object a line")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        app.client.tend()
        run_id = app.client.find(args.run_name)
        if args.events:
            return _events(app, run_id)
        view = app.client.view(run_id)
        row = app.store.run(run_id)
        view["pinned"] = row.pinned
        if row.status == "queued":
            view["why_queued"] = app.client.why_queued(row)
        elif (why := app.client.why_undriven(row)) is not None:
            view["why_undriven"] = why
        if args.cell:
            view["cells"] = _only(view["cells"], args.cell)
        if args.json:
            for cell in view["cells"]:
                cell["outputs"] = [_whole(app, output) for output in cell["outputs"]]
            print_json(view)
        else:
            _print(app, view, whole=bool(args.cell))
    return 0


def _events(app: App, run_id: str) -> int:
    import json

    from jupyter_runt.events import codec

    after = 0
    while page := app.store.read(run_id, after):
        for event in page:
            print(json.dumps(codec.to_json(codec.inline(event, app.store.blob))))
        after = page[-1].seq
    return 0


def _only(cells: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    from jupyter_runt.errors import UsageError

    found = [cell for cell in cells if cell["id"] == name]
    if not found:
        raise UsageError(
            f"The run has no cell {name!r}.", remedy=f"Its cells are {', '.join(cell['id'] for cell in cells)}."
        )
    return found


def _whole(app: App, output: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = resolve(output, app.store.blob)
    if found["output_type"] == "stream":
        found["text"] = "".join(found["text"])
    return found


HEADER = (
    ("title", "title"), ("notebook", "name"), ("status", "status"), ("reason", "reason"), ("message", "message"),
    ("queued", "why_queued"), ("driven by", "why_undriven"),
    ("runtime", None), ("parameters", None), ("labels", None), ("by", "requested_by"),
    ("submitted", "submitted_at"), ("started", "started_at"), ("finished", "finished_at"), ("took", None),
    ("attempt", None), ("worker", "worker"), ("rerun of", "parent_run"),
)  # fmt: skip

LINES_SHOWN = 20


def _print(app: App, view: dict[str, Any], *, whole: bool) -> None:
    made = {
        "runtime": view["runtime"]["display_name"],
        "parameters": ", ".join(f"{name}={value!r}" for name, value in view["parameters"].items()),
        "labels": ", ".join(f"{name}={value}" for name, value in view["labels"].items()),
        "took": tables.duration(view["duration"]) if view["duration"] is not None else "",
        "attempt": str(view["attempt"]) if view["attempt"] > 1 else "",
    }
    if not whole:
        marks = [f"  ({mark})" for mark in ("paused", "pinned") if view[mark]]
        print(f"run {view['run_id']}{''.join(marks)}")
        for label, key in HEADER:
            value = made[label] if key is None else view.get(key)
            if value:
                print(f"  {label + ':':12} {value}")
        for past in view.get("past_attempts", []):
            at = f" in cell {past['cell']}" if past["cell"] else ""
            why = past["message"] or past["reason"]
            print(f"  {'attempt ' + str(past['attempt']) + ':':12} failed{at} at {past['ended_at']}: {why}")
        if "input" in view:
            asked = view["input"]
            until = f", until {asked['deadline']}" if asked["deadline"] else ""
            print(f"  {'waits for:':12} {asked['prompt']!r} in cell {asked['cell_id']}{until}")
            print(f"  {'':12} jupyter runt reply {view['run_id']}")
        print()
    for cell in view["cells"]:
        if cell["type"] == "code":
            _print_cell(app, cell, whole=whole)


def _print_cell(app: App, cell: dict[str, Any], *, whole: bool) -> None:
    took = f"  {tables.duration(cell['duration'])}" if cell["duration"] is not None else ""
    reason = f" ({cell['reason']})" if cell["reason"] else ""
    print(f"[{cell['id']}] {cell['status']}{reason}{took}")
    text = "".join(output_text(_whole(app, output)) for output in cell["outputs"])
    lines = text.splitlines()
    hidden = 0 if whole else max(0, len(lines) - LINES_SHOWN)
    at_end = cell["status"] not in ("running", "waiting", "failed")  # what it does now, or died of, stands at the end
    note = f"    … {hidden} {'more' if at_end else 'earlier'} lines: --cell {cell['id']} shows them all"
    if hidden and not at_end:
        print(note)
    for line in lines[: len(lines) - hidden] if at_end else lines[hidden:]:
        print(f"    {line}")
    if hidden and at_end:
        print(note)
