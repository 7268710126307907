from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from jupyter_runt.store.life import LifeLock, is_held

ROOT = Path(__file__).parents[2]
ASK = "import sys; from jupyter_runt.store.life import is_held; print(is_held(sys.argv[1]))"


def others_see_it_held(path: Path) -> bool:
    asked = subprocess.run([sys.executable, "-c", ASK, path], cwd=ROOT, capture_output=True, text=True, check=True)
    return asked.stdout == "True\n"


def test_a_lock_is_held_until_its_release_and_asking_about_ones_own_does_not_lose_it(short):
    path = short / "w.lock"
    lock = LifeLock(path)
    assert is_held(str(path))
    assert others_see_it_held(path)
    lock.release()
    assert not is_held(str(path))


def test_a_file_that_nobody_locks_and_a_missing_one_are_not_held(short):
    path = short / "w.lock"
    path.touch()
    assert not is_held(str(path))
    assert not is_held(str(short / "missing"))
