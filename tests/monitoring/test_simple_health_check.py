"""notebooks/simple-health-check.yml, run for real."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import Any

import psutil
import pytest
import yaml

from tests.cli.runt import ROOT, Runt
from tests.monitoring.reading import checks, executed

NAME = "simple-health-check"
NOTEBOOK = yaml.safe_load((ROOT / "notebooks" / f"{NAME}.yml").read_text("utf-8"))
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


def test_services_are_looked_for_at_the_same_time(lived_in: Runt):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, ExitStack() as clients:
        for _ in range(3):  # whoever comes later hears nothing
            client = clients.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(full.getsockname())
        service = f'"127.0.0.1:{full.getsockname()[1]}"'
        begun = time.monotonic()
        executed(lived_in, NAME, *QUICK, "-y", f"expected_services: [{', '.join([service] * 5)}]", code=7)
        assert time.monotonic() - begun < 8, "one after the other it would take ten seconds, and more"
    assert "expected at least 1" in lived_in("execute", NAME, "-y", 'expected_services: [""]', code=2).err


def test_what_it_does_itself_is_no_load():
    """The cells are run here, with half a second of work between them."""
    given: dict[str, Any] = {**NOTEBOOK["parameters"], "sample_seconds": 0.01}
    cells = {cell["id"]: cell["source"] for cell in NOTEBOOK["cells"]}
    begun, before = time.monotonic(), psutil.cpu_times()
    exec(cells["setup"], given)
    ours = time.process_time()
    while time.process_time() < ours + 0.5:
        """As an import would."""
    exec(cells["performance-metrics"], given)
    seconds, after = time.monotonic() - begun, psutil.cpu_times()
    idle = after.idle + after.iowait - before.idle - before.iowait
    cpus = psutil.cpu_count() or 1
    everything = 100 * (1 - idle / seconds / cpus)
    share = 100 * 0.5 / seconds / cpus
    assert 0 <= given["cpu"].value < max(1, everything - 0.6 * share)


def test_whoever_keeps_the_cpu_busy_is_named(lived_in: Runt):
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
        report = executed(lived_in, NAME, *QUICK, "-p", "cpu_threshold", "0")
        busy.kill()
    (advice,) = [each for each in report["recommendations"] if each.startswith("Busiest right now: ")]
    assert re.fullmatch(r"Busiest right now: (.+ \(\d+\)(, )?){3}\.", advice)


def test_doctor_knows_what_it_needs(lived_in: Runt):
    told = lived_in("doctor", "--template", NAME).out
    assert "ok    package    psutil " in told
    assert "ok    package    jupyter-runt" in told


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
