"""Schedules over REST: defined from everything that a submission takes, looked at, changed, run, removed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from jupyter_runt.events.codec import seconds
from tests.server.live import Answer, LiveServer, serving
from tests.server.test_access import AUTHORIZER
from tests.server.test_submitting import ELSEWHERE, IPYNB, TEXT

SERVER = {"start_worker": False, "code": AUTHORIZER}
SECRET = "parameters: {api_token: null, size: 1}\ncells:\n- source: print(size)\n"
YEARLY = "0 7 1 1 *"
NAMES = iter(f"s{number}" for number in range(1000))


def define(live: LiveServer, **asked: Any) -> Answer:
    which = {} if asked.keys() & {"path", "template", "notebook"} else {"notebook": TEXT}
    return live.post("runt/api/schedules", json={"cron": YEARLY, "schedule_id": next(NAMES), **which, **asked})


def defined(live: LiveServer, **asked: Any) -> dict[str, Any]:
    answer = define(live, **asked)
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def at(found: dict[str, Any]) -> str:
    return f"runt/api/schedules/{found['schedule_id']}"


def run(live: LiveServer, found: dict[str, Any]) -> dict[str, Any]:
    """What the first event of its run records, when it is run now."""
    answer = live.post(f"{at(found)}/run")
    assert answer.status == 201, answer.text
    (event,) = live.store.read(answer.json()["run_id"], 0, 1)
    return dict(event.data)


# -- what a schedule is ------------------------------------------------------------------------------------------------


def test_a_new_schedule_is_told_with_its_address_and_is_there_afterwards(live: LiveServer):
    answer = define(live, schedule_id="nightly", cron="30 2 * * *", tz="Europe/Paris", parameters={"size": 3})
    found = answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == "/runt/api/schedules/nightly"
    assert found.pop("warnings") == []
    assert (found["cron"], found["tz"], found["words"]) == ("30 2 * * *", "Europe/Paris", "At 02:30 every day")
    assert (found["misfire"], found["window"], found["overlap"], found["ends_at"]) == ("once", 86400, "skip", None)
    assert (found["paused"], found["fault"], found["firings"]) == (False, "", [])
    assert found["parameters"] == {"size": 3}
    times = [seconds(each) for each in found["next"]]
    assert len(times) == 5
    assert times == sorted(times)
    assert times[0] > live.clock.now().wall
    assert live.get("runt/api/schedules/nightly").json() == found
    (listed,) = [
        each for each in live.get("runt/api/schedules").json()["schedules"] if each["schedule_id"] == "nightly"
    ]
    assert listed == found


def test_everything_that_a_run_can_be_told_is_kept_for_each_run(live: LiveServer):
    (live.home / "vars.env").write_text("REGION=north\n")
    live.write("data/x.csv", "")
    found = defined(
        live, notebook="parameters: {day: null}\ncells: [{source: day}]", parameters={"day": {"$date": "2026-11-20"}}, runtime="python3", priority=5, labels={"team": "ops"}, cwd="data",
        env_file=str(live.home / "vars.env"), tz="Asia/Kolkata", misfire="all", window="2d", overlap="queue",
        ends_at="2999-01-31T18:00:00+01:00",
        policy={"timeout": "10m", "cell_timeout": 30, "keep_going": True, "input": "wait", "answers": ["hunter2"]},
    )  # fmt: skip
    assert (found["misfire"], found["window"], found["overlap"]) == ("all", 172800, "queue")
    assert found["ends_at"] == "2999-01-31T17:00:00.000Z"
    assert found["policy"] == {
        "timeout": 600, "cell_timeout": 30, "keep_going": True, "input": "wait", "answers_given": 1, "skip_unsupported": False,
    }  # fmt: skip
    assert "the answers are kept in the queue" in found["warnings"][0]
    assert "hunter2" not in json.dumps(found)
    data = run(live, found)
    assert data["parameters"] == found["parameters"] == {"day": {"$date": "2026-11-20"}}
    assert data["runtime"]["cwd"] == found["cwd"] == str(live.root / "data")
    assert (data["priority"], data["labels"]) == (5, {"team": "ops", "schedule": found["schedule_id"]})
    assert data["env_file"] == str(live.home / "vars.env")
    assert (data["policy"]["timeout"], data["policy"]["stop_on_error"]) == (600, False)
    assert data["policy"]["input"]["answers"] == ["hunter2"]
    assert data["via"] == "token"


def test_an_id_is_made_from_the_notebooks_name(live: LiveServer):
    answer = live.post("runt/api/schedules", json={"notebook": TEXT, "name": "Daily Report.yml", "cron": "@daily"})
    assert answer.json()["schedule_id"] == "daily-report"


# -- which notebook ----------------------------------------------------------------------------------------------------


def test_a_text_is_kept_and_runs_in_the_root_folder(live: LiveServer):
    found = defined(live, notebook=TEXT, name="daily.yml")
    data = run(live, found)
    assert (found["pinned"], found["notebook"]) == (True, "daily.yml")
    assert (data["name"], data["title"], data["path"]) == ("daily.yml", "Daily", "")
    assert data["runtime"]["cwd"] == str(live.root.resolve())


@pytest.mark.parametrize("name", [None, "x.yml"])
def test_an_object_is_an_ipynb_notebook_whatever_it_is_called(live: LiveServer, name: str | None):
    found = defined(live, notebook=IPYNB, **({"name": name} if name else {}))
    assert run(live, found)["notebook"]["cells"][0]["source"] == "1 + 1"


def test_a_file_is_read_when_it_is_due_unless_it_is_pinned(live: LiveServer):
    file = live.write("reports/due.yml", "cells: [{source: before}]")
    fresh = defined(live, path="reports/due.yml")
    pinned = defined(live, path="reports/due.yml", pinned=True)
    file.write_text("cells: [{source: after}]")
    assert (fresh["pinned"], fresh["notebook"], pinned["pinned"]) == (False, str(file), True)
    assert [run(live, each)["notebook"]["cells"][0]["source"] for each in (fresh, pinned)] == ["after", "before"]
    assert fresh["cwd"] == run(live, pinned)["runtime"]["cwd"] == str(file.parent.resolve())
    file.unlink()
    assert run(live, pinned)["notebook"]["cells"][0]["source"] == "before"
    refused = live.post(f"{at(fresh)}/run")
    assert (refused.status, refused.json()["error"]) == (422, "notebook_error")


def test_a_template_is_read_by_its_name_and_a_file_of_the_servers_folder_is_none(live: LiveServer):
    folder = live.home / "data" / "jupyter_runt" / "templates"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "mine.yml").write_text("cells: [{source: template}]")
    (live.home / "mine").write_text("no notebook")  # the server's process works there
    (live.home / "other.yml").write_text(TEXT)
    found = defined(live, template="mine")
    assert (found["notebook"], found["name"], found["pinned"]) == ("mine", "mine.yml", False)
    data = run(live, found)
    assert (data["notebook"]["cells"][0]["source"], data["runtime"]["cwd"]) == ("template", str(live.root))
    assert define(live, template="other.yml").status == 404
    (folder / "mine.yml").unlink()
    assert "no template of that name any more" in live.post(f"{at(found)}/run").json()["message"]


def test_a_file_that_is_not_on_this_machine_has_to_be_pinned():
    with serving(start_worker=False, code=ELSEWHERE) as live:
        refused = define(live, path="far/away.yml")
        assert refused.status == 422
        assert '"pinned": true' in refused.json()["remedy"]
        found = defined(live, path="far/away.yml", pinned=True)
        assert run(live, found)["notebook"]["cells"][0]["source"] == "print(1)"


# -- changes -----------------------------------------------------------------------------------------------------------


def test_a_schedule_is_paused_and_goes_on(live: LiveServer):
    found = defined(live)
    paused = live.patch(at(found), json={"paused": True}).json()
    assert (paused["paused"], paused["next"]) == (True, [])
    assert live.store.schedule(found["schedule_id"]).next_at is None
    resumed = live.patch(at(found), json={"paused": False}).json()
    assert (resumed["paused"], resumed["next"]) == (False, found["next"])


def test_what_says_when_it_is_due_can_be_changed(live: LiveServer):
    found = defined(live)
    change = {"cron": "0 12 * * *", "tz": "Asia/Tokyo", "misfire": "skip", "window": 60, "overlap": "queue"}
    changed = live.patch(at(found), json={**change, "ends_at": "2999-01-01T00:00:00Z"}).json()
    assert {name: changed[name] for name in change} == change
    assert {each[11:] for each in changed["next"]} == {"03:00:00.000Z"}
    unended = live.patch(at(found), json={"ends_at": None}).json()
    assert unended == {**changed, "ends_at": None}
    paused = live.patch(at(found), json={"paused": True, "cron": YEARLY}).json()
    assert (paused["cron"], paused["next"]) == (YEARLY, [])
    assert live.patch(at(found), json={}).json() == paused


def test_another_definition_takes_the_place_of_one_only_when_asked_to(live: LiveServer):
    found = defined(live)
    name = found["schedule_id"]
    refused = define(live, schedule_id=name, cron="@daily")
    assert (refused.status, refused.json()["error"]) == (409, "refused")
    live.patch(at(found), json={"paused": True})
    changed = defined(live, schedule_id=name, cron="@daily", replace=True)
    assert (changed["cron"], changed["paused"], changed["next"]) == ("@daily", True, [])


def test_a_run_is_made_now_beside_the_due_times_also_while_it_is_paused(live: LiveServer):
    found = defined(live)
    live.patch(at(found), json={"paused": True})
    answer = live.post(f"{at(found)}/run")
    told = answer.json()
    assert answer.headers["Location"] == told["urls"]["self"] == f"/runt/api/runs/{told['run_id']}"
    assert (told["status"], told["created"], told["warnings"]) == ("queued", True, [])
    shown = live.get(at(found)).json()
    (firing,) = shown["firings"]
    assert (firing["outcome"], firing["run_id"], firing["status"]) == ("by hand", told["run_id"], "queued")
    assert shown["next"] == []
    assert live.store.run(told["run_id"]).labels["schedule"] == found["schedule_id"]


def test_a_list_has_as_many_firings_of_each_schedule_as_are_asked_for(live: LiveServer):
    found, other = defined(live), defined(live)
    runs = [live.post(f"{at(found)}/run").json()["run_id"] for _ in range(3)]

    def listed(query: str) -> list[str]:
        schedules = {each["schedule_id"]: each for each in live.get(f"runt/api/schedules{query}").json()["schedules"]}
        assert schedules[other["schedule_id"]]["firings"] == []
        return [each["run_id"] for each in schedules[found["schedule_id"]]["firings"]]

    assert listed("") == runs[:1:-1]
    assert listed("?firings=2") == runs[:0:-1]
    assert listed("?firings=100") == runs[::-1]
    assert listed("?firings=0") == []
    for wrong in ("101", "-1", "many", "1&firings=2"):
        answer = live.get(f"runt/api/schedules?firings={wrong}")
        assert (answer.status, answer.json()["error"]) == (400, "bad_request")


def test_a_removed_schedule_is_gone_and_its_runs_stay(live: LiveServer):
    found = defined(live)
    run_id = live.post(f"{at(found)}/run").json()["run_id"]
    answer = live.delete(at(found))
    assert (answer.status, answer.body) == (204, b"")
    for gone in (
        live.get(at(found)),
        live.delete(at(found)),
        live.patch(at(found), json={}),
        live.post(f"{at(found)}/run"),
    ):
        assert (gone.status, gone.json()["error"]) == (404, "not_found")
        assert gone.json()["remedy"]
    assert live.store.run(run_id).status == "queued"


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "error", "words"),
    [
        ({"cron": "0 7 * *"}, 422, "schedule_error", "has 4 fields and needs five"),
        ({"cron": "61 * * * *"}, 422, "schedule_error", "wrong minute: '61'"),
        ({"cron": "0 0 31 2 *"}, 422, "schedule_error", "is never due"),
        ({"cron": "* " * 499}, 422, "schedule_error", "250 characters at most"),
        ({"cron": ""}, 400, "bad_request", "$.cron"),
        ({"tz": "Europe/Pari"}, 422, "schedule_error", "Did you mean 'Europe/Paris'?"),
        ({"tz": "../../etc/passwd"}, 422, "schedule_error", "There is no time zone"),
        ({"schedule_id": "Not so"}, 422, "schedule_error", "lower-case letters"),
        ({"schedule_id": "a" * 65}, 422, "schedule_error", "64 at most"),
        ({"misfire": "never"}, 400, "bad_request", "$.misfire"),
        ({"window": "0s"}, 400, "bad_request", "$.window: must be a duration"),
        ({"ends_at": "tomorrow"}, 422, "schedule_error", "Write it with its zone"),
        ({"ends_at": "2999-01-31T18:00:00"}, 422, "schedule_error", "Write it with its zone"),
        ({"ends_at": "0001-01-01T00:00:00+14:00"}, 422, "schedule_error", "from 1970"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, 422, "schedule_error", "would never be due: it ends at 2020-01-01 00:00 UTC"),
        ({"run_id": "own"}, 400, "bad_request", "run_id"),
        ({"template": "nope"}, 404, "not_found", "There is no template 'nope'"),
        ({"path": "no/such.yml"}, 404, "not_found", "There is no file 'no/such.yml'"),
        ({"path": "../outside.yml"}, 404, "not_found", "outside root"),
        ({"notebook": "cells: [{source: 1, sauce: 2}]", "name": "d.yml"}, 422, "notebook_error", "d.yml:1:"),
        ({"runtime": "nope"}, 422, "runtime_unknown", "Known runtimes:"),
        ({"cwd": "no/such/folder"}, 404, "not_found", "The server has no folder"),
        ({"parameters": {"sice": 1}}, 422, "parameter_error", "size"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_the_reason(live: LiveServer, asked, status, error, words):
    before = live.store.schedules()
    answer = define(live, **asked)
    told = answer.json()
    assert (answer.status, told["error"]) == (status, error)
    assert words in told["message"] + " " + told["remedy"]
    assert live.store.schedules() == before


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"cron": "never"}, 422), ({"tz": "Mars"}, 422), ({"ends_at": "2020-01-01T00:00:00Z"}, 422), ({"ends_at": 5}, 400),
        ({"paused": "yes"}, 400), ({"notebook": TEXT}, 400), ({"overlap": None}, 400), ({"window": -1}, 400),
    ],
)  # fmt: skip
def test_a_change_that_makes_no_sense_changes_nothing(live: LiveServer, change, status):
    found = defined(live)
    answer = live.patch(at(found), json=change)
    assert answer.status == status, answer.text
    assert answer.json()["message"]
    assert live.get(at(found)).json() == {name: value for name, value in found.items() if name != "warnings"}


@pytest.mark.parametrize("name", ["NOPE", "..", "a%2Fb", "%00", "%ff", "x" * 300, "%F0%9F%98%80"])
def test_no_id_is_too_odd_to_be_unknown(live: LiveServer, name: str):
    for answer in (
        live.get(f"runt/api/schedules/{name}"),
        live.patch(f"runt/api/schedules/{name}", json={"paused": True}),
        live.delete(f"runt/api/schedules/{name}"),
        live.post(f"runt/api/schedules/{name}/run"),
    ):
        assert answer.status in (400, 404, 405)
        assert answer.json()["message"]


# -- who may see and do what -------------------------------------------------------------------------------------------


def test_a_secret_is_a_reference_or_refused_and_never_shown(live: LiveServer):
    for literal in ("hunter2", "x-${HOME}", "${HOME:-hunter2}"):
        answer = define(live, notebook=SECRET, parameters={"api_token": literal})
        assert (answer.status, answer.json()["error"]) == (422, "parameter_error")
        assert "hunter2" not in answer.text
    found = defined(live, notebook=SECRET, parameters={"api_token": "${HOME}"})
    assert found["parameters"] == {"api_token": "${HOME}"}
    assert run(live, found)["secrets"] == ["api_token"]


def test_a_path_takes_the_permission_to_read_contents_and_tells_nothing_without_it(live: LiveServer):
    live.write("there.yml", TEXT)
    for path in ("there.yml", "not-there.yml"):
        asked = {"path": path, "cron": YEARLY, "schedule_id": next(NAMES)}
        answer = live.post("runt/api/schedules", json=asked, headers={"X-May": "runt:execute contents:write"})
        assert answer.status == 403
        assert answer.json()["message"] == "User is not authorized to read on resource: contents."
    asked = {"path": "there.yml", "cron": YEARLY, "schedule_id": next(NAMES)}
    answer = live.post("runt/api/schedules", json=asked, headers={"X-May": "runt:execute contents:read"})
    assert answer.status == 201


def test_what_is_kept_of_a_notebook_is_not_shown(live: LiveServer):
    found = defined(live, notebook="cells: [{source: print('between us')}]")
    assert "between us" not in live.get(at(found)).text + live.get("runt/api/schedules").text


def test_who_may_look_changes_nothing_and_who_may_execute_removes_nothing(live: LiveServer):
    found = defined(live)
    reads, executes = ({"X-May": f"runt:{action}"} for action in ("read", "execute"))
    assert live.get(at(found), headers=reads).status == 200
    assert live.patch(at(found), json={"paused": True}, headers=reads).status == 403
    assert live.post(f"{at(found)}/run", headers=reads).status == 403
    assert live.delete(at(found), headers=executes).status == 403
    assert live.patch(at(found), json={"paused": True}, headers=executes).status == 200
    assert live.get(at(found)).json()["paused"] is True
