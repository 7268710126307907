"""This user's Jupyter servers: a real one with a real kernel, and files of servers that are no more."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_runt.monitoring.jupyter_servers import jupyter_servers
from tests.cli.runt import until
from tests.monitoring.reading import checks, executed
from tests.monitoring.websites import website
from tests.server.live import LiveServer, serving

STOPPED = {"url": "http://127.0.0.1:1/", "pid": 0, "token": "t", "version": "2"}


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving(start_worker=False) as made:
        yield made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def noted(folder: Path, name: str = "jpserver-1.json", **more: object) -> None:
    (folder / name).write_text(json.dumps({**STOPPED, "pid": os.getpid(), **more}))


def test_a_server_is_seen_with_its_kernels_and_their_memory(server):
    made = server.post("api/kernels", json={"name": "python3"}).json()
    (found,) = jupyter_servers(folder=str(server.home / "jr"))
    assert (found.url, found.failed, server.process and found.pid) == (
        server.url,
        "",
        server.process and server.process.pid,
    )
    (kernel,) = found.kernels
    assert (kernel.id, kernel.name, kernel.connections) == (made["id"], "python3", 0)
    assert kernel.state in ("starting", "idle", "busy")
    assert kernel.idle < 60
    seen = until(
        lambda: jupyter_servers(folder=str(server.home / "jr"))[0].kernels[0].memory, "the kernel's process is there"
    )
    assert seen > 5_000_000


def test_the_notebook_tells_of_server_kernels_queue_and_workers(server):
    until(lambda: len(jupyter_servers(folder=str(server.home / "jr"))) == 1, "the server is there")
    report = executed(server.runt, "jupyter-health-check", "-p", "expected_servers", "1")
    found = checks(report)
    assert report["status"] in ("HEALTHY", "WARNING")
    assert found["", "Jupyter servers"]["value"] == 1
    assert found[server.url, "answers"]["status"] == "OK"
    assert found["queue", "served"]["status"] == "OK"
    assert found["queue", "running"]["value"] == 1, "this very run"
    assert found["store", "size"]["value"] > 0
    ended = found["queue", "ended in the last day"]["value"]
    assert (("queue", "of these failed") in found) == (ended > 0), "no share of nothing is well"


def test_too_few_servers_and_a_queue_that_nobody_serves_are_critical(server):
    waiting = server.submit("1")
    report = executed(server.runt, "jupyter-health-check", "-p", "expected_servers", "5", code=7)
    server.client.signal(waiting, "cancel")
    assert [each["message"] for each in report["alerts"] if each["severity"] == "critical"] == [
        "Jupyter servers is 1, below 5", "queue: served: runs wait, and no worker lives",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "failed"),
    [
        ("403/", "it does not take the token from its own file"),
        ("500/", "it answers with status 500"),
        ("page/", "its list of kernels cannot be read: "),
    ],
)
def test_a_server_that_lives_and_does_not_answer_as_it_should_is_said_to(folder, path, failed):
    with website() as site:
        noted(folder, url=f"{site.url}/{path}")
        (found,) = jupyter_servers(folder=str(folder))
        assert found.failed.startswith(failed)
        assert site.asked[0][2]["Authorization"] == "token t"


def test_a_server_that_nobody_hears_is_said_to_be(folder):
    noted(folder)
    assert jupyter_servers(folder=str(folder))[0].failed == "connection refused"


def test_files_of_servers_that_are_gone_and_of_others_are_passed_over(folder):
    gone = subprocess.Popen(["true"])
    gone.wait()
    noted(folder, pid=gone.pid)
    noted(folder, "jpserver-2.json", url="http+unix://%2Ftmp%2Fx.sock/")
    noted(folder, "nbserver-3.json")
    (folder / "jpserver-4.json").write_text("{")
    (folder / "jpserver-5.json").write_text('{"pid": "x"}')
    (folder / "jpserver-6.json").write_text("[]")
    assert jupyter_servers(folder=str(folder)) == []
