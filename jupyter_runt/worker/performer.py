"""One run's driver: hears the kernel, asks `decide`, appends what it says, then does what it says. In that order.

Everything of one `turn` is one transaction: the facts, the journal's cursor that they came from, the projection. Only when
it is committed are the instructions carried out, so a request's msg_id and epoch are durable before it is sent.
A turn never waits; `drive` sleeps between turns until the kernel's bell, a signal, an answer or a deadline wakes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace

from jupyter_runt.errors import Refused, RuntError, StaleEpoch, StoreError, StoreTooNew
from jupyter_runt.events import Draft
from jupyter_runt.kernel.base import Message, Text
from jupyter_runt.run import decide
from jupyter_runt.run import instructions as do
from jupyter_runt.run.outputs import OutputStage
from jupyter_runt.run.state import RunState, apply, summary
from jupyter_runt.store import history, outbox
from jupyter_runt.store.base import Claim, Instant, Summary
from jupyter_runt.worker import snapshot
from jupyter_runt.worker.alarm import Alarm
from jupyter_runt.worker.commits import Commits
from jupyter_runt.worker.context import Context
from jupyter_runt.worker.keeper import KernelKeeper
from jupyter_runt.worker.prepare import Private

URGENCY = {"kill": 0, "cancel": 1, "interrupt": 2, "pause": 3, "resume": 3}


class Performer:
    """Drives one claimed run until it ends, is handed over, or is taken by another worker (StaleEpoch)."""

    def __init__(self, context: Context, claim: Claim, private: Private | None = None) -> None:
        self.run_id, self.epoch = claim.run_id, claim.epoch
        self._context, self._claim, self._store = context, claim, context.store
        self._state = RunState(claim.run_id)
        self._stage = OutputStage()
        self._kernel = KernelKeeper(context, claim, private or Private(), self._state, self._stage, self.wake)
        self._inbox: list[do.Stimulus] = []
        self._acknowledge: dict[str, asyncio.Future[None]] = {}
        self._ask_again = False
        self._commits = Commits(context.store, claim, self._state)
        self._alarm = Alarm()
        self._look_for_signals = True
        self._wake_at: float | None = None
        self._handing_over = False

    # -- from outside ----------------------------------------------------------------------------------------------

    @property
    def state(self) -> RunState:
        """The run as folded so far; only to be read."""
        return self._state

    def wake(self) -> None:
        """Something may have happened: look."""
        self._alarm.ring()

    def wake_for_signals(self) -> None:
        """The store's bell rang: there may be signals."""
        self._look_for_signals = True
        self._alarm.ring()

    def signal(self, kind: str, by: str, reason: str = "cancelled_by_user") -> None:
        """A signal from this very process (Ctrl-C in `execute`)."""
        self._inbox.append(do.Signalled(kind, by, reason))
        self.wake()

    def tidy(self) -> None:
        """See KernelKeeper.tidy."""
        self._kernel.tidy()

    def hand_over(self) -> None:
        """Let go of the run at the next moment, its kernel alive."""
        self._handing_over = True
        self.wake()

    async def reply(self, input_id: str | None, text: str, by: str) -> str:
        """Takes a reply to the open question; returns its id once the answer is in the log. Refused says why not."""
        question = self._state.question
        if question is None or (input_id is not None and question.id != input_id):
            raise Refused(f"Run {self.run_id} is not waiting for {f'input {input_id}' if input_id else 'an input'}.")
        if question.answered or question.id in self._kernel.answers:
            raise Refused(f"Input {question.id} of run {self.run_id} has been answered already.")
        self._kernel.answers[question.id] = text
        self._inbox.append(do.InputGiven(question.id, by))
        self._acknowledge[question.id] = done = asyncio.get_running_loop().create_future()
        self.wake()
        await done
        return question.id

    # -- the loop --------------------------------------------------------------------------------------------------

    async def drive(self) -> RunState:
        """Until the run has ended or is handed over. StaleEpoch when another worker has it. StoreError when the store could not
        be written for too long, at once when it is StoreTooNew: a kernel that may survive its worker lives on for the next."""
        try:
            self._open()
            while not self._done():
                if not self.turn() and not self._done():
                    await self._sleep()
            if not self._state.ended:
                self._release()
        except StaleEpoch:
            raise  # the kernel is another worker's now
        except StoreError:
            if not self._state.policy.survive:
                self._kernel.kill()
            raise
        except Exception:
            self._kernel.kill()  # nobody would hear it any more
            raise
        finally:
            self._kernel.close()
            for input_id in list(self._acknowledge):
                self._refuse(input_id)
        return self._state

    def give_up(self, message: str) -> None:
        """Ends a run that met a defect of ours, and whatever it has left, which may never have been in these hands. Its log is
        folded afresh, for this performer's state cannot be relied on."""
        state, now, facts = RunState(self.run_id), self._context.clock.now(), []
        with contextlib.suppress(RuntError, ValueError):  # then it stays as it is, for a person to look at
            for event in history.events(self._store, self.run_id):
                apply(state, event)
            while not state.ended:
                facts.append(replace(decide.surrender(state, "internal_error", message, now.mono), at=now.wall))
                apply(state, facts[-1])
            told, short = outbox.occasions(self._store, state, facts), Summary(**summary(state))
            self._store.append(self.run_id, self.epoch, facts, summary=short, occasions=told, durable=True)
            self._kernel.bury()

    def _refuse(self, input_id: str) -> None:
        self._kernel.answers.pop(input_id, None)
        waiting = self._acknowledge.pop(input_id)
        if not waiting.done():
            waiting.set_exception(
                Refused(f"The reply to input {input_id} of run {self.run_id} was not taken: look again.")
            )

    def _done(self) -> bool:
        return self._handing_over or (self._state.ended and not self._commits.waiting)

    async def _sleep(self) -> None:
        """Until something may have happened: the kernel's bell, a signal, a reply, a deadline."""
        due = self._stage.due
        if self._commits.retry_at is not None:  # nothing is looked at before the store has taken what it is owed
            waits = [self._commits.retry_at]
        elif self._kernel.rest(only_control=due is not None):
            await asyncio.sleep(0)  # there is more to read, but other runs of this worker have their turn
            return
        else:
            waits = [at for at in (due, self._wake_at) if at is not None]
        await self._alarm.wait(max(0.0, min(waits) - self._context.clock.now().mono) if waits else None)

    def turn(self) -> bool:
        """One look at everything that came in; True when there is more to do at once."""
        now = self._context.clock.now()
        if self._commits.stuck:
            return self._commits.retry(now) and self._conclude()
        heard = self._hear(now)
        stimuli, self._inbox = self._inbox, []
        stimuli += self._heed_signals()
        if not heard:
            stimuli += self._after_everything(now)
        self._step(stimuli, now)
        due = self._stage.due
        if self._commits.waiting or (due is not None and due <= now.mono):
            # The journal's cursor is stored with the facts: nothing that was read before it may be left in the stage.
            self._commits.add(self._stage.flush(now.mono))
        again = self._commits.commit(self._kernel.cursor(), now) and self._conclude()
        return again or (heard and self._kernel.is_gone())

    def _conclude(self) -> bool:
        """What is committed may be acted upon; True when that calls for another look."""
        self._kernel.free(self._commits.stored)
        for order in self._commits.take_orders():
            self._inbox += self._kernel.carry_out(order)
            if isinstance(order, do.Answer) and order.input_id in self._acknowledge:
                self._acknowledge.pop(order.input_id).set_result(None)
        for input_id in list(self._acknowledge) if not self._inbox else ():
            self._refuse(input_id)
        if self._state.ended:
            with contextlib.suppress(StoreError):  # it only saves readers the folding
                snapshot.save(self._store, self.run_id)
        return bool(self._inbox)

    def _after_everything(self, now: Instant) -> list[do.Stimulus]:
        """What is known only when all that the kernel said so far has been heard."""
        question, answer_is_lost, self._ask_again = self._state.question, self._ask_again, False
        if self._kernel.is_gone():
            self._commits.add(self._stage.flush(now.mono, release=True))
            return [self._kernel.last_words()]
        if answer_is_lost and question is not None and question.answered:
            if self._state.policy.input.policy == "answer":
                self._commits.orders.append(do.Answer(question.id, self._state.questions - 1))
            else:
                msg_id = self._state.cells[question.cell_id].msg_id
                return [do.InputAsked(msg_id, question.prompt, question.password)]
        return []

    # -- hearing ---------------------------------------------------------------------------------------------------

    def _hear(self, now: Instant) -> bool:
        records = self._kernel.read()
        for record in records:
            if isinstance(record, Text):
                self._commits.add(self._stage.text(record.name, record.text, record.parent, now.mono))
                continue
            stimulus = self._stimulus(record)
            if stimulus is not None:
                self._commits.add(self._stage.flush(now.mono, release=True))
                self._step([stimulus], now)
            else:
                shown = self._stage.message(record.type, record.parent, record.content, record.buffers, now.mono)
                for fact in shown:
                    if fact.type == "result.recorded":
                        apply(self._state, fact)  # the only output that a run may be judged by
                self._commits.add(shown)
        return bool(records)

    def _stimulus(self, message: Message) -> do.Stimulus | None:
        content, redactor = message.content, self._stage.redactor
        match message.type:
            case "execute_reply":
                return do.Replied(message.parent, redactor.value(content))
            case "input_request":
                prompt = redactor.text(str(content.get("prompt", "")))
                return do.InputAsked(message.parent, prompt, bool(content.get("password")))
            case "runt_input_taken":
                return do.InputTaken()
            case "runt_ready":
                return self._kernel.ready(content)
        return None

    def _heed_signals(self) -> list[do.Stimulus]:
        """The most urgent first: nobody waits for a pause before a kill."""
        if not self._look_for_signals:
            return []
        try:
            rows = self._store.signals(self.run_id)
        except StoreTooNew:
            raise
        except StoreError:  # the next turn looks again; a store that stays like this is met where facts are written
            return []
        self._look_for_signals = False
        rows.sort(key=lambda row: (URGENCY[row.kind], row.number))
        self._commits.signals = [row.number for row in rows]
        return [do.Signalled(row.kind, row.requested_by) for row in rows]

    def _step(self, stimuli: list[do.Stimulus], now: Instant) -> None:
        decision = decide.step(self._state, stimuli, now.mono, now.wall)
        for fact in decision.events:
            if fact.type == "run.finished":
                self._commits.add(self._stage.close(now.mono))
            self._stage.apply(fact)
            self._commits.add([fact])
        self._commits.orders += decision.instructions
        if any(isinstance(order, do.StartKernel) for order in decision.instructions):
            self._commits.place = self._context.place
        self._wake_at = decision.wake_at

    # -- taking over and handing over ------------------------------------------------------------------------------

    def _open(self) -> None:
        """Folds the run's log and, when a kernel of an earlier worker may live, takes that over."""
        for event in history.events(self._store, self.run_id):
            apply(self._state, event)
            self._stage.apply(event)
            if event.type == "run.submitted":
                self._kernel.submitted = event.data
        claim, now = self._claim, self._context.clock.now()
        kind = "run.adopted" if self._state.kernel in ("starting", "ready", "stopping") else "run.claimed"
        data = {"worker": self._context.worker_id, "epoch": claim.epoch, "clock": now.mono, "boot": now.boot}
        if claim.previous:
            data["previous"] = claim.previous
        fact = Draft(kind, data, at=now.wall)
        apply(self._state, fact)
        self._commits.add([fact])
        if not self._state.policy.survive and self._store.run(self.run_id).needs_worker != self._context.worker_id:
            self._inbox.append(do.Signalled("kill", self._context.worker_id, "abandoned"))
        if kind == "run.adopted" and not self._state.runtime.get("agent"):
            self._commits.add([Draft("gap", {"reason": "the worker changed: output of that time may be missing"})])
        if kind == "run.adopted":
            self._inbox += self._kernel.adopt()
            # The worker that took the answer may have died before it passed it on; without the agent nobody can tell.
            self._ask_again = bool(self._state.runtime.get("agent"))

    def _release(self) -> None:
        now = self._context.clock.now()
        self._commits.add(self._stage.flush(now.mono))
        self._commits.add(
            [Draft("run.released", {"worker": self._context.worker_id, "epoch": self._claim.epoch}, at=now.wall)]
        )
        self._commits.commit(self._kernel.cursor(), now)
        self._kernel.hand_over(None if self._wake_at is None else self._wake_at - now.mono)
        with contextlib.suppress(StoreError):  # the lease ends by itself, and the kernel lives on all the same
            self._store.release(self.run_id, self._claim.epoch)
