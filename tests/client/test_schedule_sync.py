"""Schedules are made equal to what notebooks declare."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_runt.client import schedule_sync, schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import Wanted
from jupyter_runt.errors import NotebookError, UsageError


def write(folder: Path, name: str, schedule: str = "", source: str = "1") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    declared = f"metadata: {{schedule: {schedule}}}\n" if schedule else ""
    path.write_text(f"{declared}cells: [{{source: '{source}'}}]\n")
    return path


def synced(client: LocalClient, *places: Path, dry_run: bool = False) -> dict[str, str]:
    found = schedule_sync.sync(client, [str(each) for each in places], "Europe/Paris", (), dry_run=dry_run)
    return {each.schedule_id: each.action for each in found}


def test_a_folder_is_read_with_all_that_is_in_it(client, tmp_path):
    write(tmp_path, "a.yml", "daily")
    write(
        tmp_path,
        "deep/er/B c.yml",
        '{cron: "0 7 * * MON", tz: UTC, misfire: all, window: 2h, overlap: queue, until: "2026-01-31"}',
    )
    write(tmp_path, "no.yml")
    write(tmp_path, ".hidden/h.yml", "daily")
    (tmp_path / "other.yml").write_text("schedule: [what, is, this]\nservices: {}\n")
    (tmp_path / "broken.yml").write_text("metadata: {schedule: daily}\ncells: 7\n")
    with pytest.raises(NotebookError, match=r"broken\.yml"):
        synced(client, tmp_path)
    (tmp_path / "broken.yml").unlink()
    assert synced(client, tmp_path) == {"a": "added", "b-c": "added"}
    a, b = client.store.schedules()
    assert (a.definition["cron"], a.definition["tz"]) == ("daily", "Europe/Paris")
    told = {name: b.definition[name] for name in ("cron", "tz", "misfire", "window", "overlap", "origin")}
    assert told == {"cron": "0 7 * * MON", "tz": "UTC", "misfire": "all", "window": 7200.0, "overlap": "queue",
                    "origin": str(tmp_path / "deep/er/B c.yml")}  # fmt: skip
    assert b.definition["ends_at"] == 1769903999.0


def test_what_changes_in_the_files_changes_in_the_schedules_and_nothing_else(client, tmp_path):
    for name in ("a", "b", "c"):
        write(tmp_path, f"{name}.yml", "daily")
    synced(client, tmp_path)
    schedules.pause(client, "b", True)
    write(tmp_path, "b.yml", "hourly")
    write(tmp_path, "c.yml")
    before = client.store.schedule("a")
    expected = {"a": "unchanged", "b": "changed", "c": "removed"}
    assert synced(client, tmp_path, dry_run=True) == expected
    assert [each.schedule_id for each in client.store.schedules()] == ["a", "b", "c"]
    assert synced(client, tmp_path) == expected
    a, b = client.store.schedules()
    assert a == before
    assert (b.definition["cron"], b.paused, b.next_at) == ("hourly", True, None)


def test_one_file_says_nothing_of_the_others(client, tmp_path):
    a, b = write(tmp_path, "a.yml", "daily"), write(tmp_path, "b.yml", "daily")
    synced(client, tmp_path)
    write(tmp_path, "a.yml")
    assert synced(client, b) == {"b": "unchanged"}
    assert synced(client, a) == {"a": "removed"}
    assert [each.schedule_id for each in client.store.schedules()] == ["b"]


def test_schedules_that_somebody_made_by_hand_are_left_alone(client, tmp_path):
    path = write(tmp_path, "a.yml", "daily")
    schedules.add(client, Wanted(order=Order(notebook=str(path)), cron="hourly", tz="UTC"), ())
    with pytest.raises(UsageError, match="not made by sync"):
        synced(client, tmp_path)
    write(tmp_path, "a.yml")
    assert synced(client, tmp_path) == {}
    assert [each.schedule_id for each in client.store.schedules()] == ["a"]


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ("sometimes", "sometimes"),
        ('{cron: "0 7 * * *", tz: Europe/Pari}', "Europe/Paris"),
        ('{cron: "0 7 * * *", until: someday}', "someday"),
        ('{cron: "0 7 * * *", overlap: queu}', "queue"),
        ("{tz: UTC}", "cron"),
    ],
)
def test_one_fault_changes_nothing_and_is_told_with_its_file(client, tmp_path, declared, words):
    write(tmp_path, "a.yml", "daily")
    write(tmp_path, "z.yml", declared)
    with pytest.raises(UsageError) as caught:
        synced(client, tmp_path)
    assert words in f"{caught.value}"
    assert "z.yml" in f"{caught.value}"
    assert client.store.schedules() == []


def test_a_file_that_is_named_twice_is_one(client, tmp_path):
    path = write(tmp_path, "a.yml", "daily")
    assert synced(client, tmp_path, path, tmp_path) == {"a": "added"}


def test_what_cannot_be_read_any_more_is_no_reason_to_remove_its_schedule(client, tmp_path):
    path = write(tmp_path, "a.yml", "daily")
    synced(client, tmp_path)
    for content in (b"", b"\xff\xfe schedule cells"):
        path.write_bytes(content)
        with pytest.raises(NotebookError, match=r"a\.yml"):
            synced(client, tmp_path)
    path.unlink()
    assert synced(client, tmp_path) == {"a": "removed"}


def test_what_is_over_is_as_good_as_any_other(client, tmp_path):
    """Else nobody could set up a folder in which one schedule has come to its end."""
    write(tmp_path, "a.yml", '{cron: daily, until: "2020-01-31"}')
    write(tmp_path, "b.yml", "daily")
    assert synced(client, tmp_path) == {"a": "added", "b": "added"}
    assert client.store.schedule("a").next_at is None
    assert synced(client, tmp_path) == {"a": "unchanged", "b": "unchanged"}


@pytest.mark.parametrize("day", ["2027-01-31", "20270131", "2027-W04-7"])
def test_an_end_that_is_a_day_is_that_days_end(day):
    assert schedule_sync.ends_at(day, "UTC") == schedule_sync.ends_at("2027-01-31T23:59:59", "UTC")


def test_two_files_of_one_name_need_an_id(client, tmp_path):
    write(tmp_path, "x/a.yml", "daily")
    write(tmp_path, "y/a.yml", "daily")
    with pytest.raises(UsageError, match="would both be the schedule 'a'"):
        synced(client, tmp_path)
    write(tmp_path, "y/a.yml", "{cron: daily, id: other}")
    assert synced(client, tmp_path) == {"a": "added", "other": "added"}
