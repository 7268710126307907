"""What holds for all tests."""

from __future__ import annotations

import sys


def pytest_collection_finish() -> None:
    """Hypothesis makes a table of all characters when the first text is drawn. Without one from earlier, in CI, that takes longer
    than the inputs of a test may."""
    if "hypothesis" in sys.modules:
        from hypothesis import strategies

        strategies.characters().validate()
