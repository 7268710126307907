"""`show`: one run, as it is now."""

from __future__ import annotations

import argparse
from typing import Any

from jupyter_runt.cli.context import App, add_store, opened, print_json
from jupyter_runt.cli.render import tables
from jupyter_runt.cli.render.ansi import printable
from jupyter_runt.cli.render.bundle import bundle_text
from jupyter_runt.cli.render.plain import output_text
from jupyter_runt.events.codec import resolve
from jupyter_runt.notebook import values

EXAMPLES = "jupyter runt show last\n  jupyter runt show last --cell report\n  jupyter runt show last --result total"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_name", metavar="RUN", help="a run's id, a unique beginning of it, or `last`")
    parser.add_argument("--cell", metavar="ID", help="only this cell, with its whole output")
    parser.add_argument(
        "--result", metavar="NAME", help="only the named result: its text, or its MIME bundle with --json"
    )
    parser.add_argument("--events", action="store_true", help="every event, one JSON object a line")
    add_store(parser, data=True)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        run_id = app.client.find(args.run_name)
        if args.events:
            return _events(app, run_id)
        if args.result is not None:
            return _result(app, run_id, args.result, as_json=args.json)
        view = app.client.show(run_id)
        if args.cell:
            view["cells"] = _only(view["cells"], args.cell)
        if args.json:
            for cell in view["cells"]:
                cell["outputs"] = [_whole(app, output) for output in cell["outputs"]]
            print_json(view)
        else:
            _print(app, view, whole=bool(args.cell))
    return 0


def _result(app: App, run_id: str, name: str, *, as_json: bool) -> int:
    found = app.client.result(run_id, name)
    if as_json:
        print_json(found["data"])
    else:
        print(bundle_text(found["data"]))
    return 0


def _events(app: App, run_id: str) -> int:
    import json

    from jupyter_runt.events import codec

    for event in app.client.events(run_id):
        whole = event if event.type == "run.submitted" else codec.inline(event, app.client.blob)
        print(json.dumps(codec.to_json(whole)))
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
    found: dict[str, Any] = resolve(output, app.client.blob)
    if found["output_type"] == "stream":
        found["text"] = "".join(found["text"])
    return found


HEADER = (
    ("title", "title"), ("notebook", "name"), ("status", "status"), ("reason", "reason"), ("message", "message"),
    ("queued", "why_queued"), ("driven by", "why_undriven"),
    ("runtime", None), ("parameters", None), ("labels", None), ("by", None),
    ("submitted", "submitted_at"), ("started", "started_at"), ("finished", "finished_at"), ("took", None),
    ("attempt", None), ("worker", "worker"), ("rerun of", "parent_run"),
)  # fmt: skip

LINES_SHOWN = 20
RESULT_SHOWN = 100


def _print(app: App, view: dict[str, Any], *, whole: bool) -> None:
    made = {
        "runtime": view["runtime"]["display_name"],
        "parameters": ", ".join(f"{name}={values.shown(value)}" for name, value in view["parameters"].items()),
        "by": f"{view['requested_by']} (by a token)" if view.get("via") == "token" else view["requested_by"],
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
        for told in view.get("notifications", []):
            print(f"  {'notified:':12} {printable(_notified(told))}")
        for result in view.get("results", []):
            print(f"  {'result:':12} {printable(result['name'])} = {_line(result)}")
        print()
    for cell in view["cells"]:
        if cell["type"] == "code":
            _print_cell(app, cell, whole=whole)


def _notified(told: dict[str, Any]) -> str:
    """`${SLACK_WEBHOOK_URL} of failed: sent at …`."""
    what = f"{told['target']} of {', '.join(told['on'])}: {told['status']}"
    if told["status"] == "pending" and told["attempts"]:
        return f"{what}, {told['error']}; attempt {told['attempts'] + 1} at {told['next_at']}"
    why = f", {told['error']}" if told["error"] else ""
    return f"{what} at {told['at']}{why}"


def _line(result: dict[str, Any]) -> str:
    """A result's text as far as one line holds it, or what it can be had as."""
    if result["text"] is None:
        return f"<{', '.join(map(printable, result['mime']))}>"
    text = " ".join(printable(result["text"]).split())
    return text if len(text) <= RESULT_SHOWN else text[: RESULT_SHOWN - 1] + "…"


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
