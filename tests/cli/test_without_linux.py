"""Real runs in processes from which everything was taken that only Linux gives: see without_linux/sitecustomize.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.cli.runt import ROOT, Runt, read_to, until

ECHO = ROOT / "tests" / "kernel" / "echo_kernel.py"
# One child stays in the kernel's process group, one has left its session.
WITH_CHILDREN = """\
import subprocess, time
children = [subprocess.Popen(["sleep", "60"], start_new_session=apart) for apart in (False, True)]
print("begun", flush=True)
time.sleep(60)
"""
LINES = 400
COUNTING = f"import time\nfor number in range({LINES}):\n    print(number, flush=True)\n    time.sleep(0.005)"


@pytest.fixture
def elsewhere(runt: Runt) -> Runt:
    """The command line on a system without all that."""
    runt.env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).with_name("without_linux")), str(ROOT)])
    return runt


def marked(runt: Runt, commands: Sequence[str]) -> list[str]:
    return [command for command in runt.processes().values() if any(each in command for each in commands)]


def python(runt: Runt, program: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, env=runt.env, capture_output=True, text=True, check=False)


def test_nothing_that_only_linux_gives_is_left(elsewhere):
    program = """if True:
        import os, psutil
        from jupyter_runt.boot import boot_id
        from jupyter_runt.kernel import agent, processes
        print(hasattr(os, "pidfd_open"), agent.PROC, processes.PROC, repr(boot_id()), psutil.Process().status())
    """
    said = python(elsewhere, program)
    assert said.stdout == "False False False '' running\n", said.stderr


def test_a_notebook_runs_and_its_secrets_are_redacted_from_the_first_line(elsewhere):
    notebook = elsewhere.cells("print(api_token, 6 * 7)", parameters={"api_token": ""})
    ended = elsewhere("execute", notebook, "-r", "api_token", "very-secret", "-o", "o.ipynb")
    assert ended.out == "******** 42\n"
    assert b"very-secret" not in (elsewhere.home / "o.ipynb").read_bytes()
    assert not [finding for finding in elsewhere("doctor", "--json", code=None).json() if finding["level"] == "FAIL"]


def test_a_killed_kernel_is_told_with_its_signal(elsewhere):
    execute = elsewhere.start("execute", elsewhere.cells("print('begun', flush=True); import time; time.sleep(60)"))
    read_to(execute, "begun\n")
    (kernel,) = elsewhere.kernels()
    os.kill(kernel, signal.SIGKILL)
    assert "SIGKILL" in elsewhere.end(execute, code=3).err
    assert elsewhere.show()["reason"] == "kernel_died"


def test_a_killed_worker_is_replaced_every_line_is_there_once_and_the_adopted_kernels_death_is_told(elsewhere):
    elsewhere("submit", elsewhere.cells(COUNTING, "print('begun', flush=True); time.sleep(60)"), "--no-worker")
    supervisor = elsewhere.start("worker", "--until-empty")
    follow = elsewhere.start("follow", "last", "-q")
    assert follow.stdout is not None
    lines = [next(follow.stdout) for _ in range(50)]
    (worker,) = elsewhere.json("workers")
    os.kill(worker["pid"], signal.SIGKILL)
    lines += [next(follow.stdout) for _ in range(50, LINES + 1)]
    assert lines == [*(f"{number}\n" for number in range(LINES)), "begun\n"]
    (kernel,) = elsewhere.kernels()
    os.kill(kernel, signal.SIGKILL)
    elsewhere.end(follow, code=3)
    elsewhere.end(supervisor)
    told = [json.loads(line) for line in elsewhere("show", "last", "--events").out.splitlines()]
    assert [event["type"] for event in told].count("run.adopted") == 1
    (died,) = (event["data"] for event in told if event["type"] == "kernel.died")
    assert (died["status"], died["signal"]) == (None, None)  # nobody of ours was its parent any more


def test_a_cancelled_cell_leaves_no_process(elsewhere):
    execute = elsewhere.start("run", elsewhere.cells(WITH_CHILDREN))
    read_to(execute, "begun\n")
    assert len(marked(elsewhere, ["sleep 60"])) == 2
    elsewhere("cancel", "last")
    elsewhere.end(execute, code=6)
    until(lambda: not marked(elsewhere, ["sleep 60", "connection.json"]), "they are gone")


def test_on_windows_one_line_says_that_it_is_not_supported(elsewhere):
    program = """if True:
        import argparse, os, pathlib, sys
        sys.modules.update(dict.fromkeys(("fcntl", "pwd", "resource", "termios")))
        from jupyter_runt.cli.main import main
        os.name = "nt"
        sys.exit(main(["ls"]))
    """
    said = python(elsewhere, program)
    assert (said.returncode, said.stdout, said.stderr.count("\n")) == (2, "", 1)
    assert "Windows is not supported" in said.stderr


def test_kernels_end_by_themselves_when_execute_was_killed(elsewhere):
    """The one by its agent, the other, which cannot carry it, by its watchdog."""
    argv = [sys.executable, str(ECHO), "{connection_file}"]
    elsewhere.kernelspec("echo", {"argv": argv, "display_name": "echo", "language": "echo"})
    sources = {"python3": WITH_CHILDREN, "echo": "print begun\nsleep 60"}
    executes = [
        elsewhere.start("execute", elsewhere.cells(source, name=f"{runtime}.yml"), "--runtime", runtime)
        for runtime, source in sources.items()
    ]
    for execute in executes:
        read_to(execute, "begun\n")
    for driver in elsewhere.path.parent.glob("run/k/*/driver"):
        driver.write_text(json.dumps({**json.loads(driver.read_text()), "orphan_timeout": 0.4}))
    for execute in executes:
        execute.kill()
    until(lambda: not marked(elsewhere, ["connection.json", "watchdog"]), "the kernels have ended")
    ended = {"status": "cancelled", "reason": "abandoned"}
    until(
        lambda: all(ended.items() <= run.items() for run in elsewhere.json("ls")),
        "a worker that this look started has ended the runs",
    )
    until(lambda: not marked(elsewhere, ["sleep 60"]), "and what they left")
