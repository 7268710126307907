"""Whatever happens, in whatever order and at whatever time, the promises hold."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jupyter_runt.run import health
from jupyter_runt.run import instructions as do
from jupyter_runt.run.decide import decide, step
from jupyter_runt.run.instructions import Stimulus
from jupyter_runt.run.policy import Input, Policy, Retry
from jupyter_runt.run.state import fold
from tests.run.driving import ABORTED, ERROR, INTERRUPTED, OK, Driver, markdown
from tests.run.test_health import recorded

limits = st.none() | st.sampled_from([1.0, 7.0, 50.0])
plans = st.builds(
    lambda timeout, allow, skip: {"timeout": timeout, "allow_errors": allow, "skip": skip},
    limits,
    st.booleans(),
    st.sampled_from([False, False, False, True]),
)
inputs = st.builds(
    Input, st.sampled_from(["fail", "wait", "answer"]), limits, st.sampled_from([(), ("yes",), ("yes", "no", "maybe")])
)
reasons = ("kernel_died", "cell_error", "cell_timeout", "run_timeout", "kernel_start_failed", "input_unavailable")
retries = st.builds(
    Retry,
    attempts=st.integers(1, 3),
    delay=st.sampled_from([0.0, 3.0, 90.0]),
    backoff=st.sampled_from([1.0, 2.0]),
    on=st.sets(st.sampled_from(reasons)).map(tuple),
)
policies = st.builds(
    Policy, stop_on_error=st.booleans(), timeout=limits, cell_timeout=limits, retry=retries, input=inputs,
    fail_on=st.sampled_from([None, "critical", "warning"]),
)  # fmt: skip
kinds = st.sampled_from(["cancel", "interrupt", "kill", "pause", "resume"])
replies = st.sampled_from([OK, OK, OK, ERROR, INTERRUPTED, ABORTED, {**ERROR, "ename": "StdinNotImplementedError"}])


class AnyOrder(RuleBasedStateMachine):
    run: Driver

    @initialize(cells=st.lists(plans, max_size=4), policy=policies)
    def submit(self, cells, policy):
        plan = [{"id": f"c{number}", "type": "code", **cell} for number, cell in enumerate(cells)]
        self.run = Driver(markdown("m"), *plan, policy=policy)

    def stimuli(self, data) -> list[Stimulus]:
        state = self.run.state
        mine = state.cells[state.current].msg_id if state.current else "none"
        question = state.question.id if state.question else "9.9"
        one = st.one_of(
            st.builds(do.Replied, st.sampled_from([mine, mine, "other"]), replies),
            st.builds(do.InputAsked, st.sampled_from([mine, mine, "other"]), st.just("? "), st.booleans()),
            st.builds(do.InputGiven, st.sampled_from([question, "1.1"]), st.just("jo")),
            st.just(do.InputTaken()),
            st.builds(do.OutcomeUnknown, st.just(mine)),
            st.just(do.KernelReady({"pid": 1})),
            st.just(do.KernelFailed("no")),
            st.builds(
                do.KernelExited, st.none() | st.just(1), st.none() | st.just(9), oom=st.sampled_from([False, True])
            ),
            st.just(do.Surrendered("parameter_error", "lost")),
            st.builds(do.Signalled, kinds, st.just("jo")),
        )
        drawn: list[Stimulus] = data.draw(st.lists(one, min_size=1, max_size=3))
        return drawn

    @rule(data=st.data())
    def something_happens(self, data):
        stimuli = self.stimuli(data)
        before = deepcopy(self.run.state)
        for stimulus in (*stimuli, None):
            decide(self.run.state, stimulus, self.run.now)
        assert self.run.state == before, "decide only reads"
        self.run.send(*stimuli)

    @rule(content=replies)
    @precondition(lambda self: self.run.state.current is not None)
    def the_cell_ends(self, content):
        self.run.reply(content)

    @rule(status=st.sampled_from(health.STATUSES))
    @precondition(lambda self: self.run.state.current is not None)
    def health_is_recorded(self, status):
        self.run.record(recorded(status))

    @rule()
    @precondition(lambda self: self.run.state.kernel == "starting")
    def the_kernel_is_ready(self):
        self.run.ready()

    @rule()
    @precondition(lambda self: self.run.state.kernel == "stopping" or self.run.state.stopping is not None)
    def the_kernel_ends(self):
        self.run.exit(0)

    @rule()
    @precondition(lambda self: self.run.wake_at is not None)
    def the_next_deadline_passes(self):
        self.run.wait(max(0.0, (self.run.wake_at or 0) - self.run.now))

    @rule(seconds=st.sampled_from([0.001, 0.7, 4.0, 61.0]))
    def time_passes(self, seconds):
        self.run.wait(seconds)

    # -- what holds at any time --------------------------------------------------------------------------------------

    @invariant()
    def nothing_follows_the_one_end(self):
        ends = [number for number, kind in enumerate(self.run.types) if kind == "run.finished"]
        assert ends == ([len(self.run.log) - 1] if self.run.state.ended else [])

    @invariant()
    def a_cell_is_executed_once_per_attempt_and_only_after_its_fact(self):
        started = [(event.attempt, event.cell_id) for event in self.run.log if event.type == "cell.started"]
        assert max(Counter(started).values(), default=1) == 1
        sent = [each.msg_id for each in self.run.instructions if isinstance(each, do.Execute)]
        assert sent == [event.data["msg_id"] for event in self.run.log if event.type == "cell.started"]

    @invariant()
    def never_two_cells_run(self):
        state = self.run.state
        busy = [cell.id for cell in state.code_cells if cell.status in ("running", "waiting")]
        assert busy == ([state.current] if state.current else [])

    @invariant()
    def there_is_something_to_wait_for(self):
        state = self.run.state
        if state.ended:
            assert self.run.wake_at is None
            return
        if self.run.wake_at is not None:
            assert self.run.wake_at > self.run.now
            return
        killed = state.stopping is not None and state.stopping.stage == "kill"
        works = state.kernel == "ready" and state.current is not None and state.stopping is None
        idles = state.kernel == "ready" and state.paused
        assert killed or works or idles, "nobody will ever come back to this run"

    @invariant()
    def a_cancelled_run_ends_with_its_kernel(self):
        if self.run.state.cancelled:
            state = deepcopy(self.run.state)
            step(state, [do.KernelExited(signal=9)], self.run.now, 0.0)
            assert state.status == "cancelled" or self.run.state.ended

    @invariant()
    def health_that_is_not_borne_never_succeeds(self):
        state = self.run.state
        if state.status == "succeeded":
            assert health.verdict(state.policy.fail_on, state.health.values()) is None

    @invariant()
    def every_face_folds_the_same_state(self):
        assert fold("r1", self.run.log) == self.run.state

    @invariant()
    def the_counters_say_what_the_cells_say(self):
        state = self.run.state
        counts = state.counts()
        assert state.failed == counts.get("failed", 0)
        assert state.done == sum(counts.get(status, 0) for status in ("succeeded", "failed", "skipped"))
        assert sum(counts.values()) == len(state.order)
        if state.ended:
            assert self.run.log[-1].data["counts"] == counts


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(
    max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
