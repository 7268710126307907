"""The outbox, as every store keeps it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from jupyter_runt.errors import RunNotFound
from jupyter_runt.events import Draft
from jupyter_runt.run.notifications import Occasion, Past
from jupyter_runt.run.policy import Notify, Policy
from jupyter_runt.store.base import Store, Submission, Summary
from jupyter_runt.store.notifications import (
    FAILED,
    LEASE_SECONDS,
    PENDING,
    SENT,
    NotificationRow,
    Rate,
    Settled,
)
from jupyter_runt.store.pages import Pages
from jupyter_runt.store.rebuild import rebuild
from jupyter_runt.store.sqlite import SqliteStore
from tests.run.driving import code, submitted
from tests.store.making import FINISHED, SUCCEEDED, driven, ended, report, worker

RATE = Rate(3, 100.0)


def occasion(*to: str, name: str = "end", series: str = "disk", **told: object) -> Occasion:
    return Occasion(name, ("failed",), to or ("${A}",), series, told)


def told(store: Store, run_id: str = "r1", *to: str, worker_id: str = "w1", **more: str) -> None:
    """A run that ends and leaves something to tell."""
    store.register(worker(worker_id))
    epoch = driven(store, run_id, worker=worker_id)
    store.append(run_id, epoch, [FINISHED], summary=SUCCEEDED, occasions=[occasion(*to, **more)])


def claim(store: Store, worker_id: str = "w1", rate: Rate = RATE, **more: Any) -> list[NotificationRow]:
    return store.claim_notifications(worker_id, rate, 100, **more)


def statuses(store: Store, *runs: str) -> list[str]:
    return [each.status for run_id in runs for each in store.notifications(run_id)]


def test_it_is_written_with_its_event_for_each_target_once(store, clock):
    store.register(worker("w1"))
    epoch = driven(store)
    store.append("r1", epoch, [], occasions=[occasion("${A}", "${B}", name="1.1", prompt="é\ud800")])
    store.append("r1", epoch, [FINISHED], summary=SUCCEEDED, occasions=[occasion("${A}"), occasion("${A}", name="1.1")])
    found = [(each.occasion, each.target, each.status) for each in store.notifications("r1")]
    assert found == [("1.1", "${A}", PENDING), ("1.1", "${B}", PENDING), ("end", "${A}", PENDING)]
    first = store.notifications("r1")[0]
    assert (first.words, first.told, first.at, first.attempts) == (
        ["failed"], {"prompt": "é\ud800"}, clock.now().wall, 0,
    )  # fmt: skip
    assert store.next_notification() == clock.now().wall
    assert store.notifications("nope") == []


def test_what_cannot_be_appended_is_told_to_nobody(store):
    epoch = driven(store)
    with pytest.raises(Exception, match="epoch"):
        store.append("r1", epoch - 1, [FINISHED], summary=SUCCEEDED, occasions=[occasion()])
    assert store.notifications("r1") == []


def test_one_worker_has_it_until_its_lease_is_over(store, clock):
    told(store)
    store.register(worker("w2"))
    (row,) = claim(store)
    assert (row.attempts, row.status) == (1, PENDING)
    assert claim(store) == claim(store, "w2") == []
    assert store.next_notification() is None
    clock.advance(LEASE_SECONDS + 1)
    assert store.next_notification() is not None
    (again,) = claim(store, "w2")
    assert again.attempts == 2
    assert not store.settle_notification(row, "w1", Settled(SENT))
    assert store.settle_notification(again, "w2", Settled(SENT))
    assert not store.settle_notification(again, "w2", Settled(FAILED))
    assert statuses(store, "r1") == [SENT]


def test_a_worker_that_is_known_to_be_dead_has_it_no_more(store, clock):
    told(store)
    store.register(worker("w2"))
    claim(store)
    store.expire("w1")
    assert [each.attempts for each in claim(store, "w2")] == [2]
    clock.reboot()
    store.register(worker("w3"))
    assert [each.attempts for each in claim(store, "w3")] == [3]


def test_it_is_tried_again_when_its_time_has_come_and_every_attempt_is_kept(store, clock):
    told(store)
    at = clock.now().wall
    (row,) = claim(store)
    assert store.settle_notification(row, "w1", Settled(PENDING, "no\udcff", 30.0))
    assert store.next_notification() == at + 30.0
    assert claim(store) == []
    clock.advance(30.0)
    (row,) = claim(store)
    assert (row.error, row.history) == ("no?", [{"at": at, "status": PENDING, "error": "no\udcff"}])
    store.settle_notification(row, "w1", Settled(SENT))
    (row,) = store.notifications("r1")
    assert (row.status, row.error, row.attempts) == (SENT, "", 2)
    assert [each["status"] for each in row.history] == [PENDING, SENT]
    assert store.next_notification() is None


def test_a_worker_may_ask_for_what_its_own_runs_left(store):
    told(store, "r1", worker_id="w1")
    told(store, "r2", worker_id="w2")
    assert store.next_notification("w3") is None
    assert store.next_notification("w2") is not None
    assert [each.run_id for each in claim(store, "w2", driven=True)] == ["r2"]
    assert [each.run_id for each in claim(store, "w2")] == ["r1"]


def test_targets_may_be_left_alone(store):
    told(store, "r1", "${A}", "${B}")
    assert store.next_notification(besides=["${A}", "${B}"]) is None
    assert store.next_notification(besides=["${A}"]) is not None
    assert [each.target for each in claim(store, besides={"${A}"})] == ["${B}"]
    assert [each.target for each in claim(store)] == ["${A}"]


def test_too_many_about_the_same_wait_and_the_newest_tells_of_them_all(store, clock):
    at = clock.now().wall
    for number in range(6):
        told(store, f"r{number}")
        clock.advance(1)
    told(store, "other", series="memory")
    sent = claim(store)
    assert [each.run_id for each in sent] == ["r0", "r1", "r2", "other"]
    assert [each.told for each in sent[:2]] == [{}, {}]
    until = sent[2].told["until"]
    assert until == at + 6 + RATE.within
    for row in sent:
        store.settle_notification(row, "w1", Settled(SENT))
    assert store.next_notification() == until
    clock.advance(until - clock.now().wall)
    (row,) = claim(store)
    assert (row.run_id, row.told["held_back"]) == ("r5", 2)
    assert statuses(store, "r3", "r4", "r5") == ["held", "held", "pending"]
    assert claim(store) == []


def test_each_target_has_a_rate_of_its_own_and_what_is_tried_again_counts_once(store, clock):
    rate = Rate(1, 100.0)
    told(store, "r1", "${A}", "${B}")
    rows = claim(store, rate=rate)
    assert [each.target for each in rows] == ["${A}", "${B}"]
    for row in rows:
        store.settle_notification(row, "w1", Settled(PENDING, "no", 1.0))
    clock.advance(1)
    assert [each.attempts for each in claim(store, rate=rate)] == [2, 2]


def test_those_that_have_failed_are_found(store, clock):
    for number, status in enumerate((FAILED, SENT, PENDING)):
        told(store, f"r{number}")
        (row,) = claim(store, rate=Rate(99))
        store.settle_notification(row, "w1", Settled(status, "" if status == SENT else "no", 60.0))
        clock.advance(1)
    told(store, "r9")
    now = clock.now().wall
    assert [each.run_id for each in store.troubled_notifications(0.0)] == ["r2", "r0"]
    assert [each.run_id for each in store.troubled_notifications(now - 1.5)] == ["r2"]
    assert [each.run_id for each in store.troubled_notifications(0.0, 1)] == ["r2"]


def test_they_go_with_their_run(store):
    told(store)
    (row,) = claim(store)
    store.delete("r1")
    assert store.notifications("r1") == []
    assert not store.settle_notification(row, "w1", Settled(SENT))
    assert store.next_notification() is None


# -- the run before ----------------------------------------------------------------------------------------------------


def test_the_runs_before_are_those_of_the_same_notebook_or_schedule(store):
    ended(store, "a1", status="failed")
    ended(store, "b1", name="other.yml")
    ended(store, "s1", labels={"schedule": "daily"})
    ended(store, "s2", labels={"schedule": "hourly"})
    epoch = driven(store, "a2")
    store.append("a2", epoch, [report(90), report(100, result="x", monitor="cpu"), FINISHED], summary=SUCCEEDED)
    driven(store, "a3")
    driven(store, "a4")
    ended(store, "s3", labels={"schedule": "daily"}, name="renamed.yml")
    found = store.earlier("a4")
    assert [(each.run_id, each.status) for each in found] == [("a2", "succeeded"), ("a1", "failed")]
    assert sorted(found[0].reports) == [("cpu", "here", "HEALTHY"), ("disk", "here", "WARNING")]
    assert [each.run_id for each in store.earlier("a4", 1)] == ["a2"]
    assert store.earlier("s3") == [Past("s1", "succeeded")]
    assert store.earlier("a1") == []
    with pytest.raises(RunNotFound):
        store.earlier("nope")


def test_one_notebook_may_watch_so_many_things_that_the_last_look_at_one_of_them_is_far_back(store):
    for number in range(50):
        ended(store, f"r{number}", status="failed" if number == 0 else "succeeded")
    driven(store, "now")
    assert store.earlier("now")[-1] == Past("r0", "failed")


# -- SQLite alone ------------------------------------------------------------------------------------------------------


def test_of_many_who_claim_at_once_one_has_it(path, clock):
    stores = [SqliteStore(path, clock) for _ in range(4)]
    for number in range(4):
        stores[0].register(worker(f"w{number}"))
    for number in range(40):
        epoch = driven(stores[0], f"r{number}", worker="w0")
        stores[0].append(f"r{number}", epoch, [FINISHED], summary=SUCCEEDED, occasions=[occasion()])
    taken: list[str] = []

    def claiming(number: int) -> None:
        while rows := stores[number].claim_notifications(f"w{number}", Rate(25, 1e9), 3):
            taken.extend(row.run_id for row in rows)

    threads = [threading.Thread(target=claiming, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(taken) == len(set(taken)) == 25, "the rate holds across workers"
    for store in stores:
        store.close()


def test_what_a_damaged_store_still_has_to_tell_is_told(path, clock, tmp_path):
    store = SqliteStore(path, clock)
    told(store, "r1", "${A}", "${B}")
    (row, _) = claim(store)
    store.settle_notification(row, "w1", Settled(SENT))
    before = store.notifications("r1")
    store.close()
    with path.open("rb") as file:
        rebuild(Pages(file.fileno()).rows(), tmp_path / "new.sqlite", clock.now().wall)
    mended = SqliteStore(tmp_path / "new.sqlite", clock)
    found = mended.notifications("r1")
    assert [replace(each, attempts=0) for each in found] == [replace(each, attempts=0) for each in before]
    mended.register(worker("w2"))
    assert [each.target for each in claim(mended, "w2")] == ["${B}"]
    mended.close()


def test_a_run_whose_end_had_to_be_made_up_is_told_of(path, clock, tmp_path):
    store = SqliteStore(path, clock)
    policy = Policy(notify=Notify(("failed",), ("${A}",)))
    store.submit(Submission("r1", submitted(code("a"), policy=policy), name="report"))
    claim = store.claim("w1", "here")
    assert claim is not None
    facts = [Draft("run.claimed", {"worker": "w1", "epoch": 1}), Draft("kernel.starting", {"clock": 1.0, "attempt": 1})]
    store.append("r1", claim.epoch, facts, summary=Summary("starting"))
    with store._database.write() as db:
        db.execute("DELETE FROM events WHERE id & 0xffffffff = 2")
    store.close()
    with path.open("rb") as file:
        rebuild(Pages(file.fileno()).rows(), tmp_path / "new.sqlite", clock.now().wall)
    mended = SqliteStore(tmp_path / "new.sqlite", clock)
    assert (mended.run("r1").status, mended.run("r1").reason) == ("failed", "store_damaged")
    (row,) = mended.notifications("r1")
    assert (row.words, row.status, row.told["reason"]) == (["failed"], PENDING, "store_damaged")
    mended.close()
