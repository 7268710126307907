"""notebooks/http-health-check.yml, run for real."""

from __future__ import annotations

import json

from tests.cli.runt import Runt
from tests.monitoring.reading import checks, executed, view
from tests.monitoring.websites import authority, refusing, website

NAME = "http-health-check"


def test_it_judges_all_endpoints_at_once(lived_in: Runt, tmp_path):
    signer = authority(tmp_path)
    with (
        website() as site,
        website(signer.certificate("old", ends=-1)) as expired,
        website(signer.certificate("short", ends=10)) as short,
    ):
        asked = [
            {"url": f"{site.url}/page", "name": "well", "contains": "all is well"},
            {"url": f"{site.url}/500", "name": "broken"},
            {"url": refusing(), "name": "away"},
            {"url": expired.url, "name": "expired", "ca_file": str(signer.file)},
            {"url": short.url, "name": "soon", "ca_file": str(signer.file)},
        ]
        lived_in.write("values.yml", json.dumps({"endpoints": asked, "subject": "the tests"}))
        report = executed(lived_in, NAME, "-f", "values.yml", code=7)
        assert "Authorization" not in site.asked[0][2]
    assert (report["subject"], report["status"]) == ("the tests", "CRITICAL")
    assert {each["name"]: each["status"] for each in report["groups"]} == {
        "well": "HEALTHY", "broken": "CRITICAL", "away": "CRITICAL", "expired": "CRITICAL", "soon": "WARNING",
    }  # fmt: skip
    found = checks(report)
    assert found["broken", "status"]["message"] == "status is 500, not 200: Internal Server Error"
    assert found["away", "answers"]["message"] == "answers: connection refused"
    assert 0 < found["soon", "certificate"]["value"] < 10


def test_what_is_well_ends_well_and_the_token_goes_to_the_endpoint_alone(lived_in: Runt):
    with website() as site:
        env = {"API_TOKEN": "hunter2-hunter2"}
        options = ("-p", "endpoints", json.dumps([f"{site.url}/page"]), "-r", "token", "${API_TOKEN}")
        ended = lived_in("execute", "http-health-check", *options, env=env)
        assert site.asked[0][2]["Authorization"] == "Bearer hunter2-hunter2"
    assert "✓ HEALTHY" in ended.out
    assert "hunter2" not in ended.out + ended.err + json.dumps(view(lived_in, ended.run_id))


def test_without_endpoints_it_does_not_begin_and_with_none_it_knows_nothing(lived_in: Runt):
    assert "the parameter 'endpoints' is required" in lived_in("execute", NAME, code=2).err
    report = executed(lived_in, NAME, "-p", "endpoints", "[]", code=7)
    assert (report["status"], report["score"]) == ("NO DATA", None)


def test_a_slip_in_an_endpoint_is_said_in_the_cell(lived_in: Runt):
    ended = lived_in("execute", NAME, "-p", "endpoints", '[{url: "https://a.example", contians: x}]', code=1)
    assert "unknown key 'contians'" in ended.out + ended.err
    assert "contains" in ended.out + ended.err
