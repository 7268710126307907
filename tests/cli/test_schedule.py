"""`jupyter runt schedule`: what each action says and does, in real processes at a store at hand."""

from __future__ import annotations

import json
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from jupyter_runt.cli.main import build_parser
from jupyter_runt.cli.schedule import ACTIONS
from tests.cli.far import sent
from tests.cli.runt import Runt

YEARLY = "0 7 1 1 *"
PARIS = ("--cron", YEARLY, "--tz", "Europe/Paris")


def next_new_year(zone: str) -> str:
    """The next first of January at seven, as tables show it."""
    known = ZoneInfo(zone)
    now = datetime.now(known)
    coming = datetime(now.year, 1, 1, 7, tzinfo=known)
    return (coming if coming > now else coming.replace(year=now.year + 1)).strftime("%Y-%m-%d %H:%M %Z")


@pytest.fixture(scope="module")
def place(lived_in: Runt) -> Runt:
    """Notebooks: report.yml takes parameters, own.yml says itself when it is due."""
    lived_in.write("report.yml", "parameters: {day: null, api_token: null}\ncells: [{id: c1, source: print(day)}]")
    declared = {
        "cron": "30 6 * * MON",
        "tz": "Asia/Kolkata",
        "misfire": "skip",
        "overlap": "queue",
        "until": "2999-01-31",
    }
    lived_in.cells("print(1)", name="own.yml", metadata={"schedule": declared})
    return lived_in


# -- an ordinary life --------------------------------------------------------------------------------------------------


def test_a_schedule_from_its_definition_to_its_end(runt: Runt):
    runt.write("daily.yml", "parameters: {day: null}\ncells: [{id: c1, source: print(day)}]")
    added = runt("schedule", "add", "daily.yml", *PARIS, "-p", "day", "2026-11-20", "--label", "team=ops")
    assert added.out == "daily\n"
    assert f"next: {next_new_year('Europe/Paris')}" in added.err

    listed = runt("schedule", "ls").out.splitlines()
    assert listed[0].split() == ["SCHEDULE", "CRON", "ZONE", "NEXT", "LAST", "NOTEBOOK"]
    assert listed[1].startswith(f"daily     {YEARLY}  Europe/Paris  in ")
    assert listed[1].endswith(str(runt.home / "daily.yml"))

    shown = runt("schedule", "show", "daily").out
    assert f"{YEARLY} in Europe/Paris: At 07:00" in shown
    assert "misfire once within 24 h 00 min; overlap skip" in shown
    assert "parameters: day=2026-11-20" in shown
    assert shown.count("07:00 CET") == 5
    assert "It has not been due yet." in shown

    run_id = runt("schedule", "run-now", "daily").out.strip()
    runt("follow", run_id, "-q")
    view = runt.show(run_id)
    assert view["cells"][-1]["outputs"][0]["text"] == "2026-11-20\n"
    assert view["labels"] == {"team": "ops", "schedule": "daily"}
    lines = runt("schedule", "show", "daily").out.splitlines()
    assert lines[-1].split("  ")[-1] == run_id
    assert "succeeded, by hand" in lines[-1]

    assert runt("schedule", "pause", "daily").err == "schedule daily is paused\n"
    assert "  paused  " in runt("schedule", "ls").out
    assert "It is paused." in runt("schedule", "show", "daily").out
    assert f"is due at {next_new_year('Europe/Paris')}" in runt("schedule", "resume", "daily").err
    assert runt("schedule", "rm", "daily").err == "schedule daily is removed; its runs stay\n"
    assert runt.show(run_id)["status"] == "succeeded"
    assert "There are no schedules yet" in runt("schedule", "ls").err


def test_with_json_everything_is_json(place: Runt):
    added = place.json("schedule", "add", "report.yml", "--name", "j1", *PARIS)
    assert (added["schedule_id"], added["tz"], added["paused"], len(added["next"])) == ("j1", "Europe/Paris", False, 5)
    assert place.json("schedule", "show", "j1") == {key: value for key, value in added.items() if key != "warnings"}
    assert "j1" in [each["schedule_id"] for each in place.json("schedule", "ls")]
    assert place.json("schedule", "pause", "j1")[0]["paused"] is True
    assert place.json("schedule", "resume", "j1")[0]["next"] == added["next"]
    assert place.json("schedule", "run-now", "j1")["created"] is True
    assert place.json("schedule", "rm", "j1") == [{"schedule_id": "j1"}]


# -- which notebook ----------------------------------------------------------------------------------------------------


def test_a_pinned_notebook_stays_as_it_was_and_another_is_read_anew(place: Runt):
    place.cells("print('before')", name="changing.yml")
    place("schedule", "add", "changing.yml", "--name", "pinned", "--pin", *PARIS)
    place("schedule", "add", "changing.yml", "--name", "fresh", *PARIS)
    place.cells("print('after')", name="changing.yml")
    runs = [place("schedule", "run-now", name).out.strip() for name in ("pinned", "fresh")]
    sources = [sent(place, run)["notebook"]["cells"][0]["source"] for run in runs]
    assert sources == ["print('before')", "print('after')"]
    assert "as it was at" in place("schedule", "show", "pinned").out


def test_a_template_and_standard_input_run_where_they_were_scheduled(place: Runt):
    place.write("data/jupyter_runt/templates/mine.yml", "cells: [{id: t, source: import os; print(os.getcwd())}]")
    assert place("schedule", "add", "mine", *PARIS).out == "mine\n"
    assert (
        place("schedule", "add", "-", *PARIS, "--name", "piped", given="cells: [{id: s, source: print(1)}]").out
        == "piped\n"
    )
    for name, cell in (("mine", "t"), ("piped", "s")):
        run = place.show(place("schedule", "run-now", name).out.strip())
        assert [each["id"] for each in run["cells"]] == [cell]
        assert run["runtime"]["cwd"] == str(place.home.resolve())


def test_paths_are_those_of_whoever_schedules_and_not_of_the_worker(place: Runt):
    place.write("vars.env", "REGION=north")
    place.write("elsewhere/x", "")
    found = place.json(
        "schedule", "add", "report.yml", "--name", "paths", "--env-file", "vars.env", "--cwd", "elsewhere", *PARIS
    )
    assert (found["env_file"], found["cwd"]) == (str(place.home / "vars.env"), str(place.home / "elsewhere"))
    assert found["notebook"] == str(place.home / "report.yml")


def test_what_the_notebook_declares_holds_where_no_option_says_otherwise(place: Runt):
    found = place.json("schedule", "add", "own.yml")
    assert (found["cron"], found["tz"], found["misfire"], found["overlap"]) == (
        "30 6 * * MON", "Asia/Kolkata", "skip", "queue",
    )  # fmt: skip
    assert found["ends_at"] == "2999-01-31T18:29:59.000Z"
    other = place.json("schedule", "add", "own.yml", "--replace", "--cron", "@daily", "--tz", "UTC", "--misfire", "all")
    assert (other["cron"], other["tz"], other["misfire"], other["overlap"]) == ("@daily", "UTC", "all", "queue")


def test_without_a_zone_that_of_the_machine_counts(place: Runt):
    asked = ["schedule", "add", "report.yml", "--cron", YEARLY, "--replace", "--json"]
    assert place(*asked, env={"TZ": "America/New_York"}).json()["tz"] == "America/New_York"
    refused = place(*asked, env={"TZ": "CET-1CEST"}, code=2)
    assert "There is no time zone 'CET-1CEST'" in refused.err


@pytest.mark.parametrize(("until", "instant"), [("2999-01-31", "22:59:59"), ("2999-01-31T18:00", "17:00:00"), ("2999-01-31T18:00Z", "18:00:00")])  # fmt: skip
def test_an_end_is_meant_in_the_schedules_zone_and_a_day_still_counts(place: Runt, until: str, instant: str):
    found = place.json("schedule", "add", "report.yml", "--name", "ending", "--replace", "--until", until, *PARIS)
    assert found["ends_at"] == f"2999-01-31T{instant}.000Z"
    assert "; ends 2999-01-31" in place("schedule", "show", "ending").out


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["report.yml", "--cron", "0 7 * *"], "has 4 fields and needs five"),
        (["report.yml", "--cron", "0 25 * * *"], "wrong hour: '25'"),
        (["report.yml", "--cron", "0 0 31 2 *"], "is never due"),
        (["report.yml"], "Neither --cron nor the metadata.schedule of report.yml says when it is due."),
        (["report.yml", "--cron", "@daily", "--tz", "Europe/Pari"], "Did you mean 'Europe/Paris'?"),
        (["report.yml", "--cron", "@daily", "--tz", "Mars", "--until", "2999-01-01"], "There is no time zone 'Mars'"),
        (["report.yml", "--cron", "@daily", "--until", "soon"], "Write it as 2027-01-31"),
        (["report.yml", "--cron", "@daily", "--until", "2020-01-01", "--tz", "UTC"], "would never be due: it ends at 2020-01-01 23:59 UTC"),
        (["report.yml", "--cron", "@daily", "--window", "soon"], "--window 'soon'"),
        (["report.yml", "--cron", "@daily", "--name", "No Id"], "lower-case letters"),
        (["report.yml", "--cron", "@daily", "-p", "dya", "1"], "day"),
        (["report.yml", "--cron", "@daily", "-r", "api_token", "hunter2"], "secret parameter api_token"),
        (["report.yml", "--cron", "@daily", "-k", "nosuch"], "There is no runtime 'nosuch'"),
        (["report.yml", "--cron", "@daily", "--cwd", "nowhere"], "does not exist"),
        (["reprot.yml", "--cron", "@daily"], "did you mean 'report.yml'?"),
        (["no/such.yml", "--cron", "@daily"], "no/such.yml: no such file"),
        (["wrong.yml", "--cron", "@daily"], "wrong.yml:1:"),
        (["wrong.yml", "--cron", "@daily", "--pin"], "wrong.yml:1:"),
        (["report.yml", "--cron", "@daily", "--id", "x"], "unrecognized arguments: --id"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_and_nothing_is_defined(place: Runt, options: list[str], said: str):
    place.write("wrong.yml", "cells: [{source: 1, sauce: 2}]")
    with place.store() as store:
        before = store.schedules()
        refused = place("schedule", "add", *options, code=2)
        assert said in refused.err
        assert "hunter2" not in refused.err
        assert store.schedules() == before


def test_a_second_schedule_of_an_id_takes_its_place_only_when_asked_to(place: Runt):
    place("schedule", "add", "report.yml", "--name", "twice", *PARIS)
    refused = place("schedule", "add", "report.yml", "--name", "twice", "--cron", "@daily", code=2)
    assert "There is a schedule 'twice' already." in refused.err
    assert "--replace" in refused.err
    place("schedule", "pause", "twice")
    replaced = place("schedule", "add", "report.yml", "--name", "twice", "--cron", "@daily", "--tz", "UTC", "--replace")
    assert (replaced.out, replaced.err.splitlines()[-1]) == ("twice\n", "it is paused")
    assert place.json("schedule", "show", "twice")["cron"] == "@daily"


@pytest.mark.parametrize("action", ["show", "pause", "resume", "run-now", "rm"])
def test_an_unknown_schedule_is_told(place: Runt, action: str):
    refused = place("schedule", action, "nosuch", code=2)
    assert "There is no schedule 'nosuch'." in refused.err
    assert "jupyter runt schedule ls" in refused.err


def test_of_several_each_is_seen_to_though_one_is_unknown(place: Runt):
    for name in ("m1", "m2"):
        place("schedule", "add", "report.yml", "--name", name, *PARIS)
    removed = place("schedule", "rm", "m1", "nosuch", "m2", "--json", code=2)
    assert [each["schedule_id"] for each in json.loads(removed.out)] == ["m1", "m2"]
    assert "There is no schedule 'nosuch'." in removed.err


def test_a_wrong_option_is_told_with_the_usage_of_its_action(place: Runt):
    said = place("schedule", "pause", "x", "--sincerely", code=2).err
    assert "usage: jupyter runt schedule pause" in said
    assert "required: ACTION" in place("schedule", code=2).err


@pytest.mark.parametrize("action", ACTIONS)
def test_the_help_of_every_action_shows_an_example_of_it(action: str, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as ended:
        build_parser("schedule").parse_args(["schedule", action, "--help"])
    assert ended.value.code == 0
    assert f"jupyter runt schedule {action}" in capsys.readouterr().out.partition("example")[2]
