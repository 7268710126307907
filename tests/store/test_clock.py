"""The system's clock."""

from __future__ import annotations

import time

from jupyter_runt import boot
from jupyter_runt.store import clock
from jupyter_runt.store.clock import SystemClock


def test_both_clocks_run_and_the_boot_stays():
    first, second = SystemClock().now(), SystemClock().now()
    assert first.mono <= second.mono
    assert abs(second.wall - time.time()) < 60
    assert first.boot == second.boot != ""


def test_a_machine_without_proc_has_a_boot_id_all_the_same(monkeypatch, tmp_path):
    monkeypatch.setattr(boot, "BOOT_ID_FILE", tmp_path / "missing")
    boot.boot_id.cache_clear()
    clock.boot_id.cache_clear()
    try:
        assert clock.boot_id().startswith("boot-")
    finally:
        boot.boot_id.cache_clear()
        clock.boot_id.cache_clear()
