"""jupyter_server's own pytest plugin, for the tests of this folder alone: it brings an event loop for every test."""

from __future__ import annotations

from pytest_jupyter.jupyter_server import *  # noqa: F403
