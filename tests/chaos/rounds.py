"""One round: a run of the same notebook, somebody killed at some moment of it, and what must hold afterwards."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_runt.events import Event
from jupyter_runt.run.document import Document
from tests.chaos.points import POINTS, Point
from tests.chaos.scene import Scene
from tests.chaos.watching import Stuck, Watch
from tests.exported import exported
from tests.invariants import check_run, difference

LIMIT = 40.0
"""Seconds after which a round is stuck."""

COUNT = """
import atexit, os, time
_file = os.open(f"noted.{os.getpid()}", os.O_WRONLY | os.O_CREAT)
_next = 0
def count(lines, pause=0.0):
    global _next
    for _ in range(lines):
        print(_next)
        os.write(_file, b"%d\\n" % _next)  # what was printed before this is in a file that no kill takes back
        _next += 1
        time.sleep(pause)
count(100, 0.003)
"""
PATIENCE = 8.0
"""A worker looks for what the dead left behind every five seconds."""
SMALL = 16
LAST_WORDS = 5
LINES = 100 + 2 * SMALL + 2 + 50 + LAST_WORDS
CELLS = [
    COUNT,
    *["count(2)"] * SMALL,
    "answer = input('Go on? '); count(2)",
    f"assert answer == 'yes'; count(50, 0.001); atexit.register(count, {LAST_WORDS}, 0.06); None",
]
BEGINS = {
    "starting": lambda event: event.type in ("run.claimed", "run.adopted"),
    "printing": lambda event: event.type == "output.added" and event.cell_id == "c1",
    "between cells": lambda event: event.type == "cell.finished" and event.cell_id == "c1",
    "waiting for input": lambda event: event.type == "input.requested",
    "finishing": lambda event: event.type == "kernel.stopping",
}
LASTS = {"starting": 0.5, "printing": 0.3, "between cells": 0.04, "waiting for input": 0.1, "finishing": 0.08}
"""Seconds: where in a phase a random moment lies. The last words take longer than that by what a busy machine may need."""


@dataclass(frozen=True, slots=True)
class Round:
    """`point` None: a random moment of the phase. `retry`: the policy gives a killed kernel a second attempt."""

    victim: str
    phase: str
    point: str | None = None
    retry: bool = False
    seed: int = 0

    def __str__(self) -> str:
        moment = self.point or f"a random moment ({self.seed})"
        return f"{self.victim} while {self.phase}, {moment}{', retry' if self.retry else ''}"


@dataclass(slots=True)
class Outcome:
    """What became of it; `fault` is '' when everything holds."""

    round: Round
    kills: int = 0
    lost: int = 0
    duplicated: int = 0
    stuck: bool = False
    fault: str = ""
    story: str = ""
    seconds: float = 0.0
    recovery: float | None = None
    attempts: list[str] = field(default_factory=list)
    """What each attempt of the run printed."""


class Play:
    """Carries one round out in a scene."""

    def __init__(self, scene: Scene, round: Round) -> None:
        self._scene, self._round, self._random = scene, round, random.Random(str(round))
        self._point: Point | None = POINTS[round.point] if round.point else None
        self._outcome = Outcome(round)
        self._killed = 0.0
        self._folder = Path()
        self._watch: Watch

    def __call__(self) -> Outcome:
        began = time.monotonic()
        run_id = ""
        try:
            run_id = self._submit()
            self._watch = Watch(self._scene.open_store, run_id, began + LIMIT, self._on_quiet)
            try:
                self._strike()
                self._to_the_end()
            finally:
                self._watch.close()
            self._judge(run_id)
        except AssertionError as error:
            self._outcome.fault, self._outcome.stuck = f"{error}", isinstance(error, Stuck)
            self._outcome.story = self._scene.story(run_id)
        self._outcome.seconds = time.monotonic() - began
        return self._outcome

    # -- what happens ------------------------------------------------------------------------------------------------

    def _submit(self) -> str:
        scene, plan = self._scene, self._round
        name = f"round-{len(scene.open_store.match('', 10_000))}"
        self._folder = scene.home / name
        retry = {"metadata": {"retry": {"attempts": 2, "on": ["kernel_died"]}}}
        notebook = scene.cells(*CELLS, name=f"{name}/n.yml", **(retry if plan.retry else {}))
        scene.see_to_it()
        if self._point is not None and plan.phase == "starting" and not self._point.needs:
            self._arm()
        return scene.command("submit", notebook, "--input", "wait", "--no-worker").out.strip()

    def _strike(self) -> None:
        """Lets it come to the phase, and kills there; for a named point, whoever gets to it is killed."""
        watch, plan, point = self._watch, self._round, self._point
        begins = BEGINS["waiting for input" if point is not None and point.late else plan.phase]
        for event in watch.each():
            if begins(event):
                break
            self._heed(event)
        else:
            raise Stuck(f"the run ended before it was {plan.phase}")
        if point is None:
            watch.pause(self._random.uniform(0, LASTS[plan.phase]))
            self._kill(plan.victim)
            return
        if plan.phase != "starting" or point.needs:
            self._arm()
        if point.needs in ("worker killed", "worker and kernel killed"):
            self._kill("worker")
        if point.needs == "worker asked to end":
            assert self._scene.supervisor is not None
            self._scene.supervisor.terminate()
        if point.needs == "worker and kernel killed":
            watch.until(lambda event: event.type == "run.adopted", "the run was adopted")
            self._kill("kernel")

    def _arm(self) -> None:
        assert self._point is not None
        often = self._point.name.startswith(("append", "read", "free")) and self._round.phase != "finishing"
        self._scene.crash_at(self._point.name, self._random.randint(1, 3) if often else 1, self._round.victim)

    def _kill(self, whom: str) -> None:
        self._killed = self._scene.kill(whom, self._watch.run_id)
        self._outcome.kills += 1

    def _to_the_end(self) -> None:
        for event in self._watch.each():
            self._heed(event)

    def _heed(self, event: Event) -> None:
        if event.type == "input.requested":
            self._reply()

    def _on_quiet(self) -> None:
        """The run says nothing: perhaps since nobody is left to drive it, or the reply died with who had taken it."""
        self._scene.see_to_it()
        question = self._watch.state.question
        if question is not None and not question.answered:
            self._reply()

    def _reply(self) -> None:
        self._scene.command("reply", self._watch.run_id, "yes", code=None)

    # -- what must hold ----------------------------------------------------------------------------------------------

    def _judge(self, run_id: str) -> None:
        outcome, watch, scene = self._outcome, self._watch, self._scene
        if self._point is not None:
            self._soon(lambda: "" if scene.crashed else f"the run came never to the point {self._point}")
            outcome.kills += 1
        if self._killed and (self._round.victim, self._round.phase) == ("worker", "printing"):
            outcome.recovery = watch.live_again(self._killed)
        outcome.attempts = texts(watch)
        if not self._hits_kernel:
            died = watch.of("kernel.died", "kernel.failed")
            assert not died, f"nobody touched the kernel, but: {died[0].data}"
        for text, noted in zip(outcome.attempts, self._noted(), strict=True):
            self._compare(text, noted)
        assert (
            "".join(exported(scene.open_store, run_id).text(f"c{n}") for n in range(1, len(CELLS) + 1))
            == (outcome.attempts[-1])
        )
        self._check_status()
        check_run(scene.open_store, scene.open_store.run(run_id))
        assert scene.open_store.check() == ""
        scene.see_to_it()
        self._soon(lambda: scene.leftovers(run_id))

    def _noted(self) -> list[int]:
        """How many lines each attempt's kernel has noted."""
        found = [0]
        for event in self._watch.of("kernel.ready", "run.retrying"):
            if event.type == "run.retrying":
                found.append(0)
            elif (path := self._folder / f"noted.{event.data['pid']}").exists():
                found[-1] = path.read_text().count("\n")
        return found

    def _compare(self, text: str, noted: int) -> None:
        """Everything noted is there; the line at which the kernel died may be there, too, or a part of it."""
        whole, _, torn = text.rpartition("\n")
        count = len(whole.split("\n")) if whole else 0
        found = difference(text[: len(text) - len(torn)], max(noted, count))
        self._outcome.lost += len(found.lost)
        self._outcome.duplicated += len(found.duplicated)
        assert not found, f"{noted} lines were printed: {found}"
        assert count <= noted + 1, f"{noted} lines were printed, there are {count}"
        assert not torn or str(noted).startswith(torn), f"after {noted} lines: {torn!r}"

    def _check_status(self) -> None:
        """As the policy says: only a dead kernel fails a run, unless that has done all its work."""
        state, watch = self._watch.state, self._watch
        ending, ended = (state.status, state.reason), watch.of("kernel.died", "kernel.failed")
        if not ended or (self._round.retry and ended[0].data["reason"] == "kernel_died"):
            assert ending == ("succeeded", None), f"the run {ending}"
            assert len(self._outcome.attempts[-1].splitlines()) >= LINES - (LAST_WORDS if self._hits_kernel else 0)
        else:
            assert ending == ("failed", ended[-1].data["reason"]), f"the run {ending}"
            assert ending[1] == "kernel_died" or (ending[1], ended[-1].type) == ("kernel_start_failed", "kernel.failed")
        if self._hits_kernel and not ended:
            assert watch.of("kernel.stopping"), "the kernel was killed, and nobody noticed"

    @property
    def _hits_kernel(self) -> bool:
        needs = self._point.needs if self._point is not None else ""
        return self._round.victim in ("kernel", "all at once") or "kernel" in needs

    def _soon(self, complaint: Callable[[], str]) -> None:
        """What comes after the run's last event has a few seconds to come."""
        end = time.monotonic() + PATIENCE
        while said := complaint():
            assert time.monotonic() < end, said
            time.sleep(0.02)


def texts(watch: Watch) -> list[str]:
    """What each attempt printed, all its cells one after the other."""
    found, document = [], Document()

    def shown() -> str:
        blob = watch.blob
        return "".join(
            output["text"]
            for number in range(1, len(CELLS) + 1)
            for output in document.outputs(f"c{number}", blob)
            if output.get("name") == "stdout"
        )

    for event in watch.events:
        if event.type == "run.retrying":
            found.append(shown())
        document.apply(event)
    return [*found, shown()]
