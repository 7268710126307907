"""The kernel side of a performer: starts or adopts the kernel of the present attempt and carries instructions out on it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from signal import SIGKILL, SIGTERM
from typing import Any

from jupyter_runt.errors import KernelError, UsageError
from jupyter_runt.kernel import launch
from jupyter_runt.kernel.base import Driver, Exit, Record, Request
from jupyter_runt.kernel.folder import CALL_AFTER, KernelFolder
from jupyter_runt.kernel.process import environment
from jupyter_runt.kernel.strays import end_strays
from jupyter_runt.run import instructions as do
from jupyter_runt.run.decide import execution
from jupyter_runt.run.outputs import OutputStage
from jupyter_runt.run.redaction import Redactor
from jupyter_runt.run.state import RunState
from jupyter_runt.store.base import Claim
from jupyter_runt.worker import prepare
from jupyter_runt.worker.context import Context
from jupyter_runt.worker.prepare import Prepared, Private

CALL_SOONEST = 1.0
"""Seconds before a kernel that was handed over calls for a worker, however near the run's time limit is."""


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
        self._known = True
        """The kernel's folder names this worker as its driver."""

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
        if self._buried:
            self._buried = False
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
        words = ""
        if self._state.kernel == "starting" and self._prepared is not None:  # else nobody knows what to redact
            words = self._folder.last_words(self._redactor.text)
        self._buried = True
        if self._leaves_nothing():
            self._driver.process.end_strays(SIGKILL)
        return do.KernelExited(ended.status, ended.signal, words, ended.oom)

    def _leaves_nothing(self) -> bool:
        """Whether what the notebook's code started ends with the kernel: always, but for the processes that a notebook which
        went well has left behind, on purpose (a server, say)."""
        state = self._state
        return state.kernel != "stopping" or bool(state.cancelled or state.failure or state.failed)

    def ready(self, info: dict[str, Any]) -> do.Stimulus:
        """The kernel takes requests. One without the agent that was adopted in the middle of a cell has sent the reply,
        if any, before it answers this: nobody can tell any more how the cell ended."""
        assert self._driver is not None
        self._redact_stderr()
        self._driver.connect()
        return do.OutcomeUnknown(self._doubtful) if self._doubtful else do.KernelReady(info)

    def kill(self) -> None:
        """Ends the kernel at once, whatever it does."""
        if self._driver is not None:
            self._driver.process.stop("kill")

    def bury(self) -> None:
        """Ends every kernel that the run may have, driven from here or not, with all that it started, and removes its folder."""
        self.close()
        end_strays(self._claim.run_id, SIGKILL)
        for folder in KernelFolder.all(self._context.store.runtime):
            if folder.run_id == self._claim.run_id:
                end_strays(folder.run_id, SIGKILL, kernel=folder.noted_process())
                folder.remove()

    def tidy(self) -> None:
        """Keeps small what grows beside the journal; asked for every few seconds."""
        if self._driver is not None:
            self._driver.process.look()
            self._folder.cap_stderr()
            if not self._known:
                self._make_known()
            self._redact_stderr()

    def close(self) -> None:
        """Lets go of the kernel, which lives on if it does."""
        if self._driver is not None:
            self._driver.close()
            self._driver = None

    def _redact_stderr(self) -> None:
        if self._redactor:
            self._folder.redact_stderr(self._redactor.text)

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
                self._shut_down(driver)
        return []

    def _shut_down(self, driver: Driver) -> None:
        """Asks the kernel to end, and what is not to outlive it. ipykernel waits for its children, so those that do not listen
        would use up the kernel's own grace."""
        driver.shutdown()
        if not self._leaves_nothing():
            return
        driver.process.end_strays(SIGTERM)

        def insist() -> None:
            if self._driver is driver and not driver.process.exited.done():
                driver.process.end_strays(SIGKILL)

        asyncio.get_running_loop().call_later(self._state.policy.grace.terminate, insist)

    def _start(self, attempt: int) -> list[do.Stimulus]:
        self.close()
        self._attempt, self._doubtful, self._buried = attempt, "", False
        self._folder = KernelFolder(self._context.store.runtime, self._claim.run_id, attempt)
        if (earlier := self._folder.noted_process()) is not None and earlier.alive:
            # The log knows nothing of it: a disk that failed, or a backup that was put back. Its cells are not run twice unsaid.
            self.bury()
            message = (
                "a kernel of this attempt was found running of which the store knows nothing (any more); it was ended"
            )
            return [do.KernelFailed(message, "unknown_outcome")]
        try:
            prepared = self._prepare()
            self._folder.create()
            self._note_driver()
            self._known = True
            self._driver = launch.start(
                self._folder, prepared.launch, prepared.env, self._claim.run_id, self._wake, prepared.secrets
            )
        except UsageError as error:
            return [do.KernelFailed(str(error), "parameter_error")]
        except KernelError as error:
            self._folder.remove()
            return [do.KernelFailed(str(error))]
        except OSError as error:
            self._folder.remove()
            return [do.KernelFailed(f"The kernel cannot be started in {self._folder.path}: {error.strerror}")]
        self._driver.process.exited.add_done_callback(lambda _: self._wake())
        return []

    def _note_driver(self, call_after: float | None = CALL_AFTER) -> None:
        policy = self._state.policy
        call = self._context.call if policy.survive else ()  # who killed `execute` wants an end
        self._folder.note_driver(self._context.lock, policy.orphan_timeout, call, call_after)

    def hand_over(self, due: float | None) -> None:
        """The run is let go of on purpose: its kernel waits for whoever comes, and calls for a worker only when the run's next
        time limit is `due`, in so many seconds."""
        if self._driver is not None:
            with contextlib.suppress(OSError):  # it calls sooner, then
                self._note_driver(None if due is None else max(CALL_SOONEST, due))

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
        self._attempt, self._known = state.attempt, False
        self._folder = KernelFolder(self._context.store.runtime, run_id, state.attempt)
        if state.kernel == "starting" and not self._folder.process.exists():
            end_strays(run_id, SIGKILL)  # the worker died while it started the kernel: no cell has run, so once more
            return self._start(state.attempt)
        stored = self._context.store.cursor(run_id) or {}
        position = stored["journal"] if stored.get("attempt") == state.attempt else None
        adopted = launch.adopt(self._folder, prepare.launch_of(self.submitted), run_id, position, self._wake)
        if isinstance(adopted, Exit):
            self._buried = True
            if self._leaves_nothing():
                end_strays(run_id, SIGKILL)
            return [do.KernelExited(adopted.status, adopted.signal, oom=adopted.oom)]
        self._driver = adopted
        self._make_known()
        self._driver.process.exited.add_done_callback(lambda _: self._wake())
        try:
            self._prepare()
        except UsageError as error:  # what the rest of the run needs cannot be had here
            if not self._driver.process.exited.done():
                return self._surrender(str(error))
        if not self._driver.process.exited.done():
            self._resume(self._driver)
        return []

    def _make_known(self) -> None:
        """Tells the kernel who drives it now: it would end itself one day. A full disk may hinder that for a while."""
        with contextlib.suppress(OSError):
            self._note_driver()
            self._known = True

    def _surrender(self, message: str) -> list[do.Stimulus]:
        """Ends a kernel that cannot be driven on, for want of a parameter's value."""
        if self._state.kernel == "starting":  # it has run nothing
            self.kill()
            self.close()
            self._folder.remove()
            return [do.KernelFailed(message, "parameter_error")]
        given_up = do.Surrendered("parameter_error", message)
        if self.submitted["runtime"].get("agent"):
            return [given_up]
        self.kill()  # and hear nothing more: what it says may hold secrets, which nobody knows any more
        self.close()
        self._buried = True
        return [given_up, do.KernelExited()]

    def _resume(self, driver: Driver) -> None:
        """Sends again what the earlier worker may not have sent: the agent's gate refuses what it has seen already."""
        state = self._state
        if state.stopping is not None and state.stopping.stage == "kill":
            driver.process.stop("kill")  # no harder measure follows that would make up for it
        if state.kernel == "stopping":
            self._shut_down(driver)
        if state.current is None:
            return
        cell = state.cells[state.current]
        if not self.submitted["runtime"].get("agent"):
            self._doubtful = cell.msg_id
            return
        self._execute(execution(state, cell, cell.msg_id))
