"""The out-of-memory killer's counters, read and compared."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from jupyter_runt.kernel import oom
from jupyter_runt.kernel.oom import SCORE, Victims, counter_of, give_precedence, parse_count, verdict, victims_here

V1 = "9:name=systemd:/\n8:pids:/a\n4:memory:/a/b\n3:cpuset:/\n0::/\n"
V2 = "0::/user.slice/a:b.scope\n"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n", 2),
        ("oom_kill_disable 0\nunder_oom 0\noom_kill 7\n", 7),
        ("oom_kill_disable 0\nunder_oom 0\n", None),
        ("nr_free_pages 17\noom_kill 41\n", 41),
        ("", None),
        ("oom_kill x\nnonsense\n", None),
    ],
    ids=["v2", "v1", "v1 of an old system", "vmstat", "empty", "nonsense"],
)
def test_the_count_is_found_in_every_format(text, count):
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("cgroups", "file"),
    [
        (V1, "memory/a/b/memory.oom_control"),
        (V2, "user.slice/a:b.scope/memory.events"),
        (V2, "unified/user.slice/a:b.scope/memory.events"),
        (V1, "memory/memory.oom_control"),
        (V2, "memory.events"),
    ],
    ids=["v1", "v2", "both mounted", "v1 in a container", "v2 in a container"],
)
def test_the_groups_counter_is_found(tmp_path, cgroups, file):
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).touch()
    assert counter_of(cgroups, tmp_path) == tmp_path / file


@pytest.mark.parametrize("cgroups", [V1, V2, "", "nonsense"])
def test_where_nothing_counts_there_is_no_counter(tmp_path, cgroups):
    assert counter_of(cgroups, tmp_path) is None


@pytest.mark.parametrize(
    ("before", "after", "killed", "said"),
    [
        ((1, 1), (2, 2), True, True),
        ((1, 1), (2, 2), False, "probably"),
        ((1, 1), (1, 2), True, "probably"),
        ((1, 1), (1, 2), False, False),
        ((1, 1), (1, 1), True, False),
        ((None, 1), (None, 2), True, "probably"),
        ((None, None), (1, 1), True, False),
        ((5, 5), (0, 0), True, False),
    ],
)
def test_what_grew_is_told_as_surely_as_it_is_known(before, after, killed, said):
    assert verdict(Victims("f", *before), Victims("f", *after), killed=killed) is said or (
        verdict(Victims("f", *before), Victims("f", *after), killed=killed) == said == "probably"
    )


def test_counts_survive_their_note_and_a_spoilt_note_knows_nothing():
    counted = Victims("/f", 3, None)
    assert Victims.from_json(counted.to_json()) == counted
    assert Victims.from_json(None) == Victims.from_json({"group": 1}) == Victims()
    assert verdict(Victims("f", 0, 0), Victims(), killed=True) is False


def test_this_machines_counters_can_be_read():
    assert victims_here().now() == victims_here()


@pytest.mark.skipif(not os.access("/proc/self/oom_score_adj", os.W_OK), reason="this system keeps the score to itself")
def test_a_kernel_is_chosen_before_its_worker():
    ours = int(Path("/proc/self/oom_score_adj").read_text())
    with subprocess.Popen(["sleep", "60"]) as process:
        give_precedence(process.pid)
        assert int(Path(f"/proc/{process.pid}/oom_score_adj").read_text()) == min(1000, ours + SCORE)
        process.kill()
    give_precedence(process.pid)  # which is gone, and that is no error


def test_a_file_that_cannot_be_read_counts_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(oom, "_VMSTAT", tmp_path / "none")
    assert Victims(str(tmp_path / "none"), 1, 1).now() == Victims(str(tmp_path / "none"), None, None)
