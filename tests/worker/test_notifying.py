"""Notifications sent by a worker to receivers that are there, are not, or do as they like."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from jupyter_runt.client.notifications import NotificationsDesk, listed
from jupyter_runt.client.schedules import SchedulesDesk
from jupyter_runt.run.notifications import Message
from jupyter_runt.store.notifications import Rate
from jupyter_runt.worker import targets
from jupyter_runt.worker.firing import Firing
from jupyter_runt.worker.loop import Options, Worker
from jupyter_runt.worker.notifying import AT_ONCE, EACH, Notifying
from jupyter_runt.worker.targets import Failure
from tests.receiving import PASSWORD, TOKEN, Receiver, mailbox, receiving
from tests.worker.house import ROOT, House, Ran, until

QUICK = (0.05, 0.1, 0.2)
NOTIFY = {"metadata": {"title": "nightly", "notify": {"on": ["ended"], "to": ["${HOOK}"]}}}


def notifying(house: House, rate: Rate | None = None, **more: Any) -> Notifying:
    return Notifying(house.store, house.clock, NotificationsDesk(house.store), rate or Rate(), delays=QUICK, **more)


def notified(house: House, run_id: str) -> list[dict[str, Any]]:
    return listed(house.store, run_id)


def told(house: House, *cells: str, notebook: dict[str, Any] | None = None, **more: Any) -> Ran:
    """A run whose worker stays until everybody has been told."""

    async def scenario() -> Ran:
        run_id = house.submit(*cells, notebook=notebook or NOTIFY)
        async with house.working(notifying(house, **more)):
            ran = await house.end(run_id)
            await settled(house, run_id)
            return ran

    return asyncio.run(scenario())


async def settled(house: House, run_id: str) -> None:
    await until(lambda: all(each["status"] != "pending" for each in notified(house, run_id)), "everybody is told")


@pytest.fixture(autouse=True)
def from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """What sends is a process of this tree, too."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


@pytest.fixture
def hooked(monkeypatch: pytest.MonkeyPatch) -> Callable[[Receiver], None]:
    return lambda receiver: monkeypatch.setenv("HOOK", receiver.url)


def test_a_web_hook_is_told_how_the_run_has_ended(house: House, hooked):
    with receiving() as receiver:
        hooked(receiver)
        ran = told(house, "1 / 0")
    (message,) = receiver.messages
    assert (message["title"], message["type"]) == ("failed: nightly", "failure")
    lines = message["message"].split("\n")
    assert lines[0] == "nightly (n.yml)"
    assert lines[1].startswith("status: failed (cell_error) after ")
    assert lines[2:] == [
        "cell c1: ZeroDivisionError: division by zero", f"run {ran.run_id}", f"jupyter runt show {ran.run_id}",
    ]  # fmt: skip
    (note,) = notified(house, ran.run_id)
    assert (note["on"], note["target"], note["status"], note["attempts"]) == (["ended"], "${HOOK}", "sent", 1)


def test_a_mail_is_sent_through_a_server_that_asks_for_a_password(house: House, monkeypatch):
    with mailbox() as box:
        monkeypatch.setenv("HOOK", box.url)
        ran = told(house, "print('fine')")
        ((subject, text),) = box.letters
    assert subject == "succeeded: nightly"
    assert f"run {ran.run_id}" in text
    assert [each["status"] for each in notified(house, ran.run_id)] == ["sent"]


def test_a_receiver_that_fails_first_is_told_in_the_end_and_every_attempt_is_kept(house: House, hooked):
    with receiving(503, "reset", 500) as receiver:
        hooked(receiver)
        ran = told(house, "1")
    assert receiver.titles == ["succeeded: nightly"] * 4
    (note,) = notified(house, ran.run_id)
    assert (note["status"], note["attempts"], note["error"]) == ("sent", 4, None)
    assert [each["status"] for each in note["history"]] == ["pending", "pending", "pending", "sent"]
    first, second, third, last = (each["error"] for each in note["history"])
    assert "error=503" in first
    assert "Connection error" in second
    assert "error=500" in third
    assert last == ""


def test_a_receiver_that_has_moved_was_not_told(house: House, hooked):
    """Whoever follows is answered with 200, and has told nothing."""
    with receiving("moved") as receiver:
        hooked(receiver)
        ran = told(house, "1")
    assert receiver.titles == ["succeeded: nightly"] * 2
    (note,) = notified(house, ran.run_id)
    assert (note["status"], note["attempts"]) == ("sent", 2)
    assert "error=301" in note["history"][0]["error"]


def test_a_target_that_never_answers_is_given_up_and_the_run_knows_nothing_of_it(house: House, hooked):
    async def impatient(url: str, message: Message) -> Failure | None:
        return await targets.send(url, message, 1.5)

    with receiving("hang", "hang", "hang", "hang") as receiver:
        hooked(receiver)
        begun = time.monotonic()
        ran = told(house, "1", send=impatient)
        assert time.monotonic() - begun > 6.0
    assert ran.ending == ("succeeded", None)
    assert ran.state.duration is not None
    assert ran.state.duration < 5.0
    (note,) = notified(house, ran.run_id)
    assert (note["status"], note["attempts"], note["error"]) == ("failed", 4, "it took longer than 1.5 s")


def test_a_broken_target_holds_up_neither_the_other_targets_nor_the_next_run(house: House, hooked, monkeypatch):
    notebook = {"metadata": {"notify": {"on": ["ended"], "to": ["${SILENT}", "${HOOK}"]}}}

    async def scenario() -> None:
        with receiving("hang", "hang") as silent, receiving() as receiver:
            hooked(receiver)
            monkeypatch.setenv("SILENT", silent.url)
            first = house.submit("1", notebook=notebook)
            async with house.working(notifying(house)):
                await house.end(first)
                await asyncio.to_thread(silent.received, 1)
                second = await house.end(house.submit("2", notebook=notebook))
                await asyncio.to_thread(receiver.received, 2)
                assert second.ending == ("succeeded", None)
                by_target = {each["target"]: each["status"] for each in notified(house, first)}
                assert by_target["${SILENT}"] == "pending"
                begun = time.monotonic()
            assert time.monotonic() - begun < 10.0, "a worker that is asked to end does not wait for ever"

    asyncio.run(scenario())


def test_a_target_that_is_silent_leaves_places_to_the_others(house: House, hooked, monkeypatch):
    """However many messages there are for it."""
    silently = {"metadata": {"notify": {"on": ["ended"], "to": ["${SILENT}"]}}}

    async def scenario() -> None:
        with receiving(*["hang"] * 9) as silent, receiving() as receiver:
            hooked(receiver)
            monkeypatch.setenv("SILENT", silent.url)
            async with house.working(notifying(house)):
                runs = [house.submit("1", notebook=silently) for _ in range(AT_ONCE)]
                await asyncio.gather(*map(house.end, runs))
                await asyncio.to_thread(silent.received, EACH)
                await house.end(house.submit("1", notebook=NOTIFY))
                await asyncio.to_thread(receiver.received, 1)
                assert len(silent.messages) == EACH

    asyncio.run(scenario())


def test_a_target_that_another_worker_knows_is_left_to_that_one(house: House):
    async def scenario(receiver: Receiver) -> dict[str, Any]:
        other = house.start_worker(env={"HOOK": receiver.url})
        await until(lambda: len(house.store.workers()) == 1, "the other worker lives")
        other.send_signal(signal.SIGSTOP)
        run_id = house.submit("1", notebook=NOTIFY)
        async with house.working(notifying(house)):
            await house.end(run_id)
            await until(lambda: bool(notified(house, run_id)[0]["history"]), "this worker has tried")
            other.send_signal(signal.SIGCONT)
            await settled(house, run_id)
        (note,) = notified(house, run_id)
        return note

    with receiving() as receiver:
        note = asyncio.run(scenario(receiver))
    assert (note["status"], note["attempts"]) == ("sent", 2)
    assert "HOOK is not set" in note["history"][0]["error"]


@pytest.mark.parametrize(
    ("target", "url", "status", "said"),
    [
        ("${NOWHERE_SET}", "", "failed", "NOWHERE_SET is not set: set it where workers are started"),
        ("${file:no-such-file}", "", "failed", "'no-such-file' of a parameter cannot be read"),
        ("${NOWHERE_SET:-}", "", "dropped", "may be"),
        ("${ODD}", "nosuch://tr0ub4dor-pw", "failed", "Apprise knows no service of such a URL"),
        ("${ODD}", "tr0ub4dor-pw", "failed", "Apprise knows no service of such a URL"),
    ],
)
def test_what_can_never_be_sent_is_said_once_and_not_tried_again(house: House, monkeypatch, target, url, status, said):
    monkeypatch.setenv("ODD", url)
    ran = told(house, "1", notebook={"metadata": {"notify": {"on": ["ended"], "to": [target]}}})
    (note,) = notified(house, ran.run_id)
    assert (note["status"], note["attempts"]) == (status, 1)
    assert said in note["error"]
    assert PASSWORD not in str(note)


def test_a_worker_without_apprise_says_what_to_install(house: House, hooked, monkeypatch):
    (house.folder / "apprise.py").write_text("raise ImportError('not here')")
    monkeypatch.setenv("PYTHONPATH", f"{house.folder}:{ROOT}")
    with receiving() as receiver:
        hooked(receiver)
        ran = told(house, "1")
        assert receiver.messages == []
    (note,) = notified(house, ran.run_id)
    assert note["status"] == "failed"
    assert 'pip install "jupyter-runt[notify]"' in note["error"]


def test_a_target_may_be_in_a_file_and_in_the_runs_own_environment_file(house: House):
    with receiving() as receiver:
        (house.folder / "hook").write_text(f"{receiver.url}\n")
        (house.folder / "run.env").write_text(f"HOOK='{receiver.url}'\n")
        notebook = {"metadata": {"notify": {"on": ["ended"], "to": ["${file:hook}", "${HOOK}"]}}}

        async def scenario() -> str:
            run_id = house.submit("1", notebook=notebook, env_file=str(house.folder / "run.env"))
            async with house.working(notifying(house)):
                await house.end(run_id)
                await settled(house, run_id)
            return run_id

        run_id = asyncio.run(scenario())
        assert [each["status"] for each in notified(house, run_id)] == ["sent", "sent"]
        assert len(receiver.messages) == 2


def test_a_worker_that_still_tells_somebody_before_it_ends_fires_nothing_any_more(house: House, monkeypatch):
    """Nobody would take what it fires."""
    monkeypatch.setenv("HOOK", "json://anywhere")

    async def scenario() -> None:
        begun, released = asyncio.Event(), asyncio.Event()

        async def slow(url: str, message: Message) -> None:
            begun.set()
            await released.wait()

        firing = Firing(house.store, house.clock, SchedulesDesk(house.client))
        worker = Worker(house.store, house.clock, Options(), firing, notifying(house, send=slow))
        worker.register()
        house.submit("1", notebook=NOTIFY)
        serving = asyncio.create_task(worker.serve())
        await begun.wait()
        worker.drain()
        await until(lambda: firing._task is not None and firing._task.done(), "it fires nothing any more")
        assert not serving.done()
        released.set()
        await serving

    asyncio.run(scenario())


def test_somebody_is_told_of_a_question_while_it_is_open(house: House, hooked):
    notebook = {"metadata": {"notify": {"on": ["waiting", "failed"], "to": ["${HOOK}"]}, "input": {"policy": "wait"}}}

    async def scenario() -> str:
        with receiving() as receiver:
            hooked(receiver)
            run_id = house.submit("print(input('which one? '))", notebook=notebook)
            async with house.working(notifying(house)) as worker:
                (message,) = await asyncio.to_thread(receiver.received, 1)
                assert message["title"] == "waiting for an input: n.yml"
                assert "it asks: which one?" in message["message"]
                performer = worker.performer(run_id)
                assert performer is not None
                await performer.reply(None, "this", "tester")
                ran = await house.end(run_id)
            assert ran.text() == "this\n"
            assert len(receiver.messages) == 1
            return run_id

    run_id = asyncio.run(scenario())
    (note,) = notified(house, run_id)
    assert (note["on"], note["status"]) == (["waiting"], "sent")


def test_a_question_that_was_answered_before_anybody_could_be_told_is_none(house: House, hooked):
    notebook = {"metadata": {"notify": {"on": ["waiting"], "to": ["${HOOK}"]}, "input": {"policy": "wait"}}}

    async def scenario() -> None:
        run_id = house.submit("input('? ')", notebook=notebook)
        with receiving() as receiver:
            hooked(receiver)
            async with house.working() as worker:  # it tells nobody
                await house.seen(run_id, "input.requested")
                performer = worker.performer(run_id)
                assert performer is not None
                await performer.reply(None, "", "tester")
                await house.end(run_id)
            async with house.working(notifying(house)):
                await settled(house, run_id)
            assert receiver.messages == []
        assert [each["status"] for each in notified(house, run_id)] == ["dropped"]

    asyncio.run(scenario())


def test_a_run_whose_before_had_failed_has_recovered_and_the_one_after_it_has_not(house: House, hooked):
    notebook = {"metadata": {"notify": {"on": ["failed", "recovered"], "to": ["${HOOK}"]}}}

    async def scenario(cells: Sequence[str]) -> None:
        async with house.working(notifying(house)):
            for cell in cells:
                ran = await house.end(house.submit(cell, notebook=notebook))
                await settled(house, ran.run_id)

    with receiving() as receiver:
        hooked(receiver)
        asyncio.run(scenario(["1", "1 / 0", "1", "1"]))
    assert receiver.titles == ["failed: n.yml", "recovered: n.yml"]


def test_too_many_messages_are_held_back_and_counted_afterwards(house: House, hooked):
    rate = Rate(2, 6.0)

    async def scenario(receiver: Receiver) -> list[str]:
        async with house.working(notifying(house, rate=rate)):
            runs = [(await house.end(house.submit(str(number), notebook=NOTIFY))).run_id for number in range(5)]
            await asyncio.to_thread(receiver.received, 3)
            for run_id in runs:
                await settled(house, run_id)
            return runs

    with receiving() as receiver:
        hooked(receiver)
        runs = asyncio.run(scenario(receiver))
    first, second, third = (each["message"] for each in receiver.messages)
    assert "held back" not in first
    assert "There are too many messages about this: more are held back until 20" in second
    assert f"run {runs[-1]}" in third
    assert "2 messages about this had been held back before this one." in third
    statuses = [each["status"] for run_id in runs for each in notified(house, run_id)]
    assert statuses == ["sent", "sent", "held", "held", "sent"]


def test_no_trace_of_a_targets_url_is_left(house: House, hooked, caplog):
    caplog.set_level("DEBUG")
    with receiving(500, "reset") as receiver:
        hooked(receiver)
        ran = told(house, "print('HOOK' in __import__('os').environ)")
        assert len(receiver.messages) == 3
    told_of = [str(ran.events), str(ran.ipynb()), str(notified(house, ran.run_id)), caplog.text]
    told_of += [path.read_bytes().decode("latin-1") for path in house.folder.rglob("*") if path.is_file()]
    for secret in (PASSWORD, TOKEN):
        assert not [each for each in told_of if secret in each]
    assert "notification of" in caplog.text
