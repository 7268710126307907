"""`doctor` finds what killed processes left, `doctor --fix` removes it, and neither touches what lives."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.kernel.place import here
from jupyter_runt.run.decide import surrender
from jupyter_runt.run.state import RunState, apply, summary
from jupyter_runt.store import history
from jupyter_runt.store.base import Summary
from tests.cli.runt import Runt, until

SLEEPS = "import time\nprint('begun', flush=True)\ntime.sleep(60)"


def found(runt: Runt, check: str, *options: str) -> list[dict[str, Any]]:
    """What `doctor` says of one thing."""
    return [each for each in runt("doctor", *options, "--json", code=None).json() if each["check"] == check]


def levels(findings: Sequence[dict[str, Any]]) -> list[str]:
    return [each["level"] for each in findings]


def serving(runt: Runt, *options: str) -> subprocess.Popen[str]:
    """A worker that takes runs."""
    worker = runt.start("worker", "--no-supervisor", *options)
    until(lambda: any(row["pid"] == worker.pid for row in runt.json("workers")), "the worker serves")
    return worker


def killed(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def begun(runt: Runt, run_id: str, source: str = SLEEPS) -> int:
    """Submits a run; its kernel's pid once the cell has printed."""
    runt("submit", runt.cells(source), "--no-worker", "--id", run_id)
    until(lambda: "begun" in runt("show", run_id).out, "the cell has begun")
    with runt.store() as store:
        return next(int(e.data["pid"]) for e in history.events(store, run_id) if e.type == "kernel.ready")


def abandoned(runt: Runt, run_id: str) -> int:
    """A run whose worker was killed in the middle of its cell; its kernel's pid."""
    worker = serving(runt)
    pid = begun(runt, run_id)
    killed(worker)
    return pid


def end_without_its_kernel(runt: Runt, run_id: str) -> None:
    """Ends a run in the store alone: what is left when everything that knew of the kernel was killed."""
    with runt.store() as store:
        for worker in store.workers():
            store.expire(worker.worker_id)
        claim = store.claim("test", here(), run_id=run_id)
        assert claim is not None
        state = RunState(run_id)
        for event in history.events(store, run_id):
            apply(state, event)
        facts = []
        while not state.ended:
            facts.append(replace(surrender(state, "internal_error", "a test", 0.0), at=time.time()))
            apply(state, facts[-1])
        store.append(run_id, claim.epoch, facts, summary=Summary(**summary(state)))


def is_alive(pid: int) -> bool:
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


def runtime(runt: Runt) -> Path:
    return runt.path.parent / "run"


# -- workers -----------------------------------------------------------------------------------------------------------


def test_a_dead_workers_leftovers_are_found_and_removed(runt):
    killed(serving(runt, "--name", "gone"))
    (dead,) = found(runt, "workers")
    assert (dead["level"], dead["ok"]) == ("FAIL", False)
    assert "dead: gone-" in dead["finding"]
    assert dead["mends"]
    assert "dead workers were buried" in runt("doctor", "--fix").out
    assert list((runtime(runt) / "w").iterdir()) == []
    assert runt.json("workers") == []
    assert levels(found(runt, "workers")) == ["ok"]


def test_a_dead_workers_run_goes_on_after_the_fix(runt):
    abandoned(runt, "mine")
    (note,) = (each for each in found(runt, "kernels") if each["level"] == "note")
    assert "nobody drives the kernel of run mine" in note["finding"]
    assert "a worker takes over 1 run: mine" in runt("doctor", "--fix").out
    until(
        lambda: runt.show("mine")["worker"] not in (None, "") and "why_undriven" not in runt.show("mine"), "it goes on"
    )
    assert levels(found(runt, "kernels")) == ["ok"]
    runt("kill", "mine")
    until(lambda: runt.show("mine")["status"] == "cancelled", "it was killed")


def test_locks_and_sockets_of_nobody_are_removed_but_not_those_of_a_worker_that_is_about_to_start(runt):
    runt("ls")
    folder = runtime(runt) / "w"
    folder.mkdir(mode=0o700, exist_ok=True)
    old, young = folder / "old.lock", folder / "young.lock"
    old.touch()
    young.touch()
    os.utime(old, (time.time() - 3600,) * 2)
    assert levels(found(runt, "sockets")) == ["FAIL"]
    runt("doctor", "--fix")
    assert (old.exists(), young.exists()) == (False, True)


def test_a_killed_followers_socket_is_removed_and_a_living_ones_is_not(runt):
    runt("submit", runt.cells("1"), "--no-worker", "--id", "waits")
    one, other = (runt.start("follow", "waits") for _ in range(2))
    bell = runtime(runt) / "bell"
    until(lambda: bell.is_dir() and len(list(bell.iterdir())) == 2, "both follow")
    killed(one)
    (stale,) = found(runt, "sockets")
    assert "1 lock or socket of processes that are gone" in stale["finding"]
    runt("doctor", "--fix", code=1)  # the queue still waits for a worker
    assert [path.name.split("-")[0] for path in bell.iterdir()] == [str(other.pid)]
    runt("cancel", "waits")
    assert runt.end(other, code=None).code == 6


# -- kernels -----------------------------------------------------------------------------------------------------------


def test_a_kernel_that_outlived_its_run_is_ended_and_its_folder_removed(runt):
    pid = abandoned(runt, "mine")
    end_without_its_kernel(runt, "mine")
    (left,) = found(runt, "kernels")
    assert left["level"] == "FAIL"
    assert f"process {pid} of run mine" in left["finding"]
    assert f"process {pid}, a kernel of run mine, was ended" in runt("doctor", "--fix").out
    assert not is_alive(pid)
    assert list((runtime(runt) / "k").iterdir()) == []


def test_a_kernel_that_does_not_listen_is_killed(runt):
    worker = serving(runt)
    pid = begun(runt, "deaf", "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + SLEEPS)
    killed(worker)
    end_without_its_kernel(runt, "deaf")
    runt("doctor", "--fix")
    assert not is_alive(pid)


def test_what_a_runs_code_started_on_purpose_lives_on(runt):
    worker = serving(runt)
    source = (
        "import subprocess\ndaemon = subprocess.Popen(['sleep', '60'], start_new_session=True)\nprint(daemon.pid)\n"
    )
    begun(runt, "mine", source + SLEEPS)
    (pid,) = (int(line) for line in re.findall(r"^ +(\d+)$", runt("show", "mine").out, re.MULTILINE))
    killed(worker)
    end_without_its_kernel(runt, "mine")
    runt("doctor", "--fix")
    assert is_alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_folders_whose_kernel_is_gone_are_removed_when_their_attempt_is_over(runt):
    pid = abandoned(runt, "open")
    runt("execute", runt.cells("1"), "--id", "ended")
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid), "the kernel is dead")
    kernels = runtime(runt) / "k"
    for name in ("ended.1", "unknown.1", "half.1.gone", "open.2"):  # the last one is about to be used
        (kernels / name).mkdir()
    os.utime(kernels / "half.1.gone", (time.time() - 3600,) * 2)
    (folders,) = found(runt, "folders")
    assert folders["finding"].startswith("3 folders")
    with runt.store() as store:  # else the fix would start a worker that removes it in order
        for worker in store.workers():
            store.expire(worker.worker_id)
    runt("doctor", "--fix", code=None)
    assert sorted(path.name for path in kernels.iterdir()) == ["open.1", "open.2"]
    runt("kill", "open")
    worker = serving(runt)
    until(lambda: runt.show("open")["status"] == "cancelled", "a worker ended it")
    worker.terminate()
    worker.communicate()


def test_the_folder_of_an_earlier_attempt_is_removed_while_the_run_goes_on(runt):
    worker = serving(runt)
    source = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    runt.cells(source, metadata={"retry": {"attempts": 2, "on": ["kernel_died"], "delay": 600}})
    runt("submit", "n.yml", "--no-worker", "--id", "mine")
    until(lambda: runt.show("mine")["attempt"] == 2, "it waits for its second attempt")
    folder = runtime(runt) / "k" / "mine.1"
    until(lambda: not folder.exists(), "the worker has removed it")
    folder.mkdir()
    runt("doctor", "--fix")
    assert not folder.exists()
    runt("cancel", "mine")
    until(lambda: runt.show("mine")["status"] == "cancelled", "it was cancelled")
    worker.terminate()
    worker.communicate()


def test_a_run_that_lost_a_part_while_it_was_open_is_ended_and_then_its_kernel(runt):
    pid = abandoned(runt, "mine")
    with closing(sqlite3.connect(runt.path)) as db, db:
        assert db.execute("DELETE FROM events WHERE type = 'cell.started'").rowcount == 1
    assert "runs that lack events: 1" in runt("doctor", code=5).out
    fixed = runt("doctor", "--fix").out
    assert "lost: 1 event." in fixed
    assert f"process {pid}, a kernel of run mine, was ended" in fixed
    run = runt.show("mine")
    assert (run["status"], run["reason"]) == ("failed", "store_damaged")
    assert "the store was damaged: " in run["message"]


# -- others ------------------------------------------------------------------------------------------------------------


def test_the_temporary_store_of_a_killed_execute_is_removed(runt):
    process = runt.start("execute", runt.cells(SLEEPS), "--no-record")
    assert process.stdout is not None
    process.stdout.readline()
    (kernel,) = runt.kernels()
    (path,) = re.findall(r"(/\S*?/jupyter-runt-[a-z0-9_]{8})/run/k/", runt.processes()[kernel])
    mine = Path(path)
    runt("doctor", "--fix")
    assert mine.is_dir()  # it lives
    killed(process)
    runt("doctor", "--fix")
    assert mine.is_dir()  # its kernel lives
    os.kill(kernel, signal.SIGKILL)
    until(lambda: not is_alive(kernel), "the kernel is dead")
    assert str(mine) in json.dumps(found(runt, "leftovers"))
    runt("doctor", "--fix")
    assert not mine.exists()


def test_nothing_that_lives_is_harmed_while_workers_are_busy(runt):
    worker = serving(runt, "--concurrency", "3")
    runt.cells("print('one')", "import time; time.sleep(.2)", "print('two')")
    for number in range(6):
        runt("submit", "n.yml", "--no-worker", "--id", f"r{number}")
    doctors = [runt.start("doctor", "--fix") for _ in range(2)]
    for doctor in doctors:
        runt.end(doctor, code=None)
    until(lambda: {row["status"] for row in runt.json("ls")} == {"succeeded"}, "all have ended", patience=30)
    worker.terminate()
    worker.communicate()
    with runt.store() as store:
        for number in range(6):
            kinds = [event.type for event in history.events(store, f"r{number}")]
            assert kinds.count("run.claimed") == 1
            assert "run.adopted" not in kinds


def test_everything_in_order_is_0_and_says_so(runt):
    runt("execute", runt.cells("1"), "-q")
    said = runt("doctor").out
    assert "FAIL" not in said
    assert "ok    store" in said
    fixed = runt("doctor", "--fix").out
    assert "done  store" not in fixed


@pytest.mark.parametrize("option", [[], ["--fix"]])
def test_a_run_that_waits_for_nobody_is_a_fault_with_its_remedy(runt, option):
    runt("submit", runt.cells("1"), "--no-worker")
    assert "no worker lives to take them: jupyter runt workers --start" in runt("doctor", *option, code=1).out
    runt("cancel", "last")
