"""Named results out of real kernels: with the agent, without it, and where `jupyter_runt` is not installed."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from jupyter_runt.client import contents
from tests.worker.conftest import RUNTIMES, kernelspec
from tests.worker.house import ROOT, House

VALUE = "tr0ub4dor-and-3-horses"
SECRET = {"parameters": {"token": None}, "parameter_schema": {"token": {"secret": True, "type": "string"}}}
PLAIN = "from ipykernel import kernelapp; kernelapp.launch_new_instance()"
"""An ipykernel that is started in a way that leaves the agent no place."""


@pytest.fixture(params=[*RUNTIMES, "plain"])
def kernel(request: pytest.FixtureRequest, house: House, monkeypatch: pytest.MonkeyPatch) -> str:
    """With the agent, the newest and the oldest, and without it. Our package is not installed beside the oldest."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    kernelspec(house.folder, "plain", [sys.executable, "-c", PLAIN, "-f", "{connection_file}"])
    return str(request.param)


def test_results_of_every_kind_come_back_whole(house: House, kernel: str):
    source = """
from jupyter_runt import result
class Table:
    def _repr_html_(self): return '<table></table>'
    def __repr__(self): return 'a table'
result('number', 42)
result('nothing', float('nan'))
result('long', list(range(10_000)))
result('table', Table())
result('page', {'text/html': '<b>x</b>', 'image/png': b'abc'}, mime=True)
display({'text/plain': 'by hand'}, raw=True, metadata={'jupyter_runt': {'result': 'hand'}})"""
    ran = house.run(source, runtime=kernel)
    assert ran.ending == ("succeeded", None), ran.outputs()

    def data(name: str) -> Any:
        return contents.result(house.store, ran.run_id, name)["data"]

    assert data("number") == {"text/plain": "42", "application/json": 42}
    assert data("nothing") == {"text/plain": "nan"}
    assert data("long")["application/json"] == list(range(10_000))
    assert data("table") == {"text/plain": "a table", "text/html": "<table></table>"}
    assert {name: text.strip() for name, text in data("page").items()} == {"text/html": "<b>x</b>", "image/png": "YWJj"}
    assert data("hand") == {"text/plain": "by hand"}
    (reference,) = [event.data for event in ran.of("result.recorded") if event.data["name"] == "long"]
    assert "$blob" in reference["data"]["application/json"]
    listed = json.loads(house.store.snapshot(ran.run_id) or b"")["results"]
    assert [each["name"] for each in listed] == ["number", "nothing", "long", "table", "page", "hand"]
    assert listed == contents.results(house.store, ran.run_id)


def test_figures_and_tables_are_recorded_as_ipython_shows_them(house: House):
    pytest.importorskip("pandas")
    pytest.importorskip("matplotlib")
    source = """
import pandas, matplotlib.pyplot as plt, numpy, jupyter_runt
frame = pandas.DataFrame({'a': [1, 2]})
jupyter_runt.result('frame', frame)
jupyter_runt.result('sums', {'int': frame.a.sum(), 'float': numpy.float32(0.5), 'truth': numpy.bool_(True)})
figure, axes = plt.subplots(); axes.plot([1, 2]); plt.close()
jupyter_runt.result('figure', figure)"""
    ran = house.run(source)
    assert ran.ending == ("succeeded", None), ran.outputs()
    assert "<table" in contents.result(house.store, ran.run_id, "frame")["data"]["text/html"]
    sums = contents.result(house.store, ran.run_id, "sums")["data"]
    assert sums["application/json"] == {"int": 3, "float": 0.5, "truth": True}
    assert contents.result(house.store, ran.run_id, "figure")["data"]["image/png"].startswith("iVBORw0KGgo")


def test_a_secret_is_in_no_result(house: House, kernel: str):
    source = "import jupyter_runt\njupyter_runt.result('r', [token, {token: 'x' * 20_000 + token}])\njupyter_runt.result(token, 1)"
    ran = house.run(source, notebook=SECRET, layers=[{"token": VALUE}], private=True, runtime=kernel)
    assert ran.ending == ("succeeded", None), ran.outputs()
    assert VALUE not in str(contents.results(house.store, ran.run_id))
    found = contents.result(house.store, ran.run_id, "r")["data"]["application/json"]
    assert found == ["********", {"********": "x" * 20_000 + "********"}]
    assert [each["name"] for each in contents.results(house.store, ran.run_id)] == ["r", "********"]


def test_what_makes_no_result_is_an_error_in_the_cell(house: House):
    wrong = ("result('', 1)", "result('a\\nb', 1)", "result('a', 1, mime=True)", "result('a', {'html': 'x'}, mime=True)",
             "result('a', {'application/json': {1}}, mime=True)", "result('a', {'text/plain': 3}, mime=True)")  # fmt: skip
    cells = [{"source": f"from jupyter_runt import result\n{call}", "allow_errors": True} for call in wrong]
    ran = house.run(*cells)
    for number in range(len(wrong)):
        (error,) = ran.outputs(f"c{number + 1}")
        assert error["ename"] == "UsageError", wrong[number]
    assert ran.of("result.recorded") == []


def test_a_run_that_goes_on_elsewhere_keeps_its_results_and_a_new_attempt_has_its_own(house: House):
    source = """
import jupyter_runt, os, signal
first = not os.path.exists('been-here')
open('been-here', 'w').close()
jupyter_runt.result('first' if first else 'second', 1)
if first: os.kill(os.getpid(), signal.SIGKILL)"""
    ran = house.run(source, notebook={"metadata": {"retry": {"attempts": 2, "on": ["kernel_died"], "delay": 0}}})
    assert ran.ending == ("succeeded", None)
    assert [event.data["name"] for event in ran.of("result.recorded")] == ["first", "second"]
    assert [each["name"] for each in contents.results(house.store, ran.run_id)] == ["second"]


def test_a_killed_worker_loses_no_result_and_records_none_twice(house: House):
    source = "import jupyter_runt\nfor n in range(300): jupyter_runt.result(f'r{n}', n)\ninput('?')\njupyter_runt.result('last', 1)"

    async def across_a_death() -> None:
        worker = house.start_worker()
        run_id = house.submit(source, input="wait")
        await house.seen(run_id, "result.recorded")
        worker.kill()
        worker.wait()
        house.store.expire(house.store.run(run_id).worker or "")
        house.start_worker()
        await house.seen(run_id, "input.requested")
        await asyncio.to_thread(house.client.reply, run_id, "go")
        ran = await house.end(run_id)
        assert [event.data["name"] for event in ran.of("result.recorded")] == [*(f"r{n}" for n in range(300)), "last"]

    asyncio.run(across_a_death())
