"""The golden logs fold into what they folded into before. The panel's fold is tested with the same files (labextension/test)."""

from __future__ import annotations

import json

import pytest

from jupyter_runt.events import codec, schema
from tests.invariants import check_log
from tests.run.golden import folded
from tests.run.golden.cases import CASES

ANEW = "`python -m tests.run.golden.folded` writes the views anew, and git shows what has changed"


@pytest.mark.parametrize("name", folded.NAMES)
def test_a_golden_log_folds_as_before(name):
    events = folded.log(name)
    check_log(events)
    found = json.loads(codec.encode(list(folded.changes(events))))
    for ours, expected in zip(found, folded.expected(name), strict=True):
        assert ours == expected, ANEW


@pytest.mark.parametrize("name", folded.NAMES)
def test_a_golden_log_is_what_a_server_sends(name):
    for event in folded.log(name):
        assert schema.validate(json.loads(codec.encode(codec.to_json(event)))) == []


def test_every_type_of_event_has_a_golden_log_and_every_case_its_files():
    types = {event.type for name in folded.NAMES for event in folded.log(name)}
    assert types == set(schema.types())
    assert sorted(CASES) == folded.NAMES == sorted(path.stem for path in folded.VIEWS.glob("*.json"))
