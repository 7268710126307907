"""Notifications as a person meets them: defaults, what is shown, what is refused, what `doctor` says, and nothing of a secret."""

from __future__ import annotations

import json

import pytest

from tests.cli.runt import Runt, until
from tests.receiving import PASSWORD, TOKEN, receiving

NOTIFY = {"on": ["failed"], "to": ["${HOOK}"]}
SECRET_URL = f"json://jo:{PASSWORD}@127.0.0.1:1/{TOKEN}"


def notified(runt: Runt, run_id: str = "last") -> list[tuple[str, str]]:
    return [(each["target"], each["status"]) for each in runt.show(run_id)["notifications"]]


def test_execute_tells_before_it_ends(runt: Runt):
    with receiving() as receiver:
        runt("execute", runt.cells("1 / 0", metadata={"notify": NOTIFY}), code=1, env={"HOOK": receiver.url})
        assert receiver.titles == ["failed: n.yml"]
    assert notified(runt) == [("${HOOK}", "sent")]
    assert "notified:    ${HOOK} of failed: sent at " in runt("show", "last").out


def test_what_execute_could_not_send_a_worker_sends_later(runt: Runt):
    with receiving(503) as receiver:
        runt.env["HOOK"] = receiver.url
        runt("execute", runt.cells("1 / 0", metadata={"notify": NOTIFY}), code=1)
        assert len(receiver.messages) == 1
        receiver.received(2)
        until(lambda: notified(runt) == [("${HOOK}", "sent")], "it was sent")


def test_so_does_one_that_keeps_nothing(runt: Runt):
    with receiving() as receiver:
        notebook = runt.cells("1 / 0", metadata={"notify": NOTIFY})
        runt("execute", notebook, "--no-record", code=1, env={"HOOK": receiver.url})
        assert receiver.titles == ["failed: n.yml"]


def test_a_worker_until_empty_tells_what_is_due_before_it_ends_and_the_next_one_the_rest(runt: Runt):
    with receiving(500) as receiver:
        runt.env["HOOK"] = receiver.url
        runt("submit", runt.cells("1 / 0", metadata={"notify": NOTIFY}), "--no-worker")
        runt("worker", "--until-empty", "--no-supervisor")
        assert len(receiver.messages) == 1
        with runt.store() as store:
            (row,) = store.notifications(store.match("")[0])
        assert (row.status, row.attempts) == ("pending", 1)
        # `show` starts a worker when none lives and there is something to tell.
        until(lambda: notified(runt) == [("${HOOK}", "sent")], "it was sent")
        assert len(receiver.messages) == 2


def test_what_was_configured_holds_where_the_notebook_says_nothing(runt: Runt):
    runt.write("config/jupyter_runt_config.py", "c.Runt.notify_to = ['${HOOK}']\nc.Runt.notify_on = ['succeeded']")
    with receiving() as receiver:
        env = {"HOOK": receiver.url}
        runt("execute", runt.cells("1"), env=env)
        runt("execute", runt.cells("1", metadata={"notify": {"on": ["failed"]}}), env=env)
        runt("execute", runt.cells("1", metadata={"notify": {"to": []}}), env=env)
        assert receiver.titles == ["succeeded: n.yml"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("c.Runt.notify_on = ['failde']", "Runt.notify_on has 'failde'"),
        (f"c.Runt.notify_to = [{SECRET_URL!r}]", "Runt.notify_to holds a target that is no reference"),
        ("c.Runt.notify_to = 'x'", "must be a list of texts"),
        ("c.Runt.notify_most = 0", "more than 0"),
    ],
)
def test_what_cannot_be_configured_is_said_without_the_secret(runt: Runt, text, said):
    runt.write("config/jupyter_runt_config.py", text)
    ended = runt("ls", code=2)
    assert said in ended.err
    assert PASSWORD not in ended.err


def test_a_url_in_a_notebook_is_refused_and_leaves_no_trace(runt: Runt):
    for name, metadata in (("a.yml", {"notify": {"to": [SECRET_URL]}}), ("b.yml", {"notify": SECRET_URL})):
        notebook = runt.cells("1", name=name, metadata=metadata)
        for command in ("execute", "submit"):
            ended = runt(command, notebook, code=2)
            assert "metadata.notify" in ended.err
            assert PASSWORD not in ended.err + ended.out
    assert not runt.path.exists() or PASSWORD.encode() not in runt.path.read_bytes()


def test_submit_warns_of_a_variable_that_no_worker_has(runt: Runt):
    ended = runt("submit", runt.cells("1", metadata={"notify": NOTIFY}))
    assert "no worker has the variable HOOK: nobody can be notified by ${HOOK}" in ended.err


def test_doctor_says_who_cannot_be_told_and_why(runt: Runt):
    assert not [each for each in runt("doctor", "--json", code=None).json() if each["check"] == "notify"]
    runt.write("config/jupyter_runt_config.py", "c.Runt.notify_to = ['${HOOK}', '${MAYBE:-}']")
    runt("execute", runt.cells("1 / 0"), code=1)
    found = [each for each in runt("doctor", "--json", code=1).json() if each["check"] == "notify"]
    assert [each["level"] for each in found] == ["FAIL", "ok", "FAIL"]
    assert "${HOOK}: nobody has the variable HOOK" in found[0]["finding"]
    assert "1 notification to ${HOOK} given up" in found[2]["finding"]
    assert "HOOK is not set: set it where workers are started" in found[2]["finding"]
    found = runt("doctor", "--template", runt.cells("1", metadata={"notify": NOTIFY}), "--json", code=1).json()
    assert any("${HOOK}: nobody has the variable HOOK" in each["finding"] for each in found)


def test_doctor_says_that_apprise_is_missing(runt: Runt):
    # Neither this nor what sends finds it: a finder of our own comes first.
    runt.write("site/sitecustomize.py", "import sys\nsys.modules['apprise'] = None")
    runt.write("config/jupyter_runt_config.py", "c.Runt.notify_to = ['${HOOK}']")
    runt.env["PYTHONPATH"] = f"{runt.home}/site:{runt.env['PYTHONPATH']}"
    env = {"HOOK": SECRET_URL}
    runt("execute", runt.cells("1 / 0"), code=1, env=env)
    found = [each for each in runt("doctor", "--json", code=1, env=env).json() if each["check"] == "notify"]
    assert any("Apprise is missing" in each["finding"] and "jupyter-runt[notify]" in each["finding"] for each in found)
    assert PASSWORD not in str(found)


def test_a_run_that_is_cancelled_before_it_began_has_somebody_told(runt: Runt):
    with receiving() as receiver:
        runt.env["HOOK"] = receiver.url
        notebook = runt.cells("1", metadata={"notify": {"on": ["ended"], "to": ["${HOOK}"]}})
        runt("submit", notebook, "--no-worker", "--id", "r1")
        runt("cancel", "r1")
        (message,) = receiver.received(1)
        assert message["title"] == "cancelled: n.yml"
        until(lambda: notified(runt, "r1") == [("${HOOK}", "sent")], "it was sent")


def test_no_secret_of_a_target_is_in_what_is_kept_shown_or_exported(runt: Runt):
    with receiving("reset") as receiver:
        runt.env["HOOK"] = receiver.url
        metadata = {"notify": {"on": ["ended"], "to": ["${HOOK}"]}}
        worker = runt.start("worker", "--no-supervisor", "--log-level", "debug")
        runt("submit", runt.cells("print(1)", metadata=metadata), "--id", "r1")
        until(lambda: notified(runt, "r1") == [("${HOOK}", "sent")], "it was sent", patience=20)
        assert len(receiver.messages) == 2
        runt("export", "r1", "-o", "out.ipynb")
        runt("export", "r1", "-o", "out.yml")
        worker.terminate()
        log = runt.end(worker).err
    shown = [log, runt("show", "r1").out, runt("show", "r1", "--json").out, runt("show", "r1", "--events").out]
    shown += [runt("doctor", "--json", code=None).out, json.dumps(runt.json("ls"))]
    shown += [path.read_bytes().decode("latin-1") for path in runt.home.rglob("*") if path.is_file()]
    assert any("notification of r1 to ${HOOK}: sent" in text for text in shown), "by a worker that tells what it does"
    for secret in (PASSWORD, TOKEN, str(receiver.port)):
        assert not [text[:80] for text in shown if secret in text]
