"""The page's fold and ours give the same, event by event, for logs of real runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from jupyter_runt.events import Event, codec
from jupyter_runt.run.document import WIDGET_STATE, Document
from jupyter_runt.run.state import RunState, apply
from jupyter_runt.run.view import view
from jupyter_runt.store import history
from tests.cli.runt import until
from tests.server.live import LiveServer
from tests.server.pages.watching import Reader

RUN = """
name title requested_by via parent_run labels parameters status reason message attempt worker paused
submitted_at started_at finished_at duration
""".split()
CELL = "id type line status reason attempt started_at finished_at duration execution_count error".split()

FOLD = """async ([url, runId, events, RUN, CELL]) => {
    const { Run } = await import(url);
    const run = new Run(runId);
    const some = (from, names) => Object.fromEntries(names.map((name) => [name, from[name]]));
    const output = ({ name, texts, value }) => (name === null ? value : { output_type: "stream", name, text: texts });
    const shown = () => ({
        ...some(run, RUN),
        past_attempts: run.past,
        counts: run.counts(),
        input: run.question && !run.question.answered ? some(run.question, ["input_id", "cell_id", "prompt", "password"]) : null,
        cells: [...run.cells.values()].map((cell) => ({ ...some(cell, CELL), outputs: cell.outputs.map(output) })),
        captured: Object.fromEntries([...run.captured].map(([id, outputs]) => [id, outputs.map(output)])),
    });
    return events.map((event) => {
        if (!run.apply(event) || !run.apply(event)) throw new Error(`event ${event.seq} was refused`);
        return JSON.stringify(shown());
    });
}"""


@pytest.fixture(scope="module")
def folding(browser: Browser, module_server: LiveServer) -> Iterator[Page]:
    """A page in which modules can be imported by hand, which its policy forbids."""
    reader = Reader(browser, module_server, bypass_csp=True)
    yield reader.open("runt/")
    reader.close()


def by_javascript(page: Page, run_id: str, events: list[Event]) -> list[Any]:
    plain = json.loads(codec.encode([codec.to_json(event) for event in events]))
    return [json.loads(each) for each in page.evaluate(FOLD, ["/runt/static/now/fold.js", run_id, plain, RUN, CELL])]


def by_python(run_id: str, events: list[Event], blob: Any) -> Iterator[Any]:
    state, document = RunState(run_id), Document()
    for event in events:
        apply(state, event)
        document.apply(event)
        whole = view(state, document)
        asked = whole.get("input")
        cells = [{name: cell[name] for name in (*CELL, "outputs")} for cell in whole["cells"]]
        models = (document.widget_state(blob) or {WIDGET_STATE: {"state": {}}})[WIDGET_STATE]["state"]
        shown = {name: whole[name] for name in (*RUN, "past_attempts", "counts")} | {
            "input": asked and {name: asked[name] for name in ("input_id", "cell_id", "prompt", "password")},
            "cells": cells,
            "captured": {
                name: model["state"]["outputs"] for name, model in models.items() if model["state"].get("outputs")
            },
        }
        yield json.loads(codec.encode(shown))


def compare(live: LiveServer, page: Page, run_id: str) -> set[str]:
    """Both folds after each event; returns the types of the events."""
    events = list(history.events(live.store, run_id))
    theirs = by_javascript(page, run_id, events)
    for event, ours, found in zip(events, by_python(run_id, events, live.store.blob), theirs, strict=True):
        found["captured"] = {
            name: [_joined(each) for each in shown] for name, shown in found["captured"].items() if shown
        }
        assert found == ours, f"after event {event.seq}, {event.type}"
    return {event.type for event in events}


def _joined(output: dict[str, Any]) -> dict[str, Any]:
    """A stream as nbformat has it: what widgets captured is compared in that form."""
    return {**output, "text": "".join(output["text"])} if output["output_type"] == "stream" else output


def test_outputs_of_every_kind(live: LiveServer, folding: Page):
    live.worker()
    run_id = live.submit(
        {"cell_type": "markdown", "source": "# Title"},
        "import sys, time\nfor n in range(30):\n    print(n, flush=True)\n    time.sleep(0.005)\nprint('err', file=sys.stderr)\nprint('x' * 50_000)",
        "from IPython.display import display, clear_output, HTML\nh = display(1, display_id='d')\nh.update({'$blob': 1, '$$': 2})\n"
        "display(HTML('<p>' + 'y' * 40_000), display_id='d')",
        "h.update(HTML('again'))\nprint('gone')\nclear_output()\nprint('kept')\nclear_output(wait=True)\nprint('new')\nclear_output(wait=True)",
        "import ipywidgets\nout = ipywidgets.Output()\ndisplay(out)\nwith out:\n    print('inside')\n    display('too')\nprint('outside')",
        "import threading\nthreading.Timer(0.2, lambda: print('late')).start()",
        "import time\ntime.sleep(0.5)\nchr(0xd800) + ' ünïcode ' + chr(0x1f389)",
        {"source": "1/0", "tags": ["raises-exception"]},
        {"source": "2", "tags": ["skip-execution"]},
        "[]['nope']",
        "never",
        notebook={"metadata": {"title": "All of it"}, "parameters": {"alpha": [1, {"b": None}]}},
        labels={"team": "ops"},
        via="token",
    )
    assert live.ended(run_id) == ("failed", "cell_error")
    seen = compare(live, folding, run_id)
    assert seen >= {"output.added", "stream.appended", "display.updated", "outputs.cleared", "comm.opened"}


def test_questions_attempts_and_signals(live: LiveServer, folding: Page):
    live.worker()
    once = f"import os\nif not os.path.exists({str(live.home / 'once')!r}):\n    open({str(live.home / 'once')!r}, 'w')\n    1/0"
    run_id = live.submit(
        "print('first')", once, "input('Name? ')\nimport getpass\ngetpass.getpass()", "import time\ntime.sleep(600)", "never",
        input="wait", notebook={"metadata": {"retry": {"attempts": 2, "delay": 0}}},
    )  # fmt: skip
    for answer in ("Ada", "secret"):
        until(lambda: live.client.view(run_id).get("input"), "it asks")
        live.client.reply(run_id, answer)
    until(lambda: live.client.view(run_id)["cells"][3]["status"] == "running", "the last cell runs")
    live.client.signal(run_id, "cancel")
    assert live.ended(run_id)[0] == "cancelled"
    assert compare(live, folding, run_id) >= {"run.retrying", "input.answered", "input.taken", "signal.handled"}


def test_kernels_that_do_not_start_or_die(live: LiveServer, folding: Page):
    live.worker()
    live.runt.kernelspec("broken", {"argv": ["/bin/false"], "display_name": "Broken", "language": "none"})
    for run_id in (
        live.submit("1", "2", runtime="broken"),
        live.submit("print('x')\nimport os\nos.kill(os.getpid(), 9)", "2"),
    ):
        assert live.ended(run_id)[0] == "failed"
        compare(live, folding, run_id)
