"""The two alphabets of `decide`: stimuli (what came in) and instructions (what the performer shall do)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

# -- stimuli ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class KernelReady:
    """The kernel takes requests; `info` is its kernel_info reply with `pid`."""

    info: dict[str, Any]


@dataclass(frozen=True, slots=True)
class KernelFailed:
    """The kernel could not be started at all; `message` is for a person."""

    message: str
    reason: str = "kernel_start_failed"


@dataclass(frozen=True, slots=True)
class KernelExited:
    """The kernel's process is gone and everything it had said has been read. `oom`: whether the out-of-memory killer ended
    it, True or "probably"."""

    status: int | None = None
    signal: int | None = None
    message: str = ""
    oom: bool | str = False


@dataclass(frozen=True, slots=True)
class Surrendered:
    """Whoever drives the kernel now cannot go on with it: it is to be killed, and the run says why."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Replied:
    """The kernel's `execute_reply` to `msg_id`: it alone decides how the cell ended."""

    msg_id: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Nobody can tell any more how the request `msg_id` ended."""

    msg_id: str


@dataclass(frozen=True, slots=True)
class InputAsked:
    """User code of the request `msg_id` waits in `input()` or `getpass()`."""

    msg_id: str
    prompt: str
    password: bool


@dataclass(frozen=True, slots=True)
class InputGiven:
    """Somebody's reply is in the performer's hands (the value never comes here)."""

    input_id: str
    by: str


@dataclass(frozen=True, slots=True)
class InputTaken:
    """User code has read its reply, or an interrupt took it out of its `input()`."""


@dataclass(frozen=True, slots=True)
class Signalled:
    """cancel, interrupt, kill, pause or resume; `reason` is what a cancelled run will say."""

    kind: str
    by: str
    reason: str = "cancelled_by_user"


Stimulus = (
    KernelReady
    | KernelFailed
    | KernelExited
    | Surrendered
    | Replied
    | OutcomeUnknown
    | InputAsked
    | InputGiven
    | InputTaken
    | Signalled
)

# -- instructions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartKernel:
    """Start a fresh kernel for this attempt of the run."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Execute:
    """Send the cell's source under this msg_id. `input` says whether its code may ask questions."""

    cell_id: str
    msg_id: str
    stop_on_error: bool
    input: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """Send the reply to the pending question: the one that was given, or number `index` of the policy's answers."""

    input_id: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Stop:
    """End what runs: `interrupt` (SIGINT), `terminate` (SIGTERM) or `kill` (SIGKILL), to the kernel and its descendants."""

    stage: str


@dataclass(frozen=True, slots=True)
class Shutdown:
    """Ask the kernel politely to end."""


Instruction = StartKernel | Execute | Answer | Stop | Shutdown


@dataclass(slots=True)
class Decision:
    """What `decide` returns. `wake_at` is the monotonic second at which it wants to be asked again without a stimulus."""

    events: list[Any] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    wake_at: float | None = None
