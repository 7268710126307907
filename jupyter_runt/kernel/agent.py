"""The agent: runs inside an ipykernel and journals what the kernel says before any network sees it.

    PYTHON …/jupyter_runt/kernel/agent.py -f CONNECTION_FILE …      in place of `-m ipykernel_launcher`

One file without dependencies but ipykernel >= 6.29 itself, because it is put into foreign environments: it imports nothing
of jupyter_runt and keeps to the syntax of Python 3.8. `JUPYTER_RUNT_FOLDER` names the kernel's folder; without it this is a
plain ipykernel launcher. In the folder:

    journal/P.S.N   segment N of one process's journal: P is 0 for the kernel, else a forked child's pid; S tells apart two
                    children of one pid. `journal.py` is the reader and says what it may rely on.
    journal/control one page shared by all: which records ring the bell, whether a process is new, the highest epoch
    bell            the worker's datagram socket. A ring carries no data, and an unattended print rings nobody.
    driver          JSON: the lock file of the worker that drives this kernel (`lock`), after how many seconds without one to
                    end (`orphan_timeout`), what starts one (`call`) and after how many seconds to do so (`call_after`)
    alive           locked by the kernel as long as it lives, so that this can be seen from another PID namespace, too

A segment is a mapped file whose blocks are allocated before use (a full disk must not become SIGBUS). A record is a 64-bit
header (length, kind, flags) and its bytes, rounded up to 8. The header is one store and comes last, so a torn record does not
exist, whenever the kernel is killed. The last text record grows in place while nothing else is written: its bytes first, then
its length. A later segment is created only when the one before will not be written again: its existence is the end mark.
Stores of one thread are seen in their order on x86-64. A processor that orders them more weakly (ARM) could show a live reader a header
before its bytes: not proven there.

What fails in here must never raise into, block or kill user code: what could not be journalled is counted, and a `runt_lost`
message says so as soon as there is room again.
"""

from __future__ import annotations

import atexit
import codecs
import errno
import fcntl
import json
import mmap
import os
import re
import signal
import socket
import stat
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any

MAGIC = 0x0100_4C4E_524A_5452  # "RTJRNL", version 1, as the little-endian word that a segment begins with
FIRST = 32  # where a segment's records begin: behind magic and pid
PARENT, STDOUT, STDERR, PART, MESSAGE = 1, 2, 3, 4, 5
KIND, SEALED, URGENT, CONTINUED = 32, 1 << 40, 1 << 41, 1 << 42  # where the kind sits in a header, and its flags
ARMED, DIRTY, EPOCH = 0, 1, 1  # in the control page: two bytes, and a 64-bit word
PAGE = 4096
SMALL, LARGE = 64 << 10, 4 << 20  # a process's first segment and its largest: most forked children print little
ROOM = 1024  # a record is not begun in less: it holds a header, a parent's name and some text
SLICE = 1 << 20  # characters of a huge print that are encoded at once
QUOTA = 1 << 30  # bytes of segments that the reader has not freed
RETRY = 0.25  # seconds between two attempts to get a segment: a print on a full disk should not cost system calls
UNTOLD = ("status", "execute_input", "iopub_welcome")  # what the worker knows without being woken for it
URGENTLY = ("runt_ready", "execute_reply", "input_request", "runt_input_taken", "runt_refused")
MASK = "********"
HEAD = 6  # characters: shorter secrets are not looked for
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
SUBSCRIPTIONS = "_handle_subscription"  # where ipykernel 7 hears who listens to its broadcasts
PAUSE = 5.0  # seconds between two looks for the driver, at most
CALL_AGAIN = 60.0  # seconds between two calls for a worker
NOBODY: dict[str, Any] = {"lock": "", "orphan_timeout": 3600.0, "call": [], "call_after": None}
EX_CONFIG, TOO_OLD = 78, "too old"
PROC = os.path.exists("/proc/self/stat")  # where it is not, psutil is asked, which ipykernel brings
# struct flock that asks for a writer's lock on all of a file, and where the answer's type stands in it: on 64-bit Linux type, whence,
# start, length, pid; on macOS and the BSDs start, length, pid, type, whence.
if os.uname().sysname == "Linux":
    ASKED, TYPE = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0), 0
else:
    ASKED, TYPE = struct.pack("qqihhi4x", 0, 0, 0, fcntl.F_WRLCK, os.SEEK_SET, 0), 20


class Journal:
    """The writer of this process's segments; a forked child begins its own. All methods are thread-safe and never raise."""

    def __init__(self, folder: str, quota: int = QUOTA) -> None:
        self.folder, self.bell, self.quota = os.path.join(folder, "journal"), os.path.join(folder, "bell"), quota
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        descriptor = os.open(os.path.join(self.folder, "control"), os.O_RDWR | os.O_CREAT, 0o600)
        allocate(descriptor, PAGE)
        self.control = mmap.mmap(descriptor, PAGE)
        self.words = memoryview(self.control).cast("Q")
        os.close(descriptor)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.lost, self.reason, self.refusal = 0, "", OSError()
        self.redacted: Callable[[str], str] = str
        self.restart(0)

    def restart(self, process: int) -> None:
        """Begins a series of segments for this process. In a forked child any lock may be held by a thread that is no more."""
        self.process, self.start_time, self.number = process, time.monotonic_ns() // 1000, -1
        self.lock, self.busy = threading.RLock(), False
        self.late: list[Any] = []
        self.owed: list[bytes] = []
        self.retry_at, self.next_size = 0.0, SMALL
        self._forget()

    def _forget(self) -> None:
        self.kind = self.head = self.start = self.end = self.size = 0
        self.parent: Any = None
        self.heads: Any = None
        self.map: Any = None

    def text(self, kind: int, parent: str, text: str) -> str:
        """Journals what was written to a stream, and returns it as journalled: lone surrogates have become escapes."""
        try:
            data = text.encode()
        except UnicodeEncodeError:
            data = text.encode(errors="backslashreplace")
            text = data.decode()
        with self.lock:
            end = self.end + len(data)
            if kind == self.kind and parent == self.parent and end <= self.size and not self.busy:
                # Nothing is called in these three lines, so no signal handler that prints can come between them.
                self.map[self.end : end] = data
                self.end = end
                self.heads[self.head] = end - self.start | kind << KIND
            else:
                self._guarded(self._put_text, kind, parent, data)
        # Releasing the lock was an atomic read-modify-write, a full fence: either we see the reader's arming here, or it
        # sees our header when it looks once more before it sleeps.
        if self.control[ARMED] == 2:
            self.ring()
        return text

    def message(self, name: str, parent: str, content: bytes, buffers: Iterable[Any] = ()) -> None:
        """Journals a message: `content` is the JSON of [type, parent, content, metadata, [lengths of the buffers]]."""
        urgent = URGENT if name in URGENTLY and not self.process else 0
        with self.lock:
            self._guarded(self._put_message, b"\n".join([content, b"".join(buffers)]), urgent)
        if self.control[ARMED] >= (1 if urgent else 2):
            self.ring()

    def lose(self, count: int, error: BaseException) -> None:
        """Accounts for bytes that could not be journalled."""
        reasons = {errno.EDQUOT: "quota", errno.ENOSPC: "disk_full", errno.EFBIG: "disk_full"}
        self.lost += count
        self.reason = reasons.get(getattr(error, "errno", None) or 0) or self.redacted(repr(error))[:200]

    def ring(self) -> None:
        """Wakes the worker, once: it arms the bell again when it has read everything."""
        self.control[ARMED] = 0
        with suppress(OSError):  # nobody is there, or has a full queue and so is awake
            self.socket.sendto(b"!", self.bell)

    def _guarded(self, put: Callable[..., None], *args: Any) -> None:
        if self.busy:  # a signal handler or destructor of this very thread prints in the middle of a record: after it
            self.late.append((put, args))
            return
        self.busy = True
        try:
            put(*args)
            while self.late:
                put, args = self.late.pop(0)
                put(*args)
        except Exception as error:  # a defect of ours is no reason to fail user code
            self._forget()
            self.lose(0, error)
        except BaseException:  # an interrupt may have come between any two stores: the segment is left as it is
            self._forget()
            raise
        finally:
            self.busy = False

    def _put_text(self, kind: int, parent: str, data: bytes) -> None:
        view = memoryview(data)
        while view:
            if kind != self.kind or parent != self.parent:
                self._seal()
                if not self._has_room(len(view)):
                    return
                if parent != self.parent:
                    self._record(PARENT << KIND | SEALED, parent.encode()[:512])
                    self.parent = parent
                self.head, self.start = self.end >> 3, self.end + 8
                self.end, self.kind = self.start, kind
            size = min(len(view), self.size - self.end)
            while 0 < size < len(view) and view[size] & 0xC0 == 0x80:
                size -= 1  # a character is never cut, so that every record is valid UTF-8
            self.map[self.end : self.end + size] = view[:size]
            self.end += size
            if self.end > self.start:
                self.heads[self.head] = self.end - self.start | kind << KIND
            view = view[size:]
            if view:
                self._seal()
                self.size = self.end  # a few bytes may be left, too few for the next character

    def _put_message(self, data: bytes, urgent: int) -> None:
        if (urgent and self.owed) or (not self._written(data, urgent) and urgent):
            # A run waits for this one: without its reply it would wait for ever. Kept until there is room again.
            self.owed.append(data)
            if len(self.owed) == 1:
                threading.Thread(target=self._pay, name="jupyter-runt journal", daemon=True).start()

    def _written(self, data: bytes, urgent: int) -> bool:
        """Writes a message; False when there was no room for all of it (the reader passes over what there is)."""
        view, flags = memoryview(data), SEALED | urgent
        self._seal()
        while self._has_room(0 if urgent else len(view)):
            part, view = view[: self.size - self.end - 8], view[self.size - self.end - 8 :]
            self._record((PART if view else MESSAGE) << KIND | flags, part)
            if not view:
                return True
            flags |= CONTINUED
        return False

    def _pay(self) -> None:
        """Writes the urgent messages that are owed, in their order, as soon as there is room."""
        while self.owed:
            time.sleep(RETRY)
            with self.lock:
                self._guarded(self._pay_now)
            if self.control[ARMED]:
                self.ring()

    def _pay_now(self) -> None:
        while self.owed and self._written(self.owed[0], URGENT):
            del self.owed[0]

    def _record(self, header: int, data: Any) -> None:
        end = self.end + 8 + len(data)
        self.map[self.end + 8 : end] = data
        self.heads[self.end >> 3] = header | len(data)
        self.end = min(end + 7 & ~7, self.size)

    def _seal(self) -> None:
        if self.kind:
            self.kind, kind = 0, self.kind
            if self.end > self.start:
                self.heads[self.head] = self.end - self.start | kind << KIND | SEALED
                self.end = min(self.end + 7 & ~7, self.size)
            else:
                self.end = self.start - 8

    def _has_room(self, wanted: int) -> bool:
        """Makes sure that a record can begin; False when there is no segment to be had, and `wanted` bytes are lost (0: the
        caller keeps them)."""
        if self.size - self.end < ROOM:
            self._forget()
            if time.monotonic() >= self.retry_at:
                try:
                    self._create(min(self.next_size, LARGE))
                except OSError as error:  # kept without its frames, which hold what user code has let go of
                    self.retry_at, self.refusal = time.monotonic() + RETRY, error.with_traceback(None)
            if not self.size:
                if wanted:
                    self.lose(wanted, self.refusal)
                return False
        if not self.reason:
            return True
        content = {"reason": self.reason, "bytes": self.lost}
        self.lost, self.reason = 0, ""
        self._record(MESSAGE << KIND | SEALED, json.dumps(["runt_lost", "", content, {}, []]).encode() + b"\n")
        return self._has_room(wanted)

    def _backlog(self) -> int:
        """Bytes of segments that the reader has not freed."""
        total = 0
        with os.scandir(self.folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):  # the reader freed it just now
                    total += entry.stat().st_size
        return total

    def _create(self, size: int) -> None:
        if self._backlog() + size > self.quota:
            raise OSError(errno.EDQUOT, "the reader is too far behind")
        number = self.number
        while True:
            number += 1  # the number must exist already if an interrupt came between the next line and the last one
            path = os.path.join(self.folder, f"{self.process}.{self.start_time}.{number}")
            try:
                descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                break
            except FileExistsError:
                pass
        try:
            allocate(descriptor, size)
            mapped = mmap.mmap(descriptor, size)
        except OSError:
            os.unlink(path)
            raise
        finally:
            os.close(descriptor)
        heads = memoryview(mapped).cast("Q")
        heads[1] = os.getpid()
        heads[0] = MAGIC
        self.map, self.heads, self.end, self.size = mapped, heads, FIRST, size
        self.number, self.next_size = number, size * 4
        if number == 0:
            self.control[DIRTY] = 1


def allocate(descriptor: int, size: int) -> None:
    """Makes the file that long, with blocks for all of it; what it holds already stays."""
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    begin = os.fstat(descriptor).st_size
    if begin < size:
        os.ftruncate(descriptor, size)  # at first: nobody may map a part of it
    while begin < size:
        begin += os.pwrite(descriptor, bytes(size - begin), begin)


class Redactor:
    """Replaces what it is told, as `run/redaction.py` does and says. It is false while it was told nothing, so that the
    usual cost is one `if`."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.by_head: dict[str, list[str]] = {}

    def __bool__(self) -> bool:
        return bool(self.texts)

    def add(self, texts: Any) -> None:
        """Takes a list of texts. Those of fewer than 6 characters would hit ordinary words."""
        known = {text for text in (*self.texts, *texts) if isinstance(text, str) and len(text) >= HEAD}
        if len(known) == len(self.texts):
            return
        by_head: dict[str, list[str]] = {}
        ordered = sorted(known, key=len, reverse=True)
        for text in ordered:
            by_head.setdefault(text[:HEAD], []).append(text)
        places = ("".join(map(re.escape, sorted({head[place] for head in by_head}))) for place in range(HEAD))
        self.head = re.compile("".join("[" + characters + "]" for characters in places))
        self.beginnings = {head[:length] for head in by_head for length in range(1, HEAD)}
        self.last = {beginning[-1] for beginning in self.beginnings}
        self.by_head, self.texts = by_head, ordered

    def text(self, text: str) -> str:
        """A whole text, redacted."""
        return self.split(text, True)[0] if self.texts else text

    def clean(self, value: Any) -> Any:
        """A message's value as plain JSON, redacted. A text whose colours cut a secret loses them."""
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            shown = self.text(value)
            if "\x1b" in shown:
                plain = COLOURS.sub("", shown)
                clean = self.text(plain)
                return shown if clean == plain else clean
            return shown
        if isinstance(value, dict):
            return {self.clean(key): self.clean(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.clean(item) for item in value]
        if isinstance(value, (int, float)):
            return MASK if str(value) in self.texts else value
        return self.clean(json.loads(encode(value)))  # bytes become base64, objects their `str`: now, not after us

    def buffers(self, buffers: list[bytes]) -> list[bytes]:
        """Binary data, redacted to the same length."""
        for text in self.texts:
            data = text.encode(errors="backslashreplace")
            buffers = [buffer.replace(data, b"*" * len(data)) for buffer in buffers]
        return buffers

    def split(self, text: str, ended: bool = False) -> tuple[str, str]:
        """What of a text can go out, redacted, and unless it has `ended` the tail that may be the beginning of a secret."""
        shown: list[str] = []
        start = at = 0
        while True:
            head = self.head.search(text, at)
            if head is None:
                break
            at = head.start()
            for secret in self.by_head.get(head[0], ()):
                if text.startswith(secret, at):
                    shown += [text[start:at], MASK]
                    start = at = at + len(secret)
                    break
                if not ended and len(text) - at < len(secret) and secret.startswith(text[at:]):
                    return "".join(shown) + text[start:at], text[at:]
            else:
                at += 1
        end = len(text)
        if not ended and text[-1:] in self.last:
            for at in range(max(start, end - HEAD + 1), end):
                if text[at:] in self.beginnings:
                    end = at
                    break
        return "".join(shown) + text[start:end], text[end:]


class Stream:
    """Put in front of ipykernel's OutStream: journal first, wire second."""

    flush_interval = 0.05  # the wire only serves a console that somebody attached
    agent: Agent

    def __init__(self: Any, session: Any, pub_thread: Any, name: str, watchfd: Any = True, **options: Any) -> None:
        self.kind = STDERR if name == "stderr" else STDOUT
        self._request: Any = (None, "")
        self._wire: Any = (None, None, None)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.restart()
        self._fid = None
        # "force", because ipykernel does not watch where it takes itself for a test of pytest's. Starts _watch_pipe_fd.
        super().__init__(session, pub_thread, name, watchfd=watchfd and "force", **options)  # type: ignore[call-arg]
        self.agent.streams.append(self)

    def restart(self: Any) -> None:
        """Forgets what a forked child must not repeat, and locks that nobody will release there."""
        self._pipe_lock, self._flush_lock = threading.RLock(), threading.RLock()
        self._held: dict[str, tuple[str, Any]] = {}

    def write(self: Any, string: Any) -> Any:
        """As OutStream's, and raises what that raises."""
        if not isinstance(string, str) or self.pub_thread is None:
            return super().write(string)  # type: ignore[misc]
        self._accept(string, self.parent_header)
        return len(string)

    def flush(self: Any) -> None:
        """Text is safe already, so nobody waits for ZeroMQ: 20,000 flushed prints take 0.2 s instead of 5 s."""
        thread = self.pub_thread and self.pub_thread.thread
        if self.agent.journal.process or not thread or not thread.is_alive() or thread is threading.current_thread():
            super().flush()  # type: ignore[misc]
        elif not self._flush_pending and self._buffers:
            self._schedule_flush()

    def drain(self: Any) -> None:
        """Takes in what subprocesses and C code have written to the pipe so far."""
        if self._fid is not None and not self.agent.journal.process:
            with self._pipe_lock:
                waiting = struct.unpack("i", fcntl.ioctl(self._fid, termios.FIONREAD, b"\0\0\0\0"))[0]
                while waiting > 0 and (data := os.read(self._fid, waiting)):
                    waiting -= len(data)
                    self._accept(self._decoder.decode(data), self._parent_header_global)

    def release(self: Any, *requests: str) -> None:
        """Lets go of the tails that the redactor holds back: of these requests' output, or of all."""
        for request in (requests or tuple(self._held)) if self._held else ():
            text, header = self._held.pop(request, ("", {}))
            if text:
                self._put(self.agent.redactor.text(text), header)

    def push(self: Any) -> None:
        """Sends what is buffered for the wire ahead of what is sent next, and does not wait until it is out."""
        if self._buffers and self.pub_thread is not None and not self.agent.journal.process:
            self._flush()

    def _flush(self: Any) -> None:
        # From here on any thread may flush, so taking the buffers and queueing what they held must be one step, or text
        # would change its order. The thread that empties the queue may never wait for one that waits for room in it.
        if not self._flush_lock.acquire(threading.current_thread() is not self.pub_thread.thread):
            self._io_loop.call_later(self.flush_interval, self._flush)
            return
        try:
            super()._flush()  # type: ignore[misc]
        finally:
            self._flush_lock.release()

    def _accept(self: Any, text: str, header: Any) -> None:
        redactor = self.agent.redactor
        if redactor:
            request = header.get("msg_id", "")
            with self.agent.journal.lock:
                text, tail = redactor.split(self._held.pop(request, ("", None))[0] + text)
                if tail:
                    self._held[request] = (tail, header)
        if text:
            self._put(text, header)

    def _put(self: Any, text: str, header: Any) -> None:
        request = self._request
        if request[0] is not header:
            request = self._request = (header, header.get("msg_id", ""))
        journal = self.agent.journal
        if len(text) > SLICE:  # encoding a print of 200 MB at once would take as much again
            for begin in range(0, len(text), SLICE):
                journal.text(self.kind, request[1], text[begin : begin + SLICE])
        else:
            text = journal.text(self.kind, request[1], text)
        if not self.agent.is_heard():
            return
        if journal.process:
            # Through ipykernel's pipe to the parent's wire, which is not journalled again.
            super().write(text)  # type: ignore[misc]
            return
        with self._buffer_lock:
            # ipykernel hashes the header for every write; here only when the header or the set of buffers has changed.
            owner, buffers, wire = self._wire
            if owner is not header or buffers is not self._buffers:
                wire = self._buffers[frozenset(header.items())]
                self._wire = (header, self._buffers, wire)
            wire.write(text)
        if not self._flush_pending:
            self._schedule_flush()

    def _watch_pipe_fd(self: Any) -> None:
        # Stock decodes each 1,000 bytes alone, which breaks characters, and repeats the bytes on the kernel's own stdout
        # and stderr, where no redactor is.
        if self._fid is None:
            return
        os.set_blocking(self._fid, False)
        import select

        poll = select.poll()
        poll.register(self._fid, select.POLLIN)
        while self._should_watch:
            poll.poll()
            try:
                if self._should_watch:  # else it is the byte that OutStream.close wakes us with
                    self.drain()
            except Exception as error:  # the thread must live on, or writers to the pipe would block for ever
                self.agent.journal.lose(0, error)


class Kernel:
    """Put in front of IPythonKernel: the gate, the record of inputs, and the first message."""

    agent: Agent

    def start(self: Any) -> None:
        """Starts to take requests, and says so."""
        self._execute_sleep = 0.0  # half a millisecond a cell, for output that we have already
        super().start()  # type: ignore[misc]
        self.agent.ready(self)

    def should_handle(self: Any, stream: Any, msg: Any, idents: Any) -> Any:
        """The gate: a refused request leaves a `runt_refused` and runs nothing. May return an awaitable, as ipykernel's."""
        return self.agent.admits(msg) and super().should_handle(stream, msg, idents)  # type: ignore[misc]

    def _process_children(self: Any) -> Any:
        # At its shutdown stock waits half a minute for children that have ended, where user code never asked how.
        return [child for child in super()._process_children() if is_running(child.pid)]  # type: ignore[misc]

    def _input_request(self: Any, prompt: Any, ident: Any, parent: Any, password: bool = False) -> Any:
        try:
            return super()._input_request(prompt, ident, parent, password=password)  # type: ignore[misc]
        finally:  # the answer may have been an end of file, or there was an interrupt instead
            self.agent.note("runt_input_taken", {}, parent)


class Agent:
    """Ties journal, redactor, streams, session and kernel of this process together."""

    def __init__(self, folder: str, secrets: Iterable[str] = ()) -> None:
        self.folder, self.journal, self.redactor = folder, Journal(folder), Redactor()
        self.journal.redacted = self.redactor.text
        self.redactor.add(secrets)
        self.environ = {name: text for name, text in os.environ.items() if name != "JUPYTER_RUNT_RUN_ID"}
        self.life = hold(os.path.join(folder, "alive"))
        self.streams: list[Any] = []
        self.handled: set[str] = set()
        self.topics: set[bytes] = set()
        self.knows_listeners = False
        os.register_at_fork(after_in_child=self.forked)

    def forked(self) -> None:
        """In a forked child: a journal of its own, and no copy of what the parent has yet to send."""
        self.journal.restart(os.getpid())
        for stream in self.streams:
            stream.restart()
            stream._buffer_lock = threading.RLock()
            stream._buffers = type(stream._buffers)(stream._buffers.default_factory)
            stream._subprocess_flush_pending = False

    def is_heard(self) -> bool:
        """Whether anybody may be subscribed to the broadcasts: where nobody is, none are made. That is half of a small
        cell's cost. Only a socket that is told of its subscribers (XPUB, ipykernel 7) can know."""
        return bool(self.topics) or not self.knows_listeners

    def subscription(self, frames: Any) -> None:
        """Takes note of who comes and goes: 1 or 0, then the topic; XPUB tells of a topic's first and last listener."""
        for frame in frames:
            (self.topics.add if frame[:1] == b"\1" else self.topics.discard)(bytes(frame[1:]))

    def attach(self, session: Any, iopub_thread: Any) -> None:
        """Journals what goes through the kernel's session, before it goes."""
        import zmq

        plain_send = session.send
        broadcasts = (iopub_thread, iopub_thread.background_socket)
        self.knows_listeners = SUBSCRIPTIONS in dir(iopub_thread) and iopub_thread.socket.type == zmq.XPUB

        def send(
            stream: Any, msg_or_type: Any, content: Any = None, parent: Any = None, ident: Any = None, buffers: Any = None,
            track: bool = False, header: Any = None, metadata: Any = None,
        ) -> Any:  # fmt: skip
            if isinstance(msg_or_type, dict):
                message, buffers = msg_or_type, buffers or msg_or_type.get("buffers")
            else:
                message = session.msg(msg_or_type, content=content, parent=parent, header=header, metadata=metadata)
            if stream is not iopub_thread:  # that is OutStream, whose text was journalled when it was written
                try:
                    message, buffers = self.sent(message, buffers or ())
                except Exception as error:  # a defect of ours must not keep a message from the wire
                    self.journal.lose(0, error)
            if stream in broadcasts and not self.is_heard():
                return message
            return plain_send(stream, message, ident=ident, buffers=buffers, track=track)

        session.send = send

    def sent(self, message: Any, buffers: Any) -> tuple[Any, Any]:
        """Journals one message of the kernel; returns it and its buffers as they may go to the wire."""
        if self.redactor:
            message = {**message, **{part: self.redactor.clean(message[part]) for part in ("content", "metadata")}}
            buffers = self.redactor.buffers([bytes(memoryview(buffer).cast("B")) for buffer in buffers])
        kind, content = message["header"]["msg_type"], message["content"]
        parent = (message.get("parent_header") or {}).get("msg_id", "")
        if kind in UNTOLD or (kind.endswith("_reply") and kind != "execute_reply"):
            return message, buffers
        if self.journal.process and kind in ("execute_reply", "input_request"):
            return message, buffers  # a forked copy that fell out of its cell must not speak for the original
        self.settle(parent)
        if kind == "stream":
            self.journal.text(STDERR if content.get("name") == "stderr" else STDOUT, parent, content.get("text", ""))
        else:
            raw = [bytes(memoryview(buffer).cast("B")) for buffer in buffers]
            fields = [kind, parent, content, message["metadata"], [len(buffer) for buffer in raw]]
            self.journal.message(kind, parent, encode(fields), raw)
        for stream in self.streams:
            stream.push()
        return message, buffers

    def note(self, kind: str, content: Any, parent: Any) -> None:
        """Journals a message of the agent's own; `parent` is the request."""
        msg_id = parent.get("header", {}).get("msg_id", "")
        self.journal.message(kind, msg_id, encode([kind, msg_id, content, {}, []]))

    def admits(self, request: Any) -> bool:
        """Whether a request may run: its epoch is not behind another driver's, and its msg_id is new."""
        ours = (request.get("metadata") or {}).get("jupyter_runt")
        if request["header"]["msg_type"] != "execute_request" or not isinstance(ours, dict):
            return True  # a console that the user attached, or no request to run anything
        self.redactor.add(ours.pop("secrets", ()))  # gone before any handler or history sees them
        epoch: Any = ours.get("epoch")
        msg_id, highest = request["header"]["msg_id"], self.journal.words[EPOCH]
        if not isinstance(epoch, int) or epoch < highest:
            reason = "stale_epoch"
        else:
            self.journal.words[EPOCH] = epoch  # by a repetition, too: it is how an adopting driver makes itself known
            reason = "repeated" if msg_id in self.handled else ""
        if reason:
            self.note("runt_refused", {"reason": reason, "epoch": epoch, "highest": highest}, request)
            return False
        self.handled.add(msg_id)
        return True

    def ready(self, kernel: Any) -> None:
        """Says that requests are taken; from here on an orphaned kernel ends itself."""
        from ipykernel._version import __version__ as version
        from ipykernel._version import kernel_protocol_version

        names = ("implementation", "implementation_version", "language_info", "banner")
        content = {name: getattr(kernel, name) for name in names}
        content.update(status="ok", protocol_version=kernel_protocol_version, pid=os.getpid(), ipykernel=version)
        inherit_parents(kernel, self.streams)
        atexit.register(self.close)
        watch = threading.Thread(
            target=watch_driver, args=(self.folder, self.environ, end_group), name="jupyter-runt", daemon=True
        )
        watch.start()
        self.note("runt_ready", content, {})

    def settle(self, *requests: str) -> None:
        """Brings the journal's text up to this moment: what a message says comes after what its request printed before."""
        for stream in self.streams:
            stream.drain()
            stream.release(*requests)

    def close(self) -> None:
        """Runs after the user's own atexit functions and before ipykernel's."""
        self.settle()


def encode(fields: Any) -> bytes:
    """JSON as jupyter_client would send it; what that would refuse, by its `str`. One line."""
    from jupyter_client.jsonutil import json_clean, json_default

    def default(value: Any) -> Any:
        try:
            return json_default(value)
        except TypeError:
            return str(value)

    try:
        text = json.dumps(fields, ensure_ascii=False, allow_nan=False, default=default)
    except (ValueError, TypeError):  # NaN, or keys that are no strings
        text = json.dumps(json_clean(fields), ensure_ascii=False, default=str)
    return text.encode("utf-8", "replace")


def inherit_parents(kernel: Any, streams: list[Any]) -> None:
    """Lets a thread's output stay with the request that started it. ipykernel 6 does so itself, 7 forgot it for threads."""
    owners = [*streams, kernel.shell.display_pub, kernel.shell.displayhook]
    variables = [getattr(owner, "_parent_header", None) for owner in owners] + [getattr(kernel, "_shell_parent", None)]
    inherited = [variable for variable in variables if isinstance(variable, ContextVar)]
    start, bootstrap = threading.Thread.start, getattr(threading.Thread, "_bootstrap_inner", None)
    if bootstrap is None:  # a Python that starts threads in another way: they print to the latest request, as is stock
        return

    def start_with_parent(thread: threading.Thread) -> None:
        values = [(variable, variable.get(None)) for variable in inherited]
        thread._runt_parents = values  # type: ignore[attr-defined]
        start(thread)

    def bootstrap_with_parent(thread: threading.Thread) -> None:
        for variable, value in thread.__dict__.pop("_runt_parents", ()):
            if value is not None:
                variable.set(value)
        bootstrap(thread)

    threading.Thread.start = start_with_parent  # type: ignore[method-assign,assignment]
    threading.Thread._bootstrap_inner = bootstrap_with_parent  # type: ignore[attr-defined]


def watch_driver(
    folder: str, environ: dict[str, str], end: Callable[[], Any], wait: Callable[[float], Any] = time.sleep
) -> None:
    """Calls for a worker when none drives the kernel of this folder, and ends it by `end` when none comes, or until `wait` says
    that it is gone. User code that never lets go of the GIL is out of the reach of the agent's own watch.

    Counts checks, not clock time: a kernel that was stopped for hours gives its worker a whole timeout once it goes on.
    """
    alone = called = 0.0
    driver = NOBODY
    while True:
        driver = read_driver(folder, driver)
        held, timeout, call_after = is_held(driver["lock"]), driver["orphan_timeout"], driver["call_after"]
        pause = min(PAUSE, timeout / 4, call_after or PAUSE)
        if held:
            alone = called = 0.0
        elif held is False:
            alone += pause
        if alone > timeout:
            end()
            return
        if driver["call"] and call_after is not None and alone >= max(call_after, called):
            called = alone + CALL_AGAIN
            call(driver["call"], environ)
        if wait(pause):
            return


def read_driver(folder: str, known: dict[str, Any] = NOBODY) -> dict[str, Any]:
    """Who drives this kernel, as `folder.py` notes it; who was `known` to, when that cannot be read (no descriptor is left)."""
    try:
        with open(os.path.join(folder, "driver")) as file:
            return {**NOBODY, **json.load(file)}
    except FileNotFoundError:
        return NOBODY
    except (OSError, ValueError, TypeError):
        return known


def call(command: list[str], environ: dict[str, str]) -> None:
    """Runs what starts a worker if none lives; it ends at once. A session of its own: not what ends with this kernel."""
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    apart: dict[str, Any] = {"cwd": "/", "env": environ, "start_new_session": True, **quiet}
    with suppress(OSError, subprocess.SubprocessError):  # nothing is lost: the kernel waits, and calls again
        subprocess.run(command, check=False, timeout=CALL_AGAIN, **apart)


def hold(path: str) -> int:
    """Locks the file until this process ends; -1 where that cannot be done."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return -1
    return descriptor


def is_held(path: str) -> bool | None:
    """Whether another process holds a POSIX lock on the file; None when that cannot be known (no descriptor is left, say).
    It asks (F_GETLK) and never takes the lock itself."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return None
    try:
        answer = fcntl.fcntl(descriptor, fcntl.F_GETLK, ASKED)
        return bool(struct.unpack_from("h", answer, TYPE)[0] != fcntl.F_UNLCK)
    finally:
        os.close(descriptor)


def is_running(pid: int) -> bool:
    """Whether a process has not ended; a zombie has."""
    if not PROC:
        import psutil

        try:
            return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return False


def pids() -> list[int]:
    """Every process that can be seen."""
    if PROC:
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    try:
        import psutil
    except ImportError:
        return []
    return psutil.pids()


def end_group() -> None:
    """Asks the other processes of the kernel's group to end, then kills the group with the kernel itself."""
    if os.getpgrp() == os.getpid():
        for pid in pids():
            with suppress(OSError):  # it has ended meanwhile
                if pid != os.getpid() and os.getpgid(pid) == os.getpid():
                    os.kill(pid, signal.SIGTERM)
        time.sleep(1.0)
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


def whispered() -> list[str]:
    """The texts that must not be seen, from the first line of user code on: they come as a file that is our stdin and has
    no name. Nobody can read it after us."""
    try:
        if not stat.S_ISREG(os.fstat(0).st_mode):
            return []
        with open(0, "rb", closefd=False) as file, open(os.devnull, "rb") as nothing:
            texts: list[str] = json.loads(file.read())
            os.dup2(nothing.fileno(), 0)
            return texts
    except (OSError, ValueError):
        return []


def compose(folder: str) -> Any:
    """ipykernel's application with the agent in front of its streams, session and kernel."""
    os.environ.pop("JPY_PARENT_PID", None)  # would end the kernel with its launcher; ours outlive their worker
    debugpy = sys.modules.get("debugpy")
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # 60 ms of every start, for a debugger nobody attaches
    import ipykernel.debugger
    from ipykernel.iostream import IOPubThread, OutStream
    from ipykernel.ipkernel import IPythonKernel
    from ipykernel.kernelapp import IPKernelApp

    del sys.modules["debugpy"]
    if debugpy is not None:
        sys.modules["debugpy"] = debugpy
    needed: dict[Any, str] = {
        OutStream: "_flush _schedule_flush _watch_pipe_fd",
        IPythonKernel: "should_handle _input_request _process_children",
        IPKernelApp: "init_io init_kernel outstream_class kernel_class",
    }
    missing = [name for owner, names in needed.items() for name in names.split() if not hasattr(owner, name)]
    if missing:
        raise ImportError("ipykernel has no " + ", ".join(missing))
    agent = Agent(folder, whispered())
    subscribed = getattr(IOPubThread, SUBSCRIPTIONS, None)
    if subscribed is not None:

        def handle_subscription(thread: Any, frames: Any) -> Any:
            agent.subscription(frames)
            return subscribed(thread, frames)

        setattr(IOPubThread, SUBSCRIPTIONS, handle_subscription)

    class App(IPKernelApp):
        def init_io(self) -> None:
            agent.attach(self.session, self.iopub_thread)
            self.outstream_class = "ipykernel.iostream.JournalledOutStream"  # it is found by name
            super().init_io()  # type: ignore[no-untyped-call]
            for handler in self.log.handlers:  # they write to the kernel's first stderr, a file
                handler.format = lambda record, plain=handler.format: agent.redactor.text(plain(record))

        def init_kernel(self) -> None:
            self.kernel_class = type("IPythonKernel", (Kernel, self.kernel_class), {"agent": agent})
            super().init_kernel()  # type: ignore[no-untyped-call]

    journalled = type("OutStream", (Stream, OutStream), {"agent": agent, "__module__": OutStream.__module__})
    ipykernel.iostream.JournalledOutStream = journalled  # type: ignore[attr-defined]
    App.__name__ = App.__qualname__ = IPKernelApp.__name__
    return App


def main() -> None:
    """Launches the kernel; exits with status 78 and one line on stderr when the agent cannot be put into it."""
    own = os.path.dirname(os.path.realpath(__file__))  # as Python itself names the folder of what it runs
    if sys.path and (sys.path[0] == "" or os.path.abspath(sys.path[0]) in (own, os.getcwd())):
        del sys.path[0]  # our folder holds modules with common names; IPython itself adds the working directory
    folder, argv = os.environ.pop("JUPYTER_RUNT_FOLDER", ""), sys.argv[1:]
    found = "none"
    try:
        from ipykernel._version import __version__ as found
        from ipykernel._version import version_info

        if version_info[:2] < (6, 29):
            raise ImportError(TOO_OLD)
        if folder:
            app = compose(folder)
            argv = [*argv, "--HistoryManager.hist_file=:memory:"]
        else:
            from ipykernel.kernelapp import IPKernelApp

            app = IPKernelApp
    except Exception as error:  # whatever it is, the worker needs one line that says what to do
        cause = "" if str(error) == TOO_OLD else f" ({error})"
        message = f"jupyter-runt: ipykernel 6.29 or newer is needed in {sys.executable}, found {found}{cause}"
        print(message, file=sys.stderr)
        sys.exit(EX_CONFIG)
    app.launch_instance(argv)


if __name__ == "__main__":
    main()
