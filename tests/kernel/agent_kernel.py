"""A real kernel with the agent in it, driven by its journal alone, as the tests of the agent need it."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.connect import write_connection_file

from jupyter_runt.kernel import agent
from jupyter_runt.kernel.base import Message, Record, Text
from jupyter_runt.kernel.journal import JournalReader

TIMEOUT = 10.0


class AgentKernel:
    """Starts with the object; `stop` ends it. Folders are short: a socket's path has 107 bytes at most."""

    def __init__(self, python: str, *, driver: str = "") -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="rt"))
        self.connection_file, _ = write_connection_file(
            str(self.folder / "kernel.json"), transport="ipc", ip=str(self.folder / "k")
        )
        self.reader = JournalReader(self.folder)
        self.bell = self.reader.bind_bell()
        self.errors = self.folder / "stderr"
        if driver:
            (self.folder / "driver").write_text(driver)

        with self.errors.open("wb") as stderr:
            self.process = subprocess.Popen(
                [python, agent.__file__, "-f", self.connection_file],
                env={**os.environ, "JUPYTER_RUNT_FOLDER": str(self.folder), "JUPYTER_RUNT_RUN_ID": "r1"},
                cwd=self.folder,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        self.ready = self.until(lambda record: is_message(record, "runt_ready"))
        self.client = BlockingKernelClient(connection_file=self.connection_file)
        self.client.load_connection_file()
        self.client.start_channels(hb=False)

    def until(self, found: Callable[[Record], bool], timeout: float = TIMEOUT) -> list[Record]:
        """Everything read up to and including the read that has a record of that kind. Woken by the bell alone."""
        records: list[Record] = []
        deadline = time.monotonic() + timeout
        while not any(found(record) for record in records):
            if self.reader.arm(2) or self.process.poll() is not None:
                fresh = self.reader.read()
                if not fresh and self.process.poll() is not None:
                    raise AssertionError(f"the kernel ended: {self.errors.read_text()}")
                records += fresh
                continue
            assert select.select([self.bell], [], [], max(0, deadline - time.monotonic()))[0], (
                f"not in time; so far: {str(records[-20:])[-2000:]}"
            )
            self.reader.drain_bell()
        return records

    def send(
        self, code: str, *, metadata: dict[str, Any] | None = None, msg_id: str = "", allow_stdin: bool = True
    ) -> str:
        """Sends a request and returns its msg_id."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        content |= {"allow_stdin": allow_stdin, "stop_on_error": False}
        message = self.client.session.msg("execute_request", content, metadata=metadata)
        if msg_id:
            message["header"]["msg_id"] = msg_id
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def run(self, code: str, **options: Any) -> list[Record]:
        """Runs a cell; what the journal holds of it up to its reply, without the echo of its input."""
        msg_id = self.send(code, **options)
        records = self.until(lambda record: is_message(record, "execute_reply") and record.parent == msg_id)
        return [record for record in records if record.parent == msg_id]

    def text(self, code: str, **options: Any) -> str:
        """What a cell printed."""
        return text(self.run(code, **options))

    def everything(self) -> list[Record]:
        """What is in the journal from its beginning, by a reader of its own."""
        reader, records = JournalReader(self.folder), []
        while fresh := reader.read():
            records += fresh
        reader.close()
        return records

    def kill(self) -> None:
        """Ends the kernel at once; its journal stays."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """Ends everything and removes the folder."""
        self.client.stop_channels()
        if self.process.poll() is None:
            self.kill()
        self.reader.close()
        shutil.rmtree(self.folder)


def is_message(record: Record, kind: str) -> bool:
    return isinstance(record, Message) and record.type == kind


def joined(records: list[Record]) -> list[Record]:
    """The records as a reader would find them that came after everything: each process's neighbouring texts are one."""
    found: list[Record] = []
    last: dict[int, Record] = {}
    for record in records:
        process = record.process if isinstance(record, Text) else 0
        before = last.get(process)
        if isinstance(record, Text) and isinstance(before, Text) and before.name == record.name:
            before.text += record.text
        else:
            last[process] = replace(record)
            found.append(last[process])
    return found


def text(records: list[Record], name: str = "") -> str:
    """All text of the records, or that of one stream."""
    return "".join(record.text for record in records if isinstance(record, Text) and name in ("", record.name))


def message(records: list[Record], kind: str) -> Message:
    """The one message of that kind."""
    (only,) = [record for record in records if isinstance(record, Message) and record.type == kind]
    return only


def is_dead(pid: int) -> bool:
    """A zombie is dead, too: in a container nobody may collect it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z"
    except FileNotFoundError:
        return True
