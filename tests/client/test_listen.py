"""Listening for changes of one run or of any, at a store and through a server that is killed and comes back."""

from __future__ import annotations

import gc
import os
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import pytest

from jupyter_runt.client.remote import RemoteClient
from jupyter_runt.client.remote import follow as following
from jupyter_runt.errors import AccessDenied, RunNotFound, ServerUnreachable
from jupyter_runt.store.base import Listener, RunFilter
from tests.cli.runt import until
from tests.client.relay import HOST, saying_goodbye
from tests.server.following import message, socket
from tests.server.live import LiveServer, serving

QUIET_SECONDS = 0.6
"""Three times what the server's list waits between two looks."""


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving(start_worker=False) as made:
        yield made


@pytest.fixture
def far(server) -> Iterator[RemoteClient]:
    """Connected by now: what a listener opens can be counted."""
    with closing(RemoteClient(server.url, server.token)) as client:
        client.status()
        yield client


@pytest.fixture(autouse=True)
def nothing_queued(server) -> Iterator[None]:
    """A test's worker takes the runs of that test only."""
    yield
    for row in server.client.rows(RunFilter(status=["queued"])):
        server.client.signal(row.run_id, "cancel")


@contextmanager
def listening(client: RemoteClient, run_id: str | None = None) -> Iterator[Listener]:
    """A listener that must be gone, its thread and its connection with it, right after it was closed."""
    before = connections()
    listener = client.listen(run_id)
    try:
        assert connections() > before
        yield listener
    finally:
        began = time.monotonic()
        listener.close()
        assert time.monotonic() - began < 0.5
        until(lambda: not threads(), "its thread has ended")
        gc.collect()  # what was left open warns here
        until(lambda: connections() <= before, "nothing is open any more")


def threads() -> list[str]:
    return [each.name for each in threading.enumerate() if each.name == "jupyter-runt listener"]


def connections() -> int:
    """Sockets and pipes that this process holds."""
    held = []
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # that of the listing itself
            held.append(os.readlink(f"/proc/self/fd/{name}"))
    return len([each for each in held if each.startswith(("socket:", "pipe:"))])


def settle(listener: Listener) -> None:
    """Takes the rings of what has happened until now, up to a silence."""
    until(lambda: not listener.wait(QUIET_SECONDS), "it is quiet")


def test_a_listener_of_a_run_rings_when_a_question_may_be_settled(server, far):
    run_id = server.submit("1")
    far.row(run_id)
    with listening(far, run_id) as listener:
        assert not listener.wait(0)
        server.client.signal(run_id, "cancel")
        assert listener.wait(10)
    with pytest.raises(RunNotFound):
        far.listen("nowhere")


def test_a_listener_of_any_run_rings_from_the_submission_of_a_run_to_its_end(server, far):
    with listening(far) as listener:
        run_id = server.submit("1")
        assert listener.wait(10), "it was submitted"
        settle(listener)
        worker = server.worker()
        statuses = set()
        while not (row := server.store.run(run_id)).ended:
            statuses.add(row.status)
            assert listener.wait(10), f"nobody rang after {statuses}"
        assert row.status == "succeeded"
        settle(listener)
        far.pin(run_id, True)
        assert listener.wait(10), "it was pinned"
        far.pin(run_id, False)
        settle(listener)
        far.delete(run_id)
        assert listener.wait(10), "it was removed"
        worker.terminate()
        worker.wait(20)


def test_when_it_rings_at_the_end_of_a_run_that_has_ended(server, far):
    run_id = server.submit("1")
    with listening(far) as listener:
        settle(listener)
        server.client.signal(run_id, "cancel")
        assert listener.wait(10)
        assert far.row(run_id).ended


def test_a_listener_of_any_run_is_silent_while_nothing_happens_to_runs(server, far):
    with listening(far) as listener, socket(server, "runt/api/follow") as list_socket:
        assert message(list_socket)["type"] == "snapshot"
        settle(listener)
        worker = server.worker()
        until(lambda: message(list_socket).get("workers"), "others are told of the worker")
        assert not listener.wait(QUIET_SECONDS)
        worker.terminate()
        worker.wait(20)
        assert not listener.wait(QUIET_SECONDS)


def test_nothing_that_happens_behind_the_call_is_missed(server, far):
    for _ in range(5):
        with listening(far) as listener:
            server.submit("1")
            assert listener.wait(10)


def test_a_killed_and_restarted_server_rings_for_what_was_missed(server, far):
    with listening(far) as listener:
        settle(listener)
        server.kill()
        run_id = server.submit("1")
        assert not listener.wait(QUIET_SECONDS), "it is waited for"
        server.start()
        assert listener.wait(20)
        assert far.row(run_id).status == "queued"
        settle(listener)
        server.client.signal(run_id, "cancel")
        assert listener.wait(10), "it listens as before"


def test_closing_while_the_server_is_waited_for_ends_the_wait(server, far, monkeypatch):
    monkeypatch.setattr(following, "FIRST_PAUSE", 120.0)
    try:
        with listening(far) as listener:
            settle(listener)
            server.kill()
            assert not listener.wait(QUIET_SECONDS)
            assert threads()
    finally:
        server.start()


def test_a_server_that_stays_away_rings_once(server):
    with closing(RemoteClient(server.url, server.token, patience=0.3)) as client, listening(client) as listener:
        settle(listener)
        server.kill()
        try:
            assert listener.wait(10)
            until(lambda: not threads(), "its thread has ended")
            assert not listener.wait(0)
        finally:
            server.start()


def test_a_list_that_ends_is_only_a_connection_that_ends():
    with (
        saying_goodbye('{"type": "snapshot"}') as port,
        closing(RemoteClient(f"http://{HOST}:{port}/")) as client,
        listening(client) as listener,
    ):
        assert listener.wait(10)
        assert listener.wait(10)


def test_who_cannot_listen_hears_of_it_at_once(server):
    with (
        saying_goodbye() as port,
        closing(RemoteClient(f"http://{HOST}:{port}/")) as client,
        pytest.raises(ServerUnreachable, match="closed the connection"),
    ):
        client.listen()
    with closing(RemoteClient(server.url, "wrong")) as client, pytest.raises(AccessDenied):
        client.listen()
    gc.collect()
    assert not threads()


def test_closing_twice_closes_nothing_else(far):
    listener = far.listen()
    listener.close()
    reading, writing = os.pipe()  # which takes the numbers that are free now
    listener.close()
    os.close(reading)
    os.close(writing)
    until(lambda: not threads(), "its thread has ended")


def test_a_listener_at_the_store_hears_of_any_run(server):
    with closing(server.client.listen()) as listener:
        listener.drain()
        server.submit("1")
        assert listener.wait(10)
