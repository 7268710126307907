"""The two Cloudflare notebooks, run as a person runs them, against the stand-in."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import yaml

from jupyter_runt.client import contents
from jupyter_runt.monitoring.cloudflare import queries
from tests.cli.runt import ROOT, Ended, Runt
from tests.monitoring.cloudflare import facts
from tests.monitoring.cloudflare.stand_in import ACCOUNT, TOKEN, StandIn, serving
from tests.monitoring.reading import recorded

INFRASTRUCTURE, DAILY = "infrastructure-monitoring", "daily-health-check"
CELLS = {
    INFRASTRUCTURE: [
        "setup", "auth-setup", "d1-analytics", "workers-analytics", "data-processing", "d1-dashboard", "workers-dashboard",
        "health-alerts", "summary-report",
    ],
    DAILY: ["setup", "workers-health", "d1-health", "overall-status", "slack-webhook"],
}  # fmt: skip
CREDENTIALS = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT}
HEALTH = 7


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that has ended."""

    runt: Runt
    ended: Ended

    @property
    def health(self) -> dict[str, Any]:
        return recorded(self.runt, self.ended.run_id)

    def rows(self, name: str) -> Any:
        with self.runt.store() as store:
            return contents.result(store, self.ended.run_id, name)["data"]["application/json"]

    def shown(self, cell: str) -> str:
        """The cell's outputs, as JSON."""
        with self.runt.store() as store:
            return json.dumps(contents.cell(store, self.ended.run_id, cell)["outputs"])


def execute(
    runt: Runt, at: StandIn, name: str, *options: object, code: int = 0, env: Mapping[str, str] = CREDENTIALS
) -> Ran:
    path = ROOT / "notebooks" / f"{name}.yml"
    return Ran(runt, runt("execute", path, "-p", "api_url", at.url, *options, env=env, code=code))


def statuses(report: Mapping[str, Any], *, group: str = "") -> dict[str, str]:
    return {each["name"]: each["status"] for each in report["checks"] if each["group"] == group}


@contextmanager
def slack(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """A webhook, whose address is a secret, and what it was told."""
    told: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"])))["text"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0/slack-secret-0123456789", told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.parametrize("name", CELLS)
def test_the_cells_are_those_that_people_know(name):
    cells = yaml.safe_load((ROOT / "notebooks" / f"{name}.yml").read_text("utf-8"))["cells"]
    assert [cell["id"] for cell in cells] == CELLS[name]


def test_an_account_where_all_is_well_is_healthy_and_shown(lived_in: Runt, cloudflare: StandIn):
    ran = execute(lived_in, cloudflare, INFRASTRUCTURE)
    report = ran.health
    assert (report["status"], report["score"], report["alerts"]) == ("HEALTHY", 100, [])
    assert {"D1 shop", "D1 logs", "Worker api", "Worker nightly"} <= {each["name"] for each in report["groups"]}
    assert cloudflare.times("POST") == 6
    assert ran.shown("d1-dashboard").count("data:image/svg+xml") == 3
    assert ran.shown("workers-dashboard").count("data:image/svg+xml") == 2
    assert [each["database"] for each in ran.rows("databases")] == ["logs", "shop"]
    assert [each["CPU P99"] for each in ran.rows("workers")] == [4000, 4000]
    assert [each["state"] for each in ran.rows("cron_triggers")] == ["fired"]
    assert "4,000 µs" in ran.ended.out


def test_troubles_are_found_and_told_with_the_exit_code_of_health(lived_in: Runt):
    with serving(facts.troubled()) as at:
        report = execute(lived_in, at, INFRASTRUCTURE, code=HEALTH).health
    assert report["status"] == "CRITICAL"
    assert statuses(report, group="D1 shop") == {
        "queries": "INFO", "batch P99": "WARNING", "storage": "WARNING", "time until full": "WARNING",
    }  # fmt: skip
    assert statuses(report, group="D1 old") == {"queries": "INFO", "storage": "OK"}
    assert statuses(report, group="Worker api")["error rate"] == "CRITICAL"
    assert statuses(report, group="Worker render")["CPU P99"] == "WARNING"
    assert statuses(report, group="cron triggers") == {
        "failure rate of nightly (0 * * * *)": "OK", "nightly (30 * * * *)": "CRITICAL",
    }  # fmt: skip
    assert {alert["severity"] for alert in report["alerts"]} <= {"critical", "warning", "info"}
    told = "\n".join(alert["message"] for alert in report["alerts"])
    assert "error rate is 20 %, above 5 %: 3,600 scriptThrewException, 1,200 somethingNew" in told
    assert "nightly (30 * * * *) is silent" in told
    assert any("missing indexes" in advice for advice in report["recommendations"])


def test_a_second_run_is_compared_with_the_first(lived_in: Runt, cloudflare: StandIn):
    first = execute(lived_in, cloudflare, DAILY)
    second = execute(lived_in, cloudflare, DAILY)
    assert (first.health["status"], second.health["status"]) == ("HEALTHY", "HEALTHY")
    assert second.health["earlier"]["previous"]["run_id"] == first.ended.run_id


def test_an_account_without_anything_is_no_data_and_not_health(lived_in: Runt):
    with serving(facts.Account()) as at:
        ran = execute(lived_in, at, INFRASTRUCTURE, code=HEALTH)
    assert (ran.health["status"], ran.health["score"]) == ("NO DATA", None)
    assert "the account has no D1 databases" in ran.ended.out


def test_an_idle_database_is_mentioned(lived_in: Runt):
    account = facts.Account()
    account.database(facts.SHOP, "shop", gb=1, until=5)
    account.script("api", statuses={"success": 5})
    with serving(account) as at:
        report = execute(lived_in, at, INFRASTRUCTURE).health
    assert [(alert["type"], alert["severity"]) for alert in report["alerts"]] == [("d1-activity", "info")]
    assert report["status"] == "HEALTHY"


def test_a_result_that_was_cut_is_partial_and_never_healthy(lived_in: Runt, cloudflare: StandIn):
    cloudflare.account.settings[queries.D1]["maxPageSize"] = 10
    report = execute(lived_in, cloudflare, INFRASTRUCTURE).health
    assert report["status"] == "PARTIAL"
    assert "no more than 10 rows (hours)" in report["incomplete"][0]


def test_graphql_errors_make_their_part_no_data_and_leave_the_others(lived_in: Runt, cloudflare: StandIn):
    cloudflare.mishap("D1", body={"data": None, "errors": [{"message": "cannot request data older than 60s"}]})
    report = execute(lived_in, cloudflare, DAILY).health
    assert report["status"] == "PARTIAL"
    assert statuses(report) == {"D1 queries": "NO DATA"}
    assert statuses(report, group="Worker api") == {"error rate": "OK"}
    assert any("hours_back" in advice for advice in report["recommendations"])


def test_what_passes_is_waited_for(lived_in: Runt, cloudflare: StandIn):
    cloudflare.mishap("Settings", status=429, headers={"Retry-After": "1"}, times=1)
    cloudflare.mishap("Storage", status=502, times=2)
    cloudflare.mishap("scripts", breaks=True, times=1)
    assert execute(lived_in, cloudflare, DAILY).health["status"] == "HEALTHY"


@pytest.mark.parametrize("name", CELLS)
def test_a_wrong_token_is_no_data_with_what_to_do_and_no_traceback(lived_in: Runt, cloudflare: StandIn, name):
    wrong = {**CREDENTIALS, "CLOUDFLARE_API_TOKEN": "cf-wrong-token-1"}
    ran = execute(lived_in, cloudflare, name, code=HEALTH, env=wrong)
    assert ran.health["status"] == "NO DATA"
    assert "does not accept the token" in ran.health["incomplete"][0]
    assert any("Account Analytics: Read" in advice for advice in ran.health["recommendations"])
    assert "Traceback" not in ran.ended.out + ran.ended.err


def test_variables_that_are_missing_are_named_before_anything_runs(lived_in: Runt, cloudflare: StandIn):
    path = ROOT / "notebooks" / f"{DAILY}.yml"
    ended = lived_in("execute", path, "-p", "api_url", cloudflare.url, env={"CLOUDFLARE_ACCOUNT_ID": ACCOUNT}, code=2)
    assert "CLOUDFLARE_API_TOKEN" in ended.err
    assert cloudflare.asked == []


def test_slack_is_told_of_what_is_not_well(lived_in: Runt):
    with serving(facts.troubled()) as at, slack() as (url, told):
        ran = execute(lived_in, at, DAILY, code=HEALTH, env={**CREDENTIALS, "SLACK_WEBHOOK_URL": url})
    assert "Slack was told." in ran.ended.out
    (text,) = told
    assert text.startswith("*Cloudflare account 01234567*: CRITICAL")
    assert "• Worker api: error rate is 20 %" in text


def test_slack_that_does_not_listen_changes_no_result_and_no_file_holds_a_secret(lived_in: Runt, cloudflare: StandIn):
    with slack(status=500) as (url, told):
        env = {**CREDENTIALS, "SLACK_WEBHOOK_URL": url}
        ran = execute(lived_in, cloudflare, DAILY, "-y", 'slack_on: ["HEALTHY"]', env=env)
    assert len(told) == 1
    assert "Slack could not be told: HTTPError 500" in ran.ended.out
    secrets = [TOKEN, "slack-secret-0123456789"]
    assert not [secret for secret in secrets if secret in ran.ended.out + ran.ended.err + told[0]]
    files = [path for path in lived_in.home.rglob("*") if path.is_file()]
    assert [str(path) for path in files if any(secret.encode() in path.read_bytes() for secret in secrets)] == []
