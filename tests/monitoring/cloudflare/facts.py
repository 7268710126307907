"""What an account did, hour by hour, as facts that the stand-in answers from: a quiet one, and one with troubles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.monitoring.cloudflare.schema import DATASETS, Fact

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SETTINGS = {
    "enabled": True,
    "availableFields": [],
    "maxPageSize": 10_000,
    "maxDuration": 2_678_400,
    "notOlderThan": 2_678_400,
}
SHOP = "aaaaaaaa-0000-4000-8000-000000000001"
LOGS = "bbbbbbbb-0000-4000-8000-000000000002"
IDLE = "cccccccc-0000-4000-8000-000000000003"
GB = 10**9


@dataclass
class Account:
    """Facts by dataset, settings by dataset, and what REST tells: databases, scripts, and the schedules of each."""

    facts: dict[str, list[Fact]] = field(default_factory=lambda: {name: [] for name in DATASETS})
    settings: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: dict(SETTINGS) for name in DATASETS})
    databases: dict[str, str] = field(default_factory=dict)
    scripts: dict[str, Sequence[str]] = field(default_factory=dict)
    schedules: dict[str, Mapping[str, datetime]] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def hours(self, count: int, *, until: float = 0) -> list[datetime]:
        """A moment in each of the last hours, oldest first; `until` hours ago. Half an hour from the ends of a window."""
        last = self.now - HOUR * (0.5 + until)
        return [last - HOUR * back for back in reversed(range(count))]

    def database(
        self,
        id_: str,
        name: str,
        *,
        gb: float,
        grows: float = 0.0,
        queries: int = 60,
        times: Sequence[float] = (2, 5, 9),
        until: float = 0,
    ) -> None:
        """Queries in each of the last 30 hours, half as many writes; `grows` GB a day up to `gb` today."""
        self.databases[id_] = name
        for at in self.hours(30, until=until) if queries else ():
            self.facts[DATASETS[0]].append(
                {
                    "datetime": at, "databaseId": id_, "readQueries": queries, "writeQueries": queries // 2,
                    "rowsRead": 40 * queries, "rowsWritten": queries, "queryBatchResponseBytes": 900 * queries, "times": times,
                }
            )  # fmt: skip
        for back in range(10):
            at = self.now.replace(hour=0, minute=0, second=0, microsecond=0) - DAY * back
            self.facts[DATASETS[1]].append(
                {"datetime": at, "databaseId": id_, "databaseSizeBytes": int((gb - back * grows) * GB)}
            )

    def statement(self, id_: str, query: str, *, times: Sequence[float], rows: int = 10) -> None:
        """One SQL text, run as often as there are times (ms), an hour ago."""
        self.facts[DATASETS[2]].append(
            {"datetime": self.now - HOUR, "databaseId": id_, "query": query, "rowsRead": rows, "rowsWritten": 0, "times": times}
        )  # fmt: skip

    def script(
        self, name: str, *, statuses: Mapping[str, int], cpu: Sequence[float] = (900, 1500, 4000), crons: Sequence[str] = (),
        fired: Mapping[str, str] | None = None, since: timedelta = 40 * DAY, handlers: Sequence[str] = ("fetch",),
    ) -> None:  # fmt: skip
        """So many requests of each status in each of the last 24 hours, with this CPU time in microseconds; each of `crons`
        fires once in each hour, ending as `fired` says, and those that `fired` does not name never do."""
        self.scripts[name] = [*handlers, *(["scheduled"] if crons else [])]
        if crons:
            self.schedules[name] = dict.fromkeys(crons, self.now - since)
        for at in self.hours(24):
            for status, count in statuses.items():
                self.facts[DATASETS[3]].append(
                    {
                        "datetime": at, "scriptName": name, "scriptVersion": "1", "status": status, "coloCode": "FRA",
                        "requests": count, "errors": 0 if status == "success" else count, "times": cpu,
                    }
                )  # fmt: skip
            for cron, status in (dict.fromkeys(crons, "success") if fired is None else fired).items():
                self.facts[DATASETS[4]].append(
                    {"datetime": at, "scriptName": name, "cron": cron, "status": status, "cpuTimeUs": 800}
                )


def quiet() -> Account:
    """All is well, all is known."""
    account = Account()
    account.database(SHOP, "shop", gb=1.2, grows=0.01)
    account.database(LOGS, "logs", gb=3.0, queries=200)
    account.statement(SHOP, "SELECT *\n  FROM orders WHERE id = ?", times=[3, 4, 30])
    account.script("api", statuses={"success": 990, "clientDisconnected": 10})
    account.script("nightly", statuses={"success": 1}, crons=["0 * * * *"])
    return account


def troubled() -> Account:
    """A slow, nearly full database, failing scripts, CPU near its limit, and a cron trigger that never fired."""
    account = Account()
    account.database(SHOP, "shop", gb=9.1, grows=0.2, times=[1500, 2500, 9000])
    account.database(LOGS, "logs", gb=0.2)
    account.database(IDLE, "old", gb=0.1, queries=0)
    account.statement(SHOP, "SELECT * FROM orders", times=[900, 8000])
    account.script("api", statuses={"success": 800, "scriptThrewException": 150, "somethingNew": 50})
    account.script("render", statuses={"success": 10}, cpu=(20_000, 40_000, 900_000))
    account.script(
        "nightly", statuses={"success": 1}, crons=["0 * * * *", "30 * * * *"], fired={"0 * * * *": "success"}
    )
    return account
