"""What every store does with the queue, leases, workers, signals and wake-ups."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from jupyter_runt.errors import Refused, StaleEpoch
from jupyter_runt.store.base import LEASE_SECONDS, Claim, Summary
from tests.store.making import FINISHED, SUCCEEDED, driven, ended, line, submit, worker


def test_the_highest_priority_is_claimed_first_then_the_oldest(store):
    submit(store, "r9", priority=0)
    submit(store, "r5", priority=1)
    submit(store, "r1", priority=1)
    submit(store, "r2", priority=-1)
    assert [getattr(store.claim("w", "here"), "run_id", None) for _ in range(5)] == ["r5", "r1", "r9", "r2", None]


def test_a_claim_says_who_drove_the_run_before_and_the_epoch_grows(store):
    submit(store, "r1")
    assert store.claim("w1", "here") == Claim("r1", 1, None, "queued")
    store.append("r1", 1, [line(1)], summary=Summary("running"))
    store.release("r1", 1)
    assert store.claim("w2", "here") == Claim("r1", 2, "w1", "running")
    assert (store.run("r1").worker, store.run("r1").epoch) == ("w2", 2)


def test_only_the_run_that_was_asked_for_is_claimed(store):
    submit(store, "r1")
    submit(store, "r2")
    assert store.claim("w", "here", run_id="no") is None
    claim = store.claim("w", "here", run_id="r2")
    assert claim is not None
    assert claim.run_id == "r2"
    assert store.claim("w", "here", run_id="r2") is None


def test_a_leased_run_is_free_again_only_when_the_time_is_over(store, clock):
    driven(store)
    clock.advance(LEASE_SECONDS - 0.01)
    assert store.claim("w2", "here") is None
    clock.advance(0.01)
    assert store.claim("w2", "here") == Claim("r1", 2, "w1", "queued")


def test_a_worker_that_overslept_keeps_its_run_and_does_not_claim_it_again(store, clock):
    epoch = driven(store, worker="w1")
    clock.advance(LEASE_SECONDS + 1)
    assert store.claim("w1", "here") is None
    assert store.claim("w1", "here", run_id="r1") is None
    assert store.renew("w1") == ["r1"]
    assert store.run("r1").epoch == epoch
    assert store.claim("w2", "here") is None


def test_a_lease_of_another_boot_is_over(store, clock):
    driven(store)
    clock.reboot()
    assert store.claim("w2", "here") == Claim("r1", 2, "w1", "queued")


def test_an_ended_run_is_claimed_by_nobody(store, clock):
    ended(store, "r1")
    clock.reboot()
    assert store.claim("w2", "here") is None
    assert store.claim("w2", "here", run_id="r1") is None


def test_a_kernel_can_only_be_adopted_at_its_own_place(store):
    epoch = driven(store)
    store.set_place("r1", epoch, "here")
    assert store.run("r1").place == "here"
    store.release("r1", epoch)
    assert store.claim("w2", "there") is None
    claim = store.claim("w2", "here")
    assert claim is not None
    store.set_place("r1", claim.epoch, "")
    store.release("r1", claim.epoch)
    assert store.claim("w3", "there") is not None


def test_a_place_is_set_only_under_the_runs_epoch(store):
    epoch = driven(store)
    with pytest.raises(StaleEpoch):
        store.set_place("r1", epoch + 1, "there")
    assert store.run("r1").place == ""


def test_a_worker_that_overslept_may_append_as_long_as_nobody_took_its_run(store, clock):
    epoch = driven(store)
    clock.advance(LEASE_SECONDS + 1)
    assert store.append("r1", epoch, [line(1)]) == 2
    clock.reboot()
    assert store.append("r1", epoch, [line(2)]) == 3


def test_a_run_without_a_lease_can_be_appended_to_once_it_is_claimed_again(store):
    epoch = driven(store)
    store.release("r1", epoch)
    claim = store.claim("w1", "here")
    assert claim is not None
    with pytest.raises(StaleEpoch, match="epoch 2"):
        store.append("r1", epoch, [line(1)])
    assert store.append("r1", claim.epoch, [line(1)]) == 2


def test_a_kernels_place_can_be_cleared_after_the_lease_was_ended(store):
    epoch = driven(store)
    store.set_place("r1", epoch, "here")
    store.expire("w1")
    store.set_place("r1", epoch, "")
    assert store.run("r1").place == ""


def test_open_runs_elsewhere_are_those_whose_lease_is_over(store, clock):
    for run_id in ("r3", "r1", "r2", "unplaced", "mine", "over"):
        epoch = driven(store, run_id, worker=f"w{run_id}", priority=int(run_id == "r2"))
        store.set_place(run_id, epoch, {"unplaced": "", "mine": "here"}.get(run_id, "there"))
    store.append("over", 1, [FINISHED], summary=SUCCEEDED)
    assert store.runs_elsewhere("here") == []
    store.release("r1", 1)
    store.expire("wr2")
    store.release("mine", 1)
    found = store.runs_elsewhere("here")
    assert [row.run_id for row in found] == ["r1", "r2"]
    assert found[0] == store.run("r1")
    clock.advance(LEASE_SECONDS - 0.01)
    assert [row.run_id for row in store.runs_elsewhere("here")] == ["r1", "r2"]
    clock.advance(0.01)
    assert [row.run_id for row in store.runs_elsewhere("here")] == ["r3", "r1", "r2"]
    assert [row.run_id for row in store.runs_elsewhere("there")] == ["mine"]


def test_runs_elsewhere_of_an_earlier_boot_have_no_lease_any_more(store, clock):
    store.set_place("r1", driven(store), "there")
    clock.reboot()
    assert [row.run_id for row in store.runs_elsewhere("here")] == ["r1"]


def test_a_run_that_needs_a_worker_waits_for_it_while_it_is_registered(store):
    store.register(worker("mine"))
    submit(store, "r1", needs_worker="mine")
    submit(store, "r2", needs_worker="")
    assert store.run("r1").needs_worker == "mine"
    assert store.run("r2").needs_worker is None
    assert store.claim("other", "here", run_id="r1") is None
    assert store.claim("mine", "here", run_id="r1") is not None
    assert store.claim("other", "here") is not None
    assert store.expire("mine") == ["r1"]
    assert store.claim("other", "here") is not None


def test_a_released_lease_is_free_at_once_and_a_stale_release_is_ignored(store):
    epoch = driven(store)
    store.release("r1", epoch + 1)
    store.release("no", 1)
    assert store.claim("w2", "here") is None
    store.release("r1", epoch)
    assert store.claim("w2", "here") is not None
    store.release("r1", epoch)
    assert store.claim("w3", "here") is None


def test_renewal_prolongs_all_leases_and_the_registration(store, clock):
    store.register(worker("w1"))
    for run_id in ("r1", "r2", "r3"):
        driven(store, run_id)
    driven(store, "r4", worker="w2")
    store.append("r3", 1, [FINISHED], summary=SUCCEEDED)
    store.release("r2", 1)
    clock.advance(10)
    assert store.renew("w1") == ["r1"]
    assert store.workers()[0].lease_until == clock.now().mono + LEASE_SECONDS
    clock.advance(10)
    claimed = {getattr(store.claim("w3", "here"), "run_id", None) for _ in range(3)}
    assert claimed == {"r2", "r4", None}


def test_a_worker_that_lost_its_run_does_not_get_it_back_by_renewal(store, clock):
    driven(store)
    clock.advance(20)
    assert store.claim("w2", "here") is not None
    assert store.renew("w1") == []
    assert store.run("r1").worker == "w2"


def test_renewal_does_not_bring_back_a_worker_that_was_expired(store):
    store.register(worker("w1"))
    driven(store)
    store.expire("w1")
    assert store.renew("w1") == []
    assert store.workers() == []


def test_expiry_frees_the_dead_workers_open_runs_and_forgets_it(store):
    store.register(worker("w1"))
    store.register(worker("w2"))
    driven(store, "r1")
    driven(store, "r2", worker="w2")
    ended(store, "r3")
    assert store.expire("w1") == ["r1"]
    assert store.expire("w1") == []
    assert [row.worker_id for row in store.workers()] == ["w2"]
    assert store.claim("w3", "here") == Claim("r1", 2, "w1", "queued")
    assert store.claim("w3", "here") is None


def test_a_registered_worker_is_shown_as_it_is_with_a_lease(store, clock):
    given = worker("w2", labels={"gpu": "1"}, variables=["TOKEN"], draining=True, exclusive=True, started_at=2.0)
    store.register(given)
    store.register(worker("w1", started_at=3.0))
    now = clock.now()
    shown = store.workers()
    assert shown[0] == replace(given, lease_until=now.mono + LEASE_SECONDS, boot=now.boot)
    assert [row.worker_id for row in shown] == ["w2", "w1"]
    store.register(replace(given, draining=False))
    assert not store.workers()[0].draining
    store.unregister("w2")
    store.unregister("w2")
    assert [row.worker_id for row in store.workers()] == ["w1"]


def test_signals_wait_in_order_until_they_are_handled(store, clock):
    epoch = driven(store)
    driven(store, "r2")
    first = store.signal("r1", "interrupt", "me", {"why": ["x"]})
    second = store.signal("r1", "cancel", "you")
    other = store.signal("r2", "pause", "me")
    rows = store.signals("r1")
    assert [(row.number, row.kind, row.requested_by, row.data) for row in rows] == [
        (first, "interrupt", "me", {"why": ["x"]}),
        (second, "cancel", "you", {}),
    ]
    assert (rows[0].run_id, rows[0].at) == ("r1", clock.now().wall)
    store.append("r1", epoch, [line(1)], signals=[first, other])
    assert [row.number for row in store.signals("r1")] == [second]
    assert [row.number for row in store.signals("r2")] == [other]


def test_a_signals_number_is_never_used_twice(store):
    epoch = driven(store)
    first = store.signal("r1", "pause", "me")
    store.append("r1", epoch, [], signals=[first])
    assert store.signal("r1", "pause", "me") > first


def test_an_ended_run_takes_no_signals_and_keeps_none(store):
    epoch = driven(store)
    store.signal("r1", "cancel", "me")
    store.append("r1", epoch, [FINISHED], summary=SUCCEEDED)
    assert store.signals("r1") == []
    with pytest.raises(Refused, match="succeeded"):
        store.signal("r1", "cancel", "me")


def test_whatever_others_wait_for_rings(store):
    epoch = driven(store)
    listener = store.listen()
    changes = (
        lambda: submit(store, "r2"),
        lambda: store.append("r1", epoch, [line(1)]),
        lambda: store.signal("r1", "cancel", "me"),
        lambda: store.register(worker("w1")),
        lambda: store.unregister("w1"),
        lambda: store.set_place("r1", epoch, ""),
        lambda: store.pin("r1", True),
        lambda: store.release("r1", epoch),
        lambda: store.expire("w1"),
        lambda: ended(store, "r3"),
        lambda: store.delete("r3"),
    )
    for change in changes:
        listener.drain()
        change()
        assert listener.wait(1)
    listener.close()


def test_what_changes_nothing_that_others_wait_for_does_not_ring(store):
    epoch = driven(store)
    listener = store.listen()
    store.renew("w1")
    store.read("r1")
    with pytest.raises(StaleEpoch):
        store.append("r1", epoch + 1, [line(1)])
    assert not listener.wait(0)
    listener.close()


def test_each_listener_wakes_once_for_all_rings_that_wait(store):
    first, second = store.listen(), store.listen()
    submit(store, "r1")
    submit(store, "r2")
    assert first.wait(1)
    assert not first.wait(0)
    second.drain()
    assert not second.wait(0.001)
    first.close()
    submit(store, "r3")
    assert second.wait(1)
    second.close()
    second.close()
    submit(store, "r4")


def test_a_listener_wakes_an_event_loop(store):
    async def wake() -> None:
        loop = asyncio.get_running_loop()
        rang = asyncio.Event()
        listener = store.listen()
        loop.add_reader(listener.fileno(), rang.set)
        submit(store, "r1")
        await asyncio.wait_for(rang.wait(), 5)
        loop.remove_reader(listener.fileno())
        listener.close()

    asyncio.run(wake())
