"""The runs that the golden logs are of: each shows what a fold could get wrong."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from typing import Any

from tests.worker.conftest import kernelspec
from tests.worker.house import House

Case = Callable[[House], Coroutine[Any, Any, str]]
BRIEF = "get_ipython().InteractiveTB.set_mode('Minimal')\n"
"""A traceback that does not show what IPython and ipykernel are made of."""
CASES: dict[str, Case] = {}
"""By name, what makes the run and leads it to its end; returns its id."""


def case(function: Case) -> Case:
    CASES[function.__name__] = function
    return function


async def driven(house: House, *cells: Any, **asked: Any) -> str:
    """A run that needs nobody."""
    run_id = house.submit(*cells, **asked)
    async with house.working():
        await house.end(run_id)
    return run_id


async def answer(house: House, run_id: str, text: str, after: int = 0) -> int:
    question = await house.seen(run_id, "input.requested", after=after)
    await asyncio.to_thread(house.client.reply, run_id, text, question.data["input_id"])
    return question.seq


@case
async def success(house: House) -> str:
    """Markdown, a stream in pieces on both channels, a value, parameters, labels."""
    cells = (
        {"cell_type": "markdown", "source": "# Sums"},
        "import sys, time\nfor n in range(4):\n    print(n, flush=True)\n    time.sleep(0.05)\nprint('err', file=sys.stderr)\nprint('on')",
        "alpha[0] + 1",
    )
    notebook = {"metadata": {"title": "All of it"}, "parameters": {"alpha": [1, {"b": None}]}}
    return await driven(house, *cells, notebook=notebook, labels={"team": "ops"}, via="token")


@case
async def failure(house: House) -> str:
    """What an allowed exception, one that is not, and cells behind it become."""
    allowed = {"source": "1 / 0", "tags": ["raises-exception"]}
    return await driven(house, allowed, "print('before')\n[]['nope']", "'never'", {"cell_type": "raw", "source": "raw"})


@case
async def skipped(house: House) -> str:
    """A skipped cell, and failures that do not end the run."""
    skip = {"source": "2", "tags": ["skip-execution"]}
    return await driven(house, skip, "raise ValueError('a')", "3", "raise ValueError('b')", keep_going=True)


@case
async def early_exit(house: House) -> str:
    return await driven(house, "1", "import sys\nprint('enough')\nsys.exit(0)", "3")


@case
async def attempts(house: House) -> str:
    """A second attempt shows nothing of the first one, whose displays are known no more."""
    once = f"import os\nif not os.path.exists({str(house.folder / 'once')!r}):\n    open({str(house.folder / 'once')!r}, 'w')\n"
    cells = (
        "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print('inside')\nh = display('of attempt', display_id='same')",
        once + "    print('first time')\n    h.update('updated')\n    1 / 0\nh.update('the second')",
        "print('done')",
    )
    return await driven(house, *cells, notebook={"metadata": {"retry": {"attempts": 3, "delay": 0}}})


@case
async def answered(house: House) -> str:
    """Two questions with a deadline, one of them for a password."""
    asks = "print('Hello', input('Name? '))\nimport getpass\nprint(len(getpass.getpass()))"
    run_id = house.submit(asks, "1", notebook={"metadata": {"input": {"policy": "wait", "deadline": "1h"}}})
    async with house.working():
        await answer(house, run_id, "xyzzy", after=await answer(house, run_id, "Ada"))
        await house.end(run_id)
    return run_id


@case
async def unanswered(house: House) -> str:
    """A question whose cell is interrupted while it waits, and a run that goes on all the same."""
    run_id = house.submit(BRIEF + "input('Name? ')", "print('on')", input="wait", keep_going=True)
    async with house.working():
        await house.seen(run_id, "input.requested")
        house.client.signal(run_id, "interrupt")
        await house.end(run_id)
    return run_id


@case
async def prepared(house: House) -> str:
    """Questions that the notebook itself answers, and one more than that."""
    policy = {"metadata": {"input": {"policy": "answer", "answers": ["Ada", "xyzzy"]}}}
    asks = BRIEF + "print(input('Name? '), input('Word? '))"
    return await driven(house, asks, "input('More? ')", notebook=policy)


@case
async def unattended(house: House) -> str:
    """A question that nobody may be asked."""
    return await driven(house, BRIEF + "input('Name? ')", "2")


@case
async def cancelled(house: House) -> str:
    """In the middle of a cell."""
    run_id = house.submit(BRIEF + "print('begun')\nimport time\ntime.sleep(600)", "never")
    async with house.working():
        await house.printed(run_id, "begun")
        house.client.signal(run_id, "cancel")
        await house.end(run_id)
    return run_id


@case
async def interrupted(house: House) -> str:
    """By somebody's wish; the cell makes the best of it. A wish that makes no sense is refused."""
    source = "import time\nprint('begun')\ntry:\n    time.sleep(600)\nexcept KeyboardInterrupt:\n    print('caught')"
    run_id = house.submit(source, "input('Go on? ')", input="wait")
    async with house.working():
        await house.printed(run_id, "begun")
        house.client.signal(run_id, "interrupt")
        await answer(house, run_id, "yes")
        await house.end(run_id)
    return run_id


@case
async def paused(house: House) -> str:
    """Between two cells, until it is resumed."""
    run_id = house.submit("input('Go on? ')", "2", input="wait")
    async with house.working():
        await house.seen(run_id, "input.requested")
        house.client.signal(run_id, "pause")
        seq = await answer(house, run_id, "yes")
        await house.seen(run_id, "cell.finished", after=seq)
        house.client.signal(run_id, "resume")
        await house.end(run_id)
    return run_id


@case
async def displays(house: House) -> str:
    """Updates across cells, one id shown twice, an id that nobody knows, and a stream in between."""
    return await driven(
        house,
        "from IPython.display import HTML, display, update_display\nh = display(1, display_id='d')\nprint('between')",
        "display(HTML('<p>also d</p>'), display_id='d')\nprint('behind')\ndisplay('e', display_id='e')",
        "h.update({'$blob': 1, '$$': 2})\nupdate_display('of nobody', display_id='unknown')\nupdate_display('E', display_id='e')",
        "h.update(HTML('<p>at last</p>'))",
    )


@case
async def cleared(house: House) -> str:
    """With and without waiting for what comes next, streams and displays; an update of what was cleared."""
    return await driven(
        house,
        "from IPython.display import clear_output, display\nprint('gone')\nclear_output()\nprint('kept')",
        "print('old')\nh = display('old', display_id='c')\nclear_output(wait=True)\nprint('new')\nprint('and more')",
        "h.update('of what is gone')\nprint('stays')\nclear_output(wait=True)",
        "for n in range(3):\n    clear_output(wait=True)\n    display(n)",
    )


@case
async def captured(house: House) -> str:
    """What an Output widget takes, in the cell that shows it and in another one, and what it is cleared of."""
    return await driven(
        house,
        "from ipywidgets import Output\nfrom IPython.display import clear_output, display\nout = Output()\nout",
        "print('before')\nwith out:\n    print('inside')\n    display('too')\nprint('after')",
        "display(out)\nwith out:\n    clear_output()\n    print('anew')",
        "out.append_stdout('appended')",
    )


@case
async def widgets(house: House) -> str:
    """A slider that changes, and one that is closed."""
    return await driven(
        house,
        "from ipywidgets import IntSlider\nslider = IntSlider(3)\nslider",
        "slider.value = 5\nother = IntSlider(1)\nother.close()",
    )


@case
async def late(house: House) -> str:
    """What a thread of a cell prints when the next one runs, which is told apart from what that one prints."""
    waits = "import threading\ngo = threading.Event()\n"
    thread = "def work():\n    go.wait(30)\n    print('late')\nthread = threading.Thread(target=work)\nthread.start()"
    return await driven(house, waits + thread, "print('mine')\ngo.set()\nthread.join()\nprint('mine, too')")


@case
async def large(house: House) -> str:
    """Values that live in blobs: a text, a picture, a bundle of many small parts, an exception's words."""
    return await driven(
        house,
        "print('x' * 20_000)\nprint('small')\nprint('y' * 20_000)",
        "display({'image/png': bytes(20_000), 'text/plain': 'a picture'}, raw=True)\n"
        "display({'application/json': [[n] for n in range(9000)], 'text/plain': 'a list'}, raw=True)",
        "h = display('p', display_id='z' * 20_000)\nh.update('q' * 20_000)\ndisplay('r', display_id='s' * 20_000)",
        "raise ValueError('w' * 20_000)",
    )


@case
async def strange(house: House) -> str:
    """Half characters, control characters, the words that references are made of, and what objects are made of in JavaScript."""
    return await driven(
        house,
        "print('half ' + chr(0xd800) + ' ünïcode ' + chr(0x1f389) + ' \\x1b[31mred\\x1b[0m \\x00')",
        "display({'application/json': {'$blob': 'no', 'size': 3, '$$x': [1e300, 0.1, -0.0], '__proto__': {'a': 1}}}, raw=True)",
        "display('first', display_id='__proto__')\ndisplay('second', display_id='__proto__')",
        {"id": "__proto__", "source": "display('third', display_id='constructor')"},
        labels={"__proto__": "x", "constructor": "y"},
    )


@case
async def results(house: House) -> str:
    """Named ones; the last of a name counts."""
    return await driven(
        house,
        "from jupyter_runt import result\nresult('total', 42)\nresult('parts', [1, 2])",
        "result('total', 43)\nresult('page', {'text/html': '<b>x</b>'}, mime=True)",
    )


@case
async def truncated(house: House) -> str:
    """More than the quota permits; `record.py` makes it small."""
    return await driven(house, "print('a' * 1500)", "for n in range(40):\n    print('b' * 50)", "print('c')")


@case
async def died(house: House) -> str:
    """A kernel that is killed by its own cell."""
    return await driven(house, "print('last words')\nimport os\nos.kill(os.getpid(), 9)", "2")


@case
async def died_waiting(house: House) -> str:
    """A kernel that is killed while it waits for an answer; another one tries again, in vain as well."""
    retry = {"metadata": {"retry": {"attempts": 2, "delay": 0, "on": ["kernel_died"]}}}
    run_id = house.submit("input('Name? ')", "2", input="wait", notebook=retry)
    async with house.working():
        for after in (0, (await house.seen(run_id, "input.requested")).seq):
            await house.seen(run_id, "input.requested", after=after)
            os.kill(house.kernel(run_id), signal.SIGKILL)
        await house.end(run_id)
    return run_id


@case
async def not_started(house: House) -> str:
    """A kernel that cannot be started at all."""
    kernelspec(house.folder, "broken", ["/bin/false"], language="none")
    return await driven(house, "1", "2", runtime="broken")


@case
async def adopted(house: House) -> str:
    """Its worker is killed, the next one lets it go, the third one goes on."""
    run_id = house.submit("print('begun')\ninput('Go on? ')\nprint('end')", "2", input="wait")
    for number in (signal.SIGKILL, signal.SIGTERM):
        worker = house.start_worker()
        await house.seen(run_id, "input.requested")
        if number == signal.SIGTERM:
            await house.seen(run_id, "run.adopted")
        worker.send_signal(number)
        await asyncio.to_thread(worker.wait, 20)
    async with house.working():
        await house.seen(run_id, "run.adopted", where=lambda event: event.data["epoch"] == 3)
        await answer(house, run_id, "yes")
        await house.end(run_id)
    return run_id


@case
async def gap(house: House) -> str:
    """A kernel without the agent, whose worker is killed: what it said meanwhile is lost, which is told."""
    run_id = house.submit("print begun\nsleep 1\nprint end", "print next\ndisplay shown", runtime="echo")
    worker = house.start_worker()
    await house.printed(run_id, "begun")
    worker.kill()
    await asyncio.to_thread(worker.wait, 20)
    async with house.working():
        await house.end(run_id)
    return run_id


@case
async def timed_out(house: House) -> str:
    """A cell that takes longer than it may."""
    return await driven(house, {"source": BRIEF + "print('begun')\nimport time\ntime.sleep(600)", "timeout": 0.4}, "2")
