"""The port to a kernel: what a driver can do with one, and the records that come back.

Drivers carry no policy and keep no state of the run: `wake` is called when there may be something to read, and whoever was
woken reads from its own cursor.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_runt.kernel.oom import Verdict

if TYPE_CHECKING:
    from jupyter_runt.kernel.process import KernelProcess


@dataclass(slots=True)
class Text:
    """What user code wrote to a stream. `parent` is the msg_id of the request it belongs to ('' when unknown).

    `process` is 0 for the kernel itself, else the pid of the forked child that wrote it.
    """

    name: str
    text: str
    parent: str
    process: int = 0


@dataclass(slots=True)
class Message:
    """Any other message of the kernel, `execute_reply` and `input_request` included; `parent` is its request's msg_id.

    The agent has four of its own: `runt_ready` (the kernel takes requests; content as of a kernel_info_reply, plus `pid`),
    `runt_input_taken` (user code has read the input's reply), `runt_refused` (`reason`: stale_epoch or repeated) and
    `runt_lost` (`reason`, `bytes`: what could not be journalled).
    """

    type: str
    parent: str
    content: dict[str, Any]
    metadata: dict[str, Any] = field(default_factory=dict)
    buffers: Sequence[bytes] = ()


Record = Text | Message


@dataclass(frozen=True, slots=True)
class Launch:
    """How to start a kernel, resolved in the submitter's environment and recorded with the run.

    `argv` still holds `{connection_file}`; `language` and `display_name` are the kernelspec's; `agent` says whether the
    kernel is an ipykernel that can carry our agent.
    """

    runtime: str
    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    language: str
    display_name: str
    agent: bool
    interrupt_mode: str = "signal"
    resource_dir: str = ""


@dataclass(frozen=True, slots=True)
class Exit:
    """How a kernel's process ended. Both are None when nobody could tell. `oom`: whether the out-of-memory killer did it."""

    status: int | None = None
    signal: int | None = None
    oom: Verdict = False


@dataclass(frozen=True, slots=True)
class Request:
    """One cell to execute. `epoch` and `msg_id` are durable before it is sent; `secrets` are texts that may be
    nowhere but in its code."""

    msg_id: str
    code: str
    cell_id: str
    epoch: int
    stop_on_error: bool
    allow_stdin: bool
    secrets: Sequence[str] = ()

    def content(self) -> dict[str, Any]:
        """The content of an execute_request, after the messaging protocol 5.3."""
        return {
            "code": self.code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": self.allow_stdin,
            "stop_on_error": self.stop_on_error,
        }


class Driver(Protocol):
    """What the worker does with a kernel, whichever kind it is."""

    process: KernelProcess

    def read(self) -> list[Record]:
        """What the kernel said since the last call, in order; [] when nothing is there. At most a few MB at a time."""
        ...

    def rest(self, *, only_control: bool) -> bool:
        """Call before sleeping: asks to be woken, by anything or only by replies and questions. True: read first."""
        ...

    def cursor(self) -> Mapping[str, Any] | None:
        """Where reading has got to, to be stored with the facts that came of it; None where it cannot be resumed."""
        ...

    def free(self, cursor: Mapping[str, Any]) -> None:
        """What lies before this cursor is in the store: its space may be used again."""
        ...

    def connect(self) -> None:
        """The kernel is ready: open what requests need."""
        ...

    def execute(self, request: Request) -> None: ...

    def answer(self, text: str) -> None:
        """The reply to the question that the kernel waits for."""
        ...

    def interrupt(self) -> None: ...

    def shutdown(self) -> None: ...

    def settled(self) -> bool:
        """After the process's end: whether nothing that it said is on its way any more."""
        ...

    def close(self) -> None:
        """Lets go of the kernel, which lives on if it does."""
        ...
