"""A Jupyter server for runs alone, as `jupyter runt serve` starts it: `python -m jupyter_runt.server`.

What it says of itself never holds the token, whatever the log's level.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from typing import Any

from jupyter_runt.errors import StoreError
from jupyter_runt.server.extension import RuntApp
from jupyter_runt.server.notice import described
from jupyter_runt.server.opening import KEY

DEFAULTS = ("--Application.log_level=WARN", "--ServerApp.open_browser=False")
"""Before the user's options, which win. jupyter_server's own start messages are information."""


class BareApp(RuntApp):
    """Makes the server; the extension that is loaded into it is RuntApp."""

    load_other_extensions = False

    @classmethod
    def initialize_server(
        cls, argv: Sequence[str] | None = None, load_other_extensions: bool = False, **options: Any
    ) -> Any:
        """A server that listens, but does not serve yet. One that begins to says where."""
        server = super().initialize_server([*DEFAULTS, *(argv or ())], load_other_extensions, **options)  # type: ignore[no-untyped-call]
        opening = server.web_app.settings[KEY]
        if not opening.is_open:  # whoever asks for a server of runs alone wants to hear now that there are none
            _say(f"jupyter runt: {opening.trouble}")
            sys.exit(StoreError.exit_code)
        provider = server.identity_provider
        with_token = bool(provider.token)  # it makes one here, if one is needed
        # jupyter_server prints a token that it made, and never one that somebody has set.
        provider.token_generated = False
        server.io_loop.add_callback(_begun, server, with_token)
        return server


def _begun(server: Any, with_token: bool) -> None:
    """Runs in the server's loop: from here on it answers."""
    ours = described(server)
    lines = [
        f"jupyter runt: runs are shown at {ours.public_url or ours.url or server.sock}runt/",
        f"  They are those of {server.web_app.settings[KEY].context.store.url}",
    ]
    if with_token:
        lines += [
            "  Log in with: jupyter runt open",
            f"  The token for other clients is in {ours.info}, which only you can read.",
        ]
    lines += ["  Ctrl-C ends this server; runs go on in their workers."]
    _say(*lines)
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:  # as nohup, or a shell's background job, has it
        signal.signal(signal.SIGINT, lambda number, frame: _interrupted(server))


def _interrupted(server: Any) -> None:
    """At once: nothing is lost that a question would save."""
    _say("jupyter runt: the server ends; runs go on in their workers.")
    server.stop(from_signal=True)


def _say(*lines: str) -> None:
    sys.stderr.write("\n".join([*lines, ""]))
    sys.stderr.flush()
