"""`jupyter runt schedule --server`: the server keeps what is sent, and its schedules are those of its store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.far import Far, sent
from tests.server.live import serving

YEARLY = ("--cron", "0 7 1 1 *", "--tz", "Europe/Paris")
ELSEWHERE = ("schedule_id", "notebook", "name", "cwd", "origin", "requested_by", "created_at", "firings", "pinned")
"""What is another's when it is another one's schedule, or at another place."""


@pytest.fixture(scope="module")
def place() -> Iterator[Far]:
    """A server that starts no worker."""
    with serving(start_worker=False) as server:
        yield Far(server)


def alike(found: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name not in ELSEWHERE}


def test_what_is_scheduled_is_the_same(place: Far):
    place.near.write(
        "given.yml",
        "parameters: {day: null, most: 1.5, table: {}, secret_token: null}\ncells: [{id: a, source: 'print(day)'}]",
    )
    options = [
        "given.yml", *YEARLY, "--pin", "-p", "day", "2026-11-20", "-p", "most", ".inf", "-p", "table", "{1: one}",
        "-r", "secret_token", "${HOME}", "--run-timeout", "10m", "--keep-going", "--input", "wait", "--label", "a=b=c",
        "--priority", "-2", "--misfire", "all", "--window", "2h", "--overlap", "queue", "--until", "2999-01-31",
    ]  # fmt: skip
    near = place.near.json("schedule", "add", "--name", "near", *options)
    far = place.far("schedule", "add", "--name", "far", *options, "--json").json()
    assert alike(near) == alike(far)
    assert (near["pinned"], far["pinned"], far["notebook"]) == (True, True, "given.yml")
    runs = [place.near("schedule", "run-now", "near").out.strip(), place.far("schedule", "run-now", "far").out.strip()]
    first, second = (sent(place.near, run) for run in runs)
    for each in (first, second):
        del each["labels"]["schedule"]
    assert first == second
    assert first["parameters"]["day"] == {"$date": "2026-11-20"}


def test_a_file_that_nobody_asked_to_be_kept_is_kept_and_said_to_be(place: Far):
    place.near.cells("print('before')", name="sent.yml")
    added = place.far("schedule", "add", "sent.yml", *YEARLY)
    assert added.out == "sent\n"
    assert "warning: the server keeps sent.yml as it is now" in added.err
    assert "next: " in added.err
    place.near.cells("print('after')", name="sent.yml")
    run_id = place.far("schedule", "run-now", "sent").out.strip()
    assert sent(place.near, run_id)["notebook"]["cells"][0]["source"] == "print('before')"
    again = place.far("schedule", "add", "sent.yml", *YEARLY, "--pin", "--replace")
    assert "warning" not in again.err
    run_id = place.far("schedule", "run-now", "sent").out.strip()
    assert sent(place.near, run_id)["notebook"]["cells"][0]["source"] == "print('after')"


def test_standard_input_and_a_template_of_the_server_are_scheduled(place: Far):
    declared = "metadata: {schedule: {cron: '0 6 1 1 *', tz: Asia/Tokyo}}\ncells: [{id: s, source: print(1)}]"
    piped = place.far("schedule", "add", "-", "--name", "piped", "--json", given=declared)
    assert (piped.json()["cron"], piped.json()["tz"], piped.err) == ("0 6 1 1 *", "Asia/Tokyo", "")
    place.near.write("data/jupyter_runt/templates/mine.yml", "cells: [{source: print(2)}]")
    template = place.far("schedule", "add", "mine", *YEARLY, "--json")
    assert (template.json()["notebook"], template.json()["pinned"], template.err) == ("mine", False, "")
    refused = place.far("schedule", "add", "mime", *YEARLY, code=2)
    assert "no such file here, and no template of that name at" in refused.err


def test_schedules_are_paused_go_on_and_are_removed(place: Far):
    place.near.cells("print(1)", name="short.yml")
    place.far("schedule", "add", "short.yml", *YEARLY, "--pin")
    assert place.far("schedule", "pause", "short").err == "schedule short is paused\n"
    assert place.server.store.schedule("short").paused
    assert "schedule short is due at" in place.far("schedule", "resume", "short").err
    listed = place.far("schedule", "ls").out.splitlines()
    assert listed[0].split()[0] == "SCHEDULE"
    assert any(line.startswith("short ") for line in listed)
    assert place.far("schedule", "rm", "short").err == "schedule short is removed; its runs stay\n"
    assert "short" not in [each.schedule_id for each in place.server.store.schedules()]


def test_a_zone_that_is_left_out_is_that_of_whoever_asks_and_not_of_the_server(place: Far):
    place.near.cells("print(1)", name="zone.yml")
    added = place.far("schedule", "add", "zone.yml", "--pin", "--cron", "@yearly", "--json", env={"TZ": "Asia/Kolkata"})
    assert added.json()["tz"] == "Asia/Kolkata"
