"""What `%runt` speaks to: a store or a server, opened once for the whole session and shared by all runs of it."""

from __future__ import annotations

import argparse
import os
from contextlib import ExitStack

from jupyter_runt.cli import server_options
from jupyter_runt.cli.context import App, opened
from jupyter_runt.settings import STORE_VARIABLE

NOTHING = argparse.Namespace()
"""Options that name no place."""
OPTIONS = ("store", "server", "token_file", "token")
_VARIABLES = (STORE_VARIABLE, server_options.SERVER, server_options.TOKEN, server_options.TOKEN_FILE)


class Connections:
    """Clients by what was asked for. They stay open: runs that were made with them go on being asked."""

    def __init__(self) -> None:
        self._open: dict[tuple[str | None, ...], App] = {}
        self._stack = ExitStack()
        self.chosen: argparse.Namespace | None = None
        """What `%runt connect` was given; None: what the environment says, as for every other command."""

    def app(self, args: argparse.Namespace) -> App:
        """The store or server that the options mean, else the chosen one. StoreError, ServerError."""
        given = {name: getattr(args, name, None) for name in OPTIONS}
        if not any(given.values()) and self.chosen is not None:
            given = {name: getattr(self.chosen, name) for name in OPTIONS}
        # Variables that the notebook sets later are heeded, as a new process would.
        key = (*given.values(), *map(os.environ.get, _VARIABLES), str(os.getpid()))
        if key not in self._open:
            options = argparse.Namespace(**given, command="%runt")
            self._open[key] = self._stack.enter_context(opened(options))
        return self._open[key]


connections = Connections()
"""Those of this process."""
