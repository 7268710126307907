"""What a Prometheus that scrapes the server's /metrics sees of runs."""

from __future__ import annotations

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from jupyter_runt.server.metrics import Runs
from tests.cli.runt import until
from tests.server.crowd import Crowd
from tests.server.live import LiveServer, serving

SERVER = {"start_worker": False}


def scraped(server: LiveServer) -> dict[tuple[str, ...], float]:
    """Our samples: name, then label values."""
    answer = server.get("metrics")
    assert answer.status == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
        if sample.name.startswith("jupyter_runt_")
    }


def test_runs_queue_and_its_age_are_read_at_scrape(live: LiveServer) -> None:
    assert scraped(live)[("jupyter_runt_queue_age_seconds",)] == 0
    first = live.submit("1")
    live.submit("1")
    age = ("jupyter_runt_queue_age_seconds",)
    until(lambda: scraped(live)[age] > 0.2, "the queue ages")
    seen = scraped(live)
    assert seen[("jupyter_runt_queue_length",)] == seen[("jupyter_runt_runs", "queued")] == 2
    assert seen[("jupyter_runt_runs", "failed")] == 0, "what is not there is said to be 0"
    live.worker("--until-empty")
    live.ended(first)
    until(lambda: scraped(live)[("jupyter_runt_runs", "succeeded")] == 2, "both have ended")
    assert scraped(live)[age] == 0


def test_followers_are_counted_and_how_late_they_hear_is_observed(live: LiveServer) -> None:
    run_id = live.submit("for number in range(20): print(number, flush=True)")

    async def follow() -> None:
        crowd = Crowd(live.url, live.token)
        followers = await crowd.join(f"/runt/api/runs/{run_id}/follow", 3)
        assert (await asyncio.to_thread(scraped, live))[("jupyter_runt_followers",)] == 3
        await asyncio.to_thread(live.worker, "--until-empty")
        await crowd.ended(followers)

    asyncio.run(follow())
    until(lambda: scraped(live)[("jupyter_runt_followers",)] == 0, "nobody follows any more")
    seen = scraped(live)
    assert seen[("jupyter_runt_event_lag_seconds_count",)] > 0
    assert seen[("jupyter_runt_event_lag_seconds_sum",)] >= 0


def test_nothing_is_told_without_a_token(live: LiveServer) -> None:
    assert live.get("metrics", token=None).status == 403


def test_a_scrape_goes_well_while_the_store_cannot_be_used() -> None:
    with serving(start=False) as server:
        path = server.home / "other.sqlite"
        path.write_bytes(b"no database at all" * 100)
        server.configure("RuntApp", store=f"sqlite:///{path}")
        server.start()
        assert server.get("runt/api/status").status == 503
        assert scraped(server)[("jupyter_runt_queue_length",)] == 0


def test_a_second_registration_of_the_same_names_is_refused() -> None:
    """The registry tells clashes by what `describe` says: without it, two collectors would make the scrape unreadable."""
    registry = CollectorRegistry()
    registry.register(Runs())
    with pytest.raises(ValueError, match="jupyter_runt_runs"):
        registry.register(Runs())
