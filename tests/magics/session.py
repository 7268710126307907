"""A notebook session: a real kernel, and what its front end sees of the cells that it sends."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import zmq
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager

from tests.cli.runt import ROOT, Runt

PATIENCE = 60.0
MIME = "application/vnd.jupyter-runt.run+json"
_ESCAPES = re.compile(r"\x1b\[[0-9;]*m")

Answer = Callable[[str, bool], str | None]
"""Somebody at the keyboard: gets prompt and password, gives the reply; None: none is sent by this call."""


@dataclass(slots=True)
class Display:
    """An output with a MIME bundle, as it is now, and when the kernel sent its changes (seconds of the wall clock)."""

    data: dict[str, Any]
    kind: str
    updates: list[float] = field(default_factory=list)

    @property
    def text(self) -> str:
        return str(self.data.get("text/plain", ""))

    @property
    def html(self) -> str:
        return str(self.data.get("text/html", ""))

    @property
    def run_id(self) -> str:
        """The run that a picture is of."""
        return str(self.data[MIME]["run_id"])


@dataclass(slots=True)
class Cell:
    """What one execution has shown so far."""

    code: str
    displays: list[Display] = field(default_factory=list)
    streams: dict[str, str] = field(default_factory=lambda: {"stdout": "", "stderr": ""})
    error: dict[str, Any] | None = None
    reply: dict[str, Any] | None = None
    idle: bool = False

    @property
    def text(self) -> str:
        """What it has printed, on stderr as well."""
        return self.streams["stdout"] + self.streams["stderr"]

    @property
    def status(self) -> str:
        assert self.reply is not None, f"it has not ended: {self.code}"
        return str(self.reply["status"])

    @property
    def shown(self) -> str:
        """All its displays as text."""
        return "\n".join(display.text for display in self.displays)

    @property
    def message(self) -> str:
        """What a front end shows of its error."""
        assert self.error is not None, f"it has shown no error: {self.code}"
        return _ESCAPES.sub("", "\n".join(self.error["traceback"]))

    @property
    def page(self) -> str:
        """What it has put into the pager."""
        assert self.reply is not None
        return "".join(each["data"]["text/plain"] for each in self.reply["payload"] if each["source"] == "page")

    @property
    def value(self) -> Display:
        """What `Out[n]` is."""
        (found,) = [display for display in self.displays if display.kind == "execute_result"]
        return found

    @property
    def picture(self) -> Display:
        """The one picture of a run that it shows."""
        (found,) = [display for display in self.displays if MIME in display.data]
        return found


class Session:
    """A kernel of its own in the home of `runt`. Calling it executes a cell."""

    def __init__(self, runt: Runt, kernel: str = "python3", *, env: Mapping[str, str] | None = None) -> None:
        """`kernel` is a kernelspec of the home, or `runt`, ours."""
        self.runt = runt
        ours = runt.home / "data" / "kernels" / "runt"
        if not ours.exists():
            shutil.copytree(ROOT / "kernels" / "runt", ours)
        specs = KernelSpecManager(kernel_dirs=[str(ours.parent)], ensure_native_kernel=False)
        folder = runt.home / "kernels"
        folder.mkdir(exist_ok=True)
        place = folder / str(len(list(folder.iterdir())))
        place.mkdir()
        self._manager = KernelManager(
            kernel_name=kernel, kernel_spec_manager=specs, transport="ipc", ip=str(place / "k"),
            connection_file=str(place / "connection"),
        )  # fmt: skip
        self._manager.start_kernel(env={**runt.env, **(env or {})}, cwd=str(runt.home))
        client: Any = self._manager.client()
        assert isinstance(client, BlockingKernelClient)
        self._client = client
        self._client.start_channels()
        self._client.wait_for_ready(timeout=PATIENCE)
        self._cells: dict[str, Cell] = {}
        self._by_id: dict[str, list[Display]] = {}
        self._answer: Answer | None = None
        self.asked: list[str] = []
        """The prompts of all questions so far."""
        self._poller = zmq.Poller()
        for socket in self._sockets():
            self._poller.register(socket, zmq.POLLIN)

    def _sockets(self) -> tuple[Any, Any, Any]:
        """Outputs first: they were sent before the reply that ends their cell."""
        client = self._client
        return client.iopub_channel.socket, client.shell_channel.socket, client.stdin_channel.socket

    # -- cells -------------------------------------------------------------------------------------------------------

    def __call__(self, code: str, *, answer: Answer | None = None, status: str = "ok") -> Cell:
        """Executes it to its end, which must be this status. With `answer` the front end takes questions."""
        cell = self.end(self.start(code, answer=answer))
        assert cell.status == status, f"{code}: {cell.status}\n{cell.text}\n{cell.message if cell.error else ''}"
        return cell

    def refused(self, code: str) -> str:
        """Executes what has to end in one message of ours, and returns that."""
        cell = self(code, status="error")
        assert 'File "' not in cell.message, cell.message
        assert "Traceback" not in cell.message + cell.text, cell.message + cell.text
        assert "/magics/" not in cell.message, cell.message
        return cell.message

    def value(self, expression: str) -> Any:
        """A Python value of the kernel that JSON has."""
        text = self(f"import json as _json; print(_json.dumps({expression}))").streams["stdout"]
        return json.loads(text)

    def start(self, code: str, *, answer: Answer | None = None) -> Cell:
        """Sends it, and does not wait."""
        self._answer = answer
        sent = self._client.execute(code, allow_stdin=answer is not None, stop_on_error=False)
        return self._cells.setdefault(sent, Cell(code))

    def end(self, cell: Cell) -> Cell:
        self.until(lambda: cell.idle and cell.reply is not None, f"the cell has ended: {cell.code}")
        return cell

    def until(self, holds: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
        """Hears the kernel until `holds()` is true; returns what that gave."""
        end = time.monotonic() + patience
        while not (found := holds()):
            assert time.monotonic() < end, f"waited in vain until {what}"
            self._hear(0.2)  # what holds may be another process's doing, which rings no bell here
        return found

    def hear(self, seconds: float) -> None:
        """Hears the kernel for so long."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._hear(left)

    def reply(self, text: str) -> None:
        """Answers the question that has been asked."""
        self._client.input(text)

    # -- the kernel --------------------------------------------------------------------------------------------------

    @property
    def pid(self) -> int:
        provisioner: Any = self._manager.provisioner
        return int(provisioner.pid)

    def interrupt(self) -> None:
        """As a front end does: SIGINT."""
        os.kill(self.pid, signal.SIGINT)

    def leave(self) -> None:
        """Asks the kernel to end, as a front end does, and waits until it has."""
        self._client.shutdown()
        end = time.monotonic() + PATIENCE
        while self._manager.is_alive():
            assert time.monotonic() < end, "the kernel does not end"
            time.sleep(0.05)

    def kill(self) -> None:
        """`kill -9` of the kernel's whole process group, as a front end restarts it."""
        os.killpg(os.getpgid(self.pid), signal.SIGKILL)
        self.close()

    def close(self) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.context.destroy()

    # -- what it says ------------------------------------------------------------------------------------------------

    def _hear(self, seconds: float) -> None:
        ready = dict(self._poller.poll(max(1, int(seconds * 1000))))
        for socket in self._sockets():
            if socket in ready:
                _, message = self._client.session.recv(socket, mode=zmq.NOBLOCK)
                if message is not None:
                    self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        kind, content = message["msg_type"], message["content"]
        cell = self._cells.get(message["parent_header"].get("msg_id", ""), Cell("before the first"))
        match kind:
            case "status":
                cell.idle = content["execution_state"] == "idle"
            case "stream":
                cell.streams[content["name"]] += content["text"]
            case "display_data" | "execute_result":
                shown = Display(content["data"], kind)
                cell.displays.append(shown)
                self._by_id.setdefault(content.get("transient", {}).get("display_id", ""), []).append(shown)
            case "update_display_data":
                for shown in self._by_id.get(content["transient"]["display_id"], []):
                    shown.data = content["data"]
                    shown.updates.append(message["header"]["date"].timestamp())
            case "clear_output":
                cell.displays.clear()
            case "error":
                cell.error = content
            case "execute_reply":
                cell.reply = content
            case "input_request":
                self._asked(content["prompt"], content["password"])

    def _asked(self, prompt: str, password: bool) -> None:
        self.asked.append(prompt)
        assert self._answer is not None, "a front end that takes no questions was asked one"
        text = self._answer(prompt, password)
        if text is not None:
            self.reply(text)


def python(kernel_python: str = sys.executable) -> dict[str, Any]:
    """A kernelspec of the stock ipykernel."""
    argv = [kernel_python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    return {"argv": argv, "display_name": "Python 3", "language": "python"}
