"""Runs that workers drive: submit, run, worker, and a worker's death."""

from __future__ import annotations

import signal
import subprocess

import pytest

from tests.cli.runt import Runt, read_to, until

LINES = 300
HELD = """\
import os, time
for i in range({lines}):
    print("line", i, flush=True)
    while i == {stop} and not os.path.exists({flag!r}): time.sleep(.01)
"""


def held(runt: Runt, stop: int) -> str:
    """A cell that prints LINES lines and stops behind line `stop` until the file `go` exists."""
    return runt.cells(HELD.format(lines=LINES, stop=stop, flag=str(runt.home / "go")), "print('the end')")


EXPECTED = "".join(f"line {i}\n" for i in range(LINES)) + "the end\n"


def whole_text(runt: Runt) -> str:
    return "".join(output["text"] for cell in runt.show()["cells"] for output in cell["outputs"])


def test_submit_starts_one_detached_worker_that_ends_itself(runt):
    runt.write("config/jupyter_runt_config.py", "c.Runt.idle_exit = 2.5")
    runt.cells("print(1)")
    first = runt("submit", "n.yml", "--label", "team=ops")
    assert "2.5 s" in first.err
    runt("submit", "n.yml")
    for run in runt.json("ls"):
        runt("follow", run["run_id"], "-q")
    assert len(runt.json("workers")) == 1
    assert runt.json("workers")[0]["alive"]
    assert [row["run_id"] for row in runt.json("ls", "--label", "team=ops")] == [first.out.strip()]
    until(lambda: not runt.processes(), "the worker has ended itself", patience=8)
    assert runt.json("workers") == []


def test_the_queue_is_served_by_priority_then_age_and_says_why_a_run_waits(runt):
    runt.cells("1")
    for name, priority in (("low", 0), ("high", 5), ("later", 0)):
        runt("submit", "n.yml", "--no-worker", "--id", name, "--priority", priority)
    assert "no worker lives" in runt("show", "low").out
    assert "jupyter runt worker" in runt.show("low")["why_queued"]
    runt("worker", "--until-empty", "--concurrency", "1")
    rows = sorted(runt.json("ls"), key=lambda row: row["started_at"])
    assert [row["run_id"] for row in rows] == ["high", "low", "later"]


def test_the_same_idempotency_key_is_the_same_run(runt):
    runt.cells("1")
    first, second = (runt.json("submit", "n.yml", "--no-worker", "--idempotency-key", "k") for _ in range(2))
    assert first["run_id"] == second["run_id"]
    assert (first["created"], second["created"]) == (True, False)
    again = runt("rerun", "last", "--no-worker", "--idempotency-key", "k")
    assert "is known" in again.err
    runt("cancel", "last")
    assert runt.show()["status"] == "cancelled"


def test_run_follows_and_ctrl_c_only_detaches(runt):
    process = runt.start("run", held(runt, 3))
    read_to(process, "line 3\n")
    process.send_signal(signal.SIGINT)
    said = runt.end(process, code=130).err
    assert "goes on" in said
    assert "jupyter runt cancel" in said
    (runt.home / "go").touch()
    assert runt("follow", "last", "-q").out == EXPECTED


def test_a_rerun_takes_the_runs_own_copy_and_new_parameters(runt):
    runt("execute", runt.cells("print(size, name)", parameters={"size": 1, "name": "x"}), "-p", "name", "kept")
    (runt.home / "n.yml").unlink()
    runt("rerun", "last", "-p", "size", "7", "--no-worker")
    runt("worker", "--until-empty")
    assert whole_text(runt) == "7 kept\n"
    assert runt.show()["parent_run"]
    assert "unknown parameter" in runt("rerun", "last", "-p", "sise", "7", "--no-worker", code=2).err


def test_a_literal_secret_is_not_put_into_the_queue(runt):
    source = runt.cells("1", parameters={"token": ""})
    assert "reference" in runt("submit", source, "-p", "token", "abcdefgh", code=2).err
    assert "No worker has ${NOT_SET}" in runt("submit", source, "-r", "token", "${NOT_SET}", code=2).err
    assert runt.json("ls") == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGKILL])
def test_the_next_worker_goes_on_with_the_same_kernel_and_no_line_is_lost_or_doubled(runt, ending):
    runt("submit", held(runt, LINES // 2), "--no-worker")
    first = runt.start("worker", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    follower = runt.start("follow", "last", "-q")
    read_to(follower, f"line {LINES // 2}\n")
    kernels = runt.kernels()
    first.send_signal(ending)
    first.wait(10)
    assert runt.kernels() == kernels
    if ending == signal.SIGKILL:
        (runt.home / "go").touch()  # it prints while nobody listens
    second = runt.start("worker", "--until-empty")
    (runt.home / "go").touch()
    rest = runt.end(follower).out
    runt.end(second)
    assert rest == EXPECTED.partition(f"line {LINES // 2}\n")[2]
    assert whole_text(runt) == EXPECTED
    assert runt.show()["attempt"] == 1


def test_a_dead_workers_run_is_taken_up_when_somebody_looks(runt):
    runt("submit", held(runt, 5), "--no-worker")
    first = runt.start("worker", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until(lambda: "line 5" in runt("show", "last", "--events").out, "it runs")
    first.kill()
    first.wait()
    (runt.home / "go").touch()
    assert runt("follow", "last", "-q").out == EXPECTED


def test_a_worker_refuses_what_makes_no_sense(runt):
    assert "1 or more" in runt("worker", "--concurrency", "0", code=2).err
    assert "--idle-exit" in runt("worker", "--idle-exit", "soon", code=2).err
    assert "K=V" in runt("worker", "--label", "x", code=2).err
    assert "run" in runt("submit", runt.cells("1"), "--input", "ask", code=2).err


def test_a_worker_can_be_started_in_the_background_and_is_started_once(runt):
    assert "was started" in runt("workers", "--start").err
    assert "takes runs already" in runt("workers", "--start").err
    assert len(runt.json("workers")) == 1


def test_a_run_that_was_handed_over_says_so_and_the_next_worker_goes_on(runt):
    runt("submit", held(runt, 3), "--no-worker")
    worker = runt.start("worker")
    follower = runt.start("follow", "last", "-q")
    read_to(follower, "line 3\n")
    worker.send_signal(signal.SIGTERM)
    runt.end(worker)
    assert "workers --start" in runt("show", "last").out
    runt("workers", "--start")
    (runt.home / "go").touch()
    runt.end(follower)
    assert whole_text(runt) == EXPECTED
    assert "why_undriven" not in runt.show()


def test_every_attempt_of_a_run_is_shown(runt):
    metadata = {"retry": {"attempts": 2, "on": ["kernel_died"]}}
    source = "import os\nif not os.path.exists('once'):\n    open('once', 'w').close(); os.kill(os.getpid(), 9)\nprint('well')"
    runt("execute", runt.cells(source, metadata=metadata))
    (past,) = runt.show()["past_attempts"]
    assert (past["attempt"], past["reason"], past["cell"]) == (1, "kernel_died", "c1")
    assert "attempt 1:   failed in cell c1" in runt("show", "last").out
    assert "SIGKILL" in runt("show", "last").out
    assert whole_text(runt) == "well\n"
