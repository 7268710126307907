"""What nbformat would show of a real kernel's cells: one run for all of them, on the newest and the oldest ipykernel."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import nbformat
import pytest

from tests.worker.conftest import RUNTIMES, built
from tests.worker.house import House, Ran

CELLS = {
    "streams": "import sys\nprint('a'); print('b', end=''); print('c', file=sys.stderr); print('d')",
    "bars": "for n in range(3):\n    print(f'\\r{n}/2', end='', flush=True)",
    "clear": """
from IPython.display import clear_output, display
print('old')
clear_output(wait=True)
import time; time.sleep(0.05)
print('new')""",
    "cleared": "print('gone')\nclear_output()",
    "shown": "handle = display({'text/plain': 'first', 'text/html': '<i>first</i>'}, raw=True, display_id='d1')",
    "shown_again": "display({'text/plain': 'first'}, raw=True, display_id='d1'); 'result'",
    "update": "handle.update({'text/plain': 'second'}, raw=True)",
    "rich": """
display({'text/plain': 'x', 'text/html': '<b>x</b>', 'application/json': {'k': [1, None]}, 'text/latex': '$x$'},
        metadata={'text/html': {'isolated': True}}, raw=True)
display({'image/png': bytes(range(256)) * 200}, raw=True)""",
    "result": "{'answer': 42}",
    "silent": "1;",
    "error": "print('before'); 1 / 0",
    "subprocess": "import subprocess; print('1', flush=True); subprocess.run('echo 2; echo 3 >&2', shell=True); print('4')",
    "bang": "!echo from the shell",
    "c_level": "import os; os.write(1, b'raw\\n'); os.write(2, b'raw err\\n'); import ctypes; ctypes.CDLL(None).puts(b'puts');"
    " ctypes.CDLL(None).fflush(None);",
    "bytes": "os.write(1, b'\\xff\\xfe bad\\n');",
    "surrogate": "print('lone \\ud800 surrogate')",
    "threads": """
import threading
def work(n):
    for i in range(50): sys.stdout.write(f'{n}:{i}\\n')
threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()""",
    "late": """
went_on = threading.Event()
def later():
    went_on.wait(20)
    print('late words')
thread = threading.Thread(target=later); thread.start()
print('on time')""",
    "after_late": "went_on.set(); thread.join(); print('mine')",
    "forked": """
pid = os.fork()
if not pid:
    print('from the child'); os._exit(0)
os.waitpid(pid, 0); print('from the parent')""",
    "pool": """
import multiprocessing
def say(line): sys.stdout.write(line + '\\n')
with multiprocessing.get_context('fork').Pool(2) as pool:
    pool.map(say, [f'worker {n}' for n in range(4)])""",
    "many": "for n in range(20000): print(n)",
    "flushed": "for n in range(5000): print(n, flush=True)",
    "system_exit": "print('not the end'); import asyncio; await asyncio.sleep(0); print('awaited')",
}


@pytest.fixture(scope="module", params=RUNTIMES)
def ran(request: pytest.FixtureRequest) -> Iterator[Ran]:
    with built() as house:
        cells = [{"id": name, "source": source, "allow_errors": name == "error"} for name, source in CELLS.items()]
        ran = house.run(*cells, runtime=request.param)
        assert ran.ending == ("succeeded", None)
        yield ran


def stream(text: str, name: str = "stdout") -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


def test_neighbouring_text_of_one_stream_is_one_output(ran):
    assert ran.outputs("streams") == [stream("a\nb"), stream("c\n", "stderr"), stream("d\n")]


def test_carriage_returns_are_kept(ran):
    assert ran.outputs("bars") == [stream("\r0/2\r1/2\r2/2")]


def test_a_waiting_clear_clears_at_the_next_output_and_a_plain_one_at_once(ran):
    assert ran.outputs("clear") == [stream("new\n")]
    assert ran.outputs("cleared") == []


def test_an_update_reaches_every_cell_that_shows_the_display(ran):
    second = {"output_type": "display_data", "data": {"text/plain": "second"}, "metadata": {}}
    assert ran.outputs("shown") == [second]
    assert ran.outputs("shown_again")[0] == second
    assert ran.outputs("update") == []


def test_rich_bundles_are_whole(ran):
    first, second = ran.outputs("rich")
    assert first["data"]["application/json"] == {"k": [1, None]}
    assert first["metadata"] == {"text/html": {"isolated": True}}
    assert set(first["data"]) == {"text/plain", "text/html", "application/json", "text/latex"}
    assert base64.b64decode(second["data"]["image/png"]) == bytes(range(256)) * 200


def test_results_count_and_silence_shows_nothing(ran):
    (result,) = ran.outputs("result")
    number = list(CELLS).index("result") + 1
    assert result["output_type"] == "execute_result"
    assert result["execution_count"] == ran.state.cells["result"].execution_count == number
    assert result["data"] == {"text/plain": "{'answer': 42}"}
    assert ran.outputs("silent") == []


def test_an_error_is_an_output_after_what_was_printed(ran):
    printed, error = ran.outputs("error")
    assert printed == stream("before\n")
    assert (error["output_type"], error["ename"], error["evalue"]) == ("error", "ZeroDivisionError", "division by zero")
    assert "ZeroDivisionError" in "\n".join(error["traceback"])
    assert ran.cell("error") == ("succeeded", "error_allowed")


def test_what_subprocesses_and_c_code_write_is_in_their_cell(ran):
    lines = ran.text("subprocess").splitlines()  # their order is each process's own
    assert [line for line in lines if line != "2"] == ["1", "4"]
    assert lines.index("1") < lines.index("2")
    assert ran.text("subprocess", "stderr") == "3\n"
    assert ran.text("bang").replace("\r", "") == "from the shell\n"
    assert ran.text("c_level") == "raw\nputs\n"
    assert ran.text("c_level", "stderr") == "raw err\n"


def test_bytes_that_are_no_text_are_shown_all_the_same(ran):
    assert ran.text("bytes") == "\ufffd\ufffd bad\n"
    assert ran.text("surrogate") == "lone \\ud800 surrogate\n"


def test_threads_keep_their_lines_and_each_its_order(ran):
    lines = ran.text("threads").replace("\n", " ").split()
    for number in "012":
        assert [line for line in lines if line.startswith(f"{number}:")] == [f"{number}:{n}" for n in range(50)]


def test_late_output_belongs_to_the_cell_that_started_the_thread_and_is_marked(ran):
    assert ran.text("late") == "on time\nlate words\n"
    assert ran.text("after_late") == "mine\n"
    late = [event for event in ran.events if event.data.get("late")]
    assert {event.cell_id for event in late} == {"late"}
    assert "late words" in str([event.data for event in late])


def test_forked_children_are_heard_once(ran):
    assert sorted(ran.text("forked").splitlines()) == ["from the child", "from the parent"]
    assert sorted(ran.text("pool").splitlines()) == [f"worker {n}" for n in range(4)]


def test_many_prints_are_few_events_and_every_line(ran):
    assert ran.text("many") == "".join(f"{n}\n" for n in range(20000))
    assert ran.text("flushed") == "".join(f"{n}\n" for n in range(5000))
    assert sum(event.cell_id == "many" for event in ran.events) < 200


def test_the_notebook_of_the_run_is_valid(ran):
    nbformat.validate(nbformat.from_dict(ran.ipynb()))


def test_widgets_can_be_shown_again(house: House):
    ran = house.run("import ipywidgets as w; s = w.IntSlider(value=3, description='n'); s", "s.value = 7")
    ((_, widgets),) = ran.ipynb()["metadata"]["widgets"].items()
    sliders = [model["state"] for model in widgets["state"].values() if model["model_name"] == "IntSliderModel"]
    assert [(slider["value"], slider["description"]) for slider in sliders] == [(7, "n")]
    assert "application/vnd.jupyter.widget-view+json" in ran.outputs("c1")[0]["data"]
