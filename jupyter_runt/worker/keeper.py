"""The kernel side of a performer: starts or adopts the kernel of the present attempt and carries instructions out on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from signal import SIGKILL, SIGTERM
from typing import Any

from jupyter_runt.errors import KernelError, UsageError
from jupyter_runt.kernel import launch
from jupyter_runt.kernel.base import Driver, Record, Request
from jupyter_runt.kernel.folder import KernelFolder
from jupyter_runt.kernel.process import end_strays, environment
from jupyter_runt.run import instructions as do
from jupyter_runt.run.decide import execution
from jupyter_runt.run.outputs import OutputStage
from jupyter_runt.run.redaction import Redactor
from jupyter_runt.run.state import RunState
from jupyter_runt.store.base import Claim
from jupyter_runt.worker import prepare
from jupyter_runt.worker.context import Context
from jupyter_runt.worker.prepare import Prepared, Private


class KernelKeeper:
    """Holds at most one kernel at a time. `submitted` is the data of the run's first event."""

    def __init__(
        self,
        context: Context,
        claim: Claim,
        private: Private,
        state: RunState,
        stage: OutputStage,
        wake: Callable[[], None],
    ) -> None:
        self._context, self._claim, self._private, self._wake = context, claim, private, wake
        self._state, self._stage = state, stage
        self.submitted: dict[str, Any] = {}
        self.answers: dict[str, str] = {}
        self._driver: Driver | None = None
        self._folder = KernelFolder(context.store.runtime, claim.run_id, 1)
        self._attempt = 1
        self._prepared: Prepared | None = None
        self._redactor = Redactor()
        self._doubtful = ""
        """The msg_id of the request that was under way when a kernel without the agent was adopted."""
        self._buried = False
        """The kernel's end has been told, but may not be in the store yet."""

    # -- reading -----------------------------------------------------------------------------------------------------

    def read(self) -> list[Record]:
        return self._driver.read() if self._driver is not None else []

    def rest(self, *, only_control: bool) -> bool:
        """See Driver.rest."""
        return self._driver is not None and self._driver.rest(only_control=only_control)

    def cursor(self) -> Mapping[str, Any] | None:
        """Where reading has got to in the journal of this attempt's kernel."""
        position = self._driver.cursor() if self._driver is not None else None
        return None if position is None else {"attempt": self._attempt, "journal": position}

    def free(self, stored: Mapping[str, Any] | None) -> None:
        """Everything up to this cursor is in the store, and so is the end of a kernel that is gone."""
        if self._driver is not None and self._buried:
            self.close()
            self._folder.remove()
        elif self._driver is not None and stored is not None and stored["attempt"] == self._attempt:
            self._driver.free(stored["journal"])

    def is_gone(self) -> bool:
        """Whether the kernel's process has ended and nothing that it said is on its way any more."""
        if self._driver is None or self._buried:
            return False
        return self._driver.process.exited.done() and self._driver.settled()

    def last_words(self) -> do.KernelExited:
        """How the kernel ended, with its own words where it never became ready. Asked for once."""
        assert self._driver is not None
        ended = self._driver.process.exited.result()
        words = self._folder.last_words() if self._state.kernel == "starting" else ""
        self._buried = True
        if self._state.cancelled:
            end_strays(self._claim.run_id, SIGKILL)
        return do.KernelExited(ended.status, ended.signal, self._redactor.text(words))

    def ready(self, info: dict[str, Any]) -> do.Stimulus:
        """The kernel takes requests. One without the agent that was adopted in the middle of a cell has sent the reply,
        if any, before it answers this: nobody can tell any more how the cell ended."""
        assert self._driver is not None
        self._driver.connect()
        return do.OutcomeUnknown(self._doubtful) if self._doubtful else do.KernelReady(info)

    def kill(self) -> None:
        """Ends the kernel at once, whatever it does."""
        if self._driver is not None:
            self._driver.process.stop("kill")

    def tidy(self) -> None:
        """Keeps small what grows beside the journal; asked for every few seconds."""
        if self._driver is not None:
            self._folder.cap_stderr()

    def close(self) -> None:
        """Lets go of the kernel, which lives on if it does."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    # -- doing -------------------------------------------------------------------------------------------------------

    def carry_out(self, order: do.Instruction) -> list[do.Stimulus]:
        """Does what was decided; returns what that brought about at once (a kernel that cannot be started)."""
        driver = self._driver
        match order:
            case do.StartKernel(attempt):
                return self._start(attempt)
            case do.Execute():
                self._execute(order)
            case do.Answer(input_id, index):
                self._answer(input_id, index)
            case do.Stop(stage=measure) if driver is not None:
                if measure == "interrupt":
                    driver.interrupt()
                else:
                    driver.process.stop(measure)
            case do.Shutdown() if driver is not None:
                driver.shutdown()
                if self._state.cancelled:
                    end_strays(self._claim.run_id, SIGTERM, spared=driver.process.identity.pid)
        return []

    def _start(self, attempt: int) -> list[do.Stimulus]:
        self.close()
        self._attempt, self._doubtful, self._buried = attempt, "", False
        self._folder = KernelFolder(self._context.store.runtime, self._claim.run_id, attempt)
        try:
            prepared = self._prepare()
            self._folder.create()
            self._folder.note_driver(self._context.lock, self.submitted["policy"]["orphan_timeout"])
            self._driver = launch.start(self._folder, prepared.launch, prepared.env, self._claim.run_id, self._wake)
        except UsageError as error:
            return [do.KernelFailed(str(error), "parameter_error")]
        except KernelError as error:
            self._folder.remove()
            return [do.KernelFailed(str(error))]
        except OSError as error:
            self._folder.remove()
            return [do.KernelFailed(f"The kernel's folder {self._folder.path} cannot be made: {error.strerror}")]
        self._driver.process.exited.add_done_callback(lambda _: self._wake())
        return []

    def _prepare(self) -> Prepared:
        # A cell that has begun needs its sources no more, and secrets that only the first worker knew are not to be had.
        cell = self._state.cells.get(self.submitted.get("parameters_cell") or "")
        done = cell is not None and cell.finished_at is not None and bool(self.submitted["runtime"].get("agent"))
        prepared = prepare.prepare(
            self._claim.run_id, self.submitted, self._private, environment(), with_parameters=not done
        )
        self._prepared, self._redactor = prepared, Redactor(prepared.secrets)
        # The agent has redacted what we read, and what it holds back is still in its hands.
        if not prepared.launch.agent:
            self._stage.redactor = self._redactor
        return prepared

    def _execute(self, order: do.Execute) -> None:
        if self._driver is None or self._prepared is None:
            return
        self._driver.execute(
            Request(
                msg_id=order.msg_id,
                code=self._prepared.sources[order.cell_id],
                cell_id=order.cell_id,
                epoch=self._claim.epoch,
                stop_on_error=order.stop_on_error,
                allow_stdin=order.input,
                secrets=self._prepared.secrets,
            )
        )

    def _answer(self, input_id: str, index: int | None) -> None:
        answers = self._private.answers or tuple(self.submitted["policy"]["input"]["answers"])
        if self._driver is None:
            return
        if index is None:
            self._driver.answer(self.answers.pop(input_id, ""))
        elif index < len(answers):
            self._driver.answer(answers[index])
        else:  # they were given to a worker that is no more, and to nobody else
            self._driver.interrupt()

    # -- adopting ----------------------------------------------------------------------------------------------------

    def adopt(self) -> list[do.Stimulus]:
        """Takes over the kernel of an earlier worker, its journal from the cursor on, and the request that is under way."""
        state, run_id = self._state, self._claim.run_id
        self._attempt = state.attempt
        self._folder = KernelFolder(self._context.store.runtime, run_id, state.attempt)
        if state.kernel == "starting" and not self._folder.process.exists():
            end_strays(run_id, SIGKILL)  # the worker died while it started the kernel: no cell has run, so once more
            return self._start(state.attempt)
        stored = self._context.store.cursor(run_id) or {}
        position = stored["journal"] if stored.get("attempt") == state.attempt else None
        self._driver = launch.adopt(self._folder, prepare.launch_of(self.submitted), run_id, position, self._wake)
        if self._driver is None:
            return [do.KernelExited()]
        self._folder.note_driver(self._context.lock, state.policy.orphan_timeout)
        self._driver.process.exited.add_done_callback(lambda _: self._wake())
        try:
            self._prepare()
        except UsageError as error:  # what the rest of the run needs cannot be had here
            if state.kernel != "starting":
                return [do.Signalled("kill", "worker", "parameter_error")]
            self.kill()  # it has run nothing
            self.close()
            self._folder.remove()
            return [do.KernelFailed(str(error), "parameter_error")]
        if not self._driver.process.exited.done():
            self._resume(self._driver)
        return []

    def _resume(self, driver: Driver) -> None:
        """Sends again what the earlier worker may not have sent: the agent's gate refuses what it has seen already."""
        state = self._state
        if state.stopping is not None and state.stopping.stage == "kill":
            driver.process.stop("kill")  # no harder measure follows that would make up for it
        if state.kernel == "stopping":
            driver.shutdown()
        if state.current is None:
            return
        cell = state.cells[state.current]
        if not self.submitted["runtime"].get("agent"):
            self._doubtful = cell.msg_id
            return
        self._execute(execution(state, cell, cell.msg_id))
