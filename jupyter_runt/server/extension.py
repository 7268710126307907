"""The extension as Jupyter servers load it: settings, routes, start and stop."""

from __future__ import annotations

from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Unicode

from jupyter_runt._version import __version__
from jupyter_runt.server.context import KEY, Context
from jupyter_runt.server.routes import ROUTES


class RuntApp(ExtensionApp):
    """Runs that outlive this server, shown and steered through it."""

    name = "runt"
    version = __version__
    description = (
        "Serves the runs of jupyter-runt: REST, WebSocket, SSE and a live page. Workers execute; this server does not."
    )
    extension_url = "/runt/"
    load_other_extensions = True

    store = Unicode("", help="The store's URL, as sqlite:///PATH; empty: the one that `jupyter runt` uses.").tag(
        config=True
    )
    start_worker = Bool(True, help="Start a worker when runs wait and none lives.").tag(config=True)
    keep_alive = Bool(True, help="While runs are active, count as activity, so that the server is not culled.").tag(
        config=True
    )

    context: Context | None = None

    def initialize_settings(self) -> None:
        """Opens the store."""
        self.context = Context.of_store(self.store)
        self.settings[KEY] = self.context

    def initialize_handlers(self) -> None:
        """Everything is in the one table of routes."""
        self.handlers.extend((route.pattern, route.handler, dict(route.arguments)) for route in ROUTES)

    async def stop_extension(self) -> None:
        """Runs go on without us."""
        if self.context is not None:
            self.context.close()


def extension_points() -> list[dict[str, Any]]:
    """What jupyter_server asks the package for."""
    return [{"module": "jupyter_runt.server.extension", "app": RuntApp}]
