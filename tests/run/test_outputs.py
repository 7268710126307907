"""OutputStage: the facts that followers see of what a kernel says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.events import Draft, Event
from jupyter_runt.run.outputs import CHUNK, INTERVAL, OutputStage
from jupyter_runt.run.redaction import MASK, Redactor

PNG = {"image/png": "iVBORw0KGgo="}


def stage_of(*cells: str, secrets: tuple[str, ...] = (), **settings: Any) -> OutputStage:
    stage = OutputStage(Redactor(secrets), **settings)
    for cell_id in cells or ("a",):
        start(stage, cell_id)
    return stage


def written(stage: OutputStage, name: str, text: str, parent: str, now: float) -> list[Draft]:
    """What comes of a write after which nothing follows for a while."""
    return stage.text(name, text, parent, now) or stage.flush(now)


def start(stage: OutputStage, cell_id: str) -> None:
    stage.apply(Draft("cell.started", {"msg_id": f"m-{cell_id}", "clock": 0.0}, cell_id, 1))


def finish(stage: OutputStage, cell_id: str) -> None:
    stage.apply(Draft("cell.finished", {"status": "succeeded"}, cell_id, 1))


def shown(drafts: list[Draft]) -> list[tuple[Any, ...]]:
    """The drafts in few words."""
    words: list[tuple[Any, ...]] = []
    for draft in drafts:
        data = draft.data
        output = data.get("output", {})
        match draft.type:
            case "output.added" if output["output_type"] == "stream":
                words.append(("new", draft.cell_id, data["index"], output["name"], output["text"]))
            case "output.added":
                words.append(("new", draft.cell_id, data["index"], output["output_type"]))
            case "stream.appended":
                words.append(("more", draft.cell_id, data["index"], data["text"]))
            case "outputs.cleared":
                words.append(("cleared", draft.cell_id, *(["at the next output"] if data.get("wait") else [])))
            case kind:
                words.append((kind, draft.cell_id))
    return words


def display(
    stage: OutputStage, now: float, parent: str = "m-a", display_id: str | None = None, **data: Any
) -> list[Draft]:
    content = {"data": data or PNG, "metadata": {}, "transient": {"display_id": display_id} if display_id else {}}
    return stage.message("display_data", parent, content, [], now)


def update(stage: OutputStage, now: float, text: str, display_id: str = "d") -> list[Draft]:
    content = {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": display_id}}
    return stage.message("update_display_data", "m-a", content, [], now)


def comm(stage: OutputStage, now: float, *buffers: bytes, **state: Any) -> list[Draft]:
    content = {
        "comm_id": "c1",
        "data": {"method": "update", "state": state, "buffer_paths": [["value"]] if buffers else []},
    }
    return stage.message("comm_msg", "m-a", content, buffers, now)


# -- text ------------------------------------------------------------------------------------------------------------


def test_the_first_line_goes_out_at_once_and_what_follows_is_joined_until_it_is_due():
    stage = stage_of()
    assert shown(stage.text("stdout", "a\n", "m-a", 1.0)) == [("new", "a", 0, "stdout", "a\n")]
    assert not stage.due
    assert stage.text("stdout", "b", "m-a", 1.001) == []
    assert stage.text("stdout", "c", "m-a", 1.002) == []
    assert stage.due == 1.0 + INTERVAL
    assert shown(stage.flush(1.02)) == [("more", "a", 0, "bc")]
    assert not stage.due
    assert stage.flush(2.0) == []


def test_a_line_that_has_begun_is_given_an_interval_to_end():
    stage = stage_of()
    assert stage.text("stdout", "a", "m-a", 1.0) == []
    assert stage.due == 1.0 + INTERVAL
    assert shown(stage.text("stdout", "\n", "m-a", 1.001)) == [("new", "a", 0, "stdout", "a\n")]
    assert stage.text("stdout", "50 %", "m-a", 2.0) == []
    assert shown(stage.flush(2.02)) == [("more", "a", 0, "50 %")]


def test_twenty_thousand_small_prints_make_about_a_hundred_facts_and_lose_nothing():
    stage = stage_of()
    drafts: list[Draft] = []
    for number in range(20_000):
        now = 1 + number * 1e-4
        if stage.due is not None and stage.due <= now:
            drafts += stage.flush(now)
        drafts += stage.text("stdout", f"{number}\n", "m-a", now)
    drafts += stage.close(4.0)
    assert len(drafts) <= 200
    text = "".join(draft.data.get("text") or draft.data["output"]["text"] for draft in drafts)
    assert text == "".join(f"{number}\n" for number in range(20_000))


def test_stdout_and_stderr_keep_the_order_in_which_they_were_written():
    stage = stage_of()
    written(stage, "stdout", "0", "m-a", 1.0)
    for name, text in (("stdout", "1"), ("stderr", "2"), ("stderr", "3"), ("stdout", "4")):
        assert stage.text(name, text, "m-a", 1.001) == []
    assert shown(stage.flush(2.0)) == [
        ("more", "a", 0, "1"),
        ("new", "a", 1, "stderr", "23"),
        ("new", "a", 2, "stdout", "4"),
    ]


def test_text_before_a_display_comes_before_it_and_text_after_it_is_a_new_output():
    stage = stage_of()
    written(stage, "stdout", "a", "m-a", 1.0)
    stage.text("stdout", "b", "m-a", 1.001)
    assert shown(display(stage, 1.002)) == [("more", "a", 0, "b"), ("new", "a", 1, "display_data")]
    assert shown(written(stage, "stdout", "c", "m-a", 2.0)) == [("new", "a", 2, "stdout", "c")]


def test_one_event_holds_a_bounded_piece_of_text_and_much_text_does_not_wait():
    stage = stage_of()
    written(stage, "stdout", "x", "m-a", 1.0)
    drafts = stage.text("stdout", "y" * (2 * CHUNK + 5), "m-a", 1.001)
    assert [len(draft.data["text"]) for draft in drafts] == [CHUNK, CHUNK, 5]


def test_text_of_two_cells_stays_with_its_cells_and_what_comes_late_says_so():
    stage = stage_of("a")
    written(stage, "stdout", "a1", "m-a", 1.0)
    finish(stage, "a")
    start(stage, "b")
    stage.text("stdout", "b1", "m-b", 1.001)
    stage.text("stdout", "a2", "m-a", 1.002)
    drafts = sorted(stage.flush(2.0), key=lambda draft: draft.cell_id or "")
    assert shown(drafts) == [("more", "a", 0, "a2"), ("new", "b", 0, "stdout", "b1")]
    assert [draft.data.get("late", False) for draft in drafts] == [True, False]


def test_text_without_a_request_goes_to_the_last_cell_and_text_of_a_foreign_request_nowhere():
    stage = stage_of("a", "b")
    assert shown(written(stage, "stdout", "bye", "", 1.0)) == [("new", "b", 0, "stdout", "bye")]
    assert written(stage, "stdout", "console", "of-a-console", 2.0) == []
    assert display(stage, 3.0, "of-a-console") == []
    assert OutputStage().text("stdout", "too early", "", 1.0) == []


def test_after_a_retry_nothing_goes_to_the_outputs_of_the_attempt_before():
    stage = stage_of("a")
    written(stage, "stdout", "first", "m-a", 1.0)
    stage.apply(Draft("run.retrying", {"attempt": 2}))
    assert written(stage, "stdout", "the new kernel says hello", "", 2.0) == []
    start(stage, "a")
    assert shown(written(stage, "stdout", "second", "m-a", 3.0)) == [("new", "a", 0, "stdout", "second")]


# -- clear_output ----------------------------------------------------------------------------------------------------


def test_clear_output_clears_after_what_was_written_before():
    stage = stage_of()
    written(stage, "stdout", "a", "m-a", 1.0)
    stage.text("stdout", "b", "m-a", 1.001)
    assert shown(stage.message("clear_output", "m-a", {"wait": False}, [], 1.002)) == [
        ("more", "a", 0, "b"),
        ("cleared", "a"),
    ]
    assert shown(written(stage, "stdout", "c", "m-a", 2.0)) == [("new", "a", 0, "stdout", "c")]


@pytest.mark.parametrize("write", ["text", "display"])
def test_clear_output_that_waits_clears_right_before_the_next_output(write):
    stage = stage_of()
    written(stage, "stdout", "a", "m-a", 1.0)
    assert shown(stage.message("clear_output", "m-a", {"wait": True}, [], 2.0)) == [
        ("cleared", "a", "at the next output")
    ]
    assert stage.message("clear_output", "m-a", {"wait": True}, [], 2.1) == [], "said already"
    drafts = written(stage, "stdout", "b", "m-a", 3.0) if write == "text" else display(stage, 3.0)
    assert shown(drafts)[0] == ("cleared", "a")
    assert drafts[1].data["index"] == 0
    assert [draft.type for draft in drafts] == ["outputs.cleared", "output.added"]


def test_clear_output_at_once_forgets_the_one_that_waited():
    stage = stage_of()
    stage.message("clear_output", "m-a", {"wait": True}, [], 1.0)
    stage.message("clear_output", "m-a", {"wait": False}, [], 2.0)
    assert shown(display(stage, 3.0)) == [("new", "a", 0, "display_data")]


# -- other messages --------------------------------------------------------------------------------------------------


def test_each_kind_of_output_is_as_nbformat_has_it():
    stage = stage_of()
    messages: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "display_data": ({"data": PNG, "metadata": {"w": 1}, "transient": {}}, {"data": PNG, "metadata": {"w": 1}}),
        "execute_result": (
            {"data": {"text/plain": "4"}, "metadata": {}, "execution_count": 3, "transient": {}},
            {"data": {"text/plain": "4"}, "metadata": {}, "execution_count": 3},
        ),
        "error": (
            {"ename": "E", "evalue": "v", "traceback": ("l1", "l2"), "execution_count": 3},
            {"ename": "E", "evalue": "v", "traceback": ["l1", "l2"]},
        ),
    }
    for index, (kind, (content, output)) in enumerate(messages.items()):
        (draft,) = stage.message(kind, "m-a", content, [], 1.0)
        assert draft.data == {"index": index, "output": {"output_type": kind, **output}}


def test_messages_that_show_nothing_make_no_facts():
    stage = stage_of()
    for kind in ("status", "execute_input", "debug_event", "execute_reply"):
        assert stage.message(kind, "m-a", {"execution_state": "busy"}, [], 1.0) == []


def test_of_many_updates_of_a_display_within_an_interval_only_the_last_is_a_fact():
    stage = stage_of()
    drafts = display(stage, 1.0, display_id="d")
    assert drafts[0].data["display_id"] == "d"
    drafts = update(stage, 2.0, "0 %")
    for percent in range(1, 100):
        drafts += update(stage, 2 + percent * 1e-4, f"{percent} %")
    drafts += stage.flush(3.0)
    assert [draft.data["data"]["text/plain"] for draft in drafts] == ["0 %", "99 %"]
    assert drafts[-1].data == {"display_id": "d", "data": {"text/plain": "99 %"}, "metadata": {}}


def test_an_update_without_an_id_updates_nothing():
    assert stage_of().message("update_display_data", "m-a", {"data": PNG, "metadata": {}}, [], 1.0) == []


def test_a_widgets_updates_within_an_interval_are_one_fact_with_the_newest_values():
    stage = stage_of()
    opened = {"comm_id": "c1", "target_name": "jupyter.widget", "data": {"state": {"value": 0}, "buffer_paths": []}}
    assert [draft.data for draft in stage.message("comm_open", "m-a", opened, [], 1.0)] == [opened]
    assert len(comm(stage, 2.0, value=1)) == 1
    assert comm(stage, 2.001, value=2, min=0) == []
    assert comm(stage, 2.002, value=3) == []
    (merged,) = stage.flush(3.0)
    assert merged.data["data"]["state"] == {"value": 3, "min": 0}
    assert [draft.type for draft in stage.message("comm_close", "m-a", {"comm_id": "c1", "data": {}}, [], 4.0)] == [
        "comm.closed"
    ]


def test_a_widgets_update_with_buffers_stands_alone_and_behind_those_before():
    stage = stage_of()
    comm(stage, 1.0, value=1)
    comm(stage, 1.001, value=2)
    drafts = comm(stage, 1.002, b"\x00\xff", other=1)
    assert [draft.data["data"]["state"] for draft in drafts] == [{"value": 2}, {"other": 1}]
    assert drafts[1].data["buffers"] == ["AP8="]


def test_what_the_agent_lost_is_a_gap():
    stage = stage_of()
    (draft,) = stage.message("runt_lost", "m-a", {"reason": "journal_full", "bytes": 10}, [], 1.0)
    assert (draft.type, draft.data) == ("gap", {"reason": "journal_full", "bytes": 10})


# -- quota -----------------------------------------------------------------------------------------------------------


def test_beyond_the_quota_nothing_is_kept_and_both_its_beginning_and_the_account_are_told():
    stage = stage_of(quota=10)
    assert shown(written(stage, "stdout", "12345678", "m-a", 1.0)) == [("new", "a", 0, "stdout", "12345678")]
    assert shown(written(stage, "stdout", "abc", "m-a", 2.0)) == [("truncated", None)]
    assert written(stage, "stdout", "defg", "m-a", 3.0) == []
    assert shown(written(stage, "stdout", "90", "m-a", 4.0)) == [("more", "a", 0, "90")]
    assert [draft.data for draft in stage.close(5.0)] == [{"reason": "quota", "limit": 10, "dropped": 7}]
    assert stage.close(6.0) == []


def test_a_restored_stage_knows_what_the_quota_has_left_text_in_blobs_included():
    blob = {"$blob": "0" * 64, "size": 60}
    log = [
        ("output.added", {"index": 0, "output": {"output_type": "stream", "name": "stdout", "text": "x" * 20}}),
        ("stream.appended", {"index": 0, "text": blob}),
    ]
    stage = stage_of(quota=100)
    for number, (kind, data) in enumerate(log, start=1):
        stage.apply(Event("r", number, 0.0, kind, data, "a"))
    assert [draft.type for draft in written(stage, "stdout", "y" * 21, "m-a", 1.0)] == ["truncated"]
    assert [draft.type for draft in written(stage, "stdout", "y" * 20, "m-a", 2.0)] == ["stream.appended"]


def test_displays_their_updates_and_widgets_cost_of_the_quota_too_however_deep_their_texts_are():
    big = "x" * 1000
    for feed in (
        lambda stage: display(stage, 1.0, deep=[{"er": big}]),
        lambda stage: stage.message("error", "m-a", {"ename": "E", "evalue": "", "traceback": [big]}, [], 1.0),
        lambda stage: update(stage, 1.0, big),
        lambda stage: comm(stage, 1.0, value=big),
        lambda stage: comm(stage, 1.0, big.encode()),
        lambda stage: stage.message("comm_open", "m-a", {"comm_id": "c", "data": {"state": {"v": big}}}, [], 1.0),
    ):
        assert [draft.type for draft in feed(stage_of(quota=500))] == ["truncated"]
        assert [draft.type for draft in feed(stage_of(quota=2000))] not in ([], ["truncated"])


# -- redaction -------------------------------------------------------------------------------------------------------


def test_a_secret_is_redacted_across_chunks_and_what_is_held_back_comes_at_the_end():
    stage = stage_of(secrets=("correct-horse",))
    assert written(stage, "stdout", "corre", "m-a", 1.0) == []
    assert shown(written(stage, "stdout", "ct-horse battery corr", "m-a", 2.0)) == [
        ("new", "a", 0, "stdout", f"{MASK} battery ")
    ]
    assert stage.flush(3.0) == []
    assert shown(stage.flush(4.0, release=True)) == [("more", "a", 0, "corr")]


def test_a_secret_is_redacted_in_displays_errors_updates_and_widgets():
    stage = stage_of(secrets=("correct-horse",))
    secret = "it is correct-horse"
    drafts = display(stage, 1.0, **{"text/plain": secret})
    drafts += stage.message("error", "m-a", {"ename": "E", "evalue": secret, "traceback": [secret]}, [], 2.0)
    drafts += update(stage, 3.0, secret)
    drafts += comm(stage, 4.0, value=secret)
    assert len(drafts) == 4
    assert "correct-horse" not in repr(drafts)
    assert repr(drafts).count(MASK) == 5


# -- an adopted run --------------------------------------------------------------------------------------------------

Operation = tuple[str, str, str]
operations = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["stdout", "stderr"]), st.sampled_from(["a", "b", ""]), st.text("xy\n", max_size=6)),
        st.tuples(
            st.sampled_from(["display", "wait", "clear", "update", "comm", "finish", "start"]),
            st.sampled_from(["a", "b"]),
            st.text("xy", max_size=30),
        ),
    ),
    max_size=25,
)


def perform(stage: OutputStage, operation: Operation, now: float) -> list[Draft]:
    kind, cell_id, text = operation
    parent = cell_id and f"m-{cell_id}"
    if kind in ("stdout", "stderr"):
        return stage.text(kind, text, parent, now)
    if kind in ("start", "finish"):
        data = {"msg_id": parent, "clock": now} if kind == "start" else {"status": "succeeded"}
        fact = Draft(f"cell.{kind}ed" if kind == "start" else "cell.finished", data, cell_id, 1)
        drafts = [*stage.flush(now, release=True), fact]
        stage.apply(fact)
        return drafts
    contents: dict[str, tuple[str, dict[str, Any]]] = {
        "display": ("display_data", {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "d"}}),
        "update": (
            "update_display_data",
            {"data": {"text/plain": text}, "metadata": {}, "transient": {"display_id": "d"}},
        ),
        "wait": ("clear_output", {"wait": True}),
        "clear": ("clear_output", {"wait": False}),
        "comm": ("comm_msg", {"comm_id": "c", "data": {"method": "update", "state": {text: text}}}),
    }
    message, content = contents[kind]
    return stage.message(message, parent, content, [], now)


@settings(deadline=None)
@given(before=operations, after=operations, quota=st.sampled_from([30, 300, 10_000]), gap=st.sampled_from([0.001, 0.5]))
def test_a_stage_restored_from_the_log_goes_on_as_the_old_one_would_have(before, after, quota, gap):
    stages = [OutputStage(Redactor(["xyxyxy"]), quota) for _ in range(2)]
    old, restored = stages
    log = [Draft("cell.started", {"msg_id": "m-a", "clock": 0.0}, "a", 1)]
    old.apply(log[0])
    now = 1.0
    for operation in before:
        now += gap
        log += perform(old, operation, now)
    log += old.flush(now, release=True)
    for number, draft in enumerate(log, start=1):
        restored.apply(Event("r", number, 0.0, draft.type, draft.data, draft.cell_id, draft.attempt))
    now += 1.0
    for operation in after:
        now += gap
        assert perform(restored, operation, now) == perform(old, operation, now)
    accounts = [[draft for draft in stage.close(now + 1) if draft.type != "truncated"] for stage in stages]
    assert accounts[0] == accounts[1]
