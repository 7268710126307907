"""`open`: a run's live page, in the browser."""

from __future__ import annotations

import argparse
import webbrowser
from collections.abc import Callable

from jupyter_runt.cli.context import add_store, named_store, opened, say
from jupyter_runt.errors import UsageError
from jupyter_runt.store.base import Store

EXAMPLES = "jupyter runt open last\n  jupyter runt open last --print"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("id", nargs="?", metavar="RUN", help="the run (default: the list of runs)")
    parser.add_argument("--print", action="store_true", help="only print the page's URL")
    add_store(parser)


def run(args: argparse.Namespace) -> int:
    with opened(args) as app:
        run_id = app.client.find(args.id) if args.id else None
        if app.at_hand is not None:
            page, log_in = _at_hand(app.store, run_id, named_store(args))
        else:
            list_page = f"{app.client.where.rstrip('/')}/runt/"
            page, log_in = (run_id and app.client.page_url(run_id)) or list_page, None
    if args.print:
        print(page)
    elif not webbrowser.open(page if log_in is None else log_in()):
        say(f"No browser could be started. The page is {page}")
        return 1
    return 0


def _at_hand(store: Store, run_id: str | None, options: str) -> tuple[str, Callable[[], str] | None]:
    """The page at a server of this store, and what makes the URL of a file that logs the browser in there."""
    from jupyter_runt.client import login, servers

    server = servers.best(store)
    if server is None:
        raise UsageError(
            "No Jupyter server with jupyter-runt shows the runs of this store now.",
            remedy=f"Start one: jupyter runt serve{options}",
        )
    token = login.token_of(server)
    if token is None:
        return server.page(run_id), None
    # At this machine's own address: the token goes nowhere else.
    return server.page(run_id), lambda: login.redirect(server.page(run_id, here=True), token).as_uri()
