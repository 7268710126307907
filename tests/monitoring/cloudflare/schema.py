"""The part of Cloudflare's GraphQL schema that is documented and that we ask for, and answers made from facts.

Whatever a query names that is not here is refused by graphql-core, as Cloudflare would refuse it. Rows are grouped by the
dimensions that the query selects: one that is forgotten gives other rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from graphql import GraphQLError, GraphQLSchema, build_schema

Fact = Mapping[str, Any]
"""A row as it was measured: its dimensions, what is summed, and `times` or `cpu` of single calls."""
Settings = Mapping[str, Any]

TIMES = "datetime_geq: Time datetime_leq: Time"
DATES = "date_geq: Date date_leq: Date"
SDL = f"""
scalar string
scalar Date
scalar Time
scalar uint64
scalar float64

type Query {{ viewer: viewer }}
type viewer {{ accounts(filter: AccountFilter!): [account!] }}
input AccountFilter {{ accountTag: string! }}

type account {{
  settings: AccountSettings
  d1AnalyticsAdaptiveGroups(limit: uint64!, filter: D1Filter!, orderBy: [D1OrderBy!]): [D1Group!]!
  d1StorageAdaptiveGroups(limit: uint64!, filter: StorageFilter!, orderBy: [StorageOrderBy!]): [StorageGroup!]!
  d1QueriesAdaptiveGroups(limit: uint64!, filter: StatementFilter!, orderBy: [StatementOrderBy!]): [StatementGroup!]!
  workersInvocationsAdaptive(limit: uint64!, filter: WorkersFilter!, orderBy: [WorkersOrderBy!]): [WorkersGroup!]!
  workersInvocationsScheduled(limit: uint64!, filter: FiringFilter!, orderBy: [FiringOrderBy!]): [Firing!]!
}}
type AccountSettings {{
  d1AnalyticsAdaptiveGroups: DatasetSettings
  d1StorageAdaptiveGroups: DatasetSettings
  d1QueriesAdaptiveGroups: DatasetSettings
  workersInvocationsAdaptive: DatasetSettings
  workersInvocationsScheduled: DatasetSettings
}}
type DatasetSettings {{
  enabled: Boolean availableFields: [string!] maxPageSize: uint64 maxDuration: uint64 notOlderThan: uint64
}}

input D1Filter {{ {TIMES} {DATES} datetimeHour_geq: Time databaseId: string databaseId_in: [string!] }}
enum D1OrderBy {{ date_ASC date_DESC datetimeHour_ASC datetimeHour_DESC }}
type D1Group {{ sum: D1Sum avg: D1Avg quantiles: D1Quantiles dimensions: D1Dimensions }}
type D1Sum {{
  readQueries: uint64! writeQueries: uint64! rowsRead: uint64! rowsWritten: uint64! queryBatchResponseBytes: uint64!
}}
type D1Avg {{ queryBatchTimeMs: float64! }}
type D1Quantiles {{
  queryBatchTimeMsP50: float64! queryBatchTimeMsP90: float64! queryBatchTimeMsP95: float64! queryBatchTimeMsP99: float64!
}}
type D1Dimensions {{ date: Date! datetimeMinute: Time! datetimeHour: Time! databaseId: string! }}

input StorageFilter {{ {DATES} databaseId: string databaseId_in: [string!] }}
enum StorageOrderBy {{ date_ASC date_DESC }}
type StorageGroup {{ max: StorageMax dimensions: StorageDimensions }}
type StorageMax {{ databaseSizeBytes: uint64! }}
type StorageDimensions {{ date: Date! databaseId: string! }}

input StatementFilter {{ {TIMES} {DATES} databaseId: string databaseId_in: [string!] }}
enum StatementOrderBy {{ sum_queryDurationMs_ASC sum_queryDurationMs_DESC count_DESC }}
type StatementGroup {{
  count: uint64! sum: StatementSum avg: StatementAvg quantiles: StatementQuantiles dimensions: StatementDimensions
}}
type StatementSum {{ queryDurationMs: float64! rowsRead: uint64! rowsWritten: uint64! rowsReturned: uint64! }}
type StatementAvg {{ queryDurationMs: float64! rowsRead: float64! rowsWritten: float64! rowsReturned: float64! }}
type StatementQuantiles {{ queryDurationMsP50: float64! queryDurationMsP95: float64! queryDurationMsP99: float64! }}
type StatementDimensions {{
  query: string! databaseId: string! datetimeFiveMinutes: Time! servedByRegion: string! databaseRole: string!
}}

input WorkersFilter {{ {TIMES} {DATES} scriptName: string scriptName_in: [string!] status: string }}
enum WorkersOrderBy {{ datetime_ASC datetime_DESC datetimeHour_ASC datetimeHour_DESC }}
type WorkersGroup {{ sum: WorkersSum quantiles: WorkersQuantiles dimensions: WorkersDimensions }}
type WorkersSum {{
  requests: uint64! errors: uint64! subrequests: uint64! clientDisconnects: uint64! cpuTimeUs: uint64! duration: float64!
  wallTime: uint64! responseBodySize: uint64!
}}
type WorkersQuantiles {{
  cpuTimeP25: float64! cpuTimeP50: float64! cpuTimeP75: float64! cpuTimeP90: float64! cpuTimeP99: float64!
  cpuTimeP999: float64!
}}
type WorkersDimensions {{
  date: Date! datetime: Time! datetimeFifteenMinutes: Time! datetimeHour: Time! scriptName: string! scriptVersion: string!
  status: string! coloCode: string!
}}

input FiringFilter {{ {TIMES} {DATES} scriptName: string cron: string status: string }}
enum FiringOrderBy {{ datetime_ASC datetime_DESC }}
type Firing {{ datetime: Time! scheduledDatetime: Time! scriptName: string! cron: string! status: string! cpuTimeUs: uint64! }}
"""

QUANTILES = {"P25": 0.25, "P50": 0.5, "P75": 0.75, "P90": 0.9, "P95": 0.95, "P99": 0.99, "P999": 0.999}
SINGLE = {"queryBatchTimeMs": "times", "queryDurationMs": "times", "cpuTime": "times"}
DATASETS = (
    "d1AnalyticsAdaptiveGroups", "d1StorageAdaptiveGroups", "d1QueriesAdaptiveGroups", "workersInvocationsAdaptive",
    "workersInvocationsScheduled",
)  # fmt: skip


def made() -> GraphQLSchema:
    """The schema, with resolvers that answer from an account's facts: dataset -> rows, under the root value's `facts`."""
    schema = build_schema(SDL)
    account = schema.type_map["account"]
    for name in DATASETS:
        account.fields[name].resolve = resolver(name)  # type: ignore[attr-defined]
    return schema


def resolver(dataset: str) -> Any:
    def resolve(
        account: Mapping[str, Any], info: Any, *, limit: int, filter: Fact, **order: Sequence[str]
    ) -> list[Fact]:
        settings: Settings = account["settings"][dataset]
        check(settings, limit, filter)
        rows = [row for row in account["facts"][dataset] if passes(row, filter)]
        wanted = selected(info, "dimensions")
        found = groups(rows, wanted) if wanted else [shown(row) for row in rows]
        for each in reversed(order.get("orderBy", ())):
            path, _, direction = each.rpartition("_")
            found.sort(key=partial(value_at, path), reverse=direction == "DESC")
        return found[:limit]

    return resolve


def check(settings: Settings, limit: int, filter: Fact) -> None:
    """Refuses what Cloudflare refuses."""
    if not settings["enabled"]:
        raise GraphQLError("does not have access to the path", extensions={"code": "authz"})
    if limit > settings["maxPageSize"]:
        raise GraphQLError(f"limit must be positive number and not greater than {settings['maxPageSize']}")
    begins = [instant(value) for name, value in filter.items() if name.endswith("_geq")]
    ends = [instant(value) for name, value in filter.items() if name.endswith("_leq")]
    # A date means the whole of its day.
    if begins and min(begins) < datetime.now(UTC) - timedelta(seconds=settings["notOlderThan"], days=1):
        raise GraphQLError(f"cannot request data older than {settings['notOlderThan']}s")
    if begins and ends and (max(ends) - min(begins)).total_seconds() > settings["maxDuration"]:
        raise GraphQLError(f"query time range is too large: at most {settings['maxDuration']}s")


def passes(row: Fact, filter: Fact) -> bool:
    return all(holds(row, *name.partition("_")[::2], wanted) for name, wanted in filter.items())


def holds(row: Fact, field: str, operation: str, wanted: Any) -> bool:
    has = row["datetime"] if field.startswith("date") else row[field]
    if isinstance(has, datetime):
        wanted = instant(wanted)
        if field == "date":
            has = has.replace(hour=0, minute=0, second=0, microsecond=0)
    match operation:
        case "geq":
            return bool(has >= wanted)
        case "leq":
            return bool(has <= wanted)
        case "in":
            return has in wanted
    return bool(has == wanted)


def groups(rows: Sequence[Fact], dimensions: Sequence[str]) -> list[Fact]:
    found: dict[tuple[str, ...], list[Fact]] = defaultdict(list)
    for row in rows:
        found[tuple(dimension(row, name) for name in dimensions)].append(row)
    return [
        {"dimensions": dict(zip(dimensions, values, strict=True)), **figures(members)}
        for values, members in found.items()
    ]


def figures(rows: Sequence[Fact]) -> Fact:
    """Sums of the numbers; average and quantiles of what single calls took; the largest of each number."""
    names = {name for row in rows for name, value in row.items() if isinstance(value, int | float)}
    sums = {name: sum(row.get(name, 0) for row in rows) for name in names}
    times = sorted(time for row in rows for time in row.get("times", ()))
    measured: dict[str, Any] = {
        "sum": {**dict.fromkeys(["rowsRead", "rowsWritten", "rowsReturned", "subrequests", "errors"], 0), **sums},
        "max": {name: max(row.get(name, 0) for row in rows) for name in names},
        "count": len(times),
    }
    if times:
        measured["sum"]["queryDurationMs"] = sum(times)
        measured["avg"] = {"queryBatchTimeMs": sum(times) / len(times), "queryDurationMs": sum(times) / len(times)}
        measured["quantiles"] = {
            f"{name}{suffix}": times[min(len(times) - 1, int(share * len(times)))]
            for name in SINGLE
            for suffix, share in QUANTILES.items()
        }
    return measured


def dimension(row: Fact, name: str) -> str:
    at: datetime = row["datetime"]
    if name == "date":
        return at.date().isoformat()
    if name == "datetimeHour":
        at = at.replace(minute=0, second=0, microsecond=0)
    return stamp(at) if name.startswith("datetime") else str(row[name])


def shown(row: Fact) -> Fact:
    """A row that is no group, its time as text."""
    return {**row, "datetime": stamp(row["datetime"])}


def value_at(path: str, row: Fact) -> Any:
    """What `orderBy` names: a dimension, a field, or `sum_` and one."""
    block, _, name = path.partition("_")
    if name:
        return row[block][name]
    return row["dimensions"][path] if "dimensions" in row else row[path]


def selected(info: Any, block: str) -> list[str]:
    """The names that a query selects in a block of its rows."""
    return [
        field.name.value
        for node in info.field_nodes
        for part in node.selection_set.selections
        if part.name.value == block
        for field in part.selection_set.selections
    ]  # fmt: skip


def instant(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
