"""The rows of a damaged SQLite file: its pages are read one by one, as sqlite.org/fileformat2.html lays them out.

SQLite finds a row through its table's root and inner pages: one of them damaged, and all rows below are out of its reach. The
rows themselves lie on leaf pages, each complete in itself. So every leaf of a table is read wherever it lies; which table a row
is of, the reader has to see from its columns.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"SQLite format 3\0"
_USUAL_PAGE_SIZE = 4096
_TABLE_LEAF = 0x0D
_FREE_LIST_AT, _APPLICATION_ID_AT = 32, 68
_WAL_MAGICS = (0x377F0682, 0x377F0683)
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}

Value = int | float | str | bytes | None
_UNREADABLE = (IndexError, ValueError, struct.error)


@dataclass(frozen=True, slots=True)
class Row:
    """What a cell of a leaf holds. An INTEGER PRIMARY KEY is the `key`, and None among the values."""

    key: int
    values: tuple[Value, ...]


class Pages:
    """The pages of an open file, and those that still stand in its write-ahead `log` laid over them.

    It takes a descriptor, for closing one of its own would give up every lock that this process has on the file.
    """

    def __init__(self, descriptor: int, log: bytes = b"") -> None:
        self._descriptor, self._log = descriptor, log
        header = os.pread(descriptor, 100, 0)
        self._size = _page_size(header)
        self._usable = self._size - (header[20] if header.startswith(MAGIC) else 0)
        self._logged = _logged_pages(log, self._size)
        self._count = max([-(-os.fstat(descriptor).st_size // self._size), *self._logged])

    @property
    def application_id(self) -> int | None:
        """The number that marks whose file it is; None when the header is lost."""
        page = self._page(1) if self._count else b""
        return int.from_bytes(page[_APPLICATION_ID_AT:][:4], "big") if page.startswith(MAGIC) else None

    def rows(self) -> Iterator[Row]:
        """Every row on every leaf that is in use, in the order of the pages. What cannot be read is passed over."""
        free = self._free_pages()
        for number in range(1, self._count + 1):
            if number not in free:
                yield from self._rows_of(number, free)

    def _page(self, number: int) -> bytes:
        if not 1 <= number <= self._count:
            raise ValueError("no such page")
        if number in self._logged:
            begin = self._logged[number]
            return self._log[begin : begin + self._size]
        return os.pread(self._descriptor, self._size, (number - 1) * self._size).ljust(self._size, b"\0")

    def _free_pages(self) -> set[int]:
        """The pages on the free list, whose rows were deleted; as far as the list can be followed."""
        free: set[int] = set()
        try:
            head = self._page(1)
            trunk = struct.unpack_from(">I", head, _FREE_LIST_AT)[0] if head.startswith(MAGIC) else 0
            while trunk and trunk not in free:
                page = self._page(trunk)
                free.add(trunk)
                trunk, leaves = struct.unpack_from(">II", page)
                free.update(struct.unpack_from(f">{min(leaves, self._usable // 4 - 2)}I", page, 8))
        except _UNREADABLE:
            return free
        return free

    def _rows_of(self, number: int, free: set[int]) -> Iterator[Row]:
        page = self._page(number)
        head = 100 if number == 1 else 0
        if page[head] != _TABLE_LEAF:
            return
        cells = struct.unpack_from(">H", page, head + 3)[0]
        for index in range(min(cells, self._usable // 4)):
            try:
                begin = struct.unpack_from(">H", page, head + 8 + 2 * index)[0]
                size, at = _varint(page, begin)
                key, at = _varint(page, at)
                yield Row(_signed(key), _record(self._payload(page, at, size, free)))
            except _UNREADABLE:
                continue

    def _payload(self, page: bytes, at: int, size: int, free: set[int]) -> bytes:
        """A cell's bytes, with those that overflowed to a chain of other pages."""
        usable = self._usable
        if size > self._count * usable:
            raise ValueError("longer than the file")
        if size <= usable - 35:
            local = size
        else:
            least = (usable - 12) * 32 // 255 - 23
            local = least + (size - least) % (usable - 4)
            if local > usable - 35:
                local = least
        if at + local > usable:
            raise ValueError("beyond the page's end")
        parts, left = [page[at : at + local]], size - local
        following = struct.unpack_from(">I", page, at + local)[0] if left else 0
        while left > 0:
            if following in free:
                raise ValueError("a chain through free pages")
            more = self._page(following)
            following = struct.unpack_from(">I", more)[0]
            parts.append(more[4 : 4 + min(left, usable - 4)])
            left -= len(parts[-1])
        if following:
            raise ValueError("a chain that goes on behind its end")
        return b"".join(parts)


def _page_size(header: bytes) -> int:
    size = struct.unpack_from(">H", header, 16)[0] if header.startswith(MAGIC) else 0
    size = 65536 if size == 1 else size
    return size if size >= 512 and size & (size - 1) == 0 else _USUAL_PAGE_SIZE


def _record(payload: bytes) -> tuple[Value, ...]:
    """The columns of one row. ValueError unless they fill the payload to the byte."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if not kinds or at != len(payload):
        raise ValueError("not the length that it says")
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[Value, int]:
    if kind in (0, 8, 9):
        return (None if kind == 0 else kind - 8), at
    size = _INTEGER_BYTES.get(kind, 8 if kind == 7 else (kind - 12) // 2)
    if kind in (10, 11) or at + size > len(payload):
        raise ValueError("no such value")
    content = payload[at : at + size]
    if kind == 7:
        return struct.unpack(">d", content)[0], at + size
    if kind < 7:
        return int.from_bytes(content, "big", signed=True), at + size
    return (content.decode() if kind % 2 else content), at + size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the highest first; a ninth byte counts whole."""
    value = 0
    for index in range(8):
        byte = data[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | data[at + 8], at + 9


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


# -- the write-ahead log -----------------------------------------------------------------------------------------------


def _logged_pages(log: bytes, size: int) -> dict[int, int]:
    """Where in the log the newest committed version of each page stands. The log's salts end what is left of an earlier one."""
    if (
        len(log) < 32
        or struct.unpack_from(">I", log)[0] not in _WAL_MAGICS
        or struct.unpack_from(">I", log, 8)[0] != size
    ):
        return {}
    salts = log[16:24]
    committed: dict[int, int] = {}
    open_ones: dict[int, int] = {}
    for begin in range(32, len(log) - 24 - size + 1, 24 + size):
        number, pages = struct.unpack_from(">II", log, begin)
        if log[begin + 8 : begin + 16] != salts:
            break
        open_ones[number] = begin + 24
        if pages:  # the frame that ends a transaction says how long the file is then
            committed.update(open_ones)
            open_ones.clear()
    return committed
