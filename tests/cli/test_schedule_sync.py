"""`schedule sync` and `schedule service` on the command line."""

from __future__ import annotations

import configparser
import shlex
import shutil
import subprocess

import pytest

from tests.cli.runt import Runt


def test_a_folder_of_notebooks_becomes_schedules_and_what_is_taken_out_goes(runt: Runt):
    runt.write("nb/report.yml", "metadata: {schedule: '0 7 * * *'}\ncells: [{source: print()}]")
    runt.write("nb/plain.yml", "cells: [{source: print()}]")
    dry = runt("schedule", "sync", "nb", "--tz", "Europe/Paris", "--dry-run")
    assert dry.out.splitlines()[1].split()[:7] == ["added", "report", "0", "7", "*", "*", "*"]
    assert "1 would be changed" in dry.err
    assert runt.json("schedule", "ls") == []
    (done,) = runt("schedule", "sync", "nb", "--tz", "Europe/Paris", "--json").json()
    assert (done["action"], done["tz"], done["origin"]) == ("added", "Europe/Paris", str(runt.home / "nb/report.yml"))
    assert [each["schedule_id"] for each in runt.json("schedule", "ls")] == ["report"]
    assert "nothing to change" in runt("schedule", "sync", "nb", "--tz", "Europe/Paris").err
    runt.write("nb/report.yml", "cells: [{source: print()}]")
    assert "removed" in runt("schedule", "sync", "nb").out
    told = runt("schedule", "sync", "nb")
    assert (told.out, told.err.strip()) == ("", "no notebook there declares a schedule (metadata.schedule)")
    assert "There is no file or folder" in runt("schedule", "sync", "elsewhere", code=2).err


def test_it_says_what_survives_a_logout_and_a_reboot(runt: Runt):
    path = runt.cells("print()", name="a.yml")
    for told in (runt("schedule", "service").out, runt("schedule", "add", path, "--cron", "@daily").err):
        assert "Schedules fire while a worker lives." in told
        assert "After a reboot" in told


def test_the_unit_is_one_that_systemd_would_take(runt: Runt):
    text = runt("schedule", "service", "--systemd").out
    unit = configparser.ConfigParser(interpolation=None, strict=True)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(text)
    words = shlex.split(unit["Service"]["ExecStart"])
    assert words[1:] == ["-m", "jupyter_runt.cli", "worker", "--store", runt.url]
    assert subprocess.run([*words[:3], "--version"], env=runt.env, check=False).returncode == 0
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    path = runt.write("jupyter-runt.service", text)
    checked = subprocess.run([program, "--user", "verify", path], capture_output=True, text=True, check=False)
    assert "jupyter-runt.service:" not in checked.stderr


@pytest.mark.parametrize("name", ["plain", "with space", "per%cent"])
def test_the_crontab_line_starts_a_worker_of_that_store(runt: Runt, name):
    url = f"sqlite:///{runt.home}/{name}/store.sqlite"
    line = runt("schedule", "service", "--crontab", "--store", url).out
    when, command = line.rstrip("\n").replace("\\%", "%").split(" ", 1)  # as cron(8) reads it
    assert when == "@reboot"
    words = shlex.split(command.removesuffix(" >/dev/null 2>&1"))
    assert words[1:] == ["-m", "jupyter_runt.cli", "worker", "--store", url]


def test_whoever_adds_a_schedule_may_have_the_file_at_once(runt: Runt):
    path = runt.write("a.yml", "cells: [{source: '1'}]")
    added = runt("schedule", "add", path, "--cron", "0 7 1 1 *", "--systemd")
    assert added.out == runt("schedule", "service", "--systemd").out
    assert added.err.startswith("schedule a\nnext: ")
    again = runt("schedule", "add", path, "--cron", "0 7 1 1 *", "--replace", "--crontab")
    assert again.out == runt("schedule", "service", "--crontab").out
    assert runt(
        "schedule",
        "add",
        path,
        "--name",
        "b",
        "--cron",
        "@daily",
        "--crontab",
        "--server",
        "http://127.0.0.1:9/",
        code=2,
    ).err.startswith("jupyter runt: `schedule add` works on a store at hand")
