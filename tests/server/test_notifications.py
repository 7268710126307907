"""What came of notifications, over REST."""

from __future__ import annotations

import json

from tests.cli.runt import until
from tests.receiving import PASSWORD, TOKEN, receiving
from tests.server.live import LiveServer


def notebook(target: str) -> str:
    return f"metadata:\n  notify: {{on: [ended], to: [{json.dumps(target)}]}}\ncells:\n- source: '1'\n"


def test_a_run_tells_who_was_told_and_not_by_which_url(live: LiveServer):
    with receiving() as receiver:
        (live.home / "hook").write_text(receiver.url)
        target = f"${{file:{live.home}/hook}}"
        live.worker()
        run_id = live.post("runt/api/runs", json={"notebook": notebook(target)}).json()["run_id"]
        live.ended(run_id)

        def sent() -> bool:
            answer = live.get(f"runt/api/runs/{run_id}")
            assert answer.status == 200
            return [each["status"] for each in answer.json()["notifications"]] == ["sent"]

        until(sent, "it was sent")
        (note,) = live.get(f"runt/api/runs/{run_id}").json()["notifications"]
        assert (note["on"], note["target"], note["attempts"], note["error"]) == (["ended"], target, 1, None)
        assert run_id in receiver.messages[0]["message"]
        assert f"/runt/runs/{run_id}" in receiver.messages[0]["message"], "the run's page at this server"
        assert TOKEN not in str(live.get(f"runt/api/runs/{run_id}/events").text)


def test_a_url_is_refused_and_not_repeated(live: LiveServer):
    answer = live.post("runt/api/runs", json={"notebook": notebook(f"json://jo:{PASSWORD}@127.0.0.1:1/{TOKEN}")})
    assert answer.status == 422
    assert "metadata.notify.to[0]: expected a reference" in answer.text
    assert PASSWORD not in answer.text
    assert TOKEN not in answer.text
