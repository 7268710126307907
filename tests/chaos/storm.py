"""A storm: long-printing runs whose worker is killed again and again while its supervisor lives; how soon is a follower served?"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from tests.chaos.rounds import Outcome, Round
from tests.chaos.scene import Scene
from tests.chaos.watching import PRINTED, Stuck, Watch
from tests.exported import exported
from tests.invariants import check_run, difference

PACE = 0.005
"""Seconds between two lines."""
STRIKES = 25
"""Kills of one run: a longer log takes longer to fold, and this shall not measure that."""
LIMIT = 60.0
PRINTING = """
import os, time
number = 0
while not os.path.exists("enough"):
    print(number)
    number += 1
    time.sleep({pace})
with open("printed", "w") as file:
    file.write(str(number))
"""


def storm(scene: Scene, kills: int, seed: int) -> Iterator[Outcome]:
    """One outcome a kill; those of a run's last kill say whether the run was whole in the end."""
    chance = random.Random(f"storm {seed}")
    while kills > 0:
        yield from strikes(scene, min(kills, STRIKES), chance, seed)
        kills -= STRIKES


def strikes(scene: Scene, kills: int, chance: random.Random, seed: int) -> Iterator[Outcome]:
    """One run, and as many kills of its worker, 0.1 to 0.6 s after the run was seen alive again."""
    folder = f"storm-{len(scene.open_store.match('', 10_000))}"
    notebook = scene.cells(PRINTING.format(pace=PACE), name=f"{folder}/n.yml")
    scene.see_to_it()
    run_id = scene.command("submit", notebook, "--no-worker").out.strip()
    outcome = Outcome(Round("worker", "printing", seed=seed))
    watch = Watch(scene.open_store, run_id, time.monotonic() + LIMIT, scene.see_to_it)
    try:
        watch.until(lambda event: event.type in PRINTED, "it printed")
        for _ in range(kills):
            if outcome.kills:
                yield outcome
            outcome = Outcome(Round("worker", "printing", seed=seed), kills=1)
            _survive(scene, watch, chance.uniform(0.1, 0.6), outcome)
        scene.write(f"{folder}/enough", "")
        for _ in watch.each():
            pass
        _judge(scene, watch, int((scene.home / folder / "printed").read_text()), outcome)
    except AssertionError as error:
        outcome.fault, outcome.stuck, outcome.story = str(error), isinstance(error, Stuck), scene.story(run_id)
    finally:
        watch.close()
    yield outcome


def _survive(scene: Scene, watch: Watch, pause: float, outcome: Outcome) -> None:
    watch.pause(pause)
    watch.fresh()
    killed = scene.kill("worker", watch.run_id)
    watch.allow(LIMIT)
    for _ in watch.each():
        outcome.recovery = watch.live_again(killed)
        if outcome.recovery is not None:
            outcome.seconds = outcome.recovery
            return
    raise Stuck("the run ended by itself")


def _judge(scene: Scene, watch: Watch, printed: int, outcome: Outcome) -> None:
    text = exported(scene.open_store, watch.run_id).text("c1")
    found = difference(text, printed)
    outcome.lost, outcome.duplicated = len(found.lost), len(found.duplicated)
    assert not found, f"of {printed} lines: {found}"
    assert watch.state.status == "succeeded"
    check_run(scene.open_store, scene.open_store.run(watch.run_id))
