"""From JSON to records: what was not told is not known, and is never 0."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_runt.errors import AccessDenied, RuntError, ServerError
from jupyter_runt.monitoring.cloudflare import parsing
from jupyter_runt.monitoring.cloudflare.queries import D1, INVOCATIONS, LIMIT
from jupyter_runt.monitoring.cloudflare.records import Database, Script

SCALARS = st.none() | st.booleans() | st.floats() | st.text(max_size=5) | st.integers()
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = ("dimensions", "sum", "avg", "quantiles", "max", "databaseId", "scriptName", "status", "requests", "datetimeHour",
         "date", "databaseSizeBytes", "readQueries")  # fmt: skip
KEYS = st.sampled_from(NAMES)
BLOCKS = st.dictionaries(KEYS, SCALARS, max_size=3)
ROWS = st.lists(st.dictionaries(KEYS, SCALARS | BLOCKS, max_size=4), max_size=3)


def d1(id_: str, **blocks: object) -> dict[str, object]:
    return {"dimensions": {"databaseId": id_}, **blocks}


def test_a_database_takes_what_three_lists_tell_of_it():
    (found,) = parsing.databases(
        [
            d1(
                "a",
                sum={"readQueries": 5, "writeQueries": 2},
                avg={"queryBatchTimeMs": 1.5},
                quantiles={"queryBatchTimeMsP99": 9},
            )
        ],
        [
            {
                "dimensions": {"databaseId": "a", "datetimeHour": "2026-03-01T10:00:00Z"},
                "sum": {"readQueries": 5, "writeQueries": 2},
            }
        ],
        [
            {"dimensions": {"databaseId": "a", "date": "2026-03-01"}, "max": {"databaseSizeBytes": 300}},
            {"dimensions": {"databaseId": "a", "date": "2026-02-27"}, "max": {"databaseSizeBytes": 100}},
        ],
        {"a": "shop"},
        complete=True,
    )
    assert (found.label, found.queries, found.average_ms, found.p99_ms) == ("shop", 7, 1.5, 9)
    assert found.last_hour == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert list(found.sizes) == [(date(2026, 2, 27), 100), (date(2026, 3, 1), 300)]
    assert (found.size_bytes, found.growth_a_day) == (300, 100)
    assert found.days_until(1000) == 7


def test_a_figure_that_is_null_or_no_number_is_not_known():
    rows = [
        d1("a", sum={"readQueries": None, "writeQueries": "many"}, avg=None, quantiles={"queryBatchTimeMsP99": True})
    ]
    (found,) = parsing.databases(rows, [], [], {}, complete=True)
    figures = (found.queries, found.average_ms, found.p99_ms, found.size_bytes, found.growth_a_day)
    assert [each for each in figures if each is not None] == []
    assert found.label == "a…"


@pytest.mark.parametrize(("complete", "queries"), [(True, 0), (False, None)])
def test_a_database_without_a_row_had_no_queries_only_if_all_rows_are_there(complete, queries):
    (found,) = parsing.databases([], [], [], {"a": "shop"}, complete=complete)
    assert found.queries == queries


@pytest.mark.parametrize(("complete", "requests"), [(True, 0), (False, None)])
def test_a_script_without_a_row_had_no_requests_only_if_all_rows_are_there(complete, requests):
    (found,) = parsing.scripts([], [], ["api"], complete=complete)
    assert found.requests == requests
    assert found.error_rate is None


def test_a_database_that_shrinks_never_gets_full():
    shrinking = Database("a", sizes=((date(2026, 3, 1), 300), (date(2026, 3, 2), 200)))
    assert shrinking.growth_a_day == -100
    assert shrinking.days_until(1000) is None
    assert Database("a", sizes=((date(2026, 3, 1), 300), (date(2026, 3, 2), 900))).days_until(500) == 0


def test_clients_that_went_away_are_no_errors_and_unknown_statuses_are():
    rows = [
        {"dimensions": {"scriptName": "api", "status": status}, "sum": {"requests": count}}
        for status, count in [
            ("success", 70), ("clientDisconnected", 10), ("responseStreamDisconnected", 5), ("exceededCpu", 5),
            ("aStatusOfTomorrow", 10),
        ]
    ]  # fmt: skip
    (found,) = parsing.scripts([], rows, [], complete=True)
    assert found.failures == {"exceededCpu": 5, "aStatusOfTomorrow": 10}
    assert (found.requests, found.error_rate, found.disconnects) == (100, 15, 15)


def test_cpu_time_stays_in_microseconds():
    rows = [{"dimensions": {"scriptName": "api"}, "quantiles": {"cpuTimeP50": 900, "cpuTimeP99": 12_000}}]
    (found,) = parsing.scripts(rows, [], [], complete=True)
    assert (found.cpu_us_p50, found.cpu_us_p99) == (900, 12_000)


def test_the_busiest_come_first_and_those_nobody_knows_of_last():
    assert [each.name for each in parsing.scripts([], status("b", 5) + status("a", 9), ["c"], complete=False)] == [
        "a",
        "b",
        "c",
    ]


def status(name: str, requests: int) -> list[dict[str, object]]:
    return [{"dimensions": {"scriptName": name, "status": "success"}, "sum": {"requests": requests}}]


def test_errors_in_an_answer_of_http_200_are_errors():
    with pytest.raises(ServerError, match=r"cannot request data older than 2678400s") as caught:
        parsing.account({"data": None, "errors": [{"message": "cannot request data older than 2678400s"}]})
    assert "hours_back" in caught.value.remedy


def test_errors_beside_data_are_errors_too():
    with pytest.raises(ServerError, match=r"half \(partial\)"):
        parsing.account(
            {"data": {"viewer": {"accounts": [{}]}}, "errors": [{"message": "half", "extensions": {"code": "partial"}}]}
        )


def test_a_token_without_the_permission_is_told_which_ones_it_needs():
    answer = {"data": None, "errors": [{"message": "not authorized for that account", "extensions": {"code": "authz"}}]}
    with pytest.raises(ServerError) as caught:
        parsing.account(answer)
    assert "Account Analytics: Read" in caught.value.remedy


@pytest.mark.parametrize(
    "answer", [{}, {"data": None}, {"data": {"viewer": None}}, {"data": {"viewer": {"accounts": {}}}}, {"data": 3}]
)
def test_an_answer_without_data_is_an_error(answer):
    with pytest.raises(ServerError):
        parsing.account(answer)


def test_no_account_is_no_access():
    with pytest.raises(AccessDenied, match="no such account"):
        parsing.account({"data": {"viewer": {"accounts": []}}, "errors": None})


def test_settings_that_are_missing_are_what_is_documented():
    found = parsing.limits(
        {"settings": {D1: {"enabled": False, "maxPageSize": 500, "maxDuration": 3600, "notOlderThan": 7200}}}
    )
    assert (found[D1].enabled, found[D1].rows, found[D1].span, found[D1].reach) == (False, 500, 3600, 7200)
    assert (found[INVOCATIONS].enabled, found[INVOCATIONS].rows) == (True, LIMIT)
    assert parsing.limits({"settings": None})[D1].rows == LIMIT


def test_only_scripts_that_may_have_triggers_are_asked_for_them():
    listing: list[dict[str, object]] = [
        {"id": "a", "handlers": ["fetch"]},
        {"id": "b", "handlers": ["scheduled"]},
        {"id": "c"},
        {"handlers": ["scheduled"]},
    ]
    assert list(parsing.scheduled(listing)) == ["b", "c"]


@given(answer=ANYTHING, group=st.sampled_from(["totals", "days"]))
def test_every_answer_is_read_or_refused_by_an_error_of_ours(answer, group):
    for read in (
        lambda: parsing.account({"data": answer}),
        lambda: parsing.account({"data": {"viewer": {"accounts": answer}}, "errors": answer}),
        lambda: parsing.rows({group: answer}, group),
        lambda: parsing.listed({"result": answer, "errors": answer}),
        lambda: parsing.schedules({"result": answer}),
        lambda: parsing.schedules({"result": {"schedules": answer}}),
        lambda: parsing.limits({"settings": answer}),
        lambda: parsing.limits({"settings": {D1: answer}}),
    ):
        with suppress(RuntError):
            read()


@given(totals=ROWS, hours=ROWS, days=ROWS)
def test_rows_of_any_form_become_records_that_are_json(totals, hours, days):
    found = parsing.databases(totals, hours, days, {}, complete=False)
    figures = [(each.queries, each.size_bytes, each.growth_a_day, each.days_until(1e10)) for each in found]
    scripts = parsing.scripts(totals, hours, [], complete=False)
    rates = [(each.requests, each.error_rate) for each in scripts]
    json.dumps([figures, rates], allow_nan=False)
    assert all(isinstance(each, Script) and each.name for each in scripts)
    parsing.requests_by_hour(hours)
    parsing.statements(totals)
