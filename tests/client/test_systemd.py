"""Where systemd would end a worker with whoever started it, and where not."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

import pytest

from jupyter_runt.client.systemd import System, control_group, scope

SESSION = "0::/user.slice/user-1000.slice/session-3.scope\n"
SERVICE = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jupyter.service\n"
HYBRID = "12:memory:/x\n1:name=systemd:/system.slice/jupyterhub.service\n0::/\n"
PRIVATE = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/jupyter-runt-5.scope\n"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (SESSION, "session-3.scope"),
        (SERVICE, "jupyter.service"),
        (HYBRID, "jupyterhub.service"),
        (PRIVATE, "jupyter-runt-5.scope"),
        ("0::/\n", ""),
        ("4:memory:/docker/0123\n0::/\n", ""),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_the_unit_that_would_take_the_worker_with_it_is_known(text, unit):
    assert control_group(text) == unit


def system(folder: Path, group: str, *, status: int = 0, lingers: bool = False) -> System:
    """A machine with systemd as far as files tell, and a `systemd-run` that notes how it was called."""
    for made in ("bin", "run/systemd/system", "proc/self", "var/lib/systemd/linger"):
        (folder / made).mkdir(parents=True)
    (folder / "proc/self/cgroup").write_text(group)
    program = folder / "bin/systemd-run"
    program.write_text(f'#!/bin/sh\necho "$@" >> {folder}/called\nexit {status}\n')
    program.chmod(0o755)
    if lingers:
        (folder / "var/lib/systemd/linger" / pwd.getpwuid(os.geteuid()).pw_name).touch()
    return System({"PATH": f"{folder}/bin:/usr/bin:/bin"}, folder)


@pytest.mark.parametrize(("group", "lingers"), [(SERVICE, False), (HYBRID, False), (SESSION, True)])
def test_a_worker_gets_a_scope_of_its_own_where_the_users_service_manager_answers(tmp_path, group, lingers):
    found = scope(system(tmp_path, group, lingers=lingers))
    assert found[:3] == [str(tmp_path / "bin/systemd-run"), "--user", "--scope"]
    assert found[-1] == "--"
    assert any(part.startswith("--unit=jupyter-runt-") for part in found)
    assert (tmp_path / "called").read_text().split()[-1] == "true"


def test_a_scope_that_would_end_at_the_last_logout_is_no_gain_over_a_session(tmp_path):
    assert scope(system(tmp_path, SESSION)) == []


@pytest.mark.parametrize(("group", "status"), [(SERVICE, 1), (PRIVATE, 0), ("0::/\n", 0)])
def test_where_it_is_refused_or_needless_the_worker_is_started_plainly(tmp_path, group, status):
    assert scope(system(tmp_path, group, status=status)) == []


def test_without_systemd_the_worker_is_started_plainly(tmp_path):
    made = system(tmp_path, SERVICE)
    (tmp_path / "run/systemd/system").rmdir()
    assert scope(made) == []
    assert scope(System({"PATH": str(tmp_path / "missing")}, tmp_path)) == []
