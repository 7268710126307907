"""Questions of user code: replies come over the worker's private socket and touch no file."""

from __future__ import annotations

import asyncio

import pytest

from jupyter_runt.errors import Refused
from tests.worker.house import House, Ran

GREETING = "name = input('Name: '); print('Hello', name)"
PASSWORD = "import getpass; given = getpass.getpass('Secret: '); print(len(given))"
VALUE = "xyzzy-plugh-4711"


async def asked(house: House, run_id: str, text: str, after: int = 0) -> int:
    question = await house.seen(run_id, "input.requested", after=after)
    await asyncio.to_thread(house.client.reply, run_id, text, question.data["input_id"])
    return question.seq


def test_answers_reach_input_and_getpass(house: House, runtime):
    async def scenario() -> Ran:
        run_id = house.submit(GREETING, PASSWORD, input="wait", runtime=runtime)
        async with house.working():
            seq = await asked(house, run_id, "Ada")
            await asked(house, run_id, VALUE, after=seq)
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert (ran.text("c1"), ran.text("c2")) == ("Hello Ada\n", f"{len(VALUE)}\n")
    assert [event.data["password"] for event in ran.of("input.requested")] == [False, True]
    assert [event.type for event in ran.events if event.type.startswith("input.")] == [
        "input.requested", "input.answered", "input.taken"] * 2  # fmt: skip
    assert VALUE.encode() not in b"".join(path.read_bytes() for path in house.folder.rglob("*") if path.is_file())


def test_only_the_open_question_takes_a_reply_and_only_one(house: House):
    async def scenario() -> Ran:
        run_id = house.submit("import time; time.sleep(0.2)", GREETING, input="wait")
        reply = house.client.reply
        async with house.working():
            await house.seen(run_id, "cell.started")
            with pytest.raises(Refused, match="not waiting"):
                await asyncio.to_thread(reply, run_id, "early")
            await house.seen(run_id, "input.requested")
            with pytest.raises(Refused, match=r"not waiting for input 1\.7"):
                await asyncio.to_thread(reply, run_id, "wrong", "1.7")
            results = await asyncio.gather(
                *(asyncio.to_thread(reply, run_id, f"r{n}") for n in range(4)), return_exceptions=True
            )
            assert sorted(type(result).__name__ for result in results) == ["Refused"] * 3 + ["str"]
            ran = await house.end(run_id)
            with pytest.raises(Refused):
                await asyncio.to_thread(reply, run_id, "late")
            return ran

    ran = asyncio.run(scenario())
    assert ran.text("c2").startswith("Hello r")
    assert len(ran.of("input.answered")) == 1


def test_a_reply_to_a_worker_that_lets_go_is_refused_not_acknowledged(house: House):
    async def scenario() -> None:
        run_id = house.submit(GREETING, input="wait")
        async with house.working() as worker:
            await house.seen(run_id, "input.requested")
            performer = worker.performer(run_id)
            assert performer is not None
            performer.hand_over()
            with pytest.raises(Refused, match="not taken"):
                await performer.reply(None, "too late", "tester")
        assert house.read(run_id).of("input.answered") == []

    asyncio.run(scenario())


def test_an_unattended_question_follows_its_policy(house: House, runtime):
    assert house.run(GREETING, runtime=runtime).cell("c1") == ("failed", "input_unavailable")
    ran = house.run("print(input('a'), input('b'))", answers=["1", "2"], runtime=runtime)
    assert ran.text() == "1 2\n"
    assert VALUE not in str(house.run(PASSWORD, answers=[VALUE], runtime=runtime).events)
    one_too_few = house.run("print(input('a')); input('b')", answers=["1"], runtime=runtime)
    assert one_too_few.cell("c1") == ("failed", "input_unavailable")
    assert one_too_few.text() == "1\n"


def test_nobody_waits_for_an_answer_beyond_the_deadline(house: House):
    ran = house.run(GREETING, notebook={"metadata": {"input": {"policy": "wait", "deadline": 0.3}}})
    assert ran.ending == ("failed", "input_unavailable")


def test_what_is_no_request_is_refused_and_harms_nobody(house: House):
    async def scenario() -> list[bytes]:
        async with house.working():
            (worker,) = house.store.workers()
            reader, writer = await asyncio.open_unix_connection(worker.socket)
            answers = []
            for line in (
                b"nonsense\n",
                b"[1]\n",
                b'{"run_id": "no-such-run", "text": "x", "by": "me"}\n',
                b'{"run_id": 3}\n',
            ):
                writer.write(line)
                answers.append(await reader.readline())
            writer.close()
            await writer.wait_closed()
            return answers

    answers = asyncio.run(scenario())
    assert all(b'"refused"' in answer for answer in answers)
    assert b"not driven by this worker" in answers[2]
