"""The workflows in README, run as a runner runs them: bash, its environment, and what it reads afterwards."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
import yaml

from tests.cli.runt import PATIENCE, Runt
from tests.guards.markdown import blocks
from tests.monitoring.cloudflare import facts
from tests.monitoring.cloudflare.stand_in import ACCOUNT, TOKEN, StandIn, serving

SECRETS = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "SLACK_WEBHOOK_URL": ""}
"""What the settings of a repository hold. A secret that nobody has set is an empty text."""
SUBJECT = "daily-health-check: Cloudflare account 01234567"
WORKFLOWS = [
    found for block in blocks("README.md") if block.language == "yaml" and "pip install" in (found := block.text)
]
GITHUB, GITLAB = (yaml.load(text, Loader=yaml.BaseLoader) for text in WORKFLOWS)


@dataclass(frozen=True, slots=True)
class Job:
    """What a runner is left with."""

    code: int
    log: str
    summary: str
    junit: Element

    def counts(self) -> tuple[str | None, ...]:
        return tuple(self.junit.get(key) for key in ("failures", "errors", "skipped"))


def step() -> dict[str, Any]:
    """The one step of the workflow for GitHub that runs the notebook."""
    found: dict[str, Any]
    (found,) = [each for each in GITHUB["jobs"]["cloudflare"]["steps"] if "jupyter runt" in each.get("run", "")]
    return found


def run(runt: Runt, script: str, at: StandIn, env: dict[str, str]) -> Job:
    """The script's last command asks the stand-in; all else is as it is written."""
    (runt.home / "bin").mkdir(exist_ok=True)
    jupyter = runt.home / "bin" / "jupyter"
    jupyter.write_text(f'#!/bin/sh\ntest "$1" = runt && shift && exec {sys.executable} -m jupyter_runt.cli "$@"\n')
    jupyter.chmod(0o755)
    summary, junit = runt.home / "summary.md", runt.home / "health.xml"
    summary.write_text("what an earlier step wrote\n\n")
    bash = shutil.which("bash")
    assert bash is not None
    environment = runt.env | {"PATH": f"{jupyter.parent}:{runt.env['PATH']}", "CI": "true"} | env
    ended = subprocess.run(
        [bash, "--noprofile", "--norc", "-eo", "pipefail", "-c", f"{script} -p api_url {at.url}"],
        cwd=runt.home, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip
    return Job(ended.returncode, ended.stdout + ended.stderr, summary.read_text(), fromstring(junit.read_text()))


def on_github(runt: Runt, at: StandIn) -> Job:
    asked = {name: re.fullmatch(r"\$\{\{ secrets\.(\w+) \}\}", value) for name, value in step()["env"].items()}
    env = {name: SECRETS[found[1]] for name, found in asked.items() if found is not None}
    assert env.keys() == asked.keys() == SECRETS.keys()
    summary = str(runt.home / "summary.md")
    return run(runt, step()["run"], at, {**env, "GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": summary})


def test_a_healthy_account_is_a_green_job_with_a_summary(lived_in: Runt):
    with serving() as at:
        job = on_github(lived_in, at)
    assert job.code == 0
    assert not re.search("^::(error|warning|notice)", job.log, re.MULTILINE)
    assert re.search(f"^succeeded: 6 cells in .*; {SUBJECT} is HEALTHY, score 100$", job.log, re.MULTILINE)
    assert job.summary.startswith("what an earlier step wrote\n\n### ✅ Cloudflare, day by day\n")
    assert f"\n#### 🟢 {SUBJECT} is HEALTHY, score 100\n\n4 checks, none of them failing.\n\n| cell |" in job.summary
    assert job.counts() == ("0", "0", "0")


def test_a_critical_account_is_a_red_job_that_says_why(lived_in: Runt):
    with serving(facts.troubled()) as at:
        job = on_github(lived_in, at)
    assert job.code == 7
    (said,) = re.findall("^::(?:error|warning|notice) .*", job.log, re.MULTILINE)
    assert said.startswith(f"::error title=CRITICAL%3A {SUBJECT.replace(':', '%3A')}::Worker api: error rate is 20 %25")
    assert "%0AD1 shop: average batch is 4,333 ms, above 2,000 ms" in said
    assert (
        f"\n#### 🔴 {SUBJECT} is CRITICAL, score 58.3\n\n| status | group | check | what was found |\n" in job.summary
    )
    assert "\n| 🟠 WARNING | D1 shop | average batch | average batch is 4,333 ms, above 2,000 ms |\n" in job.summary
    assert job.summary.index("🔴") < job.summary.index("| cell |")
    assert job.counts() == ("2", "0", "0")
    assert {each.get("name") for each in job.junit.iter("testcase") if each.find("failure") is not None} == {
        "Worker api: error rate", "cron triggers: nightly (30 * * * *)",
    }  # fmt: skip
    assert TOKEN not in job.log + job.summary


def test_a_token_that_is_refused_is_a_red_job_that_says_so(lived_in: Runt):
    with serving() as at:
        at.permissions.clear()
        job = on_github(lived_in, at)
    assert job.code == 7
    assert f"::error title=NO DATA%3A {SUBJECT.replace(':', '%3A')}::" in job.log
    assert "| ⚪ NO DATA |  | incomplete | " in job.summary
    assert "not authorized" in job.summary
    assert job.counts()[0] != "0"


def test_the_artifact_is_kept_whatever_the_end():
    (kept,) = [each for each in GITHUB["jobs"]["cloudflare"]["steps"] if "upload-artifact" in each.get("uses", "")]
    assert kept["if"] == "always()"
    assert f"--report junit={kept['with']['path']} " in step()["run"]


@pytest.mark.parametrize(("account", "code"), [(facts.quiet, 0), (facts.troubled, 7)])
def test_the_job_for_gitlab_leaves_the_artifacts_that_it_names(lived_in: Runt, account, code):
    (job,) = GITLAB.values()
    named = [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]
    for name in named:
        (lived_in.home / name).unlink(missing_ok=True)
    with serving(account()) as at:
        ended = run(lived_in, job["script"][-1], at, SECRETS)
    assert ended.code == code
    assert [name for name in named if not (lived_in.home / name).exists()] == []
    assert (ended.counts()[0] == "0") is (code == 0)
    text = (lived_in.home / "health.md").read_text()
    assert f"#### {'🔴' if code else '🟢'} {SUBJECT} is" in text
    assert "::" not in ended.log
