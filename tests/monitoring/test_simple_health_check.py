"""notebooks/simple-health-check.yml, run for real."""

from __future__ import annotations

import os
import socket

import psutil
import pytest

from tests.cli.runt import Runt
from tests.monitoring.reading import checks, executed

NAME = "simple-health-check"
QUICK = ("-p", "sample_seconds", "0.01", "-p", "critical_threshold", "100")


def test_it_reads_this_machine(lived_in: Runt):
    report = executed(lived_in, NAME, *QUICK, "-p", "environment", "test-bed")
    assert report["subject"] == f"test-bed on {socket.gethostname()}"
    found = checks(report)
    assert found["", "disk"]["value"] == pytest.approx(psutil.disk_usage("/").percent, abs=5)
    assert found["", "memory"]["value"] == pytest.approx(psutil.virtual_memory().percent, abs=15)
    assert 0 <= found["", "CPU"]["value"] <= 100
    alerts = sum(each["severity"] in ("critical", "warning") for each in report["alerts"])
    assert report["score"] == pytest.approx(max(0, 100 - 20 * alerts - 0.5 * found["", "CPU"]["value"]), abs=0.05)
    assert report["formula"].startswith("100 - 20 for each alert - 0.5 for each % of CPU")


def test_a_service_that_is_not_there_is_critical_and_one_that_is_there_is_well(lived_in: Runt):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        services = f'["no-such-service", "127.0.0.1:{listening.getsockname()[1]}", "localhost:1"]'
        report = executed(lived_in, NAME, *QUICK, "-y", f"expected_services: {services}", code=7)
    statuses = {name: each["status"] for (_, name), each in checks(report).items() if name.startswith("service")}
    assert list(statuses.values()) == ["CRITICAL", "OK", "CRITICAL"]
    assert {"type": "service", "message": "service no-such-service: not there", "severity": "critical"} in report[
        "alerts"
    ]
    assert "Start no-such-service, or take it off expected_services." in report["recommendations"]


def test_what_cannot_be_measured_is_no_data_and_never_health(lived_in: Runt):
    report = executed(lived_in, NAME, *QUICK, "-p", "cpu_threshold", "100", "-p", "disk_path", "/no/such/folder")
    assert checks(report)["", "disk"]["status"] == "NO DATA"
    assert (report["status"], report["score"], report["grade"]) == ("PARTIAL", None, "")
    assert any("Find out why disk cannot be measured" in each for each in report["recommendations"])


def test_it_is_a_template_and_compares_itself_with_its_earlier_runs(runt: Runt):
    assert "simple-health-check" in runt("templates").out
    runt("execute", NAME, *QUICK)
    report = executed(runt, NAME, *QUICK)
    assert report["earlier"]["looked_at"] == 1
    assert os.path.exists(runt.path)
