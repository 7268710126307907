"""A secret's value is printed in every way there is, and then looked for everywhere."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from jupyter_runt.cli.outcome import exit_code
from jupyter_runt.client.export import html
from tests.exported import exported
from tests.worker.conftest import kernelspec
from tests.worker.house import House, Ran

VALUE = "tr0ub4dor-and-3-horses"
LEAKS = f"""
import sys, time, os, subprocess
from IPython.display import display, HTML
assert token.startswith('tr0ub') and len(token) == {len(VALUE)}
print(token); print(token, file=sys.stderr)
for character in token:
    sys.stdout.write(character); sys.stdout.flush()
print(token[:9], end='', flush=True); time.sleep(0.1); print(token[9:])
os.write(1, token.encode()); os.write(1, token[:5].encode()); time.sleep(0.05); os.write(1, token[5:].encode())
subprocess.run(['printenv', 'LEAK'], env={{**os.environ, 'LEAK': token}})
display(HTML(f'<b>{{token}}</b>')); display({{'text/plain': token, 'application/json': {{token: [token]}}}}, raw=True)
del os
token
"""
CELLS = (
    LEAKS,
    {"source": "raise ValueError('bad ' + token)", "allow_errors": True},
    {"source": "def f(secret):\n    1 / 0\nf(token)", "allow_errors": True},
    {"source": "import logging; logging.error('%s', token)", "allow_errors": True},
    "import os\nprint([a for p in os.listdir('/proc') if p.isdigit() for a in [open(f'/proc/{p}/cmdline').read()] if token in a])",
)
PARAMETERS = {"parameters": {"token": None}, "parameter_schema": {"token": {"secret": True, "type": "string"}}}


def look_everywhere(house, ran: Ran) -> None:
    assert ran.ending == ("succeeded", None), ran.events[-1]
    assert "********" in ran.text("c1")
    assert VALUE not in str(ran.events)
    assert VALUE not in str(ran.ipynb())
    assert VALUE not in html(exported(house.store, ran.run_id))
    for path in house.folder.rglob("*"):
        if path.is_file() and path.name != "the-secret":
            assert VALUE.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("given", ["literal", "${RT_TOKEN}", "${file:the-secret}"])
def test_a_secret_is_found_nowhere(house: House, monkeypatch, given):
    monkeypatch.setenv("RT_TOKEN", VALUE)
    Path("the-secret").write_text(VALUE)
    literal = given == "literal"
    layers = [{"token": VALUE if literal else given}]
    look_everywhere(house, house.run(*CELLS, notebook=PARAMETERS, layers=layers, private=literal))


def test_nor_while_the_kernel_runs_or_after_its_death(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(
            LEAKS + "\nprint('begun')\ntime.sleep(60)", notebook=PARAMETERS, layers=[{"token": VALUE}], private=True
        )
        async with house.working():
            await house.printed(run_id, "begun")
            for path in house.folder.rglob("*"):
                assert not path.is_file() or VALUE.encode() not in path.read_bytes(), path
            os.kill(house.kernel(run_id), 9)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "kernel_died")
    assert VALUE not in str(ran.events)


def test_a_kernel_without_the_agent_is_redacted_by_the_worker(house: House):
    program = "from ipykernel import kernelapp; kernelapp.launch_new_instance()"
    kernelspec(house.folder, "foreign", [sys.executable, "-c", program, "-f", "{connection_file}"])
    ran = house.run(*CELLS, notebook=PARAMETERS, layers=[{"token": VALUE}], private=True, runtime="foreign")
    assert not ran.state.runtime["agent"]
    look_everywhere(house, ran)


def test_a_kernel_that_starts_for_a_secret_that_died_with_its_worker_does_not_stay(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print(token)", notebook=PARAMETERS, layers=[{"token": VALUE}], private=True)
        async with house.working() as worker:
            await house.seen(run_id, "kernel.starting")
            worker.drain()
        house._private.clear()
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "parameter_error")
    assert "token" in ran.state.message
    assert house.processes(ran.run_id) == []
    assert list((house.store.runtime / "k").iterdir()) == []


def test_a_literal_secret_that_nobody_knows_any_more_ends_the_run_and_is_not_replaced_by_asterisks(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print(token)", notebook=PARAMETERS, layers=[{"token": VALUE}], private=True)
        house._private.clear()
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "parameter_error")
    assert "token" in ran.state.message
    assert ran.of("cell.started") == []


@pytest.mark.parametrize("carries_the_agent", [True, False])
def test_a_kernel_that_is_ready_for_a_secret_that_died_with_its_worker_is_ended_and_the_run_says_why(
    house: House, carries_the_agent: bool
):
    async def scenario() -> Ran:
        runtime = "python3"
        if not carries_the_agent:
            program = "import runpy; runpy.run_module('ipykernel_launcher', run_name='__main__')"
            kernelspec(house.folder, "foreign", [sys.executable, "-c", program, "-f", "{connection_file}"])
            runtime = "foreign"
        run_id = house.submit(
            "print(token)", notebook=PARAMETERS, layers=[{"token": VALUE}], private=True, runtime=runtime
        )
        house.client.signal(run_id, "pause")
        async with house.working():
            await house.seen(run_id, "kernel.ready")
        house._private.clear()
        async with house.working():
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("failed", "parameter_error")
    assert exit_code(ran.state) == 2
    assert "was known only to a process that is gone" in ran.state.message
    assert house.processes(ran.run_id) == []
    assert list((house.store.runtime / "k").iterdir()) == []
