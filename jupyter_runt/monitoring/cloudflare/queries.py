"""The GraphQL that is asked: one text for each dataset, so that one that is not permitted takes no other one with it.

A group is cut at its limit without a word, so every limit stands here, and whoever reads compares. Hours come newest first:
what a limit cuts off is the oldest. Two groups of one dataset share a request.
"""

from __future__ import annotations

from dataclasses import dataclass

LIMIT = 10_000
"""Rows of a group, where the account's settings do not say less."""
DAY = 86_400.0
KEPT_SECONDS = 31 * DAY
"""How long D1's data are kept, where the account's settings do not say."""

D1 = "d1AnalyticsAdaptiveGroups"
STORAGE = "d1StorageAdaptiveGroups"
STATEMENTS = "d1QueriesAdaptiveGroups"
INVOCATIONS = "workersInvocationsAdaptive"
FIRINGS = "workersInvocationsScheduled"
DATASETS = (D1, STORAGE, STATEMENTS, INVOCATIONS, FIRINGS)

_ACCOUNT = """query {name}($account: string!{more}) {{
  viewer {{
    accounts(filter: {{accountTag: $account}}) {{
      {groups}
    }}
  }}
}}"""
_WINDOW = "filter: {datetime_geq: $since, datetime_leq: $until}"
_TIMES = ", $since: Time!, $until: Time!"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings say of a dataset: rows of a group, and seconds that a query may reach back and span."""

    enabled: bool = True
    rows: int = LIMIT
    reach: float = KEPT_SECONDS
    span: float = KEPT_SECONDS


def settings() -> str:
    """What this token may ask of each dataset."""
    fields = "{enabled maxPageSize maxDuration notOlderThan}"
    return _query("Settings", "settings {" + " ".join(f"{name} {fields}" for name in DATASETS) + "}")


def d1(rows: int) -> str:
    """Queries of each database, in all and by the hour. Latency is that of a batch, in milliseconds."""
    return _query(
        "D1",
        f"""totals: {D1}(limit: {rows}, {_WINDOW}) {{
        sum {{readQueries writeQueries rowsRead rowsWritten queryBatchResponseBytes}}
        avg {{queryBatchTimeMs}}
        quantiles {{queryBatchTimeMsP50 queryBatchTimeMsP90 queryBatchTimeMsP99}}
        dimensions {{databaseId}}
      }}
      hours: {D1}(limit: {rows}, {_WINDOW}, orderBy: [datetimeHour_DESC]) {{
        sum {{readQueries writeQueries}}
        dimensions {{datetimeHour databaseId}}
      }}""",
        _TIMES,
    )


def storage(rows: int) -> str:
    """The size of each database on each day."""
    return _query(
        "Storage",
        f"""days: {STORAGE}(limit: {rows}, filter: {{date_geq: $first, date_leq: $last}}, orderBy: [date_DESC]) {{
        max {{databaseSizeBytes}}
        dimensions {{date databaseId}}
      }}""",
        ", $first: Date!, $last: Date!",
    )


def statements(rows: int) -> str:
    """The SQL texts that took most time in all. More are not wanted: reaching this limit cuts nothing off."""
    return _query(
        "Statements",
        f"""costly: {STATEMENTS}(limit: {rows}, {_WINDOW}, orderBy: [sum_queryDurationMs_DESC]) {{
        count
        sum {{queryDurationMs rowsRead}}
        avg {{queryDurationMs}}
        quantiles {{queryDurationMsP95}}
        dimensions {{query databaseId}}
      }}""",
        _TIMES,
    )


def invocations(rows: int) -> str:
    """Requests of each script by how they ended, its CPU time in microseconds, and all requests by the hour."""
    return _query(
        "Invocations",
        f"""totals: {INVOCATIONS}(limit: {rows}, {_WINDOW}) {{
        sum {{subrequests}}
        quantiles {{cpuTimeP50 cpuTimeP99}}
        dimensions {{scriptName}}
      }}
      statuses: {INVOCATIONS}(limit: {rows}, {_WINDOW}) {{
        sum {{requests}}
        dimensions {{scriptName status}}
      }}
      hours: {INVOCATIONS}(limit: {rows}, {_WINDOW}, orderBy: [datetimeHour_DESC]) {{
        sum {{requests}}
        dimensions {{datetimeHour status}}
      }}""",
        _TIMES,
    )


def firings(rows: int) -> str:
    """Every run of a cron trigger: rows, not groups."""
    return _query(
        "Firings",
        f"""firings: {FIRINGS}(limit: {rows}, {_WINDOW}, orderBy: [datetime_DESC]) {{
        datetime scriptName cron status
      }}""",
        _TIMES,
    )


def _query(name: str, groups: str, more: str = "") -> str:
    return _ACCOUNT.format(name=name, groups=groups, more=more)
