"""From Cloudflare's JSON to records. Pure; what is missing or of another type becomes None, and is never taken for 0."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from jupyter_runt.errors import AccessDenied, ServerError
from jupyter_runt.monitoring.cloudflare import queries
from jupyter_runt.monitoring.cloudflare.faults import PERMISSIONS, messages
from jupyter_runt.monitoring.cloudflare.queries import Limits
from jupyter_runt.monitoring.cloudflare.records import DISCONNECTS, SUCCESS, Database, Hours, Script, Statement

Rows = Sequence[Mapping[str, Any]]


def account(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The one account of a GraphQL answer. ServerError: an answer of errors, which Cloudflare sends with HTTP 200 as well;
    AccessDenied: there is no such account for this token."""
    told = messages(answer.get("errors"))
    try:
        accounts = answer["data"]["viewer"]["accounts"]
    except (KeyError, TypeError):
        accounts = None
    if answer.get("errors"):
        raise ServerError(
            f"Cloudflare answered with errors: {told or 'of no form that is known'}.", remedy=_remedy(told)
        )
    if not isinstance(accounts, list):
        raise ServerError("Cloudflare answered without data and without an error.", remedy="Try again later.")
    if not accounts or not isinstance(accounts[0], dict):
        raise AccessDenied(
            "Cloudflare shows this token no such account.", remedy=f"Check CLOUDFLARE_ACCOUNT_ID. {PERMISSIONS}"
        )
    found: Mapping[str, Any] = accounts[0]
    return found


def _remedy(told: str) -> str:
    if "does not have access" in told or "authz" in told or "not authorized" in told or "permission" in told:
        return PERMISSIONS
    if "older than" in told or "time range" in told:
        return "Ask for fewer hours (hours_back) or days (storage_days)."
    return "Cloudflare's words say what it refuses; it may pass, and may need another plan or token."


def rows(found: Mapping[str, Any], group: str) -> Rows:
    """The rows of a group; ServerError when it is none."""
    given = found.get(group)
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise ServerError(f"Cloudflare's answer holds no list of {group}.", remedy="Try again later.")
    return given


def number(row: Mapping[str, Any], *path: str) -> float | None:
    """The number at a path of keys."""
    value: Any = row
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return value


def text(row: Mapping[str, Any], *path: str) -> str:
    """The text at a path of keys; '' for none."""
    value: Any = row
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def moment(value: str) -> datetime | None:
    """A time in UTC, as in `2025-11-03T14:00:00Z`."""
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def limits(found: Mapping[str, Any]) -> dict[str, Limits]:
    """What the settings allow for each dataset; a dataset that they do not speak of gets what is documented."""
    told = found.get("settings")
    settings = told if isinstance(told, dict) else {}
    read = {}
    for name in queries.DATASETS:
        one = settings.get(name)
        if not isinstance(one, dict):
            read[name] = Limits()
            continue
        read[name] = Limits(
            enabled=one.get("enabled") is not False,
            rows=max(1, min(queries.LIMIT, int(number(one, "maxPageSize") or queries.LIMIT))),
            reach=number(one, "notOlderThan") or queries.KEPT_SECONDS,
            span=number(one, "maxDuration") or queries.KEPT_SECONDS,
        )
    return read


def databases(
    totals: Rows, hourly: Rows, days: Rows, names: Mapping[str, str], *, complete: bool
) -> tuple[Database, ...]:
    """Every database that any of them knows, the busiest first. Where `totals` are complete, one that is not in them had no
    queries; else nobody knows."""
    known = {text(row, "dimensions", "databaseId"): row for row in totals}
    by_hour: dict[str, dict[datetime, float]] = defaultdict(dict)
    for row in hourly:
        hour = moment(text(row, "dimensions", "datetimeHour"))
        counts = [number(row, "sum", name) for name in ("readQueries", "writeQueries")]
        if hour is not None and any(count is not None for count in counts):
            by_hour[text(row, "dimensions", "databaseId")][hour] = sum(count or 0 for count in counts)
    by_day: dict[str, dict[date, float]] = defaultdict(dict)
    for row in days:
        size, day = number(row, "max", "databaseSizeBytes"), moment(text(row, "dimensions", "date"))
        if size is not None and day is not None:
            by_day[text(row, "dimensions", "databaseId")][day.date()] = size
    nothing = {"sum": {"readQueries": 0, "writeQueries": 0}} if complete else {}
    made = [
        _database(each, names.get(each, ""), known.get(each, nothing), by_hour[each], by_day[each])
        for each in sorted({*known, *by_hour, *by_day, *names} - {""})
    ]
    return tuple(sorted(made, key=lambda each: (-(each.queries or 0), each.label)))


def _database(
    id_: str, name: str, row: Mapping[str, Any], hours: Mapping[datetime, float], sizes: Mapping[date, float]
) -> Database:
    return Database(
        id=id_,
        name=name,
        reads=number(row, "sum", "readQueries"),
        writes=number(row, "sum", "writeQueries"),
        rows_read=number(row, "sum", "rowsRead"),
        rows_written=number(row, "sum", "rowsWritten"),
        response_bytes=number(row, "sum", "queryBatchResponseBytes"),
        average_ms=number(row, "avg", "queryBatchTimeMs"),
        p50_ms=number(row, "quantiles", "queryBatchTimeMsP50"),
        p90_ms=number(row, "quantiles", "queryBatchTimeMsP90"),
        p99_ms=number(row, "quantiles", "queryBatchTimeMsP99"),
        hours=tuple(sorted(hours.items())),
        sizes=tuple(sorted(sizes.items())),
    )


def statements(costly: Rows) -> tuple[Statement, ...]:
    """The SQL texts that cost most."""
    return tuple(
        Statement(
            database_id=text(row, "dimensions", "databaseId"),
            text=" ".join(text(row, "dimensions", "query").split()),
            count=number(row, "count"),
            total_ms=number(row, "sum", "queryDurationMs"),
            average_ms=number(row, "avg", "queryDurationMs"),
            p95_ms=number(row, "quantiles", "queryDurationMsP95"),
            rows_read=number(row, "sum", "rowsRead"),
        )
        for row in costly
    )


def scripts(totals: Rows, statuses: Rows, names: Iterable[str], *, complete: bool) -> tuple[Script, ...]:
    """Every script that any of them knows, the busiest first. Where the groups are complete, one that is not in them had no
    requests; else nobody knows."""
    known = {text(row, "dimensions", "scriptName"): row for row in totals}
    ended: dict[str, dict[str, float]] = defaultdict(dict)
    for row in statuses:
        count, of = number(row, "sum", "requests"), ended[text(row, "dimensions", "scriptName")]
        status = text(row, "dimensions", "status") or "unknown"
        if count is not None:
            of[status] = of.get(status, 0) + count
    made = [
        Script(
            name=name,
            statuses=ended.get(name, {} if complete else None),
            subrequests=number(row, "sum", "subrequests"),
            cpu_us_p50=number(row, "quantiles", "cpuTimeP50"),
            cpu_us_p99=number(row, "quantiles", "cpuTimeP99"),
        )
        for name in sorted({*known, *ended, *names} - {""})
        for row in [known.get(name, {})]
    ]
    return tuple(sorted(made, key=lambda each: (-(each.requests or 0), each.name)))


def requests_by_hour(hourly: Rows) -> tuple[Hours, Hours]:
    """All requests of each hour, and those that were errors."""
    all_: dict[datetime, float] = defaultdict(float)
    failed: dict[datetime, float] = defaultdict(float)
    for row in hourly:
        hour, count = moment(text(row, "dimensions", "datetimeHour")), number(row, "sum", "requests")
        if hour is None or count is None:
            continue
        status = text(row, "dimensions", "status")
        all_[hour] += count
        failed[hour] += 0 if status == SUCCESS or status in DISCONNECTS else count
    return tuple(sorted(all_.items())), tuple(sorted(failed.items()))


def queries_by_hour(found: Iterable[Database]) -> Hours:
    """The queries of all databases together."""
    hours: dict[datetime, float] = defaultdict(float)
    for each in found:
        for hour, count in each.hours:
            hours[hour] += count
    return tuple(sorted(hours.items()))


def listed(answer: Mapping[str, Any]) -> Rows:
    """The list of a REST answer; ServerError when it holds none."""
    found = answer.get("result")
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ServerError(f"Cloudflare's answer holds no list: {messages(answer.get('errors')) or 'and no error'}.")
    return found


def scheduled(listing: Rows) -> Iterator[str]:
    """The names of scripts that may have cron triggers: those that say what they handle, and handle something else, have none."""
    for each in listing:
        handlers = each.get("handlers")
        if text(each, "id") and (not isinstance(handlers, list) or "scheduled" in handlers):
            yield text(each, "id")


def schedules(answer: Mapping[str, Any]) -> list[tuple[str, datetime | None]]:
    """The cron expressions of a script, and since when each holds."""
    result = answer.get("result")
    found = result.get("schedules") if isinstance(result, dict) else None
    if not isinstance(found, list):
        raise ServerError(
            f"Cloudflare's answer holds no schedules: {messages(answer.get('errors')) or 'and no error'}."
        )
    return [
        (text(each, "cron"), moment(text(each, "modified_on") or text(each, "created_on")))
        for each in found
        if isinstance(each, dict) and text(each, "cron")
    ]
