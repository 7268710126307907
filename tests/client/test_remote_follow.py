"""Following a run through a server, its restarts and proxies that cut: every event once, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from jupyter_runt.client.remote import RemoteClient, connection, sockets
from jupyter_runt.client.remote import follow as following
from jupyter_runt.client.remote.address import Address
from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.errors import AccessDenied, RunNotFound, ServerError, ServerUnreachable
from jupyter_runt.events import Event, codec
from tests.client.relay import relaying, saying_goodbye
from tests.server.live import LiveServer, serving

LINES = "for n in range(20_000): print(n)"
LARGE = "from IPython.display import display, HTML\nfor n in range(3): display(HTML(str(n) * 40_000))"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving(start_worker=False) as made:
        yield made


@pytest.fixture(scope="module")
def ended(server) -> str:
    """A run with 20,000 lines and outputs that are blobs."""
    run_id: str = server.submit(LINES, LARGE)
    worker = server.worker()
    assert server.ended(run_id) == ("succeeded", None)
    worker.terminate()
    worker.wait(20)
    return run_id


def far(server: LiveServer, port: int = 0, **options: float) -> RemoteClient:
    return RemoteClient(server.url.replace(str(server.port), str(port or server.port)), server.token, **options)


def shown(events: Iterable[Event]) -> list[dict[str, Any]]:
    """As JSON has them: their times in milliseconds."""
    return [codec.to_json(event) for event in events]


def test_a_run_is_followed_as_at_its_store(server, ended):
    client = far(server)
    followed = list(client.follow(ended))
    assert shown(followed) == shown(server.client.follow(ended))
    assert [event.seq for event in client.follow(ended, followed[9].seq)] == [event.seq for event in followed[10:]]
    assert list(client.follow(ended, followed[-1].seq)) == []
    client.close()


def test_events_are_read_with_references_and_blobs_beside_them(server, ended):
    client = far(server)
    events = list(client.events(ended))
    assert shown(events) == shown(server.client.events(ended))
    references = [name for event in events for name in codec.references(event.data)]
    assert len(references) >= 3
    assert [client.blob(name) for name in references] == [server.store.blob(name) for name in references]
    client.close()


def test_a_proxy_that_cuts_in_the_middle_of_frames_costs_no_event(server, ended):
    heard: list[str] = []
    with relaying(server.port, lambda number: 700 * number * number) as relay:
        client = far(server, relay.port)
        followed = list(client.follow(ended, tell=heard.append))
        client.close()
    assert shown(followed) == shown(server.client.follow(ended))
    assert relay.accepted > 5, "it was cut several times"
    assert heard[:1] == ["connection lost, reconnecting…"]
    assert heard[-1] == "reconnected"


def test_a_connection_that_has_gone_silent_is_left_for_another_one(server, ended, monkeypatch):
    monkeypatch.setattr(connection, "SILENCE_SECONDS", 0.3)
    with relaying(server.port, lambda number: 5000 if number == 1 else None, stalls=True) as relay:
        client = far(server, relay.port)
        followed = list(client.follow(ended))
        client.close()
    assert shown(followed) == shown(server.client.follow(ended))


def test_a_proxy_that_says_goodbye_in_the_servers_name_does_not_end_the_run(server, ended):
    client = far(server)
    doors: list[Callable[[int], sockets.RunSocket]] = []
    with saying_goodbye() as port:
        for at in (port, port, server.port):
            exchange = Exchange(Address.of(server.url.replace(str(server.port), str(at))), server.token)
            doors.append(lambda behind, exchange=exchange: sockets.RunSocket(exchange, ended, behind))  # type: ignore[misc]

        def knock(behind: int) -> sockets.RunSocket:
            return doors.pop(0)(behind)

        followed = list(
            following.follow(
                knock,
                lambda event: codec.inline(event, client.blob),
                lambda behind: behind >= client.row(ended).seq,
                0,
                following.Patience(10.0, None),
            )
        )
    client.close()
    assert shown(followed) == shown(server.client.follow(ended))
    assert doors == []


def test_a_server_that_stays_away_is_given_up(server):
    run_id = server.submit("1")
    client = far(server, patience=0.6)
    heard: list[str] = []
    events = client.follow(run_id, tell=heard.append)
    assert next(events).type == "run.submitted"
    server.kill()
    try:
        with pytest.raises(ServerUnreachable, match=r"cannot be reached.*Nothing was heard of it for"):
            next(events)
    finally:
        client.close()
        server.start()
    assert heard == ["connection lost, reconnecting…"]


def test_a_run_that_is_removed_ends_its_followers(server):
    run_id = server.submit("1")
    client = far(server)
    events = client.follow(run_id)
    assert next(events).type == "run.submitted"
    client.signal(run_id, "cancel")
    assert [event.type for event in events][-1] == "run.finished"
    client.delete(run_id)
    with pytest.raises(RunNotFound):
        next(client.follow(run_id))
    with pytest.raises(RunNotFound):
        next(client.events(run_id))
    client.close()


def test_a_token_that_is_wrong_by_now_is_not_tried_for_ten_minutes(server, ended):
    client = RemoteClient(server.url, "wrong")
    with pytest.raises(AccessDenied):
        next(client.follow(ended))
    client.close()


def test_what_is_no_server_of_ours_is_told_at_once(server, ended):
    client = RemoteClient(server.url + "lab", server.token)
    with pytest.raises(ServerError, match="has no jupyter-runt"):
        next(client.follow(ended))
    client.close()


def test_pauses_grow_and_are_never_the_same_for_all():
    slept: list[float] = []
    patience = following.Patience(600.0, None, slept.append)
    for _ in range(30):
        patience.fails(ServerUnreachable("gone"))
    assert slept[0] <= following.FIRST_PAUSE
    assert max(slept) <= following.LONGEST_PAUSE
    assert len(set(slept)) == len(slept)
    patience.recovered()
    patience.fails(ServerUnreachable("gone"))
    assert slept[-1] <= following.FIRST_PAUSE
