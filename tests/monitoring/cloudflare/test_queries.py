"""Every query is one that Cloudflare's documented schema accepts; and the stand-in does refuse others."""

from __future__ import annotations

import pytest
from graphql import parse, validate

from jupyter_runt.monitoring.cloudflare import queries
from tests.monitoring.cloudflare.schema import DATASETS
from tests.monitoring.cloudflare.stand_in import ACCOUNT, SCHEMA, StandIn

QUERIES = {
    "settings": queries.settings(),
    **{
        each.__name__: each(10)
        for each in (queries.d1, queries.storage, queries.statements, queries.invocations, queries.firings)
    },
}


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_is_valid(name):
    assert validate(SCHEMA, parse(QUERIES[name])) == []


def test_each_dataset_has_its_query():
    assert set(queries.DATASETS) == set(DATASETS)
    assert all(any(f"{name}(" in query for query in QUERIES.values()) for name in DATASETS)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("databaseName", "databaseId"),
        ("datetimeHour_after", "datetime_geq"),
        ("readQuerys", "readQueries"),
        ("datetimeHour_desc", "datetimeHour_DESC"),
    ],
)
def test_the_guard_sees_a_name_that_cloudflare_does_not_know(wrong, right):
    assert right in QUERIES["d1"]
    assert validate(SCHEMA, parse(QUERIES["d1"].replace(right, wrong)))


def test_the_guard_sees_a_dimension_that_is_forgotten(cloudflare: StandIn):
    variables = {"account": ACCOUNT, "first": "2000-01-01", "last": "2099-01-01"}
    cloudflare.account.settings[queries.STORAGE] |= {"notOlderThan": 1e10, "maxDuration": 1e10}
    _, whole = cloudflare.graphql({"query": queries.storage(1000), "variables": variables})
    _, less = cloudflare.graphql(
        {"query": queries.storage(1000).replace("date databaseId}", "date}"), "variables": variables}
    )
    days = [answer["data"]["viewer"]["accounts"][0]["days"] for answer in (whole, less)]
    assert len(days[0]) == 2 * len(days[1])


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"maxPageSize": 5}, "not greater than 5"),
        ({"notOlderThan": 60}, "older than 60s"),
        ({"maxDuration": 60}, "at most 60s"),
    ],
)
def test_the_stand_in_refuses_what_its_settings_do_not_allow(cloudflare: StandIn, setting, told):
    cloudflare.account.settings[queries.STORAGE] |= setting
    variables = {"account": ACCOUNT, "first": "2000-01-01", "last": "2099-01-01"}
    if "maxDuration" in setting or "maxPageSize" in setting:
        cloudflare.account.settings[queries.STORAGE]["notOlderThan"] = 1e10
    _, answer = cloudflare.graphql({"query": queries.storage(1000), "variables": variables})
    assert answer["data"] is None
    assert told in answer["errors"][0]["message"]
