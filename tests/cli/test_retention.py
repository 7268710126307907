"""What is kept: pin, unpin, rm --force, prune."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from jupyter_runt.store.base import Summary
from jupyter_runt.store.clock import SystemClock
from tests.cli.runt import Runt
from tests.store.making import FINISHED, blob, driven

DAY = 86400.0


@pytest.fixture
def home(runt: Runt) -> Runt:
    """Runs that ended 1, 2, 40 and 50 days ago, of 100 kB each, and one that waits."""
    now = SystemClock().now().wall
    with runt.store() as store:
        for days in (50, 40, 2, 1):
            name = f"days-{days}"
            epoch = driven(store, name, blobs=[blob(bytes([days]) * 100_000)])
            store.append(name, epoch, [FINISHED], summary=Summary("succeeded", finished_at=now - days * DAY))
    return runt


def ids(runt: Runt) -> list[str]:
    return [row["run_id"] for row in runt.json("ls")]


def test_prune_removes_what_is_beyond_the_configured_limits(home):
    home("pin", "days-50")
    said = home("prune").out
    assert "removed 1 run, " in said
    assert "kept 3 runs (1 pinned)" in said
    assert ids(home) == ["days-1", "days-2", "days-50"]
    assert "removed no run" in home("prune").out


def test_prune_takes_limits_of_its_own_and_can_be_tried_first(home):
    tried = home.json("prune", "--older-than", "36h", "--dry-run")
    assert tried["removed"] == ["days-50", "days-40", "days-2"]
    assert (tried["kept"], tried["pinned"], tried["dry_run"]) == (1, 0, True)
    assert "would remove 3 runs, about " in home("prune", "--older-than", "36h", "--dry-run").out
    assert len(ids(home)) == 4
    done = home.json("prune", "--older-than", "60d", "--max-size", "400kB")
    assert done["removed"] == tried["removed"][: len(done["removed"])] != []
    assert 0 < done["usage"] <= 400_000
    assert done["bytes"] > 90_000


def test_the_limits_are_configured_and_zero_is_no_limit(home):
    home.write("config/jupyter_runt_config.py", "c.Runt.retention_days = 45\nc.Runt.retention_bytes = 0")
    assert home.json("prune")["removed"] == ["days-50"]
    home.write("config/jupyter_runt_config.py", "c.Runt.retention_days = 0")
    assert home.json("prune")["removed"] == []


def test_vacuum_gives_the_room_back_and_waits_for_runs_that_are_driven(home):
    assert "given back" in home("prune", "--older-than", "1h", "--vacuum").err
    assert home.path.stat().st_size < 300_000
    with home.store() as store:
        epoch = driven(store, "open")
        store.append("open", epoch, [], summary=Summary("running"))
    refused = home("prune", "--vacuum", code=2).err
    assert "busy: 1 run on the way" in refused
    assert "ls --status running" in refused


def test_vacuum_says_when_another_process_holds_the_store(home):
    with closing(sqlite3.connect(home.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert "locked" in home("prune", "--older-than", "400d", "--vacuum", code=5).err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--max-size", "big"], "not a size such as 500MB"),
        (["--max-size", "0GB"], "more than 0"),
        (["--older-than", "soon"], "--older-than 'soon'"),
        (["--dry-run", "--vacuum"], "choose one"),
    ],
)
def test_prune_names_what_is_wrong_with_an_option(runt, options, said):
    assert said in runt("prune", *options, code=2).err


def test_a_pin_is_shown_and_keeps_a_run_until_it_is_taken_off_or_forced(home):
    assert "run days-1 is pinned" in home("pin", "days-1", "days-2").err
    assert [row["pinned"] for row in home.json("ls")] == [True, True, False, False]
    assert [row["run_id"] for row in home.json("ls", "--pinned")] == ["days-1", "days-2"]
    refused = home("rm", "days-1", "days-40", code=2).err
    assert "run days-1 is pinned" in refused
    assert "jupyter runt unpin days-1" in refused
    assert "run days-40 is removed" in refused
    assert "not pinned any more" in home("unpin", "days-1").err
    home("rm", "days-1")
    home("rm", "--force", "days-2")
    assert ids(home) == ["days-50"]


def test_show_marks_a_pinned_run(runt):
    runt("execute", runt.cells("1"), "--id", "r1")
    assert runt.show("r1")["pinned"] is False
    runt("pin", "r1")
    assert runt.show("r1")["pinned"] is True
    assert runt("show", "r1").out.startswith("run r1  (pinned)\n")


@pytest.mark.parametrize("command", ["pin", "unpin"])
def test_an_unknown_run_is_refused_and_the_others_are_pinned_all_the_same(home, command):
    ended = home(command, "nothing", "days-1", code=2)
    assert "no run 'nothing'" in ended.err
    assert "run days-1 is" in ended.err
