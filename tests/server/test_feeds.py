"""The fan-out over a store in memory: what is shared, who is skipped, and what is kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_runt.errors import StoreBusy, StoreCorrupt
from jupyter_runt.server.feeds import runs as feeding
from jupyter_runt.server.feeds.frames import FRAME_BYTES, Wire, frame, socket_text
from jupyter_runt.server.feeds.runs import RunFeeds
from jupyter_runt.store.base import Summary
from jupyter_runt.store.clock import SystemClock
from jupyter_runt.store.memory import MemoryStore
from tests.store.making import FINISHED, driven, line, submit


class Reader:
    """A follower that keeps what it is handed; while it is not `ready`, it must not be handed anything."""

    def __init__(self, after: int = 0, wire: Wire = Wire.SOCKET) -> None:
        self.after, self.wire, self.ready = after, wire, True
        self.payloads: list[bytes] = []
        self.ending = ""

    def send(self, payload: bytes) -> None:
        assert self.ready
        self.payloads.append(payload)

    def end(self, status: str, reason: str | None) -> None:
        self.ending = status

    def lose(self) -> None:
        self.ending = "lost"

    def fail(self) -> None:
        self.ending = "failed to read"

    def go_away(self) -> None:
        self.ending = "away"

    @property
    def seqs(self) -> list[int]:
        return [event["seq"] for payload in self.payloads for event in told(payload)["events"]]


def told(payload: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(payload[payload.index(b"{") :])
    return found


async def here(function: Callable[..., Any], *arguments: Any) -> Any:
    """Instead of a thread."""
    await asyncio.sleep(0)
    return function(*arguments)


async def until(done: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not done():  # noqa: ASYNC110 - the feeds' own work is what is waited for, and it has no event
            await asyncio.sleep(0.001)


async def at(head: int, *readers: Reader) -> None:
    """Until all of them have been handed everything up to `head`."""
    await until(lambda: all(reader.after == head for reader in readers))


def scenario(steps: Callable[[MemoryStore, RunFeeds], Any], call: Any = here) -> None:
    """Runs the steps with a store and its feeds."""

    async def play() -> None:
        store = MemoryStore(SystemClock())
        feeds = RunFeeds(store, call)
        try:
            await steps(store, feeds)
        finally:
            await feeds.close()
            store.close()

    asyncio.run(play())


def write(store: MemoryStore, epoch: int, count: int, begin: int = 0) -> int:
    return store.append("r1", epoch, [line(number) for number in range(begin, begin + count)])


def test_all_who_stand_at_one_place_share_the_very_same_bytes():
    async def steps(store, feeds):
        epoch = driven(store)
        readers = [Reader() for _ in range(5)]
        for reader in readers:
            feeds.add("r1", reader)
        for number in range(3):
            head = write(store, epoch, 4, begin=4 * number)
            await at(head, *readers)
        for reader in readers:
            assert reader.seqs == list(range(1, head + 1))
            assert all(own is first for own, first in zip(reader.payloads, readers[0].payloads, strict=True))

    scenario(steps)


def test_another_wire_gets_bytes_of_its_own():
    async def steps(store, feeds):
        write(store, driven(store), 2)
        socket, stream = Reader(), Reader(wire=Wire.SSE)
        feeds.add("r1", socket)
        feeds.add("r1", stream)
        await until(lambda: socket.after == stream.after == 3)
        assert stream.payloads[0].startswith(b"id: 1\ndata: {")
        assert socket.seqs == [1, 2, 3]

    scenario(steps)


def test_who_is_not_ready_is_skipped_and_catches_up_in_few_large_frames():
    async def steps(store, feeds):
        epoch = driven(store)
        slow, quick = Reader(), Reader()
        feeds.add("r1", slow)
        feeds.add("r1", quick)
        await until(lambda: slow.after == quick.after == 1)
        slow.ready = False
        for number in range(20):
            head = write(store, epoch, 3, begin=3 * number)
            await at(head, quick)
        assert slow.after == 1
        slow.ready = True
        feeds.wake()
        await until(lambda: slow.after == head)
        assert slow.seqs == quick.seqs == list(range(1, head + 1))
        assert len(slow.payloads) == 2 < len(quick.payloads)

    scenario(steps)


def test_who_comes_late_gets_the_log_in_frames_of_a_bounded_size():
    async def steps(store, feeds):
        epoch = driven(store)
        early = Reader()
        feeds.add("r1", early)
        for number in range(50):
            store.append("r1", epoch, [line(number)])
            await asyncio.sleep(0)
        text = "x" * 16_000
        store.append("r1", epoch, [feeding_text(text) for _ in range(200)])
        late = Reader()
        feeds.add("r1", late)
        await until(lambda: late.after == early.after == 251)
        assert late.seqs == list(range(1, 252))
        assert max(map(len, late.payloads)) < 1.2 * FRAME_BYTES
        assert len(late.payloads) <= 3_300_000 // FRAME_BYTES + 3

    scenario(steps)


def feeding_text(text: str) -> Any:
    draft = line(0)
    return type(draft)(draft.type, {"index": 0, "text": text}, cell_id="c1", attempt=1)


def test_the_end_is_told_when_everything_was_handed_over_and_not_before():
    async def steps(store, feeds):
        epoch = driven(store)
        reader = Reader()
        feeds.add("r1", reader)
        await until(lambda: reader.after == 1)
        reader.ready = False
        store.append("r1", epoch, [line(1), FINISHED], summary=Summary("failed"), durable=True)
        await asyncio.sleep(0.05)
        assert not reader.ending
        reader.ready = True
        feeds.wake()
        await until(lambda: reader.ending)
        assert (reader.ending, reader.seqs) == ("failed", [1, 2, 3])
        assert feeds.followers == 0

    scenario(steps)


def test_a_removed_run_loses_its_followers_and_nobody_elses():
    async def steps(store, feeds):
        epoch = driven(store)
        submit(store, "r2")
        gone, other = Reader(), Reader()
        feeds.add("r1", gone)
        feeds.add("r2", other)
        await until(lambda: gone.after == other.after == 1)
        gone.ready = False
        store.append("r1", epoch, [FINISHED], summary=Summary("succeeded"), durable=True)
        store.delete("r1")
        await until(lambda: gone.ending == "lost")
        assert not other.ending
        assert feeds.followers == 1

    scenario(steps)


def test_a_store_that_cannot_be_read_for_a_while_costs_time_and_no_event(monkeypatch):
    monkeypatch.setattr(feeding, "SWEEP_SECONDS", 0.01)
    refusals = 3

    async def stubborn(function, *arguments):
        nonlocal refusals
        await asyncio.sleep(0)
        if refusals:
            refusals -= 1
            raise StoreBusy("locked")
        return function(*arguments)

    async def steps(store, feeds):
        write(store, driven(store), 3)
        reader = Reader()
        feeds.add("r1", reader)
        await until(lambda: reader.after == 4)
        assert not refusals
        assert reader.seqs == [1, 2, 3, 4]

    scenario(steps, stubborn)


def test_a_defect_sends_followers_away_instead_of_leaving_them_waiting(caplog):
    broken = True

    async def defective(function, *arguments):
        await asyncio.sleep(0)
        if broken:
            raise ZeroDivisionError
        return function(*arguments)

    async def steps(store, feeds):
        nonlocal broken
        driven(store)
        first = Reader()
        feeds.add("r1", first)
        await until(lambda: first.ending == "away")
        broken = False
        again = Reader()
        feeds.add("r1", again)
        await until(lambda: again.after == 1)

    scenario(steps, defective)
    assert "following runs failed" in caplog.text


def test_who_catches_up_does_not_keep_others_waiting_and_nobody_waits_for_ever():
    async def steps(store, feeds):
        epoch = driven(store)
        store.append("r1", epoch, [feeding_text("x" * 16_000) for _ in range(400)])
        live = Reader(after=401)
        late = [Reader(after=number) for number in range(30)]  # each at a place of its own
        for reader in (live, *late):
            feeds.add("r1", reader)
        for number in range(5):
            head = write(store, epoch, 1, begin=number)
            await at(head, live)
            assert any(reader.after < head for reader in late)
        await at(head, *late)
        for number, reader in enumerate(late):
            assert reader.seqs == list(range(number + 1, head + 1))

    scenario(steps)


def test_a_damaged_log_ends_following_it_and_no_other(monkeypatch):
    async def steps(store, feeds):
        submit(store, "r2")
        epoch = driven(store)
        read = store.read

        def damaged(run_id, after, **options):
            if run_id == "r2":
                raise StoreCorrupt("row 1 is no JSON")
            return read(run_id, after, **options)

        monkeypatch.setattr(store, "read", damaged)
        bad, good = Reader(), Reader()
        feeds.add("r2", bad)
        feeds.add("r1", good)
        await at(write(store, epoch, 3), good)
        await until(lambda: bad.ending == "failed to read")
        assert feeds.followers == 1

    scenario(steps)


def test_frames_that_are_kept_stay_below_their_limit(monkeypatch):
    monkeypatch.setattr(feeding, "KEPT_BYTES", 4_000)

    async def steps(store, feeds):
        epoch = driven(store)
        reader = Reader()
        feeds.add("r1", reader)
        for number in range(60):
            head = write(store, epoch, 2, begin=2 * number)
            await at(head, reader)
            assert feeds.kept_bytes <= 4_000
        assert reader.seqs == list(range(1, head + 1))
        feeds.remove("r1", reader)
        assert feeds.kept_bytes == 0

    scenario(steps)


def test_a_closed_server_sends_everybody_away():
    async def steps(store, feeds):
        driven(store)
        readers = [Reader(), Reader()]
        for reader in readers:
            feeds.add("r1", reader)
        await feeds.close()
        assert [reader.ending for reader in readers] == ["away", "away"]

    scenario(steps)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 200_000])
def test_a_text_frame_is_what_the_protocol_says(size):
    """Read back by the `websockets` package, whose parser is not ours."""
    from websockets.frames import Frame as Parsed
    from websockets.streams import StreamReader

    reader = StreamReader()
    reader.feed_data(socket_text("é" * (size // 2) + "x" * (size % 2)))
    parsing = Parsed.parse(reader.read_exact, mask=False)
    with pytest.raises(StopIteration) as parsed:
        next(parsing)
    found = parsed.value.value
    assert found.fin
    assert found.opcode == 1
    assert len(found.data) == size


def test_a_frame_says_where_it_begins_and_ends():
    store = MemoryStore(SystemClock())
    write(store, driven(store), 3)
    made = frame(Wire.SOCKET, "r1", 1, store.read("r1", 1))
    assert (made.after, made.seq) == (1, 4)
    shown = told(made.payload)
    assert {key: shown[key] for key in ("type", "run_id", "after", "seq")} == {
        "type": "events", "run_id": "r1", "after": 1, "seq": 4,
    }  # fmt: skip
    store.close()
