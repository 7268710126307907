"""The server does what its document says: schemathesis makes up requests, right and wrong, and compares each answer."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

from jupyter_runt.server.contract import DOCUMENT
from tests.server.live import LiveServer

SERVER = {"start_worker": False}
HERE = Path(__file__).parent
LEFT_OUT = {
    "follow_run": "a WebSocket",
    "follow_runs": "a WebSocket",
    "list_page": "who is not logged in is sent to the login page, which says 200",
    "run_page": "the same",
    "output_page": "the same",
    "get_asset": "the same",
}
SECONDS = 150.0


def judged(live: LiveServer, *options: str, config: str = "", hooks: bool = False) -> str:
    """What schemathesis says; an assertion when anything did not conform."""
    path = live.home / "schemathesis.toml"
    own = 'hooks = "tests.server.runnable"\n' if hooks else ""
    path.write_text(own + (HERE / "schemathesis.toml").read_text() + config)
    excluded = [f"--exclude-operation-id={name}" for name in LEFT_OUT]
    answer = subprocess.run(
        [
            Path(sys.executable).with_name("schemathesis"), f"--config-file={path}", "run", str(DOCUMENT),
            f"--url={live.url.rstrip('/')}", f"--header=Authorization: token {live.token}", "--seed=4",
            "--generation-database=none", "--no-color", "--continue-on-failure", "--no-shrink", *excluded, *options,
        ],
        cwd=live.home, env={**live.runt.env, "PYTHONPATH": str(HERE.parents[1]), "PYTHONWARNINGS": "ignore"},
        capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    log = live.new_log()
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert " 500 " not in log
    assert "Traceback" not in log
    return answer.stdout


def test_thousands_of_requests_are_answered_as_the_document_says(live):
    before = live.store.counts()
    told = judged(live, "--max-examples=12", "--phases=examples,coverage,fuzzing,stateful", hooks=True)
    assert "Coverage" in told
    more = Counter(live.store.counts()) - Counter(before)
    assert more["queued"] > 5
    assert ever(live, "schedules") > 0, "one has been added, if only to be removed again"
    assert set(more) <= {"queued", "cancelled"}, "no kernel has been started"


def test_what_is_there_is_answered_as_the_document_says(live):
    worker = live.worker()
    source = "print('x' * 40_000)\nfrom IPython.display import HTML, display\ndisplay(HTML('<b>x</b>'))\n1 / 0"
    run_id = live.submit(source)
    assert live.ended(run_id) == ("failed", "cell_error")
    worker.terminate()
    worker.wait()
    body = {"notebook": "cells: [{source: print(1)}]", "cron": "0 7 1 1 *", "schedule_id": "yearly"}
    assert live.post("runt/api/schedules", json=body).status == 201
    assert live.post("runt/api/schedules/yearly/run").status == 201
    sha256 = next(iter(blobs(live, run_id)))
    known = {"run_id": run_id, "cell_id": "c1", "sha256": sha256, "seq": "7", "schedule_id": "yearly"}
    config = "\n[parameters]\n" + "".join(
        f"{json.dumps(f'path.{name}')} = {json.dumps(value)}\n" for name, value in known.items()
    )
    told = judged(live, "--max-examples=10", "--phases=coverage,fuzzing", "--include-method=GET", config=config)
    assert "Coverage" in told
    assert live.store.run(run_id).status == "failed"


def ever(live: LiveServer, table: str) -> int:
    """How many rows the table has had."""
    with closing(sqlite3.connect(live.runt.path)) as db:
        found = db.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table,)).fetchone()
    return int(found[0]) if found else 0


def blobs(live: LiveServer, run_id: str) -> set[str]:
    """The blobs that a run's events refer to."""
    text = json.dumps([event.data for event in live.store.read(run_id, 0, 1000)])
    return {part[:64] for part in text.split('"$blob": "')[1:]}
