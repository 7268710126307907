"""Requests to a server: broken connections, silence, wrong bytes, addresses."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from jupyter_runt.client.base import Order
from jupyter_runt.client.remote import RemoteClient, exchange
from jupyter_runt.client.remote.address import Address, split_token
from jupyter_runt.errors import RunNotFound, ServerError, ServerUnreachable, UsageError
from jupyter_runt.store.base import RunFilter
from tests.client.relay import HOST, answering, relaying
from tests.server.live import LiveServer, serving


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving(start_worker=False) as made:
        yield made


def at(server: LiveServer, port: int) -> RemoteClient:
    return RemoteClient(f"http://{HOST}:{port}/", server.token)


def test_a_server_that_was_restarted_in_between_is_asked_again(server):
    client = RemoteClient(server.url, server.token)
    before = client.status()
    server.restart()
    assert client.status() == before
    client.close()


def test_a_submission_whose_answer_was_lost_makes_one_run(server):
    count = len(server.store.match("", 100))
    with relaying(server.port, lambda number: 20 if number == 1 else None) as relay:
        client = at(server, relay.port)
        queued = client.queue(Order(notebook="simple-health-check"))
        client.close()
        assert relay.accepted == 2
    assert queued.created
    assert server.store.match("", 100)[0] == queued.run_id
    assert len(server.store.match("", 100)) == count + 1


def test_a_signal_whose_answer_was_lost_is_not_sent_twice(server):
    run_id = server.submit("1")
    with relaying(server.port, lambda number: 20) as relay:
        client = at(server, relay.port)
        with pytest.raises(ServerUnreachable):
            client.signal(run_id, "pause")
        client.close()
        assert relay.accepted == 1


def test_a_server_that_says_nothing_is_given_up(server, monkeypatch):
    monkeypatch.setattr(exchange, "ANSWER_SECONDS", 0.2)
    with socket.create_server((HOST, 0)) as silent:
        client = at(server, silent.getsockname()[1])
        with pytest.raises(ServerUnreachable, match="no answer in time"):
            client.status()
        client.close()


def test_bytes_that_are_not_those_of_their_name_are_refused():
    with answering(200, "other") as url:
        client = RemoteClient(url)
        with pytest.raises(ServerError, match="other bytes"):
            client.blob("0" * 64)
        client.close()


def test_a_large_value_is_fetched_once(server):
    run_id = server.submit(f"'{'x' * 20_000}'")
    (submitted,) = server.store.read(run_id)
    name = submitted.data["notebook"]["cells"][0]["source"]["$blob"]
    with relaying(server.port) as relay:
        client = at(server, relay.port)
        assert client.blob(name) == server.store.blob(name)
    assert client.blob(name) == server.store.blob(name), "nobody is asked any more"
    client.close()


def test_any_filter_finds_what_the_store_finds(server):
    ids = [server.submit("1", labels={"n=": f"{n} ü"}) for n in range(3)]
    server.store.pin(ids[1], True)
    client = RemoteClient(server.url, server.token)
    at_second = server.store.run(ids[1]).submitted_at
    for where in (
        RunFilter(id=ids[0]),
        RunFilter(text=ids[2][-5:]),
        RunFilter(pinned=True),
        RunFilter(since=round(at_second, 3) + 0.001, limit=2),
        RunFilter(until=round(at_second, 3)),
        RunFilter(status=["queued", "failed"], before=ids[2], limit=1),
    ):
        assert [row.run_id for row in client.rows(where)] == [row.run_id for row in server.store.runs(where)]
    row = client.row(ids[1])
    assert (row.pinned, row.labels, row.name) == (True, {"n=": "1 ü"}, "n.yml")
    with pytest.raises(RunNotFound):
        client.row(ids[1][:-1])
    client.close()


@pytest.mark.parametrize(
    ("text", "url", "token"),
    [
        ("http://h", "http://h/", ""),
        ("http://h:80/x", "http://h/x/", ""),
        (" https://h:8443/user/ada/?token=t%2B1#top ", "https://h:8443/user/ada/", "t+1"),
        ("http://[::1]:8888/lab?token=", "http://[::1]:8888/lab/", ""),
    ],
)
def test_a_url_is_read_as_people_paste_it(text, url, token):
    assert split_token(text) == (url, token)
    assert Address.of(url).url == url


def test_parts_of_a_path_may_hold_anything():
    address = Address.of("http://h/base/")
    assert address.path(("api", "a/b?c", "ü\udcff"), [("q", "a&b"), ("q", "ü")]) == (
        "/base/runt/api/a%2Fb%3Fc/%C3%BC%3F?q=a%26b&q=%C3%BC"
    )


@pytest.mark.parametrize("text", ["", "//h/", "http:///x", "http://h:99999/", "http://h/\x07"])
def test_a_url_that_is_none_is_refused(text):
    with pytest.raises(UsageError):
        split_token(text)


def test_a_proxy_of_another_kind_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("http_proxy", "socks5://ada:tiger@p:1080")
    with (
        pytest.raises(UsageError, match="not supported: socks5") as refused,
        contextlib.closing(RemoteClient("http://h/")),
    ):
        pass
    assert "tiger" not in str(refused.value)


def test_many_threads_ask_one_client_at_once(server):
    """As the pictures of a notebook do."""
    ids = [server.submit("1") for _ in range(4)]
    client = RemoteClient(server.url, server.token)

    def ask(number: int) -> set[str]:
        run_id = ids[number % len(ids)]
        return {str(client.show(run_id)["run_id"]) for _ in range(50)} ^ {run_id}

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(8))) == [set()] * 8, "each has the run that it asked for, every time"
    client.close()


def test_a_client_that_was_closed_keeps_no_connection(server):
    client = RemoteClient(server.url, server.token)
    client.close()
    client.status()  # its socket would be warned of as unclosed
