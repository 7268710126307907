"""The port of the faces: what they ask of a store at hand (`client.local`) or of a server (`client.remote`) alike.

All methods block. UsageError and its kinds: what was asked makes no sense; StoreError or ServerError: it cannot be done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from jupyter_runt.errors import RunAmbiguous, RunNotFound
from jupyter_runt.events import Event
from jupyter_runt.store.base import Listener, RunFilter, RunRow

if TYPE_CHECKING:
    from jupyter_runt.client.schedules import Wanted

Tell = Callable[[str], None]
"""Takes a message for the person who waits."""
RECONNECTED = "reconnected"
"""The message that says that there is nothing to wait for any more."""


PATIENCE_SECONDS = 600.0
"""How long whoever follows waits for a server that has gone: an upgrade and a restart take less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What may be said of a run besides its notebook. Times are in seconds; later `layers` of parameter values win; `input` is ask,
    fail, wait or answer (None: as the notebook says, else `fail`); `keep_going` of None is as the notebook says."""

    layers: Sequence[Mapping[str, Any]] = ()
    runtime: str | None = None
    cwd: str | None = None
    run_timeout: float | None = None
    cell_timeout: float | None = None
    keep_going: bool | None = None
    input: str | None = None
    answers: Sequence[str] = ()
    env_file: str | None = None
    skip_unsupported: bool = False
    priority: int = 0
    labels: Mapping[str, str] = field(default_factory=dict)
    idempotency_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Wishes):
    """What a person asks to be run, before anything is resolved."""

    notebook: str = ""
    """A path, a template's name, or `-`, whose bytes are `content` then."""
    content: bytes = b""
    content_name: str = "stdin"
    """What `content` is called: in the list of runs, and with <> around it where its faults are told."""
    run_id: str | None = None
    start_worker: bool = True
    """Whether a worker is started when none lives."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A run in the queue. `created` is False when an idempotency key has named an earlier one."""

    run_id: str
    created: bool
    status: str
    warnings: Sequence[str] = ()
    worker_started: bool = False
    """Whether this very call started a worker."""


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """The question that a run waits for."""

    input_id: str
    prompt: str
    password: bool


def the_one(name: str, found: Sequence[str]) -> str:
    """Which of the ids that begin with `name` is meant. RunNotFound, RunAmbiguous."""
    if name in found or len(found) == 1:
        return name if name in found else found[0]
    if not found:
        raise RunNotFound(f"There is no run {name!r}.", remedy="`jupyter runt ls` lists the runs.")
    raise RunAmbiguous(f"{name!r} begins several ids: {', '.join(found)}", remedy="Give more of the id.")


class Client(Protocol):
    """Everything that faces ask, wherever the runs are."""

    @property
    def where(self) -> str:
        """The URL of the store, or of the server; never with a token."""
        ...

    # -- submitting --------------------------------------------------------------------------------------------------

    def queue(self, order: Order) -> Queued:
        """Queues a notebook."""
        ...

    def rerun(self, run_id: str, order: Order) -> Queued:
        """Queues a run's notebook again; what the order says anew wins."""
        ...

    # -- looking -----------------------------------------------------------------------------------------------------

    def find(self, name: str) -> str:
        """The run's id from an id, a unique beginning of one, or `last`. RunNotFound, RunAmbiguous."""
        ...

    def rows(self, where: RunFilter) -> list[RunRow]:
        """The list of runs, newest first."""
        ...

    def row(self, run_id: str) -> RunRow:
        """One run's line. RunNotFound."""
        ...

    def show(self, run_id: str) -> dict[str, Any]:
        """The run folded (`run.view`), with `pinned`, and with why nothing happens if nothing does."""
        ...

    def result(self, run_id: str, name: str) -> dict[str, Any]:
        """One named result with its MIME bundle. NotFound."""
        ...

    def question(self, run_id: str) -> OpenQuestion | None:
        """What the run waits for now; None when nobody has to answer."""
        ...

    def events(self, run_id: str, after: int = 0) -> Iterator[Event]:
        """What is in the log behind `after`, and no more. Outputs stay references; `run.submitted` is whole. RunNotFound."""
        ...

    def blob(self, sha256: str) -> bytes:
        """The bytes behind a reference."""
        ...

    def follow(self, run_id: str, after: int = 0, *, tell: Tell | None = None) -> Iterator[Event]:
        """Every event behind `after`, blobs put back, as it comes, to the run's end. RunNotFound also when it is removed.

        `tell` hears of what holds it up: a server that does not answer for a while.
        """
        ...

    def listen(self, run_id: str | None = None) -> Listener:
        """Wakes when something about the run, or about any run, may have changed from now on; close it when done."""
        ...

    def status(self) -> dict[str, Any]:
        """One look: version, store, number of workers, and how many runs there are of each status."""
        ...

    def workers(self) -> list[dict[str, Any]]:
        """All workers that are known: see `client.rows.workers_json`."""
        ...

    def runtimes(self) -> list[dict[str, Any]]:
        """The kernelspecs that a run can name."""
        ...

    def templates(self) -> list[dict[str, Any]]:
        """The notebooks that can be run by name: name, title, description, path and the parameters' names."""
        ...

    def template(self, name: str) -> dict[str, Any]:
        """One of them, with what it can be given and its source. NotFound."""
        ...

    def monitors(self) -> list[dict[str, Any]]:
        """Everything that is watched, and how it is: see `client.monitors.listed`."""
        ...

    def monitor(
        self, name: str, *, subject: str | None = None, since: float | None = None, until: float | None = None,
        limit: int = 1000,
    ) -> dict[str, Any]:  # fmt: skip
        """A monitor's history: see `client.monitors.history`. NotFound."""
        ...

    def schedules(self) -> list[dict[str, Any]]:
        """Every schedule in the order of their ids, as `schedule` gives it, but with its last firing alone."""
        ...

    def schedule(self, schedule_id: str) -> dict[str, Any]:
        """One schedule, its next five due times and what came of the last ones: see `client.schedules.shown`. NotFound."""
        ...

    def page_url(self, run_id: str) -> str | None:
        """The run's live page, without a token; None when no server shows it."""
        ...

    # -- asking ------------------------------------------------------------------------------------------------------

    def signal(self, run_id: str, kind: str) -> None:
        """Asks something of a run: cancel, interrupt, kill, pause or resume. Refused says why not."""
        ...

    def reply(self, run_id: str, text: str, input_id: str | None = None) -> str:
        """Answers the run's open question; returns its input_id once the worker has taken the reply. Refused says why not."""
        ...

    def pin(self, run_id: str, pinned: bool) -> None:
        """Pinned runs are kept by retention. RunNotFound."""
        ...

    def delete(self, run_id: str, *, force: bool = False) -> None:
        """Removes an ended run with everything that belongs to it alone; a pinned one only by `force`. Refused."""
        ...

    def add_schedule(self, wanted: Wanted) -> dict[str, Any]:
        """Defines a schedule and gives it as `schedule` does, with `warnings`. Refused when there is one of its id already and
        nobody said that it be replaced; ScheduleError when it makes no sense; else as `queue`."""
        ...

    def pause_schedule(self, schedule_id: str, *, paused: bool) -> dict[str, Any]:
        """Keeps it from firing, or lets it go on from now on: what it missed is not made up for. NotFound."""
        ...

    def run_schedule(self, schedule_id: str) -> Queued:
        """Queues its run once more, now, whatever its due times and its overlap policy say. NotFound; else as `queue`."""
        ...

    def remove_schedule(self, schedule_id: str) -> None:
        """Removes it and what came of its due times; its runs stay. NotFound."""
        ...

    def tend(self) -> None:
        """Sees to it that runs whose worker has died go on, and that a worker lives when schedules are active. A server does that by
        itself."""
        ...
