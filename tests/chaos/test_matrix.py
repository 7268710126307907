"""Whoever is killed, in whatever phase, at a named moment or at a random one: nothing is lost, doubled, stuck or left over."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.chaos import plan
from tests.chaos.points import PHASES, POINTS, VICTIMS
from tests.chaos.rounds import Outcome, Play
from tests.chaos.scene import scene

SEED = int(os.environ.get("RUNT_CHAOS_SEED") or random.SystemRandom().randrange(10**6))
AT_ONCE = 3
"""A round waits most of its time."""

Field = tuple[str, str]


@pytest.fixture(scope="module")
def fields(request: pytest.FixtureRequest) -> Iterator[dict[Field, Future[list[Outcome]]]]:
    """The rounds of all fields that are asked for, being played."""
    specs: list[Any] = [getattr(item, "callspec", None) for item in request.session.items]
    asked = [spec.params for spec in specs if spec is not None]
    chosen = [(each["victim"], each["phase"]) for each in asked if {"victim", "phase"} <= each.keys()]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        longest_first = sorted(chosen, key=lambda field: -len(plan.short(field[0], field[1], SEED)))
        yield {field: pool.submit(played, *field) for field in longest_first}


def played(victim: str, phase: str) -> list[Outcome]:
    with scene() as place:
        return [Play(place, each)() for each in plan.short(victim, phase, SEED)]


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("victim", VICTIMS)
def test_no_kill_loses_anything(victim, phase, fields):
    for outcome in fields[victim, phase].result():
        assert not outcome.fault, (
            f"{outcome.round}: {outcome.fault}\nRUNT_CHAOS_SEED={SEED} repeats it\n{outcome.story}"
        )


def test_the_short_form_visits_every_field_and_every_point():
    rounds = [each for victim in VICTIMS for phase in PHASES for each in plan.short(victim, phase, SEED)]
    assert {(each.victim, each.phase) for each in rounds} == {(victim, phase) for victim in VICTIMS for phase in PHASES}
    assert {each.point for each in rounds} == {None, *POINTS}
    assert len(rounds) < 80
