"""A result is what nbclient would have written: the same notebooks by both, ids and times aside."""

from __future__ import annotations

import copy
import re
from typing import Any

import nbformat
import pytest

from tests.cli.runt import Runt

nbclient = pytest.importorskip("nbclient")

CELLS = {
    "streams": ["import sys", "print('a'); print('b'); sys.stdout.flush(); print('c')", "print('o'); sys.stdout.flush(); print('e', file=sys.stderr); sys.stderr.flush(); print('o2')"],
    "carriage": ["import time", "for i in range(5): print(f'\\r{i}', end='', flush=True)\nprint()", "print('abc\\b\\bX'); print('\\x1b[31mred\\x1b[0m')"],
    "clear": ["from IPython.display import clear_output, display", "print(1); clear_output(); print(2)", "print(1); clear_output(wait=True); print(2)", "print('stays'); clear_output(wait=True)", "for i in range(3):\n    clear_output(wait=True); print(i); display(i)"],
    "update": ["from IPython.display import display, update_display", "handle = display('first', display_id='d')", "display('again', display_id='d'); display('other', display_id='e')", "handle.update('changed'); update_display('new', display_id='e')", "handle.update({'x': 1})"],
    "rich": ["from IPython.display import HTML, JSON, SVG, Image, Markdown, display", "HTML('<b>x</b>')", "display(JSON({'a': [1, {'b': None}]}), Markdown('# t'), SVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>'))", "Image(data=bytes.fromhex('89504e470d0a1a0a') + b'x' * 30, format='png')", "display({'application/x.own+json': {'deep': [1]}, 'text/plain': 'x'}, raw=True, metadata={'m': 1})"],
    "results": ["1 + 1", "None", "'x' * 3", "1; 2", "print('p'); 5", "%time 3", "!echo from the shell", "?len"],
    "error": ["print('before'); 1 / 0"],
    "error2": ["def f(n):\n    if n: f(n - 1)\n    else: raise KeyError('ü')\nf(3)"],
    "syntax": ["x ="],
    "repr": ["class E:\n    def _repr_html_(self): raise ValueError('no')\n    def __repr__(self): return 'E'\nE()"],
    "unicode": ["print('ünï ☃ 𝒳 \\u2028 \\x0c end')", "'\\ud800'.encode('utf-8', 'replace')", "print('no newline', end='')"],
    "widgets": ["import ipywidgets as w; s = w.IntSlider(value=3); s", "s.value = 7", "out = w.Output()\nwith out: print('inside')\nout", "print('after')"],
}  # fmt: skip


def notebook(sources: list[str]) -> Any:
    cells = [nbformat.v4.new_code_cell(source, id=f"c{number}") for number, source in enumerate(sources)]
    return nbformat.v4.new_notebook(cells=cells)


def merged(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Neighbouring texts of one stream as one output: nbclient leaves them as they happened to be sent."""
    found: list[dict[str, Any]] = []
    for output in outputs:
        if found and output["output_type"] == "stream" and output["name"] == found[-1].get("name"):
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


def alike(found: nbformat.NotebookNode) -> tuple[Any, ...]:
    """What must be equal: outputs, counts, widgets; with what differs from run to run made equal."""
    seen: dict[str, str] = {}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {plain(key): plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [plain(item) for item in value]
        if isinstance(value, str):
            value = re.sub(r"\d+(\.\d+)?(e[+-]\d+)? (ns|[µμu]s|ms|s)\b", "<time>", value)
            value = re.sub(r"0x[0-9a-f]{6,}", "<address>", value)
            value = re.sub(r"(File )\S*/ipykernel_\d+/\d+\.py", r"\1<cell>", value)
            return re.sub(r"\b[0-9a-f]{32}\b", lambda found: seen.setdefault(found[0], f"<id{len(seen)}>"), value)
        return value

    cells = [(cell.get("execution_count"), merged(plain(copy.deepcopy(cell.get("outputs"))))) for cell in found.cells]
    state = found.metadata.get("widgets", {}).get("application/vnd.jupyter.widget-state+json", {}).get("state", {})
    models = sorted((model["model_name"], plain(dict(model["state"])).get("value")) for model in state.values())
    return cells, [(name, value) for name, value in models]


@pytest.fixture(scope="module")
def results(lived_in: Runt) -> dict[str, nbformat.NotebookNode]:
    """Every notebook, run by one `execute -j 2`."""
    lived_in.write("out/.keep", "")
    for name, sources in CELLS.items():
        nbformat.write(notebook(sources), lived_in.home / f"{name}.ipynb")
    lived_in("execute", *(f"{name}.ipynb" for name in CELLS), "-o", "out", "-j", "2", "-q", code=1)
    return {name: nbformat.read(lived_in.home / "out" / f"{name}.ipynb", as_version=4) for name in CELLS}


@pytest.mark.filterwarnings("ignore")  # nbclient's and zmq's, of event loops and ports
@pytest.mark.parametrize("name", CELLS)
def test_the_result_equals_nbclients_and_is_valid(name, results, lived_in, monkeypatch):
    if name == "widgets":
        pytest.importorskip("ipywidgets")
    monkeypatch.setenv("JUPYTER_DATA_DIR", lived_in.env["JUPYTER_DATA_DIR"])
    monkeypatch.setenv("IPYTHONDIR", lived_in.env["IPYTHONDIR"])
    theirs = notebook(CELLS[name])
    client = nbclient.NotebookClient(
        theirs, kernel_name="python3", timeout=60, resources={"metadata": {"path": str(lived_in.home)}}
    )
    try:
        client.execute()
    except nbclient.exceptions.CellExecutionError:
        assert name in ("error", "error2", "syntax", "repr")
        assert results[name].metadata.jupyter_runt.result.status == "failed"
    nbformat.validate(results[name])
    ours, expected = alike(results[name]), alike(theirs)
    for cell, as_expected in zip(ours[0], expected[0], strict=True):
        assert cell == as_expected
    assert ours[1] == expected[1]
