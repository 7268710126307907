"""What JupyterLab's panel costs the browser, beside the same run as a notebook that JupyterLab opens itself."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout

from playwright.sync_api import CDPSession, Page

from tests.benchmarks.process import Failed, Sample
from tests.benchmarks.scratch import Scratch
from tests.panel.lab import PYTHON, Person, lab
from tests.server.live import LiveServer
from tests.server.pages.watching import browsing

LINES_AND_PICTURE = """
import random, struct, zlib
from IPython.display import Image
def part(kind, data):
    return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
random.seed({number})
rows = b''.join(b'\\0' + random.randbytes(3 * 64) for _ in range(64))
head = struct.pack('>IIBBBBB', 64, 64, 8, 2, 0, 0, 0)
for n in range(100):
    print('line', n, 'of cell {number}')
Image(b'\\x89PNG\\r\\n\\x1a\\n' + part(b'IHDR', head) + part(b'IDAT', zlib.compress(rows)) + part(b'IEND', b''))
"""
LARGE = [LINES_AND_PICTURE.format(number=number) for number in range(200)]
"""20,000 lines and 200 pictures."""
MANY = [f"print('number', {number})" for number in range(500)]

OPENED = """async ([command, args, place]) => {
    const begin = performance.now();
    void window.jupyterapp.commands.execute(command, args);
    const first = () => document.querySelector(`${place} .jp-OutputArea-output pre`)?.textContent;
    while (!first()) await new Promise(requestAnimationFrame);
    return (performance.now() - begin) / 1000;
}"""
READ = """async place => {
    const outer = document.querySelector(`${place} .jp-WindowedPanel-outer`);
    const frames = async count => { for (; count > 0; count -= 1) await new Promise(requestAnimationFrame); };
    await frames(30);
    for (let still = 0; still < 10; ) {
        const before = outer.scrollTop;
        outer.scrollTop += outer.clientHeight * 0.9;
        await frames(3);
        still = outer.scrollTop === before ? still + 1 : 0;
    }
}"""
"""From the first cell to the last one, a page at a time."""


def of_tab(cells: list[str]) -> Callable[[Scratch], Sample]:
    """The run in its tab."""
    return lambda scratch: _read(cells, _tab)


def of_notebook(cells: list[str]) -> Callable[[Scratch], Sample]:
    """The same run, saved as a notebook that JupyterLab opens."""
    return lambda scratch: _read(cells, _notebook)


def _tab(live: LiveServer, run_id: str) -> tuple[str, dict[str, str], str]:
    return "runt:open-run", {"run_id": run_id}, f"#jp-runt-run-{run_id}"


def _notebook(live: LiveServer, run_id: str) -> tuple[str, dict[str, str], str]:
    live.write("same.ipynb", live.get(f"runt/api/runs/{run_id}/notebook?format=ipynb").body)
    return "docmanager:open", {"path": "same.ipynb"}, ".jp-NotebookPanel:not(.jp-runt-run)"


def _read(cells: list[str], shown: Callable[[LiveServer, str], tuple[str, dict[str, str], str]]) -> Sample:
    """Seconds until its first output is there; script time and memory once it was read from the first cell to the last."""
    with _quiet_lab() as (live, page):
        run_id = live.submit(*cells)
        if live.ended(run_id, patience=300) != ("succeeded", None):
            raise Failed("the run did not succeed")
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        before = _metrics(session)
        command, args, place = shown(live, run_id)
        opened: float = page.evaluate(OPENED, [command, args, place])
        page.evaluate(READ, place)
        after = _metrics(session)
    taken = {name: after[name] - before[name] for name in after}
    counts = {
        "script time": round(1e6 * taken["ScriptDuration"]),
        "main thread": round(1e6 * taken["TaskDuration"]),
        "heap": round(after["JSHeapUsedSize"] / 1024),
        "nodes": round(after["Nodes"]),
    }
    return Sample(opened, counts=counts)


def _metrics(session: CDPSession) -> dict[str, float]:
    """What the browser counts of a page; the heap without what nobody holds any more."""
    session.send("HeapProfiler.collectGarbage")
    return {each["name"]: each["value"] for each in session.send("Performance.getMetrics")["metrics"]}


@contextmanager
def _quiet_lab() -> Iterator[tuple[LiveServer, Page]]:
    """A JupyterLab with a worker, loaded once, without its log."""
    if PYTHON not in os.environ:
        raise Failed(f"{PYTHON} names no Python with JupyterLab and the panel: `make bench` sets it")
    with redirect_stdout(io.StringIO()), lab() as live, browsing() as browser:
        live.worker()
        yield live, Person(browser, live).lab()
