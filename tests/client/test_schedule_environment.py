"""A schedule's runs execute where it was defined, whatever a worker finds later."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_runt.client import schedule_sync, schedules
from jupyter_runt.client.base import Order
from jupyter_runt.client.local import LocalClient
from jupyter_runt.client.schedules import SchedulesDesk, Wanted
from jupyter_runt.errors import KernelError, RuntimeUnknown
from jupyter_runt.schedules.definition import Definition


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The interpreter of the kernelspec `mine`, which is found as long as JUPYTER_PATH leads there."""
    link = tmp_path / "python"
    link.symlink_to(sys.executable)
    folder = tmp_path / "share/kernels/mine"
    folder.mkdir(parents=True)
    argv = [str(link), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (folder / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Mine", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
    return link


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Has whatever comes be another process's environment."""

    def leave() -> None:
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "nothing"))
        monkeypatch.setenv("PATH", "/usr/bin:/bin")

    return leave


def report(folder: Path, runtime: str = "mine", schedule: str = "") -> str:
    path = folder / "report.yml"
    path.write_text(f"metadata: {{schedule: '{schedule}', runtime: {runtime}}}\ncells: [{{source: '1'}}]\n")
    return str(path)


def fired(client: LocalClient) -> dict[str, Any]:
    """The launch of the run of its next due time."""
    definition = Definition.of_json(client.store.schedule("report").definition)
    return dict(SchedulesDesk(client).prepare(definition, client.now()).submitted.data["runtime"])


def test_the_kernelspec_is_that_of_whoever_defined_it(client, python, elsewhere, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    schedules.add(client, Wanted(order=Order(notebook=report(tmp_path)), cron="daily", tz="UTC"), ())
    elsewhere()
    launch = fired(client)
    assert (launch["argv"][0], launch["env"]["PATH"]) == (str(python), f"{tmp_path}/bin:/usr/bin:/bin")
    assert schedules.shown(client, "report")["program"] == str(python)
    python.unlink()
    with pytest.raises(KernelError, match="not there any more"):
        fired(client)


def test_a_notebook_that_asks_for_another_runtime_by_now_gets_it_from_where_it_is_fired(
    client, python, elsewhere, tmp_path
):
    schedules.add(client, Wanted(order=Order(notebook=report(tmp_path)), cron="daily", tz="UTC"), ())
    elsewhere()
    report(tmp_path, "python3")
    assert fired(client)["runtime"] == "python3"
    report(tmp_path, "another")
    with pytest.raises(RuntimeUnknown, match="another"):
        fired(client)


def test_a_schedule_without_a_recorded_environment_gets_what_is_found(client, python, tmp_path):
    schedules.add(client, Wanted(order=Order(notebook=report(tmp_path)), cron="daily", tz="UTC"), ())
    row = client.store.schedule("report")
    row.definition["environment"] = None
    assert client.store.change_schedule(row)
    assert fired(client)["argv"][0] == str(python)
    assert schedules.shown(client, "report")["program"] is None


def test_sync_in_another_shell_changes_nothing_and_in_another_environment_does(client, python, tmp_path, monkeypatch):
    path = report(tmp_path, schedule="daily")

    def synced() -> list[str]:
        return [each.action for each in schedule_sync.sync(client, [path], "UTC", (), dry_run=False)]

    assert synced() == ["added"]
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert synced() == ["unchanged"]
    other = python.with_name("python-of-another")
    other.symlink_to(sys.executable)
    spec = tmp_path / "share/kernels/mine/kernel.json"
    spec.write_text(spec.read_text().replace(str(python), str(other)))
    assert synced() == ["changed"]
    assert fired(client)["argv"][0] == str(other)
