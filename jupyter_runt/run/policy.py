"""What a run may do by itself: time limits, retries, and what happens when user code asks for input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Retry:
    """Run the whole notebook again in a fresh kernel: at most `attempts` times in all, `delay` seconds apart at first,
    `backoff` times longer each time, when the run failed for one of the reasons in `on`."""

    attempts: int = 1
    delay: float = 0.0
    backoff: float = 1.0
    on: tuple[str, ...] = ("kernel_died", "cell_error", "cell_timeout")

    def pause(self, attempt: int) -> float:
        """Seconds to wait after attempt number `attempt` (from 1)."""
        return float(self.delay * self.backoff ** (attempt - 1))


@dataclass(frozen=True, slots=True)
class Input:
    """What happens on `input()`: `fail` at once, `wait` until `deadline` seconds later (None: for ever), or `answer` with
    the texts given; a question too many fails. `answers_given` counts texts that only the worker knows."""

    policy: str = "fail"
    deadline: float | None = None
    answers: tuple[str, ...] = ()
    answers_given: int = 0


@dataclass(frozen=True, slots=True)
class Grace:
    """How long the kernel gets, in seconds, before the next harder measure."""

    start: float = 60.0
    interrupt: float = 5.0
    terminate: float = 2.0
    shutdown: float = 10.0


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told of what: words of `settings.NOTIFY_ON`, and references to the URLs of the targets, never a URL itself."""

    on: tuple[str, ...] = ()
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """Everything that `decide` may not invent. Stored in `run.submitted`."""

    stop_on_error: bool = True
    timeout: float | None = None
    cell_timeout: float | None = None
    retry: Retry = field(default_factory=Retry)
    input: Input = field(default_factory=Input)
    grace: Grace = field(default_factory=Grace)
    orphan_timeout: float = 3600.0
    survive: bool = True
    """Whether another worker goes on when the one that drives the run dies. `execute` says no: who killed it wants an end."""
    fail_on: str | None = None
    """The health that the run does not bear: a key of `run.health.FAIL_ON`."""
    notify: Notify = field(default_factory=Notify)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Policy:
        """Unknown keys of a newer release are ignored; missing ones take their defaults."""
        known = {
            name: data[name]
            for name in ("stop_on_error", "timeout", "cell_timeout", "orphan_timeout", "survive", "fail_on")
            if name in data
        }
        retry = _read(Retry, data.get("retry"))
        if "on" in retry:
            retry["on"] = tuple(retry["on"])
        answers = _read(Input, data.get("input"))
        if "answers" in answers:
            answers["answers"] = tuple(answers["answers"])
        notify = {name: tuple(value) for name, value in _read(Notify, data.get("notify")).items()}
        return cls(
            retry=Retry(**retry),
            input=Input(**answers),
            grace=Grace(**_read(Grace, data.get("grace"))),
            notify=Notify(**notify),
            **known,
        )


def _read(kind: Any, data: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (data or {}).items() if name in kind.__dataclass_fields__}
