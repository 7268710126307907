"""The reader of a kernel's journal: runs in the worker, live beside the kernel or after its death, and always the same way.

What `agent.py` promises and this relies on: headers are 64-bit words at multiples of 8, stored after what they describe; an
unsealed text record grows, and only at its end; text is cut between characters only; a segment is never written again once a
later one of its process exists. A record that a killed kernel did not finish does not exist.

Order holds within each process. Between them: what a forked child printed before the kernel said something is read no later.
"""

from __future__ import annotations

import json
import mmap
import os
import socket
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.base import Message, Record, Text

MAGIC = 0x0100_4C4E_524A_5452
FIRST = 32
PARENT, STDOUT, STDERR, PART, MESSAGE = 1, 2, 3, 4, 5
KIND, SEALED, URGENT, CONTINUED = 32, 1 << 40, 1 << 41, 1 << 42
LENGTH = (1 << 32) - 1
ARMED, DIRTY = 0, 1
PAGE = 4096
NAMES = {STDOUT: "stdout", STDERR: "stderr"}
COST = 200  # bytes that a record takes in memory beside its content, for `max_bytes`
PATIENCE = 16  # reads in a row that a chattering child may hold back what the kernel said after it


class Source:
    """One process's segments, and the place up to which they have been read."""

    def __init__(self, folder: str, key: str, first: int, place: Iterable[Any] | None = None) -> None:
        self.folder, self.key, self.first = folder, key, first
        self.process = int(key.split(".", maxsplit=1)[0])
        self.number: int
        self.offset: int
        self.taken: int
        self.parent: str
        self.number, self.offset, self.taken, self.parent = place or (first, FIRST, 0, "")
        self.map: mmap.mmap | None = None
        self.heads: memoryview = memoryview(b"")
        self.parts: list[bytes] = []
        self.message_began: list[Any] = []

    def place(self) -> list[Any]:
        """Where to go on: the segment, the record, the bytes taken of a text that may still grow, and its parent."""
        return self.message_began if self.parts else [self.number, self.offset, self.taken, self.parent]

    def read(self, budget: int) -> tuple[list[Record], int]:
        """The next records, and what is left of the budget: not positive when there may be more."""
        records: list[Record] = []
        pieces: list[bytes] = []
        owner: tuple[int, str] = (0, "")
        while (budget > 0 or self.parts) and (header := self._header()):  # a message is read to its end once begun
            kind, length = header >> KIND & 0xFF, header & LENGTH
            begin = self.offset + 8
            if not header & CONTINUED:
                self.parts = []  # what we have of a message has no end: the disk was full
            if kind in NAMES:
                if owner != (kind, self.parent):
                    self._join(records, pieces, owner)
                    owner = (kind, self.parent)
                    budget -= COST
                piece = self._slice(begin + self.taken, begin + length, budget)
                pieces.append(piece)
                budget -= len(piece)
                self.taken += len(piece)
                if self.taken < length or not header & SEALED:
                    continue
            elif kind == PARENT:
                self.parent = self._bytes(begin, begin + length).decode()
            else:
                self._join(records, pieces, owner)
                owner = (0, "")
                budget -= length + COST
                self._take_part(header, self._bytes(begin, begin + length), records)
            self.offset, self.taken = begin + length + 7 & ~7, 0
        self._join(records, pieces, owner)
        return records, budget

    def is_behind(self, urgent_only: bool) -> bool:
        """Whether there is something unread (of the urgent kind)."""
        header, offset = self._header(), self.offset
        if not urgent_only:
            return bool(header)
        while header:
            if header & URGENT:
                return True
            if not header & SEALED:
                break
            offset += 8 + (header & LENGTH) + 7 & ~7
            header = self.heads[offset >> 3] if offset < len(self.heads) * 8 else 0
        return os.path.exists(self._path(self.number + 1))

    def free(self, number: int) -> None:
        """Deletes the segments before `number`."""
        while self.first < number:
            Path(self._path(self.first)).unlink(missing_ok=True)
            self.first += 1

    def is_over(self) -> bool:
        """Whether this is a dead child of which everything was read."""
        if not self.process:
            return False
        try:
            os.kill(self.process, 0)
        except ProcessLookupError:
            return not self._header()
        except PermissionError:
            pass
        return False

    def close(self) -> None:
        """Unmaps the segment."""
        self.heads.release()
        if self.map is not None:
            self.map.close()
        self.map, self.heads = None, memoryview(b"")

    def _path(self, number: int) -> str:
        return f"{self.folder}/{self.key}.{number}"

    def _header(self) -> int:
        """The header of the record to read next, 0 when there is none. Moves on to the next segment by itself."""
        while True:
            if self.map is None:
                self._open()
            header = self._fresh()
            if header or not os.path.exists(self._path(self.number + 1)):
                return header
            # The writer is done with this segment, but it may have written between our look and the next one's creation.
            if self.map is None:
                self._open()
            if header := self._fresh():
                return header
            self.close()
            self.number, self.offset, self.taken, self.parent = self.number + 1, FIRST, 0, ""

    def _fresh(self) -> int:
        """The header at our place, unless all of it was taken and it has not been sealed: 0 then."""
        index = self.offset >> 3
        header: int = self.heads[index] if index < len(self.heads) else 0
        wholly_taken = self.taken > 0 and header & LENGTH == self.taken
        return 0 if wholly_taken and not header & SEALED else header

    def _open(self) -> None:
        """Maps the segment; leaves it when its writer has not finished making it."""
        try:
            with open(self._path(self.number), "rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        except (FileNotFoundError, ValueError):  # ValueError: it is empty
            return
        heads = memoryview(mapped).cast("Q")
        if heads[0] == MAGIC:
            self.map, self.heads = mapped, heads

    def _bytes(self, begin: int, end: int) -> bytes:
        assert self.map is not None
        return self.map[begin:end]

    def _slice(self, begin: int, end: int, budget: int) -> bytes:
        """At most `budget` bytes (but one character at least), cut between characters."""
        assert self.map is not None
        cut = min(end, begin + max(budget, 4))
        while cut < end and self.map[cut] & 0xC0 == 0x80:
            cut -= 1
        return self.map[begin:cut]

    def _join(self, records: list[Record], pieces: list[bytes], owner: tuple[int, str]) -> None:
        if pieces:
            text = b"".join(pieces).decode(errors="replace")
            pieces.clear()
            if text:
                records.append(Text(NAMES[owner[0]], text, owner[1], self.process))

    def _take_part(self, header: int, data: bytes, records: list[Record]) -> None:
        if not self.parts:
            self.message_began = [self.number, self.offset, 0, self.parent]
        self.parts.append(data)
        if header >> KIND & 0xFF == MESSAGE:
            records.append(_message(b"".join(self.parts)))
            self.parts = []


class JournalReader:
    """Reads what a kernel said, from a cursor on. Memory is bounded by twice `max_bytes`, or by the largest message."""

    def __init__(self, folder: Path, cursor: Mapping[str, Any] | None = None) -> None:
        self.folder, self._journal = Path(folder), os.path.join(folder, "journal")
        os.makedirs(self._journal, mode=0o700, exist_ok=True)
        descriptor = os.open(os.path.join(self._journal, "control"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        agent.allocate(descriptor, PAGE)
        self._control = mmap.mmap(descriptor, PAGE)
        os.close(descriptor)
        self._places = dict(cursor or {})
        self._sources: dict[str, Source] = {}
        self._bell: socket.socket | None = None
        self._fence = threading.Lock()
        self._withheld = 0
        self._find()

    @property
    def cursor(self) -> dict[str, list[Any]]:
        """Where to go on after the last record returned; JSON-able. It never points into a message or a character."""
        return {key: source.place() for key, source in self._sources.items()}

    def read(self, max_bytes: int = 4 << 20) -> list[Record]:
        """The next records; empty when everything was read.

        The kernel is looked at first and its children after it, so that a child's output is there when the reply of the
        cell that waited for the child is. What the kernel said is kept for the next call while children have more to say.
        """
        kernels = [source for source in self._sources.values() if not source.process]
        places = [source.place() for source in kernels]
        said, _ = self._read(kernels, max_bytes)
        if self._control[DIRTY]:
            self._find()
        children = [source for source in self._sources.values() if source not in kernels]
        printed, left = self._read(children, max_bytes)
        if said and left <= 0 and self._withheld < PATIENCE:
            self._withheld += 1
            for source, place in zip(kernels, places, strict=True):
                self._sources[source.key] = Source(self._journal, source.key, source.first, place)
                source.close()
            return printed
        self._withheld = 0
        return printed + said

    def free(self, cursor: Mapping[str, Any]) -> None:
        """Deletes what lies before a committed cursor: whole segments, and all of a dead child that was read to its end."""
        for key, place in cursor.items():
            source = self._sources.get(key)
            if source is None:
                continue
            source.free(place[0])
            if list(place) == source.place() and source.is_over():
                source.free(source.number + 1)
                source.close()
                del self._sources[key]

    def arm(self, level: int) -> bool:
        """Asks for one ring: 1 when a reply or an input request is written, 2 at anything, 0 never.

        True when such a thing is there already: read, do not sleep.
        """
        self._control[ARMED] = level
        # The writer stores a header and then looks whether we are armed; we arm and then look for headers. Both sides put
        # a lock's atomic operation, a full fence, between the two, so that at least one of them sees the other.
        with self._fence:
            pass
        if self._control[DIRTY]:
            self._find()
        return level > 0 and any(source.is_behind(level == 1) for source in self._sources.values())

    def bind_bell(self) -> socket.socket:
        """The socket that is readable after a ring. A dead predecessor's is replaced."""
        path = self.folder / "bell"
        path.unlink(missing_ok=True)
        self._bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._bell.setblocking(False)
        self._bell.bind(str(path))
        return self._bell

    def drain_bell(self) -> None:
        """Takes all rings that are waiting. Call it before reading, never after."""
        if self._bell is not None:
            try:
                while self._bell.recv(16):
                    pass
            except BlockingIOError:
                pass

    def close(self) -> None:
        """Lets go of everything; the kernel is not told."""
        for source in self._sources.values():
            source.close()
        self._control.close()
        if self._bell is not None:
            self._bell.close()  # its path may be a successor's by now

    def _read(self, sources: list[Source], budget: int) -> tuple[list[Record], int]:
        records: list[Record] = []
        for source in sources:
            if budget <= 0:
                break
            found, budget = source.read(budget)
            records += found
        return records, budget

    def _find(self) -> None:
        """Looks for processes that are new."""
        self._control[DIRTY] = 0  # before looking: who comes meanwhile sets it again
        first: dict[str, int] = {}
        for name in os.listdir(self._journal):
            key, dot, number = name.rpartition(".")
            if dot:
                first[key] = min(int(number), first.get(key, int(number)))
        for key in sorted(first.keys() - self._sources.keys()):
            self._sources[key] = Source(self._journal, key, first[key], self._places.pop(key, None))


def _message(data: bytes) -> Message:
    head, _, rest = data.partition(b"\n")
    type_, parent, content, metadata, lengths = json.loads(head)
    buffers, begin = [], 0
    for length in lengths:
        buffers.append(rest[begin : begin + length])
        begin += length
    return Message(type_, parent, content, metadata, tuple(buffers))
