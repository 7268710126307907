"""A report as a MIME bundle: for people, and for programs."""

from __future__ import annotations

from typing import Any

from jupyter_runt.monitoring.as_html import markup
from jupyter_runt.monitoring.as_text import text
from jupyter_runt.monitoring.report import Report
from jupyter_runt.run.health import MIME

__all__ = ["bundle", "text"]


def bundle(report: Report) -> dict[str, Any]:
    """Text, HTML and JSON of the same report."""
    return {"text/plain": text(report), "text/html": markup(report), MIME: report.to_json()}
