"""Everything about an account, read at once: a thread for each thing, and each thing that fails fails alone.

settings, database names, script names         at the beginning
 └─ D1, storage, statements, invocations, firings     once the settings tell their limits
 └─ schedules of each script with cron triggers       once the scripts are known
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from jupyter_runt.errors import AccessDenied, RuntError, ServerError, ServerUnreachable, UsageError
from jupyter_runt.monitoring.cloudflare import parsing, queries, triggers
from jupyter_runt.monitoring.cloudflare.exchange import Exchange
from jupyter_runt.monitoring.cloudflare.parsing import Rows
from jupyter_runt.monitoring.cloudflare.queries import Limits
from jupyter_runt.monitoring.cloudflare.records import D1, Part, Window, Workers
from jupyter_runt.monitoring.cloudflare.triggers import Schedules
from jupyter_runt.monitoring.parallel import begun

PAGE = 1000
MOST_PAGES = 20
MOST_SCHEDULES = 300
"""Each is a request, and 1,200 in five minutes are allowed to one user, dashboard included."""
SLACK = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Told:
    """Groups of rows by name, and what came of asking for them: from when on, and whether a limit cut some off."""

    part: Part
    groups: Mapping[str, Rows] = field(default_factory=dict)
    since: datetime | None = None
    cut: bool = False

    def rows(self, group: str) -> Rows:
        return self.groups.get(group, ())


class Reading:
    """Begins to read when it is made; `d1` and `workers` wait for what they tell of."""

    def __init__(
        self,
        exchange: Exchange | RuntError,
        account: str,
        window: Window,
        *,
        storage_days: int,
        slow_statements: int,
    ) -> None:
        self.window = window
        self._exchange, self._account, self._days = exchange, account, storage_days
        self._limits = begun(self._settings)
        self._names = begun(lambda: self._list("database names", self._databases))
        self._scripts = begun(lambda: self._list("script names", self._listed_scripts))
        self._d1 = begun(lambda: self._group("D1 queries", queries.D1, queries.d1))
        self._storage = begun(lambda: self._group("D1 storage", queries.STORAGE, queries.storage))
        self._statements = begun(lambda: self._costly(slow_statements))
        self._invocations = begun(lambda: self._group("Workers requests", queries.INVOCATIONS, queries.invocations))
        self._firings = begun(lambda: self._group("cron firings", queries.FIRINGS, queries.firings))
        self._schedules = begun(self._all_schedules)
        if isinstance(exchange, Exchange):
            begun(lambda: self._close(exchange))

    def d1(self) -> D1:
        """The account's databases."""
        told, storage, statements, names = (
            self._d1.result(), self._storage.result(), self._statements.result(), self._names.result(),
        )  # fmt: skip
        found = parsing.databases(
            told.rows("totals"),
            told.rows("hours"),
            storage.rows("days"),
            {parsing.text(row, "uuid"): parsing.text(row, "name") for row in names.rows("all")},
            complete=told.part.state == "complete",
        )
        return D1(
            databases=found,
            statements=parsing.statements(statements.rows("costly")),
            hours=parsing.queries_by_hour(found),
            parts=(told.part, storage.part, replace(statements.part, minor=True), replace(names.part, minor=True)),
        )

    def workers(self) -> Workers:
        """The account's scripts and cron triggers."""
        told, firings, listed = self._invocations.result(), self._firings.result(), self._scripts.result()
        schedules, part = self._schedules.result()
        known = None
        if firings.since is not None:
            asked = Window(firings.since, self.window.until)
            known = triggers.known_window(firings.rows("firings"), asked, cut=firings.cut)
        hours, failed = parsing.requests_by_hour(told.rows("hours"))
        return Workers(
            scripts=parsing.scripts(
                told.rows("totals"),
                told.rows("statuses"),
                [parsing.text(row, "id") for row in listed.rows("all")],
                complete=told.part.state == "complete",
            ),
            triggers=triggers.triggers(schedules, firings.rows("firings"), known),
            hours=hours,
            failed_hours=failed,
            parts=(told.part, firings.part, part, replace(listed.part, minor=True)),
        )

    def _close(self, exchange: Exchange) -> None:
        """Once everything has been read."""
        for each in (self._d1, self._storage, self._statements, self._names, self._invocations, self._firings):
            each.result()
        self._schedules.result()
        exchange.close()

    # -- GraphQL -----------------------------------------------------------------------------------------------------

    def _settings(self) -> dict[str, Limits]:
        """The limits; what is documented when they cannot be had. Raises what would be everybody's error."""
        try:
            found = parsing.account(self._ask().graphql(queries.settings(), {"account": self._account}))
        except (AccessDenied, UsageError, ServerUnreachable):
            raise
        except ServerError:
            found = {}
        return parsing.limits(found)

    def _group(self, name: str, dataset: str, text: Callable[[int], str]) -> Told:
        """The groups of a dataset, with a word about what its limits cut off."""
        try:
            limits = self._limits.result()[dataset]
            if not limits.enabled:
                raise AccessDenied(
                    f"The dataset {dataset} is not enabled for this account or token.",
                    remedy="It may need another plan, or the permission Account Analytics: Read.",
                )
            since, notes = self._since(dataset, limits)
            variables = self._variables(dataset, since)
            answer = parsing.account(self._ask().graphql(text(limits.rows), {"account": self._account, **variables}))
            groups = {group: parsing.rows(answer, group) for group in answer if group != "__typename"}
        except RuntError as error:
            return Told(_missing(name, error))
        full = [group for group, found in groups.items() if len(found) >= limits.rows]
        if full:
            notes.append(f"Cloudflare sent no more than {limits.rows:,} rows ({', '.join(full)}): sums are too small")
        remedy = "Ask for fewer hours (hours_back) or days (storage_days)." if notes else ""
        part = Part(name, "partial" if notes else "complete", "; ".join(notes), remedy)
        return Told(part, groups, since, cut=bool(full))

    def _since(self, dataset: str, limits: Limits) -> tuple[datetime, list[str]]:
        """From when on is asked: never further back, or over a longer time, than is allowed."""
        until = self.window.until
        since = until - timedelta(days=self._days - 1) if dataset == queries.STORAGE else self.window.since
        allowed = until - timedelta(seconds=min(limits.reach, limits.span)) + SLACK
        notes = []
        if since < allowed - 2 * SLACK:
            notes.append(f"only the last {(until - allowed) / timedelta(hours=1):,.0f} hours may be read")
            since = allowed
        return since, notes

    def _variables(self, dataset: str, since: datetime) -> dict[str, str]:
        until = self.window.until
        if dataset == queries.STORAGE:
            return {"first": since.date().isoformat(), "last": until.date().isoformat()}
        return {"since": _stamp(since), "until": _stamp(until)}

    def _costly(self, count: int) -> Told:
        """The statements that cost most: a choice, so that reaching its limit cuts nothing off."""
        if not count:
            return Told(Part("D1 statements"))
        # One row less than what would count as cut off.
        return self._group(
            "D1 statements", queries.STATEMENTS, lambda rows: queries.statements(max(1, min(count, rows - 1)))
        )

    # -- REST --------------------------------------------------------------------------------------------------------

    def _list(self, name: str, read: Callable[[], tuple[Rows, str]]) -> Told:
        try:
            found, note = read()
        except RuntError as error:
            return Told(_missing(name, error))
        return Told(Part(name, "partial" if note else "complete", note), {"all": found})

    def _databases(self) -> tuple[Rows, str]:
        found: list[Mapping[str, Any]] = []
        for page in range(1, MOST_PAGES + 1):
            query = [("page", str(page)), ("per_page", str(PAGE))]
            answer = self._ask().get("accounts", self._account, "d1", "database", query=query)
            rows = parsing.listed(answer)
            found += rows
            total = parsing.number(answer, "result_info", "total_count")
            if not rows or (len(found) >= total if total is not None else len(rows) < PAGE):
                return found, ""
        return found, f"only the first {len(found):,} databases were listed"

    def _listed_scripts(self) -> tuple[Rows, str]:
        return parsing.listed(self._ask().get("accounts", self._account, "workers", "scripts")), ""

    def _all_schedules(self) -> tuple[Schedules, Part]:
        """Of each script that may have cron triggers."""
        name = "cron schedules"
        listed = self._scripts.result()
        if listed.part.state == "missing":
            return {}, Part(name, "missing", listed.part.message, listed.part.remedy)
        names = list(parsing.scheduled(listed.rows("all")))
        asked = {script: begun(self._schedules_of, script) for script in names[:MOST_SCHEDULES]}
        found, failures = {}, []
        for script, future in asked.items():
            try:
                found[script] = future.result()
            except RuntError as error:
                failures.append(error)
        if failures and not found:
            return {}, _missing(name, failures[0])
        left = len(names) - len(found)
        if not left:
            return found, Part(name)
        why = f": {failures[0].message}" if failures else ""
        return found, Part(name, "partial", f"the schedules of {left} of {len(names)} scripts were not read{why}")

    def _schedules_of(self, script: str) -> list[tuple[str, datetime | None]]:
        answer = self._ask().get("accounts", self._account, "workers", "scripts", script, "schedules")
        return parsing.schedules(answer)

    def _ask(self) -> Exchange:
        if isinstance(self._exchange, RuntError):
            raise self._exchange
        return self._exchange


def _missing(name: str, error: RuntError) -> Part:
    return Part(name, "missing", error.message, error.remedy)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
