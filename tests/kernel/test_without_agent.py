"""Kernels that cannot carry the agent: one of the tests' own, in a language of a few words, and bash."""

from __future__ import annotations

import asyncio
import sys

import pytest

from tests.worker.conftest import kernelspec
from tests.worker.house import House, Ran

ECHO = "echo"


def test_outputs_are_complete_and_the_reply_comes_after_them(house: House):
    ran = house.run("print a\ncount 2000\ndisplay picture\nprint z", "error", runtime=ECHO, keep_going=True)
    stream, display, last = ran.outputs("c1")
    assert stream["text"] == "a\n" + "".join(f"{n}\n" for n in range(2000))
    assert display == {"output_type": "display_data", "data": {"text/plain": "picture"}, "metadata": {}}
    assert last["text"] == "z\n"
    assert ran.cell("c1") == ("succeeded", None)
    assert ran.cell("c2") == ("failed", "cell_error")
    assert ran.outputs("c2")[0]["traceback"] == ["Echo: ZeroDivisionError('no')"]
    finished = next(event.seq for event in ran.of("cell.finished"))
    assert all(event.seq < finished for event in ran.events if event.cell_id == "c1" and "output" in event.data)
    assert ran.of("gap") == []


def test_clearing_is_as_nbformat_has_it(house: House):
    ran = house.run("print old\nclear wait\nprint new", "print gone\nclear", runtime=ECHO)
    assert ran.text("c1") == "new\n"
    assert ran.outputs("c2") == []


def test_questions_are_answered_and_unattended_ones_are_not_asked(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("input Name:", runtime=ECHO, input="wait")
        async with house.working():
            question = await house.seen(run_id, "input.requested")
            assert question.data["prompt"] == "Name:"
            await asyncio.to_thread(house.client.reply, run_id, "Ada")
            return await house.end(run_id)

    assert asyncio.run(scenario()).text() == "got Ada\n"
    assert house.run("input Name:", runtime=ECHO).cell("c1")[0] == "failed"


def test_an_interrupt_ends_the_cell_alone(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("print begun\nsleep 60", "print next", runtime=ECHO, keep_going=True)
        async with house.working():
            await house.printed(run_id, "begun")
            house.client.signal(run_id, "interrupt")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.cell("c1") == ("failed", "interrupted")
    assert ran.text("c2") == "next\n"


def test_a_time_limit_ends_what_ignores_its_interrupt(house: House, monkeypatch):
    from tests.worker.conftest import submitted_with

    submitted_with(monkeypatch, interrupt=0.3, terminate=0.3)
    ran = house.run("print begun\nstubborn 60", runtime=ECHO, cell_timeout=0.3)
    assert ran.cell("c1") == ("failed", "cell_timeout")
    assert ran.text() == "begun\n"


def test_a_death_is_told_with_its_status_and_what_was_said_before_is_kept(house: House):
    ran = house.run("print last words\ndie 7", "print never", runtime=ECHO)
    assert ran.ending == ("failed", "kernel_died")
    assert ran.text() == "last words\n"
    assert ran.of("kernel.died")[0].data["status"] == 7


def test_a_kernel_that_never_says_idle_is_not_waited_for_for_ever(house: House, monkeypatch):
    monkeypatch.setattr("jupyter_runt.kernel.without_agent.IDLE_SECONDS", 0.2)
    ran = house.run("print a\nmute", runtime=ECHO)
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "a\n"
    assert "output may be missing" in ran.of("gap")[0].data["reason"]


def test_bash_runs_as_any_other_language(house: House):
    pytest.importorskip("bash_kernel")
    kernelspec(house.folder, "bash", [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"], language="bash")
    cells = ("for n in $(seq 200); do echo $n; done; echo err >&2", "name=Ada; false", "echo $name")
    ran = house.run(*cells, runtime="bash", keep_going=True)
    assert ran.text("c1").split() == [*map(str, range(1, 201)), "err"]
    assert ran.cell("c2") == ("failed", "cell_error")
    assert ran.text("c3") == "Ada\n"
