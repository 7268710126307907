"""What `%runt` speaks to: a store or a server, opened once for the whole session and shared by all runs of it."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

from jupyter_runt import settings as configuration
from jupyter_runt.cli import server_options
from jupyter_runt.cli.context import App, opened
from jupyter_runt.settings import STORE_VARIABLE

NOTHING = argparse.Namespace()
"""Options that name no place."""
OPTIONS = ("store", "server", "token_file", "token")


class Connections:
    """Clients by what was asked for. They stay open: runs that were made with them go on being asked."""

    def __init__(self) -> None:
        self._open: dict[tuple[object, ...], App] = {}
        self._stack = ExitStack()
        self.chosen: argparse.Namespace | None = None
        """What `%runt connect` was given; None: what the environment says, as for every other command."""

    def app(self, args: argparse.Namespace) -> App:
        """The store or server that the options mean, else the chosen one. StoreError, ServerError."""
        given = {name: getattr(args, name, None) for name in OPTIONS}
        if not any(given.values()) and self.chosen is not None:
            given = {name: getattr(self.chosen, name) for name in OPTIONS}
        options = argparse.Namespace(**given, command="%runt")
        # Variables that the notebook sets later are heeded, as a new process would, and files that were written anew.
        server = server_options.chosen(options, os.environ)
        place = (given["store"] or os.environ.get(STORE_VARIABLE)) if server is None else server.url
        key = (place, server is None, os.getpid())
        if key not in self._open:
            self._open[key] = self._stack.enter_context(opened(options))
        app = self._open[key]
        if server is not None:
            from jupyter_runt.client.remote import RemoteClient

            if isinstance(app.client, RemoteClient):
                app.client.use_token(server.token)  # runs that are known already are asked for with it, too
        return app

    def at_hand(self) -> App:
        """The store of this machine that is used while no server is named. StoreError."""
        settings = configuration.load(os.environ)
        return self.app(argparse.Namespace(store=settings.store))


connections = Connections()
"""Those of this process."""
