"""An interrupt is what Ctrl-C is at a terminal: what the code makes of it is its own affair."""

from __future__ import annotations

import asyncio

from tests.worker.house import House, Ran

CATCHING = """
import time
caught = 0
print('sleeping')
while caught < 2:
    try:
        time.sleep(60)
    except KeyboardInterrupt:
        caught += 1
        print('caught', caught)
"""


async def interrupted(house: House, run_id: str, *printed: str) -> None:
    """Once for each text, as soon as the cell has printed it."""
    for text in printed:
        await house.printed(run_id, text)
        house.client.signal(run_id, "interrupt")


def test_code_that_catches_it_goes_on_undisturbed(house: House, fast_grace, runtime):
    async def scenario() -> Ran:
        run_id = house.submit(CATCHING + "time.sleep(1.5); print('end')", "print('next')", runtime=runtime)
        async with house.working():
            await interrupted(house, run_id, "sleeping", "caught 1")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("succeeded", None)
    assert ran.text() == "sleeping\ncaught 1\ncaught 2\nend\n"
    assert [event.data["reason"] for event in ran.of("kernel.interrupted")] == ["interrupted"] * 2


def test_code_that_catches_it_and_fails_later_has_failed_of_that(house: House):
    async def scenario() -> Ran:
        run_id = house.submit(CATCHING + "1 / 0")
        async with house.working():
            await interrupted(house, run_id, "sleeping", "caught 1")
            return await house.end(run_id)

    assert asyncio.run(scenario()).cell("c1") == ("failed", "cell_error")


def test_its_time_limit_still_holds(house: House, fast_grace):
    async def scenario() -> Ran:
        run_id = house.submit(CATCHING, cell_timeout=1.5)
        async with house.working():
            await interrupted(house, run_id, "sleeping")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert "caught 1\ncaught 2\n" in ran.text()
    assert ran.ending in (("succeeded", None), ("failed", "cell_timeout")), "the second interrupt was the time limit's"
    assert [event.data["reason"] for event in ran.of("kernel.interrupted")][:2] == ["interrupted", "cell_timeout"]


def test_a_cancel_that_follows_has_its_full_grace_and_ends_even_deaf_code(house: House, fast_grace):
    deaf = "import signal, time\nfor s in (2, 15): signal.signal(s, signal.SIG_IGN)\nprint('sleeping')\nwhile True: time.sleep(1)"

    async def scenario() -> Ran:
        run_id = house.submit(deaf)
        async with house.working():
            await interrupted(house, run_id, "sleeping")
            await house.seen(run_id, "kernel.interrupted")
            house.client.signal(run_id, "cancel")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.ending == ("cancelled", "cancelled_by_user")
    stages = [(event.data["reason"], event.data["stage"]) for event in ran.of("kernel.interrupted")]
    assert stages == [
        ("interrupted", "interrupt"),
        *(("cancelled_by_user", each) for each in ("interrupt", "terminate", "kill")),
    ]


def test_it_ends_an_input(house: House, runtime):
    async def scenario() -> Ran:
        run_id = house.submit("input('Name: ')", "print('next')", input="wait", keep_going=True, runtime=runtime)
        async with house.working():
            await house.seen(run_id, "input.requested")
            house.client.signal(run_id, "interrupt")
            return await house.end(run_id)

    ran = asyncio.run(scenario())
    assert ran.cell("c1") == ("failed", "interrupted")
    assert ran.text("c2") == "next\n"
