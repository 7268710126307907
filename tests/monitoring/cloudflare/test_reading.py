"""An account is read over real HTTP: at once, within its limits, and each thing that fails fails alone."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from jupyter_runt.monitoring import Health
from jupyter_runt.monitoring import cloudflare as library
from jupyter_runt.monitoring.cloudflare import Part, Reading, queries
from jupyter_runt.monitoring.cloudflare.exchange import Exchange
from jupyter_runt.monitoring.cloudflare.patience import Patience
from tests.monitoring.cloudflare import facts
from tests.monitoring.cloudflare.facts import LOGS, SHOP
from tests.monitoring.cloudflare.stand_in import ACCOUNT, PREFIX, TOKEN, StandIn, serving

QUICK = Patience(10, delay=0.01)


def read(
    at: StandIn, *, account: str = ACCOUNT, token: str = TOKEN, patience: Patience = QUICK, **options: object
) -> Reading:
    """As `cloudflare.read`, with shorter delays."""
    made = library.read(account, "", **options)  # type: ignore[arg-type]
    exchange = Exchange(at.url, token, patience)
    asked = {"storage_days": 7, "slow_statements": 5} | {
        name: value for name, value in options.items() if name in ("storage_days", "slow_statements")
    }
    return Reading(exchange, account, made.window, **asked)  # type: ignore[arg-type]


def parts(reading: Reading) -> dict[str, Part]:
    return {part.name: part for part in (*reading.d1().parts, *reading.workers().parts)}


def states(reading: Reading) -> dict[str, str]:
    return {name: part.state for name, part in parts(reading).items() if part.state != "complete"}


def missing(reading: Reading) -> set[str]:
    return {name for name, state in states(reading).items() if state == "missing"}


def test_everything_is_read(cloudflare: StandIn):
    reading = read(cloudflare)
    d1, workers = reading.d1(), reading.workers()
    assert states(reading) == {}
    assert [(each.label, each.queries) for each in d1.databases] == [("logs", 24 * 300), ("shop", 24 * 90)]
    assert len(d1.hours) == len(workers.hours) == 24
    assert d1.databases[1].sizes[-1][1] == 1_200_000_000
    assert len(d1.databases[1].sizes) == 7
    assert d1.databases[1].growth_a_day == pytest.approx(10_000_000, rel=1e-6)
    assert [each.text for each in d1.statements] == ["SELECT * FROM orders WHERE id = ?"]
    assert d1.label(SHOP) == "shop"
    assert [(each.name, each.requests, each.disconnects) for each in workers.scripts] == [
        ("api", 24_000, 240),
        ("nightly", 24, 0),
    ]
    assert [(each.cron, each.state, each.fired) for each in workers.triggers] == [("0 * * * *", "fired", 24)]


def test_what_can_be_asked_at_once_is_asked_at_once():
    with serving(latency=0.2) as slow:
        begin = time.monotonic()
        reading = read(slow)
        reading.d1(), reading.workers()
        taken = time.monotonic() - begin
        assert len(slow.asked) == 9
        assert taken < 0.5 * len(slow.asked) * slow.latency
        assert slow.most_at_once >= 5


def test_no_more_requests_than_allowed_are_under_way():
    account = facts.quiet()
    for number in range(30):
        account.script(f"job-{number}", statuses={"success": 1}, crons=["0 * * * *"])
    with serving(account, latency=0.02) as slow:
        exchange = Exchange(slow.url, TOKEN, QUICK, parallel=3)
        reading = Reading(exchange, ACCOUNT, library.read(ACCOUNT, "").window, storage_days=7, slow_statements=0)
        assert len(reading.workers().triggers) == 31
        reading.d1()
        assert slow.most_at_once == 3


def test_a_reading_costs_a_few_queries_of_the_three_hundred(cloudflare: StandIn):
    reading = read(cloudflare)
    reading.d1(), reading.workers()
    assert cloudflare.times("POST") == 6


def test_connections_are_kept_for_the_next_request(cloudflare: StandIn):
    exchange = Exchange(cloudflare.url, TOKEN, QUICK)
    for _ in range(5):
        exchange.get("accounts", ACCOUNT, "workers", "scripts")
    assert len(exchange._kept) == 1
    exchange.close()


def test_a_kept_connection_that_the_server_has_closed_costs_no_try():
    with serving() as first:
        exchange = Exchange(first.url, TOKEN, replace(QUICK, tries=1))
        exchange.get("accounts", ACCOUNT, "workers", "scripts")
        (line,) = exchange._kept
        line.sock.shutdown(2)
        assert exchange.get("accounts", ACCOUNT, "workers", "scripts")["success"]
        exchange.close()


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        (queries.D1, "D1 queries"),
        (queries.STORAGE, "D1 storage"),
        (queries.INVOCATIONS, "Workers requests"),
        (queries.FIRINGS, "cron firings"),
    ],
)
def test_a_group_that_reached_its_limit_is_partial(cloudflare: StandIn, dataset, name):
    cloudflare.account.settings[dataset]["maxPageSize"] = 2
    found = parts(read(cloudflare))[name]
    assert found.state == "partial"
    assert "no more than 2 rows" in found.message
    assert found.remedy


def test_a_list_of_firings_that_was_cut_accuses_no_trigger_of_what_it_does_not_cover():
    account = facts.troubled()
    account.settings[queries.FIRINGS]["maxPageSize"] = 1
    with serving(account) as cut:
        silent = next(each for each in read(cut).workers().triggers if each.cron == "30 * * * *")
        assert silent.state in ("never fired", "not due")
        assert (silent.due or 0) <= 1


def test_the_costliest_statements_are_a_choice_and_not_a_cut(cloudflare: StandIn):
    for number in range(20):
        cloudflare.account.statement(SHOP, f"SELECT {number}", times=[number])
    reading = read(cloudflare, slow_statements=3)
    assert [each.text for each in reading.d1().statements] == [
        "SELECT * FROM orders WHERE id = ?",
        "SELECT 19",
        "SELECT 18",
    ]
    assert states(reading) == {}


def test_more_hours_than_are_kept_are_partial(cloudflare: StandIn):
    cloudflare.account.settings[queries.D1]["notOlderThan"] = 3600
    reading = read(cloudflare)
    assert states(reading) == {"D1 queries": "partial"}
    assert "only the last 1 hours" in parts(reading)["D1 queries"].message
    assert reading.d1().databases[0].queries == 300


def test_a_dataset_that_is_not_enabled_is_missing_and_not_asked_for(cloudflare: StandIn):
    cloudflare.account.settings[queries.STORAGE]["enabled"] = False
    reading = read(cloudflare)
    assert missing(reading) == {"D1 storage"}
    assert cloudflare.times("Storage") == 0
    assert reading.d1().databases[0].size_bytes is None


def test_an_empty_account_is_complete_and_empty():
    with serving(facts.Account()) as empty:
        reading = read(empty)
        assert (reading.d1().databases, reading.workers().scripts, states(reading)) == ((), (), {})


def test_a_thousand_databases_are_listed_page_by_page():
    account = facts.Account()
    account.databases = {f"{number:08}-id": f"db-{number}" for number in range(2300)}
    with serving(account) as large:
        assert len(read(large).d1().databases) == 2300
        assert large.times("d1/database") == 3


def test_graphql_errors_take_only_their_own_dataset_with_them(cloudflare: StandIn):
    cloudflare.mishap("Invocations", body={"data": None, "errors": [{"message": "query time range is too large"}]})
    reading = read(cloudflare)
    assert missing(reading) == {"Workers requests"}
    assert "query time range is too large" in parts(reading)["Workers requests"].message
    assert reading.workers().scripts[0].requests is None
    assert reading.d1().databases[0].queries


def test_settings_that_cannot_be_read_leave_what_is_documented(cloudflare: StandIn):
    cloudflare.mishap("Settings", body={"data": None, "errors": [{"message": "internal server error"}]})
    assert states(read(cloudflare)) == {}


def test_a_server_that_fails_twice_is_asked_a_third_time(cloudflare: StandIn):
    cloudflare.mishap("Storage", status=503, times=2)
    assert states(read(cloudflare)) == {}
    assert cloudflare.times("Storage") == 3


def test_a_server_that_goes_on_failing_is_asked_a_few_times_only(cloudflare: StandIn):
    cloudflare.mishap("Storage", status=500)
    reading = read(cloudflare)
    assert missing(reading) == {"D1 storage"}
    assert cloudflare.times("Storage") == QUICK.tries
    assert "out of order (10000)" in parts(reading)["D1 storage"].message


def test_a_connection_that_breaks_off_is_tried_again(cloudflare: StandIn):
    cloudflare.mishap("D1", breaks=True, times=2)
    cloudflare.mishap("scripts", breaks=True, times=1)
    assert states(read(cloudflare)) == {}


def test_a_rate_limit_is_waited_for_by_all(cloudflare: StandIn):
    cloudflare.mishap("Settings", status=429, headers={"Retry-After": "1"}, times=1)
    begin = time.monotonic()
    assert states(read(cloudflare)) == {}
    assert time.monotonic() - begin >= 1
    assert cloudflare.times("Settings") == 2


def test_a_rate_limit_that_asks_for_more_than_patience_ends_every_request(cloudflare: StandIn):
    cloudflare.mishap("", status=429, headers={"Retry-After": "300"})
    begin = time.monotonic()
    reading = read(cloudflare)
    assert len(missing(reading)) == len(parts(reading)) == 8
    assert time.monotonic() - begin < 5
    assert len(cloudflare.asked) <= 3, "the others are not even made"
    assert "Wait 300 s" in parts(reading)["D1 queries"].remedy


@pytest.mark.parametrize("body", [b"<html>maintenance</html>", b"", b'{"data": ', b"[]", b"3", b'"\xff"', b"null"])
def test_what_is_no_json_is_missing(cloudflare: StandIn, body):
    cloudflare.mishap("Storage", body=body)
    reading = read(cloudflare)
    assert missing(reading) == {"D1 storage"}
    assert "Cloudflare" in parts(reading)["D1 storage"].message


def test_a_wrong_token_is_told_once_for_everything(cloudflare: StandIn):
    reading = read(cloudflare, token="cf-wrong-token")
    found = parts(reading)
    assert len(missing(reading)) == len(found)
    assert {(part.message, part.remedy) for part in found.values()} == {
        (found["D1 queries"].message, found["D1 queries"].remedy)
    }
    assert "does not accept the token" in found["D1 queries"].message
    assert cloudflare.times("POST") == 1, "who was refused by the settings asks for nothing else"


def test_a_token_for_analytics_alone_reads_figures_without_names_and_schedules(cloudflare: StandIn):
    cloudflare.permissions = {"analytics"}
    reading = read(cloudflare)
    assert missing(reading) == {"database names", "script names", "cron schedules"}
    assert reading.d1().databases[0].label == f"{LOGS[:8]}…"
    assert [(each.cron, each.state, each.due) for each in reading.workers().triggers] == [("0 * * * *", "fired", None)]


def test_a_token_without_analytics_is_told_what_it_needs(cloudflare: StandIn):
    cloudflare.permissions = {"d1", "workers"}
    reading = read(cloudflare)
    assert missing(reading) == {"D1 queries", "D1 storage", "D1 statements", "Workers requests", "cron firings"}
    assert "Account Analytics: Read" in parts(reading)["D1 queries"].remedy


def test_an_account_that_does_not_exist_is_told_of(cloudflare: StandIn):
    reading = read(cloudflare, account="f" * 32)
    assert "D1 queries" in missing(reading)
    assert "CLOUDFLARE_ACCOUNT_ID" in parts(reading)["D1 queries"].remedy
    assert "CLOUDFLARE_ACCOUNT_ID" in parts(reading)["database names"].remedy


@pytest.mark.parametrize(
    ("account", "token"),
    [
        ("", TOKEN),
        ("${CLOUDFLARE_ACCOUNT_ID}", TOKEN),
        (ACCOUNT, ""),
        (ACCOUNT, "${CLOUDFLARE_API_TOKEN}"),
        (ACCOUNT, "a b"),
    ],
)
def test_credentials_that_are_missing_are_no_traceback(account, token):
    reading = library.read(account, token)
    assert missing(reading) == set(parts(reading))
    assert all("CLOUDFLARE_" in part.remedy for part in parts(reading).values())


def test_nobody_at_the_address_is_missing_data():
    with serving() as gone:
        pass
    begin = time.monotonic()
    reading = read(gone)
    assert missing(reading) == set(parts(reading))
    assert "cannot be reached" in parts(reading)["D1 queries"].message
    assert time.monotonic() - begin < 5


def test_another_address_is_not_followed(cloudflare: StandIn):
    cloudflare.mishap("", status=302, headers={"Location": "http://127.0.0.1:1/"})
    assert "where the token is not taken" in parts(read(cloudflare))["D1 queries"].message


def test_an_api_that_is_elsewhere_is_no_such_account(cloudflare: StandIn):
    reading = library.read(ACCOUNT, TOKEN, url=cloudflare.url.removesuffix(PREFIX))
    assert len(missing(reading)) == 8


def test_a_server_that_never_answers_ends_with_patience():
    with serving(latency=30) as stuck:
        begin = time.monotonic()
        reading = read(stuck, patience=replace(QUICK, seconds=0.5))
        assert len(missing(reading)) == 8
        assert time.monotonic() - begin < 5
        stuck._never.set()


def test_no_message_holds_the_token(cloudflare: StandIn):
    for status in (400, 401, 403, 404, 429, 500, 302):
        with serving() as at:
            at.mishap("", status=status)
            told = repr(parts(read(at, patience=replace(QUICK, tries=1))))
            assert TOKEN not in told
    assert threading.active_count() < 50


def test_what_is_missing_is_told_to_the_report_once(cloudflare: StandIn):
    health = Health("test")
    reading = read(cloudflare, token="cf-wrong-token")
    told = library.tell(health, (*reading.d1().parts, *reading.workers().parts))
    assert len(told) == 1
    assert health.report.status == "NO DATA"
    assert [each.message for each in health.report.incomplete] == told


def test_names_that_are_missing_make_nothing_unknown(cloudflare: StandIn):
    cloudflare.permissions = {"analytics", "workers"}
    health = Health("test")
    library.tell(health, read(cloudflare).d1().parts)
    health.check("something", 1, warn=2)
    assert health.report.status == "HEALTHY"
    assert [alert.severity for alert in health.report.alerts] == ["info"]
