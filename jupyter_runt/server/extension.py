"""The extension as Jupyter servers load it: settings, routes, start and stop."""

from __future__ import annotations

from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Unicode

from jupyter_runt._version import __version__
from jupyter_runt.client.servers import Notice
from jupyter_runt.errors import RuntError
from jupyter_runt.server import metrics
from jupyter_runt.server.context import Context
from jupyter_runt.server.keeper import Keeper, Wishes
from jupyter_runt.server.lifecycle import Lifecycle
from jupyter_runt.server.notice import described
from jupyter_runt.server.opening import KEY, Opening
from jupyter_runt.server.routes import ELSEWHERE, ROUTES


class RuntApp(ExtensionApp):
    """Runs that outlive this server, shown and steered through it."""

    name = "runt"
    version = __version__
    description = (
        "Serves the runs of jupyter-runt: REST, WebSocket, SSE and a live page. Workers execute; this server does not."
    )
    extension_url = "/runt/"
    load_other_extensions = True

    store = Unicode(
        "", help="The store's URL, as sqlite:///PATH; empty: the one that every `jupyter runt` command uses."
    ).tag(config=True)
    start_worker = Bool(
        True,
        help="Start a worker when runs wait or schedules are active and none lives, and after the death of one that drove runs. "
        "Without it somebody else must: `jupyter runt worker`, or a service manager.",
    ).tag(config=True)
    keep_alive = Bool(
        True,
        help="While runs are active, count as activity, so that neither ServerApp.shutdown_no_activity_timeout nor "
        "JupyterHub's culler ends this server. Runs would go on without it. Schedules alone do not keep it: workers fire them "
        "without a server. Where its end is that of its workers too, as in a hub's container, what is due meanwhile is missed.",
    ).tag(config=True)

    _opening: Opening | None = None
    _keeper: Keeper | None = None
    _notice: Notice | None = None

    def initialize_settings(self) -> None:
        """Opens the store. When that cannot be used, the server starts all the same: every route says why until it can."""
        self._opening = Opening(self.store, start_worker=self.start_worker)
        self._opening.open()
        self.settings[KEY] = self._opening
        assert self.serverapp is not None
        assert self.serverapp.event_logger is not None
        self._lifecycle = Lifecycle(self.serverapp.event_logger)
        wishes = Wishes(self.start_worker, self.keep_alive)
        # The application's own settings: those of the extension are copied into them once.
        self._keeper = Keeper(self._opening, wishes, self.serverapp.web_app.settings, self.log)
        self.serverapp.io_loop.add_callback(self._keeper.start, self._opened)

    def initialize_handlers(self) -> None:
        """Everything is in the one table of routes."""
        self.handlers.extend((route.pattern, route.handler, dict(route.arguments)) for route in (*ROUTES, *ELSEWHERE))

    def _opened(self, context: Context) -> None:
        """The store can be used, and the server listens."""
        assert self._keeper is not None
        assert self.serverapp is not None
        context.status_observers += [self._keeper.status_changed, self._lifecycle.status_changed]
        context.listing.start()
        metrics.RUNS.add(context)
        try:
            self._notice = Notice(context.store, described(self.serverapp))
        except (OSError, RuntError) as error:
            self.log.warning("runt: `jupyter runt open` will not find this server: %s", error)
        self.log.info("runt: the runs of %s are served below %srunt/", context.store.url, self.settings["base_url"])

    async def stop_extension(self) -> None:
        """Runs go on without us. Once is enough, however often it is called."""
        notice, self._notice = self._notice, None
        if notice is not None:
            notice.remove()
        keeper, self._keeper = self._keeper, None
        if keeper is None:
            return
        await keeper.close()
        if self._opening is not None and self._opening.is_open:
            context = self._opening.context
            metrics.RUNS.remove(context)
            await context.close()


def extension_points() -> list[dict[str, Any]]:
    """What jupyter_server asks the package for."""
    return [{"module": "jupyter_runt.server.extension", "app": RuntApp}]
