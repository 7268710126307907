"""Cloudflare D1 and Workers, as their analytics tell it: read once, in parallel, into plain records that a notebook judges.

    read  ──►  reading    what is asked in which order      ──►  D1, Workers: records, with a Part for each thing asked
                 ├─ queries    the GraphQL, and its limits
                 ├─ exchange   HTTP: tries again, keeps to the rate limit, ends in time      patience    how long
                 └─ parsing    JSON → records; pure             triggers, cron    which had to fire and did not; pure
    tables, plots      how a notebook shows them      telling      what is missing, in the words of a report

Nothing here judges: a figure that was not told is None, a group that was cut makes its Part `partial`, and what could not be
read makes it `missing`, with the reason and what to do. Data are sampled by Cloudflare: figures are estimates.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from jupyter_runt.errors import RuntError, UsageError
from jupyter_runt.monitoring.cloudflare.exchange import PARALLEL, URL, Exchange
from jupyter_runt.monitoring.cloudflare.patience import Patience
from jupyter_runt.monitoring.cloudflare.plots import Bars, Timeline
from jupyter_runt.monitoring.cloudflare.reading import Reading
from jupyter_runt.monitoring.cloudflare.records import D1, Database, Part, Script, Statement, Trigger, Window, Workers
from jupyter_runt.monitoring.cloudflare.tables import Table
from jupyter_runt.monitoring.cloudflare.telling import tell

__all__ = [
    "D1", "Bars", "Database", "Part", "Reading", "Script", "Statement", "Table", "Timeline", "Trigger", "Window", "Workers",
    "read", "tell",
]  # fmt: skip


def read(
    account: str,
    token: str,
    *,
    url: str = URL,
    hours_back: float = 24,
    storage_days: int = 7,
    slow_statements: int = 5,
    patience: float = 60,
    parallel: int = PARALLEL,
) -> Reading:
    """Begins to read what happened in an account. Never raises for what is wrong with credentials, network or answers: each
    part of the result says it.

    Args:
        account: its id. token: with Account Analytics, D1 and Workers Scripts: Read.
        url: of the API, without `/graphql`.
        storage_days: over which growth is measured; slow_statements: how many SQL texts are wanted, 0 for none.
        patience: seconds after which whatever has not answered counts as missing.
        parallel: requests at once.
    """
    until = datetime.now(UTC)
    exchange: Exchange | RuntError
    try:
        if not account.strip() or "${" in account:
            raise UsageError("The Cloudflare account is missing.", remedy="Give its id in CLOUDFLARE_ACCOUNT_ID.")
        exchange = Exchange(url, token, Patience(patience), parallel=parallel)
    except RuntError as error:
        exchange = error
    return Reading(
        exchange,
        account.strip(),
        Window(until - timedelta(hours=hours_back), until),
        storage_days=storage_days,
        slow_statements=slow_statements,
    )
