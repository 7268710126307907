"""At a server every command says and does what it does at the server's store."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.cli.far import Far, sent
from tests.server.live import serving

LARGE = "print('x' * 50_000)"
SHOWN = """
from IPython.display import display, HTML
display(HTML('<b>' + 'y' * 30_000 + '</b>'))
import sys; print('careful', file=sys.stderr)
display("second", metadata={"jupyter_runt": {"result": "total"}})
"""
WATCHING = """
from jupyter_runt.monitoring import Health
health = Health("disk-check", subject="here")
health.check("disk", 90, warn=80, unit="%")
health.record()
"""


@pytest.fixture(scope="module")
def place() -> Iterator[Far]:
    """A store with a monitor's run (r0), one that went well (r1), one that failed (r2) and one that waits (r3), a schedule (yearly), and
    a server in front of it."""
    with serving(start_worker=False) as server:
        place = Far(server)
        runt = place.near
        runt.cells("print('one')", LARGE, SHOWN, "6 * 7", title="Everything", name="good.yml")
        runt.cells("print('before')", "1 / 0", "print('never')", name="bad.yml")
        runt.cells(WATCHING, title="Watching", name="watch.yml")
        runt("execute", "watch.yml", "--id", "r0", "-q")
        runt("execute", "good.yml", "--id", "r1", "--label", "team=ops", "-q")
        runt("execute", "bad.yml", "--id", "r2", "-q", code=1)
        runt("submit", "good.yml", "--id", "r3", "--no-worker", "--priority", "3")
        schedule = {"notebook": "cells: [{source: print(1)}]", "cron": "0 7 1 1 *", "schedule_id": "yearly"}
        server.post("runt/api/schedules", json=schedule)
        server.post("runt/api/schedules/yearly/run")
        # While it is active, whoever looks at hand starts a worker.
        server.patch("runt/api/schedules/yearly", json={"paused": True})
        yield place


@pytest.mark.parametrize(
    "command",
    [
        "ls --json",
        "ls --status failed --status succeeded --json",
        "ls --label team=ops --json",
        "ls --notebook GOOD --limit 1 --json",
        "ls --before r3 --limit 1 --json",
        "ls --pinned",
        "show last",
        "show r1",
        "show r1 --json",
        "show r1 --cell c3",
        "show r1 --events",
        "show r1 --result total",
        "show r1 --result total --json",
        "show r2",
        "logs r1 -v",
        "logs r1 -q",
        "follow r1 --json --after 7",
        "export r1 -o -",
        "export r2 -o -",
        "health --json",
        "health disk-check --json",
        "health disk-check --subject here --json",
        "status --json",
        "workers",
        "runtimes",
        "runtimes --json",
        "templates --json",
        "params simple-health-check",
        "params good.yml",
        "schedule ls --json",
        "schedule ls",
        "schedule show yearly --json",
        "schedule show yearly",
        "schedule pause yearly",
        "schedule pause yearly --json",
    ],
)
def test_looking_is_the_same(place, command):
    assert place.both(*command.split()).code == 0


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("logs r2", 1),
        ("show nope", 2),
        ("show 20261120-104850-bk7w3q-and-much-more", 2),
        ("show \udcff/..", 2),
        ("show r", 2),
        ("show r1 --cell c9", 2),
        ("show r1 --result nothing", 2),
        ("ls --before nope", 2),
        ("ls --limit 0", 2),
        ("health nope", 2),
        ("health disk-check --subject nope", 2),
        ("health disk-check --since soon", 2),
        ("health --since 1h", 2),
        ("health --limit 0", 2),
        ("cancel r1 nope", 2),
        ("resume r3", 2),
        ("reply r1 yes", 2),
        ("rm r3", 2),
        ("export nope -o -", 2),
        ("submit wrong.yml", 2),
        ("submit cut.ipynb", 2),
        ("submit binary.yml", 2),
        ("submit no/such.yml", 2),
        ("submit good.yml -p nope 1", 2),
        ("submit typed.yml -p size many", 2),
        ("submit typed.yml -p api_token abcdefgh", 2),
        ("submit good.yml -k nosuchkernel", 2),
        ("submit good.yml --id r1", 2),
        ("submit good.yml --input ask", 2),
        ("submit when.yml", 2),
        ("rerun nope", 2),
        ("rerun r1 -p nope 1", 2),
        ("schedule show nope", 2),
        ("schedule show ../runs/r1", 2),
        ("schedule show \udcff", 2),
        ("schedule pause nope", 2),
        ("schedule resume Nope", 2),
        ("schedule run-now nope", 2),
        ("schedule rm nope ../yearly", 2),
        ("schedule add good.yml", 2),
        ("schedule add good.yml --cron @nightly", 2),
        ("schedule add good.yml --cron @daily --tz Europe/Pari", 2),
        ("schedule add good.yml --cron @daily --name yearly", 2),
        ("schedule add good.yml --cron @daily --name N", 2),
        ("schedule add good.yml --cron @daily --until 2020-01-01", 2),
        ("schedule add good.yml --cron @daily -p nope 1", 2),
        ("schedule add good.yml --cron @daily -k nosuchkernel", 2),
        ("schedule add typed.yml --cron @daily -p api_token abcdefgh", 2),
        ("schedule add typed.yml --cron @daily --pin -p size many", 2),
        ("schedule add wrong.yml --cron @daily", 2),
        ("schedule add wrong.yml --cron @daily --pin", 2),
        ("schedule add no/such.yml --cron @daily", 2),
    ],
)
def test_errors_are_the_same(place, command, code):
    runt = place.near
    runt.write("wrong.yml", "cells:\n  - source: 1\n    sauce: 2\n  - id: x\n    type: soup\n")
    runt.write("cut.ipynb", '{"cells": [')
    runt.write("binary.yml", b"cells: \0")
    runt.write("when.yml", "cells: [{source: a, when: b}]")
    runt.write(
        "typed.yml",
        "parameters: {size: 1, api_token: null}\nparameter_schema: {size: {type: integer}}\ncells: [{source: size}]",
    )
    assert place.both(*command.split(), code=code).err


def test_a_fault_on_standard_input_has_its_place(place):
    assert "<stdin>:1:" in place.both("submit", "-", code=2, given="cells: [{source: 1, sauce: 2}]").err


def test_what_is_submitted_is_the_same(place):
    runt = place.near
    runt.write(
        "given.yml",
        "parameters: {day: null, at: null, most: 1.5, names: [], table: {}, secret_token: null}\n"
        "cells: [{id: a, source: 'print(day)'}]",
    )
    options = [
        "given.yml", "--no-worker", "-p", "day", "2026-11-20", "-p", "at", "2026-11-20T10:48:50Z", "-p", "most", ".inf",
        "-p", "names", "[a, 2026-11-20, null]", "-p", "table", "{1: one, $date: x}", "-r", "secret_token", "${HOME}",
        "--run-timeout", "10m", "--cell-timeout", "90", "--keep-going", "--input", "wait", "--label", "a=b=c", "--label", "e=",
        "--priority", "-2",
    ]  # fmt: skip
    near, far = (ended.out.strip() for ended in (runt("submit", *options), place.far("submit", *options)))
    assert near != far
    assert sent(runt, near) == sent(runt, far)
    assert runt.json("show", far)["parameters"]["at"] == {"$datetime": "2026-11-20T10:48:50+00:00"}


def test_a_notebook_arrives_as_its_file_is(place):
    place.near("convert", "good.yml", "good.ipynb", "--force")
    for name, given in (("good.ipynb", None), ("-", "cells: [{id: s, source: '1'}]")):
        near = place.near("submit", name, "--no-worker", given=given).out.strip()
        far = place.far("submit", name, "--no-worker", given=given).out.strip()
        assert sent(place.near, near) == sent(place.near, far)


def test_asking_twice_with_one_key_submits_once(place):
    first = place.far("submit", "good.yml", "--no-worker", "--idempotency-key", "monday")
    second = place.far("submit", "good.yml", "--no-worker", "--idempotency-key", "monday")
    near = place.near("submit", "good.yml", "--no-worker", "--idempotency-key", "monday")
    assert first.out == second.out == near.out
    assert second.err.splitlines()[0] == near.err.splitlines()[0] != first.err.splitlines()[0]


def test_a_template_of_the_server_runs_by_its_name(place):
    place.near.write("data/jupyter_runt/templates/mine.yml", "parameters: {n: 1}\ncells: [{source: print(n)}]")
    run_id = place.far("submit", "mine", "-p", "n", "2", "--no-worker").out.strip()
    assert place.near.show(run_id)["parameters"] == {"n": 2}
    refused = place.far("submit", "mime", code=2).err
    assert "no such file here, and no template of that name" in refused


def test_a_run_is_repeated_with_what_is_given_anew(place):
    place.near.write("again.yml", "parameters: {n: 1, m: 2}\ncells: [{source: print(n)}]")
    first = place.far("submit", "again.yml", "--no-worker", "-p", "n", "5", "--label", "a=b").out.strip()
    again = place.far("rerun", first, "-p", "m", "7", "--no-worker", "--json").json()
    shown = place.near.show(again["run_id"])
    assert (shown["parent_run"], shown["parameters"], shown["labels"]) == (first, {"n": 5, "m": 7}, {"a": "b"})


def test_runs_are_pinned_removed_and_cancelled(place):
    run_id = place.far("submit", "good.yml", "--no-worker").out.strip()
    assert "is being cancelled" in place.far("cancel", run_id).err
    assert place.near.show(run_id)["status"] == "cancelled"
    place.far("pin", run_id)
    assert place.near.show(run_id)["pinned"] is True
    assert "is pinned" in place.far("rm", run_id, code=2).err
    place.far("unpin", run_id)
    place.far("rm", run_id)
    assert place.near("show", run_id, code=2).code == 2


@pytest.mark.parametrize("suffix", ["ipynb", "yml", "html"])
def test_files_are_exported_alike(place, suffix):
    place.near("export", "r1", "-o", f"near.{suffix}")
    place.far("export", "r1", "-o", f"far.{suffix}")
    near, far = ((place.near.home / f"{name}.{suffix}").read_text() for name in ("near", "far"))
    if suffix == "html":  # nbconvert numbers things by chance
        near, far = near[:2000], far[:2000]
    assert near == far


def test_the_list_is_a_table(place):
    lines = place.far("ls", "--label", "team=ops").out.splitlines()
    assert (lines[0].split()[:3], lines[1].split()[:3]) == (["RUN", "STATUS", "CELLS"], ["r1", "succeeded", "4/4"])


def test_more_runs_than_a_page_are_listed(place):
    listed = json.loads(place.far("ls", "--limit", "5000", "--json").out)
    assert [row["run_id"] for row in listed][-4:] == ["r3", "r2", "r1", "r0"]
