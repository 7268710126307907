"""Shipped monitors, run as users run them, and what they found."""

from __future__ import annotations

import os
from typing import Any

from jupyter_runt.client import contents
from jupyter_runt.run.health import MIME
from tests.cli.runt import ROOT, Runt


def executed(runt: Runt, name: str, *options: object, code: int = 0) -> dict[str, Any]:
    """The report of a run of notebooks/NAME.yml."""
    ended = runt("execute", os.path.join(ROOT, "notebooks", f"{name}.yml"), *options, code=code)
    return recorded(runt, ended.run_id)


def recorded(runt: Runt, run_id: str) -> dict[str, Any]:
    """The report that a run has recorded."""
    with runt.store() as store:
        found: dict[str, Any] = contents.result(store, run_id, "health")["data"][MIME]
    return found


def view(runt: Runt, run_id: str) -> dict[str, Any]:
    """A run as faces show it, without asking one."""
    with runt.store() as store:
        return contents.view(store, run_id)


def checks(report: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """By group and name."""
    return {(each["group"], each["name"]): each for each in report["checks"]}
