"""Runs followed through a server: to their end, through kill -9 of the server, with questions asked at this terminal."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.cli.far import Far
from tests.cli.runt import read_to, until
from tests.cli.test_terminal import Terminal, terminal
from tests.server.live import serving

LINES = 400
PRINTS = f"""
import pathlib, time
for n in range({LINES}):
    print(n, flush=True)
    time.sleep(0.005)
while not pathlib.Path('go').exists(): time.sleep(0.01)
print('the end')
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Far]:
    """A server and a worker."""
    with serving(start_worker=False) as server:
        worker = server.worker()
        yield Far(server)
        worker.terminate()
        worker.wait(20)


def test_a_run_is_submitted_and_followed_to_its_end(place):
    place.near.cells("print('one')", "import sys; print('two', file=sys.stderr)\n'three'", name="ok.yml")
    ended = place.far("run", "ok.yml")
    run_id = ended.err.rpartition("jupyter runt show ")[2].strip()
    assert ended.out == "one\n'three'\n"
    assert "two\n" in ended.err
    assert f"live page: {place.server.url}runt/runs/{run_id}\n" in ended.err
    assert place.near.show(run_id)["status"] == "succeeded"


def test_the_live_page_is_told_where_a_server_shows_the_store(place):
    page = f"live page: {place.server.url}runt/runs/"
    place.near.cells("1", name="one.yml")
    assert page in place.near("execute", "one.yml").err
    assert page in place.near("run", "one.yml").err
    assert page in place.near("submit", "one.yml").err
    assert page not in place.near("execute", "one.yml", "-q").err
    assert place.far("submit", "one.yml", "--json").json()["page"].startswith(page.partition(" page: ")[2])


def test_the_exit_code_tells_how_it_ended(place):
    place.near.cells("1 / 0", name="bad.yml")
    assert "ZeroDivisionError" in place.far("run", "bad.yml", "-q", code=1).err
    place.near.cells("import os; os.kill(os.getpid(), 9)", name="dead.yml")
    assert place.far("run", "dead.yml", "-q", code=3).code == 3


def test_a_killed_and_restarted_server_costs_no_line_and_doubles_none(place):
    place.near.cells(PRINTS, name="lines.yml")
    shown, said = place.near.home / "shown", place.near.home / "said"
    with shown.open("w") as out, said.open("w") as err:
        process = place.start("run", "lines.yml", stdout=out, stderr=err)
    until(lambda: "\n20\n" in shown.read_text(), "some lines are shown")
    place.server.kill()
    until(lambda: "connection lost" in said.read_text(), "it is noticed")
    place.server.start()
    (place.server.root / "go").touch()
    assert process.wait(20) == 0
    (place.server.root / "go").unlink()
    assert shown.read_text().splitlines() == [*(str(n) for n in range(LINES)), "the end"]
    assert said.read_text().count("connection lost, reconnecting…\n") == said.read_text().count("reconnected\n") == 1


def test_events_go_on_behind_a_restart_too(place):
    place.near.cells(PRINTS, name="lines.yml")
    run_id = place.far("submit", "lines.yml").out.strip()
    shown = place.near.home / "shown"
    with shown.open("w") as out:
        process = place.start("follow", run_id, "--json", stdout=out)
    until(lambda: shown.read_text().count("\n") > 8, "some events are shown")
    place.server.kill()
    place.server.start()
    (place.server.root / "go").touch()
    assert process.wait(20) == 0
    (place.server.root / "go").unlink()
    events = [json.loads(line) for line in shown.read_text().splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[-1]["type"] == "run.finished"


def test_ctrl_c_leaves_the_run_and_says_how_to_come_back(place):
    place.near.cells(PRINTS, name="lines.yml")
    token = place.near.write("token", place.server.token + "\n")
    process = place.near.start("run", "lines.yml", "--server", place.server.url, "--token-file", token)
    read_to(process, "5\n")
    os.kill(process.pid, signal.SIGINT)
    ended = place.near.end(process, code=130)
    run_id = place.near.json("ls", "--limit", "1")[0]["run_id"]
    assert f"jupyter runt follow {run_id} --server {place.server.url} --token-file token " in ended.err
    assert place.near.show(run_id)["status"] == "running"
    (place.server.root / "go").touch()
    assert "the end" in place.far("follow", run_id).out
    (place.server.root / "go").unlink()


def test_questions_are_asked_at_this_terminal(place):
    place.near.cells(
        "import getpass\nname = input('name? ')\nword = getpass.getpass('word? ')", "print(name, len(word))"
    )
    with _at_a_terminal(place, "run", "n.yml") as shown:
        shown.wait_for("name? ")
        shown.type("Ada\n")
        shown.wait_for("word? ")
        shown.type("tiger\n")
        shown.wait_for("Ada 5")
        assert shown.end() == 0


def test_a_question_that_somebody_else_answers_is_not_asked_any_longer(place):
    place.near.cells("print('got', input('name? '))")
    with _at_a_terminal(place, "run", "n.yml") as shown:
        shown.wait_for("name? ")
        place.far("reply", "last", "Grace")
        shown.wait_for("got Grace")
        assert shown.end() == 0


def test_a_reply_that_cannot_be_sent_is_told_and_the_run_followed_on(place):
    place.near.cells("print('got', input('name? '))")
    with _at_a_terminal(place, "run", "n.yml") as shown:
        shown.wait_for("name? ")
        place.server.kill()
        shown.type("Ada\n")
        shown.wait_for("Your reply was not sent.")
        place.server.start()
        place.near("reply", "last", "Grace")
        shown.wait_for("got Grace")
        assert shown.end() == 0


def test_a_reply_goes_to_the_question_through_the_server(place):
    place.near.cells("print('got', input('name? '))")
    run_id = place.far("submit", "n.yml", "--input", "wait").out.strip()
    until(lambda: "input" in place.near.show(run_id), "it asks")
    assert "is not waiting" not in place.far("reply", run_id, given="from stdin\n").err
    assert place.far("follow", run_id, "-q").out == "got from stdin\n"
    assert "is not waiting for an input: it is succeeded" in place.far("reply", run_id, "late", code=2).err


@contextmanager
def _at_a_terminal(place: Far, *words: str) -> Iterator[Terminal]:
    env = place.near.env
    place.near.env = {**env, **place.env}
    try:
        with terminal(place.near, *words) as shown:
            yield shown
    finally:
        place.near.env = env
