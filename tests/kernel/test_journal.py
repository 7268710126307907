from __future__ import annotations

import errno
import json
import os
import select
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.agent import STDERR, STDOUT, Journal, encode
from jupyter_runt.kernel.base import Message, Text
from jupyter_runt.kernel.journal import JournalReader


def say(journal: Journal, type_: str, parent: str = "p", content=None, buffers=()) -> None:
    fields = [type_, parent, content or {}, {}, [len(buffer) for buffer in buffers]]
    journal.message(type_, parent, encode(fields), buffers)


def drain(reader: JournalReader, max_bytes: int = 4 << 20) -> list[Text | Message]:
    records = []
    while fresh := reader.read(max_bytes):
        records += fresh
    return records


def flat(records) -> list[object]:
    """Records without the places where a reader happened to cut a text."""
    found: list[object] = []
    for record in records:
        if isinstance(record, Message):
            found.append((record.type, record.parent, json.dumps(record.content), tuple(record.buffers)))
        elif found and isinstance(found[-1], list) and found[-1][:2] == [record.name, record.parent]:
            found[-1][2] += record.text
        else:
            found.append([record.name, record.parent, record.text])
    return found


@pytest.fixture
def journal(tmp_path) -> Iterator[Journal]:
    journal = Journal(str(tmp_path))
    yield journal
    journal.socket.close()


@pytest.fixture
def reader(tmp_path) -> Iterator[JournalReader]:
    reader = JournalReader(tmp_path)
    yield reader
    reader.close()


def test_neighbouring_text_is_one_record(journal, reader):
    for number in range(1000):
        journal.text(STDOUT, "p", f"{number}\n")
    journal.text(STDERR, "p", "e")
    journal.text(STDERR, "q", "f")
    records = reader.read()
    assert [(r.name, r.parent) for r in records if isinstance(r, Text)] == [
        ("stdout", "p"),
        ("stderr", "p"),
        ("stderr", "q"),
    ]
    assert isinstance(records[0], Text)
    assert records[0].text == "".join(f"{number}\n" for number in range(1000))


def test_a_text_that_grows_is_read_once(journal, reader):
    for piece in ("a", "é", "€uro", "😀"):
        journal.text(STDOUT, "p", piece)
        assert reader.read() == [Text("stdout", piece, "p")]
        assert reader.read() == []


def test_a_message_larger_than_a_segment_keeps_its_buffers(journal, reader):
    big = os.urandom(3 * agent.LARGE)
    journal.text(STDOUT, "p", "before")
    say(journal, "display_data", content={"data": "x" * 100_000}, buffers=[b"", big, b"\n"])
    journal.text(STDOUT, "p", "after")
    before, message, after = drain(reader)
    assert isinstance(message, Message)
    assert list(message.buffers) == [b"", big, b"\n"]
    assert [before, after] == [Text("stdout", "before", "p"), Text("stdout", "after", "p")]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.sampled_from([STDOUT, STDERR]), st.sampled_from("pq"), st.text(max_size=40)),
        st.tuples(st.just("long"), st.sampled_from([STDOUT, STDERR]), st.sampled_from("pq"), st.integers(1, 70_000)),
        st.tuples(st.just("message"), st.just(0), st.sampled_from("pq"), st.integers(0, 70_000)),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, max_bytes=st.sampled_from([1, 7, 1000, 65_536, 1 << 22]))
def test_a_reader_that_resumes_at_every_cursor_reads_the_same(tmp_path_factory, steps, max_bytes):
    folder = tmp_path_factory.mktemp("j")
    journal = Journal(str(folder))
    live, seen = JournalReader(folder), []
    for kind, stream, parent, what in steps:
        if kind == "message":
            say(journal, "display_data", parent, {"data": "é" * what})
        else:
            journal.text(stream, parent, what if kind == "text" else "€x😀" * (what // 3))
        seen += live.read()
    seen += drain(live)
    live.close()
    journal.socket.close()
    whole = flat(read_from(folder, None)[0])
    assert flat(seen) == whole
    cursor, resumed = None, []
    for _ in range(200):  # one character at a time would take too long to its end
        fresh, cursor = read_from(folder, cursor, max_bytes)
        resumed += fresh
    resumed += read_from(folder, cursor)[0]
    assert flat(resumed) == whole


def read_from(folder, cursor, max_bytes=0):
    """What a reader of its own finds behind a cursor, in one read or to the end, and where it got to."""
    reader = JournalReader(folder, json.loads(json.dumps(cursor)))
    records = reader.read(max_bytes) if max_bytes else drain(reader)
    if max_bytes:
        reader.free(reader.cursor)
    reader.close()
    return records, reader.cursor


def test_a_reader_beside_a_writer_reads_everything_and_frees_it(tmp_path, journal, reader):
    lines = 200_000

    def write() -> None:
        for number in range(lines):
            journal.text(STDOUT, "p", f"{number} é\n")
            if number % 5000 == 0:
                say(journal, "display_data", content={"n": number})
        say(journal, "execute_reply")

    thread = threading.Thread(target=write)
    thread.start()
    records: list[Text | Message] = []
    while not (records and isinstance(records[-1], Message) and records[-1].type == "execute_reply"):
        records += reader.read(100_000)
        reader.free(reader.cursor)
    thread.join()
    assert "".join(r.text for r in records if isinstance(r, Text)) == "".join(f"{n} é\n" for n in range(lines))
    assert [r.content["n"] for r in records if isinstance(r, Message) and r.content] == list(range(0, lines, 5000))
    assert len(os.listdir(tmp_path / "journal")) == 2  # the control page and the segment that is written


def test_a_reply_that_finds_no_room_is_owed_and_paid_and_nothing_overtakes_it(journal, reader):
    bell = reader.bind_bell()
    journal.quota = 70 << 10  # one segment, and no second
    journal.text(STDOUT, "p", "x" * (80 << 10))
    say(journal, "execute_reply", "first", {"status": "ok"})
    say(journal, "input_request", "second", {"prompt": "?"})
    assert [record for record in drain(reader) if isinstance(record, Message)] == []
    assert not reader.arm(1)
    journal.quota = 1 << 30
    assert select.select([bell], [], [], 10)[0], "no ring for what was paid"
    urgent = [record.type for record in drain(reader) if isinstance(record, Message) and record.type != "runt_lost"]
    assert urgent == ["execute_reply", "input_request"]


def test_segments_that_are_freed_while_the_backlog_is_counted_do_not_count(journal, reader, monkeypatch):
    journal.text(STDOUT, "p", "text")
    gone = Path(journal.folder, "0.0.0")
    real = os.scandir

    class Listing:
        def __init__(self, folder: str) -> None:
            gone.write_bytes(b"x")
            self.entries = list(real(folder))
            gone.unlink()

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr(os, "scandir", Listing)
    journal.text(STDOUT, "p", "x" * (1 << 20))
    monkeypatch.undo()
    assert "".join(record.text for record in drain(reader) if isinstance(record, Text)) == "text" + "x" * (1 << 20)


def test_a_quota_drops_and_says_so_until_the_reader_has_freed(journal, reader):
    journal.quota = 10 << 20  # four segments: 64 KiB, 256 KiB, 1 MiB and 4 MiB, and another of those
    for _ in range(2000):
        journal.text(STDOUT, "p", "x" * 9_999 + "\n")
    first = drain(reader)
    kept = sum(len(r.text) for r in first if isinstance(r, Text))
    assert 8_000_000 < kept < 10 << 20
    reader.free(reader.cursor)
    journal.retry_at = 0.0
    journal.text(STDOUT, "p", "again")
    lost, text = drain(reader)
    assert lost == Message("runt_lost", "", {"reason": "quota", "bytes": 20_000_000 - kept})
    assert text == Text("stdout", "again", "p")


def test_a_full_disk_is_asked_again_only_after_a_while(journal, reader, monkeypatch):
    calls = 0

    def full(*_):
        nonlocal calls
        calls += 1
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    for _ in range(1000):
        journal.text(STDOUT, "p", "lost")
    assert calls == 1
    monkeypatch.undo()
    journal.retry_at = 0.0
    say(journal, "execute_reply")
    records = drain(reader)
    assert [r.type for r in records if isinstance(r, Message)] == ["runt_lost", "execute_reply"]
    assert records[0] == Message("runt_lost", "", {"reason": "disk_full", "bytes": 4000})


def test_where_blocks_cannot_be_allocated_ahead_a_file_is_filled_and_keeps_what_it_holds(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "posix_fallocate")
    path = tmp_path / "file"
    path.write_bytes(b"kept")
    with path.open("r+b") as file:
        agent.allocate(file.fileno(), 1 << 20)
        agent.allocate(file.fileno(), 4096)
    assert path.read_bytes() == b"kept".ljust(1 << 20, b"\0")
    assert path.stat().st_blocks * 512 >= 1 << 20


def test_what_is_lost_right_after_a_reply_found_no_room_is_told_as_well(journal, reader, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "no space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    say(journal, "execute_reply")
    journal.text(STDOUT, "p", "lost")
    monkeypatch.undo()
    journal.retry_at = 0.0
    journal.text(STDOUT, "p", "kept")
    lost, *_ = drain(reader)
    assert lost == Message("runt_lost", "", {"reason": "disk_full", "bytes": 4})


def test_a_message_cut_short_by_a_full_disk_is_dropped_alone(journal, reader):
    journal.quota = 500 << 10
    say(journal, "display_data", content={"data": "x" * 1_000_000})
    assert reader.read() == []
    journal.quota, journal.retry_at = 1 << 30, 0.0
    journal.text(STDOUT, "p", "a")
    records = drain(reader)
    assert [type(r) for r in records] == [Message, Text]
    assert isinstance(records[0], Message)
    assert records[0].type == "runt_lost"
    journal.text(STDOUT, "p", "b")
    assert read_from(reader.folder, reader.cursor)[0] == [Text("stdout", "b", "p")]


def test_a_write_inside_a_write_comes_after_it(journal, reader):
    plain = journal._create

    def interrupted(size: int) -> None:
        journal.text(STDOUT, "p", "inner")
        plain(size)

    journal._create = interrupted
    journal.text(STDOUT, "p", "outer ")
    assert reader.read() == [Text("stdout", "outer inner", "p")]


def test_an_interrupt_in_the_middle_of_a_new_segment_loses_nothing_later(journal, reader):
    plain = journal._create

    def interrupted(size: int) -> None:
        plain(size)
        raise KeyboardInterrupt

    journal._create = interrupted
    with pytest.raises(KeyboardInterrupt):
        journal.text(STDOUT, "p", "interrupted")
    journal._create = plain
    journal.text(STDOUT, "p", "later")
    assert reader.read() == [Text("stdout", "later", "p")]


def test_the_bell_rings_once_for_what_it_is_armed_for(journal, reader):
    bell = reader.bind_bell()

    def rang() -> bool:
        answer = bool(select.select([bell], [], [], 0)[0])
        reader.drain_bell()
        return answer

    journal.text(STDOUT, "p", "unarmed")
    assert not rang()
    assert reader.arm(2)  # there is something already
    drain(reader)
    assert not reader.arm(1)
    journal.text(STDOUT, "p", "text")
    say(journal, "display_data")
    assert not rang()
    assert not reader.arm(1)  # unread text is no reason to wake
    say(journal, "execute_reply")
    assert rang()
    assert reader.arm(1)
    drain(reader)
    assert not reader.arm(2)
    journal.text(STDOUT, "p", "a")
    journal.text(STDOUT, "p", "b")
    assert rang()
    assert not rang()


def test_a_successors_bell_is_the_one_that_rings(tmp_path, journal, reader):
    first = JournalReader(tmp_path)
    first.bind_bell()
    journal.ring()
    bell = reader.bind_bell()
    first.close()
    journal.ring()
    assert select.select([bell], [], [], 0)[0]


def test_a_segment_that_is_still_being_made_is_waited_for(tmp_path, journal, reader):
    journal.text(STDOUT, "p", "a")
    assert drain(reader) == [Text("stdout", "a", "p")]
    (segment,) = (name for name in os.listdir(tmp_path / "journal") if name != "control")
    key = segment.rpartition(".")[0]
    following = Path(tmp_path, "journal", f"{key}.1")
    following.touch()
    assert reader.read() == []
    journal._forget()
    journal.text(STDOUT, "p", "b")  # finds number 1 taken
    assert drain(reader) == [Text("stdout", "b", "p")]
