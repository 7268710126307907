"""What a server sees to by itself, seen at real servers, workers and runs."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from jupyter_runt.client.base import Order
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.kernel.place import here
from jupyter_runt.server.keeper import Backoff
from jupyter_runt.store.base import WorkerRow
from jupyter_runt.store.life import LifeLock
from tests.cli.runt import until
from tests.server.crowd import Crowd
from tests.server.live import LiveServer, serving

# Time runs ten times faster here for the keeper, two hundred times for jupyter_server's own look once a minute.
HURRIED = """
from jupyter_runt.server import keeper
keeper.INTERVAL_SECONDS, keeper.PAUSE_SECONDS, keeper.Backoff.FIRST = 0.5, 0.1, 2.0
"""
LOOKS_OFTEN = (
    HURRIED
    + """
from jupyter_server.serverapp import ServerApp
from tornado.ioloop import PeriodicCallback
ServerApp.init_shutdown_no_activity = lambda self: PeriodicCallback(self.shutdown_no_activity, 300).start()
"""
)
SERVER = {"code": HURRIED}
WINDOW = 5.0


def workers(server: LiveServer) -> list[int]:
    return [pid for pid, command in server.processes().items() if "jupyter_runt.cli worker" in command]


def dismiss(server: LiveServer) -> None:
    """Ends the workers that an earlier test had."""
    for pid in workers(server):
        os.kill(pid, signal.SIGTERM)
    until(lambda: not workers(server), "no worker lives")


def gauge(server: LiveServer, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.get("metrics").text, re.MULTILINE)
    assert found is not None, f"{name} is not in /metrics"
    return float(found[1])


def test_runs_that_wait_get_a_worker_and_so_do_those_of_a_killed_one(live: LiveServer) -> None:
    dismiss(live)
    first = live.submit("print(1)")
    assert live.ended(first) == ("succeeded", None)
    go = live.home / "go"
    second = live.submit(waits(go))
    until(lambda: live.store.run(second).status == "running", "the run is running")
    killed = workers(live)
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    until(lambda: set(workers(live)) - set(killed), "another worker lives")
    go.touch()
    assert live.ended(second) == ("succeeded", None)


def test_without_start_worker_none_is_started_neither_for_the_queue_nor_after_a_death() -> None:
    with serving(start_worker=False, code=HURRIED) as server:
        process = server.worker()
        go = server.home / "go"
        driven = server.submit(waits(go))
        until(lambda: server.store.run(driven).status == "running", "the run is running")
        process.kill()
        process.wait()
        server.submit("1")
        until(lambda: gauge(server, "jupyter_runt_queue_age_seconds") > 1.5, "the keeper has looked")
        assert server.get("runt/api/status").json()["workers"] == 0
        assert workers(server) == []
        go.touch()
        server.worker("--until-empty")
        assert server.ended(driven) == ("succeeded", None)


def test_a_run_that_waits_for_a_certain_worker_is_no_reason_to_start_another() -> None:
    with serving(code=HURRIED) as server:
        folder = server.home / "execute"
        folder.mkdir()
        lock = LifeLock(folder / "lock")
        row = WorkerRow(
            "w-own", "", os.getpid(), here(), "", 0.0, 1, str(lock.path), str(folder / "s"), "", exclusive=True
        )
        server.store.register(row)
        server.submit("1", needs_worker="w-own")
        until(lambda: gauge(server, "jupyter_runt_queue_age_seconds") > 1.5, "the keeper has looked")
        assert workers(server) == []
        server.store.unregister("w-own")
        until(lambda: workers(server), "with its worker gone, another is started")
        until(lambda: server.store.counts().get("succeeded"), "the run has ended")
        lock.release()


def test_a_worker_that_dies_at_once_is_started_again_ever_more_seldom() -> None:
    backoff, now, starts = Backoff(), 1000.0, []
    for _ in range(2000):
        if backoff.permits(now):
            starts.append(now)
            backoff.started(now)
        now += 1.0
    waits = [after - before for before, after in pairwise(starts)]
    assert waits[:8] == [5, 10, 20, 40, 80, 160, 300, 300]
    backoff.reset()
    assert backoff.permits(now)


def test_where_workers_cannot_live_few_are_started_and_the_run_goes_when_they_can(live: LiveServer) -> None:
    dismiss(live)
    broken = Path(live.runt.env["JUPYTER_CONFIG_DIR"], "jupyter_runt_config.py")
    broken.write_text("c.Runner.store = 'x'")
    live.new_log()
    run_id = live.submit("1")
    until(lambda: gauge(live, "jupyter_runt_queue_age_seconds") > 1.5, "the keeper has looked again")
    assert live.new_log().count("one was started") == 1
    assert live.store.run(run_id).status == "queued"
    broken.unlink()
    assert live.ended(run_id) == ("succeeded", None)


# -- schedules ---------------------------------------------------------------------------------------------------------


def scheduled(server: LiveServer) -> str:
    """A schedule that is due next year, defined while no worker could be started; returns its id."""
    (server.home / "yearly.yml").write_text("cells: [{source: print(1)}]")
    server.client.start_workers = False
    order = Order(notebook=str(server.home / "yearly.yml"))
    return str(server.client.add_schedule(Wanted(order=order, cron="0 7 1 1 *", tz="UTC"))["schedule_id"])


def test_while_a_schedule_is_active_a_worker_lives_and_another_after_its_death() -> None:
    with serving(start=False, code=HURRIED) as server:
        scheduled(server)
        server.start()
        until(server.store.workers, "a worker lives")
        killed = workers(server)
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        until(lambda: set(workers(server)) - set(killed), "another worker lives")
        assert server.new_log().count("one was started") == 2


def test_a_schedule_that_is_defined_at_a_server_has_its_worker_at_once() -> None:
    with serving() as server:  # its keeper looks in five seconds
        body = {"notebook": "cells: [{source: print(1)}]", "cron": "0 7 1 1 *", "schedule_id": "yearly"}
        assert server.post("runt/api/schedules", json=body).status == 201
        until(server.store.workers, "a worker lives", patience=4.0)
        run_id = server.post("runt/api/schedules/yearly/run").json()["run_id"]
        assert server.ended(run_id) == ("succeeded", None)


def test_without_start_worker_a_schedule_has_none_started_by_anything() -> None:
    with serving(start_worker=False, code=HURRIED) as server:
        name = scheduled(server)
        server.patch(f"runt/api/schedules/{name}", json={"paused": False})
        server.post(f"runt/api/schedules/{name}/run")
        until(lambda: gauge(server, "jupyter_runt_queue_age_seconds") > 1.5, "the keeper has looked")
        assert workers(server) == []


def test_where_workers_cannot_live_few_are_started_for_a_schedule_however_often_somebody_looks() -> None:
    with serving(code=HURRIED) as server:
        broken = Path(server.runt.env["JUPYTER_CONFIG_DIR"], "jupyter_runt_config.py")
        broken.write_text("c.Runner.store = 'x'")
        name = scheduled(server)
        until(lambda: "one was started" in server.log.read_text(), "the keeper has started one")
        for _ in range(50):
            assert server.get(f"runt/api/schedules/{name}").status == server.get("runt/api/status").status == 200
        assert server.log.read_text().count("one was started") <= 2
        broken.unlink()
        until(server.store.workers, "a worker lives")


# -- activity ----------------------------------------------------------------------------------------------------------


def waits(go: Path) -> str:
    """A cell that ends when the file is there."""
    return f"import os, time\nwhile not os.path.exists({str(go)!r}): time.sleep(0.05)"


@contextmanager
def ending_when_idle(*, keep_alive: bool) -> Iterator[tuple[LiveServer, subprocess.Popen[bytes], str]]:
    """A server that ends after two idle seconds, and a run that goes on until the file `go` is there."""
    config = {"ServerApp": {"shutdown_no_activity_timeout": 2}, "RuntApp": {"keep_alive": keep_alive}}
    with serving(start=False, config=config, code=LOOKS_OFTEN) as server:
        server.worker()
        run_id = server.submit(waits(server.home / "go"))
        until(lambda: server.store.run(run_id).status == "running", "the run is running")
        server.start()
        assert server.process is not None
        yield server, server.process, run_id


def test_a_server_that_ends_when_idle_stays_while_a_run_is_active_and_ends_afterwards() -> None:
    with ending_when_idle(keep_alive=True) as (server, process, run_id):
        with pytest.raises(subprocess.TimeoutExpired):  # it lives three times as long as it would idle
            process.wait(6)
        (server.home / "go").touch()
        assert server.ended(run_id) == ("succeeded", None)
        assert process.wait(20) == 0
        assert "shutting down" in server.new_log()


def test_a_schedule_does_not_keep_a_server_from_ending_and_its_worker_stays() -> None:
    config = {"ServerApp": {"shutdown_no_activity_timeout": 2}}
    with serving(start=False, config=config, code=LOOKS_OFTEN) as server:
        scheduled(server)
        server.start()
        assert server.process is not None
        assert server.process.wait(20) == 0
        assert len(workers(server)) == 2


def test_without_keep_alive_the_server_ends_and_the_run_does_not() -> None:
    with ending_when_idle(keep_alive=False) as (server, process, run_id):
        assert process.wait(20) == 0
        assert server.store.run(run_id).status == "running"
        (server.home / "go").touch()
        assert server.ended(run_id) == ("succeeded", None)


def test_an_idle_server_with_twenty_followers_wakes_seldom() -> None:
    """In the product's own time. Each of three timers wakes the loop twice in five seconds, once more for its thread's answer."""

    async def measure(server: LiveServer) -> float:
        run_id = server.submit("1")
        assert server.process is not None
        crowd = Crowd(server.url, server.token)
        await crowd.join(f"/runt/api/runs/{run_id}/follow", 20)
        await asyncio.sleep(1.0)  # what came with the followers
        before = wakes(server.process.pid)
        await asyncio.sleep(WINDOW)  # this is the measurement
        after = wakes(server.process.pid)
        crowd.leave()
        return (after - before) / WINDOW

    with serving(start_worker=False) as server:
        assert asyncio.run(measure(server)) <= 3.0


def wakes(pid: int) -> int:
    """How often the process's main thread, which has the event loop, went to sleep by itself."""
    status = Path(f"/proc/{pid}/task/{pid}/status").read_text()
    found = re.search(r"^voluntary_ctxt_switches:\s*(\d+)", status, re.MULTILINE)
    assert found is not None
    return int(found[1])
