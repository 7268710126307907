"""Facts: what happened to a run, numbered from 1 without gaps. Everything else is folded from them."""

from jupyter_runt.events.types import Draft, Event

__all__ = ["Draft", "Event"]
