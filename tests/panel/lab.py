"""A real JupyterLab, or Notebook, with the panel as it was built, and somebody at a browser who notices every complaint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.server.live import LiveServer, serving
from tests.server.pages.watching import Reader

ROOT = Path(__file__).parents[2]
PYTHON = "RUNT_TEST_LAB_PYTHON"
"""The environment variable that names the interpreter with JupyterLab, Notebook and this package in it (`make test` sets it)."""
PANEL = "RUNT_TEST_PANEL"
"""The environment variable that names the folder of a built panel to be tested instead of the installed one."""

PATIENCE = 60_000.0
"""How long JupyterLab may take to be there, on a machine that has much to do."""

LAB = {
    "LabApp": {
        "check_for_updates_class": "jupyterlab.handlers.announcements.NeverCheckForUpdate",
        "extension_manager": "readonly",
        "news_url": None,
        "expose_app_in_browser": True,
    },
    "JupyterNotebookApp": {"expose_app_in_browser": True},
}
LENIENT = 'warnings.simplefilter("default", JupyterServerAuthWarning)  # what others\' handlers lack'
QUIET = """\
from pathlib import Path
from jupyter_core.paths import jupyter_config_dir
quiet = Path(jupyter_config_dir(), "lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings")
quiet.parent.mkdir(parents=True, exist_ok=True)
quiet.write_text('{"fetchNews": "false", "checkForUpdates": false}')  # it would ask whether it may
"""
EXTENSIONS = {
    "jupyter_runt": True,
    "jupyterlab": True,
    "notebook": True,
    "jupyter_lsp": True,
    "jupyter_server_terminals": True,
}


def python(variable: str = PYTHON) -> str:
    """The interpreter that has JupyterLab. Without any, the tests are skipped here and fail in continuous integration."""
    found = os.environ.get(variable)
    if not found:
        assert not os.environ.get("CI"), (
            f"the panel is tested in a real JupyterLab: {variable} names the Python that has it"
        )
        pytest.skip(
            f"the panel is tested in a real JupyterLab: {variable} names the Python that has it (make test sets it)"
        )
    return found


@contextmanager
def lab(
    *, interpreter: str | None = None, app: str = "jupyterlab", folder: Path | None = None, **options: Any
) -> Iterator[LiveServer]:
    """A `jupyter lab` process (`app="notebook"`: Notebook) with a home of its own; see LiveServer for the other options."""
    config = {**LAB, "ServerApp": {"jpserver_extensions": EXTENSIONS}, **options.pop("config", {})}
    panel = os.environ.get(PANEL)
    if panel:
        folder = Path(panel)
    if folder is not None:
        for name in ("LabApp", "JupyterNotebookApp"):
            config[name] = {**config[name], "extra_labextensions_path": [str(folder)]}
    options["code"] = f"{LENIENT}\n{QUIET}\n{options.get('code', '')}"
    # JupyterLab, also without this package, now and then ends its extensions for longer than anybody waits.
    with serving(command=(interpreter or python(), "-m", app), config=config, may_hang=True, **options) as made:
        yield made


WIDGETS = "@jupyter-widgets/jupyterlab-manager"
"""JupyterLab's widgets complain about every notebook without a kernel."""


class Person(Reader):
    """One login at a JupyterLab."""

    def __init__(self, browser: Browser, live: LiveServer, **options: Any) -> None:
        super().__init__(browser, live, **options)
        self.context.set_default_timeout(20_000)
        self.context.set_default_navigation_timeout(PATIENCE)

    def check(self) -> None:
        self.complaints[:] = [each for each in self.complaints if WIDGETS not in each]
        super().check()

    def lab(self, path: str = "lab") -> Page:
        """JupyterLab, once it is there and has its panel."""
        page = self.open(path)
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        expect(page.locator("#main")).to_be_visible(timeout=PATIENCE)
        return page


def command(page: Page, name: str, **arguments: Any) -> None:
    """Executes one of JupyterLab's commands."""
    page.evaluate("([name, args]) => void window.jupyterapp.commands.execute(name, args)", [name, arguments])
