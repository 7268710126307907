from __future__ import annotations

from tests.server.live import LiveServer


def test_a_killed_server_comes_back_on_its_port_and_the_run_goes_on(live: LiveServer) -> None:
    live.worker()
    run_id = live.submit("print(1)")
    live.kill()
    assert live.ended(run_id) == ("succeeded", None)
    live.start()
    status = live.get("runt/api/status").json()
    assert status["runs"]["succeeded"] == 1
    assert status["store"] == live.store.url


def test_nothing_answers_without_a_token(live: LiveServer) -> None:
    assert live.get("runt/api/status", token=None).status == 403
    assert live.get("runt/api/status", token="wrong").status == 403
    assert live.get("runt/api/status").status == 200
