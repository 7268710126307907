"""What a schedule may be, and that nothing of it is lost between releases."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.client.base import Wishes
from jupyter_runt.errors import UsageError
from jupyter_runt.schedules.definition import _ORDER_CHECKS, MISFIRES, OVERLAPS, Definition, id_from

LEAST = {"schedule_id": "daily-report", "cron": "0 7 * * *", "tz": "Europe/Paris", "notebook": "reports/daily.yml"}
ORDER = {
    "layers": [{"region": "eu", "days": [1, 2]}], "runtime": "python3", "cwd": "/srv", "run_timeout": 3600, "cell_timeout": 1.5,
    "keep_going": True, "input": "answer", "answers": ["yes"], "env_file": ".env", "skip_unsupported": False, "priority": -3,
    "labels": {"team": "data"},
}  # fmt: skip

definitions = st.builds(
    Definition,
    schedule_id=st.from_regex(r"[a-z0-9][a-z0-9._-]{0,63}", fullmatch=True),
    cron=st.sampled_from(["0 7 * * *", "@daily"]),
    tz=st.sampled_from(["Europe/Paris", "UTC"]),
    notebook=st.text(min_size=1).filter(str.strip),
    content=st.none() | st.text(),
    content_name=st.text(max_size=9),
    order=st.fixed_dictionaries({}, optional={name: st.just(value) for name, value in ORDER.items()}),
    misfire=st.sampled_from(MISFIRES),
    window=st.floats(0, 1e9),
    overlap=st.sampled_from(OVERLAPS),
    ends_at=st.none() | st.floats(0, 4e9),
    origin=st.text(max_size=9),
    requested_by=st.text(max_size=9),
    created_at=st.floats(0, 4e9),
)


@given(definitions)
def test_a_definition_comes_back_from_json_as_it_was(definition):
    assert Definition.of_json(json.loads(json.dumps(definition.to_json()))) == definition


def test_the_least_that_is_said_gets_the_policies_that_surprise_nobody():
    definition = Definition.of_json(LEAST)
    assert (definition.misfire, definition.window, definition.overlap, definition.ends_at) == (
        "once",
        86400,
        "skip",
        None,
    )
    assert definition.content is None
    assert definition.order == {}


def test_keys_of_a_newer_release_are_left_out():
    definition = Definition.of_json({**LEAST, "moon": "full", "order": {**ORDER, "gpu": 2}})
    assert definition.order == ORDER
    assert definition == Definition.of_json({**LEAST, "order": ORDER})


def test_an_order_says_all_that_may_be_wished_but_what_names_a_single_run():
    assert set(_ORDER_CHECKS) == {each.name for each in fields(Wishes)} - {"idempotency_key"}


@pytest.mark.parametrize("name", LEAST)
def test_what_every_schedule_needs_is_asked_for(name):
    with pytest.raises(UsageError, match=f"needs a {name}") as refused:
        Definition.of_json({key: value for key, value in LEAST.items() if key != name})
    assert refused.value.remedy


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("schedule_id", ["", "Daily", "-a", "a b", "a/b", "a" * 65, 7, None, "é", "a\n"]),
        ("cron", ["", " ", None, 5]),
        ("tz", ["", None, 1]),
        ("notebook", ["", " ", None, ["x.yml"]]),
        ("content", [b"cells: []", 1]),
        ("content_name", [None]),
        ("order", [None, [], "priority"]),
        ("misfire", ["never", None, ["once"], True]),
        ("window", [-1, "1d", None, float("nan"), float("inf"), True, 10**400]),
        ("overlap", ["cancel", None, {}]),
        ("ends_at", ["2026-01-01", float("nan"), float("inf"), False, 1e300, 10**400]),
        ("origin", [None]),
        ("requested_by", [None, 3]),
        ("created_at", [None, "now", -1]),
    ],
)
def test_a_wrong_value_is_refused_with_its_name_and_what_it_must_be(name, values):
    for value in values:
        with pytest.raises(UsageError, match=f"A schedule's {name} cannot be") as refused:
            Definition.of_json({**LEAST, name: value})
        assert refused.value.remedy.startswith("It is ")


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("layers", [{}, [1], "a", None, [{1: 2}]]),
        ("runtime", [3]),
        ("cwd", [["/"]]),
        ("run_timeout", [0, -1, "1h", True, float("inf")]),
        ("cell_timeout", [0, "x"]),
        ("keep_going", [1, "yes"]),
        ("input", ["later", 1, []]),
        ("answers", ["yes", [1], None]),
        ("env_file", [1]),
        ("skip_unsupported", [None, 0]),
        ("priority", [1.5, None, True, "1", 10**7, -(10**30)]),
        ("labels", [[], {"a": 1}, None]),
    ],
)
def test_a_wrong_wish_is_refused_with_its_name(name, values):
    for value in values:
        with pytest.raises(UsageError, match=f"A schedule's order.{name} cannot be"):
            Definition.of_json({**LEAST, "order": {name: value}})


@pytest.mark.parametrize("data", [None, [], "daily", 3])
def test_what_is_no_object_is_no_schedule(data):
    with pytest.raises(UsageError, match="A schedule is an object"):
        Definition.of_json(data)


def test_a_long_wrong_value_is_not_told_in_full():
    with pytest.raises(UsageError) as refused:
        Definition.of_json({**LEAST, "schedule_id": "A" * 5000})
    assert len(refused.value.message) < 200


def test_a_schedule_whose_zone_is_not_known_here_can_be_read_and_says_so_when_asked_for_its_times():
    definition = Definition.of_json({**LEAST, "tz": "Mars/Olympus"})
    with pytest.raises(UsageError, match="There is no time zone 'Mars/Olympus'"):
        definition.calendar()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("reports/Daily Report.yml", "daily-report"),
        ("postgres-health-check", "postgres-health-check"),
        ("v1.2", "v1.2"),
        ("Übersicht (neu).ipynb", "ubersicht-neu"),
        ("__init__.yaml", "init"),
        ("日報.yml", "schedule"),
        ("", "schedule"),
        ("a" * 100 + ".yml", "a" * 64),
        (".hidden.YML", "hidden"),
    ],
)
def test_an_id_is_made_of_the_notebooks_name(name, made):
    assert id_from(name) == made


@given(st.text())
def test_an_id_can_be_made_of_any_name(name):
    assert Definition.of_json({**LEAST, "schedule_id": id_from(name)}).schedule_id == id_from(name)
