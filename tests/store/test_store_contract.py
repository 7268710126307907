"""What every store does: the log, lists, blobs. (Queue and leases: test_queue_contract.)"""

from __future__ import annotations

import threading

import pytest

from jupyter_runt.errors import Refused, RunNotFound, StaleEpoch
from jupyter_runt.events import Draft, Event
from jupyter_runt.store.base import RunFilter, RunRow, Store, Summary
from tests.invariants import check_log, whole_log
from tests.store.making import FINISHED, SUCCEEDED, blob, driven, ended, line, submission, submit


def test_a_submitted_run_is_queued_with_its_first_event(store, clock):
    given = submission(
        "r1", title="T", priority=3, labels={"a": "b"}, requested_by="me", parent_run="r0", cells_total=7
    )
    assert store.submit(given) == ("r1", True)
    now = clock.now().wall
    assert store.run("r1") == RunRow(
        run_id="r1", seq=1, status="queued", reason=None, name="notebooks/n.yml", title="T", priority=3, labels={"a": "b"},
        requested_by="me", parent_run="r0", submitted_at=now, started_at=None, finished_at=None, cells_total=7, cells_done=0,
        cells_failed=0, current_cell=None, worker=None, epoch=0, place="", needs_worker=None, pinned=False,
    )  # fmt: skip
    assert store.read("r1") == [Event("r1", 1, now, "run.submitted", {"notebook": "n"})]


def test_the_same_idempotency_key_gives_the_earlier_run(store):
    submit(store, "r1", idempotency_key="k")
    assert store.submit(submission("r2", idempotency_key="k")) == ("r1", False)
    assert store.submit(submission("r3", idempotency_key="other")) == ("r3", True)
    assert store.match("") == ["r3", "r1"]


def test_the_key_of_a_deleted_run_is_free_again(store):
    ended(store, "r1", idempotency_key="k")
    store.delete("r1")
    assert store.submit(submission("r2", idempotency_key="k")) == ("r2", True)


def test_a_second_run_of_the_same_id_is_refused(store):
    submit(store, "r1", title="first")
    with pytest.raises(Refused, match="r1"):
        submit(store, "r1", title="second")
    assert store.run("r1").title == "first"
    assert len(store.read("r1")) == 1


def test_appended_facts_are_numbered_on_and_keep_their_time_or_get_one(store, clock):
    epoch = driven(store)
    clock.advance(2)
    assert store.append("r1", epoch, [line(1), Draft("cell.started", {"n": None}, "c2", 2, at=12.5)]) == 3
    assert store.append("r1", epoch, []) == 3
    text, started = store.read("r1", after=1)
    assert text == Event("r1", 2, clock.now().wall, "stream.appended", {"index": 0, "text": "line 1\n"}, "c1", 1)
    assert started == Event("r1", 3, 12.5, "cell.started", {"n": None}, "c2", 2)


def test_data_comes_back_as_written_whatever_characters_it_has(store):
    data = {"text": "é漢😀\x00\x1b[0m\ud800 </script>", "n": [1, 2.5, True, None, 10**30], "o": {"a": {}}}
    epoch = driven(store)
    store.append("r1", epoch, [Draft("x", data)])
    assert store.read("r1", after=1)[0].data == data


def test_a_value_changed_after_the_append_does_not_change_the_log(store):
    data = {"list": [1]}
    epoch = driven(store)
    store.append("r1", epoch, [Draft("x", data)], cursor=data)
    data["list"].append(2)
    store.read("r1", after=1)[0].data["list"].append(3)
    assert store.read("r1", after=1)[0].data == {"list": [1]}
    assert store.cursor("r1") == {"list": [1]}


def test_the_summary_is_what_the_row_shows(store):
    epoch = driven(store, cells_total=9)
    store.append("r1", epoch, [line(1)], summary=Summary("running", None, 1, 0, "c1", 3.0))
    row = store.run("r1")
    assert (row.status, row.reason, row.cells_done, row.cells_failed) == ("running", None, 1, 0)
    assert (row.current_cell, row.started_at, row.finished_at, row.cells_total) == ("c1", 3.0, None, 9)
    store.append("r1", epoch, [FINISHED], summary=Summary("failed", "cell_error", 2, 1, None, 3.0, 4.0), durable=True)
    row = store.run("r1")
    assert (row.status, row.reason, row.cells_done, row.cells_failed) == ("failed", "cell_error", 2, 1)
    assert (row.current_cell, row.started_at, row.finished_at, row.ended) == (None, 3.0, 4.0, True)


def test_the_cursor_is_stored_with_its_facts_and_stays_until_the_next(store):
    epoch = driven(store)
    assert store.cursor("r1") is None
    store.append("r1", epoch, [line(1)], cursor={"segment": 1, "offset": 20})
    store.append("r1", epoch, [line(2)])
    assert store.cursor("r1") == {"segment": 1, "offset": 20}
    store.append("r1", epoch, [], cursor={"segment": 2, "offset": 0})
    assert store.cursor("r1") == {"segment": 2, "offset": 0}


@pytest.mark.parametrize("state", ["stale", "never", "released", "expired", "ended"])
def test_a_stale_epoch_is_refused_and_writes_nothing(store: Store, clock, state):
    epoch = driven(store)
    store.append("r1", epoch, [line(1)], cursor={"at": 1}, summary=Summary("running"))
    if state == "stale":
        clock.advance(20)
        assert store.claim("w2", "here") is not None
    elif state == "released":
        store.release("r1", epoch)
    elif state == "expired":
        assert store.expire("w1") == ["r1"]
    elif state == "ended":
        store.append("r1", epoch, [FINISHED], summary=SUCCEEDED)
    else:
        epoch += 1
    asked = 1 if state == "ended" else store.signal("r1", "cancel", "me")
    row, log, lost = store.run("r1"), whole_log(store, "r1"), blob(b"lost")
    with pytest.raises(StaleEpoch, match="r1"):
        store.append(
            "r1",
            epoch,
            [line(2)],
            summary=Summary("waiting"),
            cursor={"at": 2},
            blobs=[lost],
            signals=[asked],
            durable=True,
        )
    assert store.run("r1") == row
    assert whole_log(store, "r1") == log
    assert store.cursor("r1") == {"at": 1}
    assert len(store.signals("r1")) == (state != "ended")
    with pytest.raises(RunNotFound, match="removed"):
        store.blob(lost.sha256)


def test_facts_that_cannot_be_written_leave_the_store_as_it_was(store):
    epoch = driven(store)
    with pytest.raises(TypeError):
        store.append("r1", epoch, [line(1), Draft("x", {"bytes": b""})], summary=Summary("running"))
    assert store.run("r1").seq == 1
    assert store.run("r1").status == "queued"
    assert store.append("r1", epoch, [line(1)]) == 2


def test_a_page_ends_at_its_limit_or_once_its_bytes_are_read(store):
    epoch = driven(store)
    store.append("r1", epoch, [Draft("x", {"text": "é" * 1000}) for _ in range(9)])
    assert [event.seq for event in store.read("r1", after=3, limit=2)] == [4, 5]
    assert [event.seq for event in store.read("r1", after=1, max_bytes=1)] == [2]
    assert 1 <= len(store.read("r1", after=1, max_bytes=5000)) < 9
    assert [event.seq for event in store.read("r1", after=9)] == [10]
    assert store.read("r1", after=10) == []
    assert store.read("r1", after=10**12) == []


def test_every_call_about_an_unknown_run_says_so(store):
    calls = (
        lambda: store.append("no", 1, [line(1)]),
        lambda: store.read("no"),
        lambda: store.run("no"),
        lambda: store.cursor("no"),
        lambda: store.snapshot("no"),
        lambda: store.save_snapshot("no", b""),
        lambda: store.delete("no"),
        lambda: store.pin("no", True),
        lambda: store.set_place("no", 1, "here"),
        lambda: store.signal("no", "cancel", "me"),
        lambda: store.signals("no"),
        lambda: store.runs(RunFilter(before="no")),
    )
    for call in calls:
        with pytest.raises(RunNotFound, match="no"):
            call()


def ids(store: Store, **where: object) -> list[str]:
    return [row.run_id for row in store.runs(RunFilter(**where))]  # type: ignore[arg-type]


def test_lists_show_the_newest_first_page_by_page(store):
    for number in (3, 1, 2, 5, 4):
        submit(store, f"r{number}")
    assert ids(store) == ["r4", "r5", "r2", "r1", "r3"]
    assert ids(store, limit=2) == ["r4", "r5"]
    assert ids(store, limit=2, before="r5") == ["r2", "r1"]
    assert ids(store, before="r3") == []


def test_lists_filter_by_any_status_all_labels_and_part_of_a_name(store):
    ended(store, "r1", status="succeeded", labels={"team": "a", "night": "1"})
    ended(store, "r2", status="failed", labels={"team": "a"}, title="Ärger 100%")
    ended(store, "r3", status="succeeded", labels={"team": "b"}, name="Report_x.ipynb")
    submit(store, "r4", labels={"team": "a"}, title="größe")
    assert ids(store, status=["succeeded"]) == ["r3", "r1"]
    assert ids(store, status=("queued", "failed", "queued")) == ["r4", "r2"]
    assert ids(store, status=("queued", "failed"), limit=1) == ["r4"]
    assert ids(store, status=("queued", "failed", "succeeded"), before="r3", limit=1) == ["r2"]
    assert ids(store, status=["cancelled"]) == []
    assert ids(store, labels={"team": "a"}) == ["r4", "r2", "r1"]
    assert ids(store, labels={"team": "a"}, before="r4", limit=1) == ["r2"]
    assert ids(store, labels={"team": "a", "night": "1"}) == ["r1"]
    assert ids(store, labels={"night": "1", "team": "b"}) == []
    assert ids(store, labels={"team": "a"}, status=["succeeded", "failed"]) == ["r2", "r1"]
    assert ids(store, labels={"team": "a"}, status=["succeeded", "failed"], before="r2", name="n.YML") == ["r1"]
    assert ids(store, name="ärGER") == ["r2"]
    assert ids(store, name="GRÖSSE") == ["r4"]
    assert ids(store, name="0%") == ["r2"]
    assert ids(store, name="t_x") == ["r3"]
    assert ids(store, name="%") == ["r2"]
    assert ids(store, name="report", labels={"team": "b"}, status=["succeeded"]) == ["r3"]


def test_lists_filter_by_text_anywhere(store):
    ended(store, "20250101-Ab", labels={"team": "Straße"}, name="x.yml")
    ended(store, "20250102-cd", labels={"strasse": "none", "more": "TEAM-blue"}, title="Ärger")
    ended(store, "20260101-ef", status="failed", name="report.ipynb")
    assert ids(store, text="STRASSE") == ["20250101-Ab"]  # a value, in any case; no key
    assert ids(store, text="team") == ["20250102-cd"]
    assert ids(store, text="äRGER") == ["20250102-cd"]
    assert ids(store, text="aB") == ["20250101-Ab"]
    assert ids(store, text="Report", status=["failed", "succeeded"]) == ["20260101-ef"]
    assert ids(store, text="x.y", labels={"team": "Straße"}) == ["20250101-Ab"]
    assert ids(store, text="2025", before="20250102-cd") == ["20250101-Ab"]
    assert ids(store, text="%") == ids(store, text="\0") == ids(store, text="\ud800") == []


def test_lists_filter_by_the_beginning_of_ids(store):
    for run_id in ("20250101-b", "20250101-a", "20260101-a"):
        submit(store, run_id)
    assert ids(store, id="20250101") == ["20250101-a", "20250101-b"]
    assert ids(store, id="20250101", limit=1, before="20250101-a") == ["20250101-b"]
    assert ids(store, id="20260101-a", status=["queued", "failed"]) == ["20260101-a"]
    assert ids(store, id="0101") == ids(store, id="%") == ids(store, id="2025?") == []


def test_lists_filter_by_the_time_of_submission(store, clock):
    times = []
    for number in range(3):
        submit(store, f"r{number}")
        times.append(store.run(f"r{number}").submitted_at)
        clock.advance(10)
    assert ids(store, since=times[1]) == ["r2", "r1"]
    assert ids(store, until=times[1]) == ["r0"]
    assert ids(store, since=times[1], until=times[2]) == ["r1"]
    assert ids(store, since=times[0], status=["queued", "failed"], limit=1, before="r2") == ["r1"]
    assert ids(store, since=times[2] + 1) == []


def test_names_and_labels_that_are_no_valid_unicode_are_kept_and_found(store):
    submit(store, "r1", name="caf\udce9.yml", title="x\ud800", labels={"k\udc80": "v\udc81"}, requested_by="\udc82")
    assert ids(store, labels={"k\udc80": "v\udc81"}) == ["r1"]
    assert ids(store, name="CAF\udce9") == ["r1"]
    assert store.run("r1").name.isprintable()


def test_ids_are_found_by_their_beginning_newest_first(store):
    for run_id in ("20250101-b", "20250101-a", "20260101-a", "x", "20250101-c"):
        submit(store, run_id)
    assert store.match("20250101") == ["20250101-c", "20250101-a", "20250101-b"]
    assert store.match("2025", limit=1) == ["20250101-c"]
    assert store.match("20250101-a") == ["20250101-a"]
    assert store.match("", limit=2) == ["20250101-c", "x"]
    assert store.match("%") == []


def test_an_id_is_found_however_many_newer_ones_begin_with_it(store):
    submit(store, "20250101")
    for number in range(3):
        submit(store, f"20250101-d{number}")
    assert store.match("20250101", limit=2) == ["20250101", "20250101-d2"]
    assert store.match("\ud800") == []


def test_counts_are_by_status(store):
    assert dict(store.counts()) == {}
    ended(store, "r1", status="failed")
    ended(store, "r2", status="failed")
    submit(store, "r3")
    assert dict(store.counts()) == {"failed": 2, "queued": 1}


def test_blobs_come_with_the_facts_that_refer_to_them(store):
    first, second = blob(b"\x00one"), blob(b"two")
    epoch = driven(store, blobs=[first])
    store.append("r1", epoch, [line(1)], blobs=iter([second, first]))
    assert store.blob(first.sha256) == b"\x00one"
    assert store.blob(second.sha256) == b"two"
    with pytest.raises(RunNotFound, match="removed"):
        store.blob("0" * 64)


def test_a_blob_knows_the_runs_that_refer_to_it_the_newest_first(store):
    shared, own = blob(b"shared"), blob(b"own")
    for number in (1, 2, 3):
        ended(store, f"r{number}", blobs=[shared, own] if number == 2 else [shared])
    assert store.blob_runs(shared.sha256) == ["r3", "r2", "r1"]
    assert store.blob_runs(shared.sha256, 2) == ["r3", "r2"]
    assert store.blob_runs(own.sha256) == ["r2"]
    store.delete("r2")
    assert store.blob_runs(shared.sha256) == ["r3", "r1"]
    assert store.blob_runs(own.sha256) == store.blob_runs("0" * 64) == []


def test_a_snapshot_can_be_kept_and_replaced(store):
    ended(store, "r1")
    assert store.snapshot("r1") is None
    store.save_snapshot("r1", b"one")
    store.save_snapshot("r1", b"two\x00")
    assert store.snapshot("r1") == b"two\x00"


def test_a_deleted_run_takes_along_only_its_own_blobs(store):
    shared, own = blob(b"shared"), blob(b"own")
    ended(store, "r1", blobs=[shared, own], labels={"a": "b"})
    store.save_snapshot("r1", b"s")
    ended(store, "r2", blobs=[shared], labels={"a": "b"})
    store.delete("r1")
    with pytest.raises(RunNotFound):
        store.read("r1")
    with pytest.raises(RunNotFound, match="removed"):
        store.blob(own.sha256)
    assert store.blob(shared.sha256) == b"shared"
    assert ids(store, labels={"a": "b"}) == ["r2"]
    assert len(store.read("r2")) == 2
    store.delete("r2")
    with pytest.raises(RunNotFound, match="removed"):
        store.blob(shared.sha256)


def test_a_run_that_comes_after_a_deleted_one_inherits_nothing(store):
    ended(store, "r1", labels={"a": "b"})
    store.save_snapshot("r1", b"s")
    store.delete("r1")
    submit(store, "r1")
    assert [event.type for event in store.read("r1")] == ["run.submitted"]
    assert store.snapshot("r1") is None
    assert ids(store, labels={"a": "b"}) == []


def test_a_run_that_has_not_ended_cannot_be_deleted(store):
    driven(store)
    with pytest.raises(Refused, match="queued"):
        store.delete("r1")
    assert len(store.read("r1")) == 1


def test_a_pin_can_be_set_and_taken_off(store):
    submit(store, "r1")
    store.pin("r1", True)
    assert store.run("r1").pinned
    store.pin("r1", False)
    assert not store.run("r1").pinned


def test_the_runtime_folder_is_private_and_leaves_room_for_sockets(store):
    assert store.runtime.stat().st_mode & 0o777 == 0o700
    assert len(str(store.runtime)) + 46 <= 107


def test_threads_can_write_and_read_at_once(store):
    epochs = {run_id: driven(store, run_id) for run_id in ("r1", "r2")}

    def write(run_id: str) -> None:
        for number in range(40):
            store.append(run_id, epochs[run_id], [line(number)])
            store.read(run_id, after=number)

    threads = [threading.Thread(target=write, args=(run_id,)) for run_id in ("r1", "r2", "r1", "r2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for run_id in epochs:
        log = whole_log(store, run_id)
        check_log(log)
        assert len(log) == 81
