"""What a server sends without being asked: the events of one run, and the changes of all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyter_runt.client.remote.connection import Connection
from jupyter_runt.client.remote.exchange import Exchange
from jupyter_runt.client.remote.faults import strange
from jupyter_runt.errors import RunNotFound, ServerUnreachable
from jupyter_runt.events import Event, codec

REMOVED = 4404


class RunSocket(Connection):
    """Follows a run from a cursor on: each event once, in order."""

    def __init__(self, exchange: Exchange, run_id: str, after: int) -> None:
        goodbyes = {REMOVED: RunNotFound(f"The run {run_id} was removed.")}
        super().__init__(exchange, ("runs", run_id, "follow"), [("after", str(after))], goodbyes)
        self._after = after

    def batches(self) -> Iterator[list[Event]]:
        """What comes, a frame at a time, blobs as references; ends when the server says that the run has ended."""
        for message in self.messages():
            if message.get("type") == "events":
                yield self._events(message)

    def _events(self, message: dict[str, Any]) -> list[Event]:
        """A frame's events that are new; ServerUnreachable when some before them are missing."""
        try:
            found = [event_of(each) for each in message["events"]]
        except (KeyError, TypeError, ValueError) as error:
            raise strange(self._url, f"an event without {error}") from error
        fresh = [event for event in found if event.seq > self._after]
        for event in fresh:
            if event.seq != self._after + 1:
                raise ServerUnreachable(f"The server {self._url} left events out.")
            self._after = event.seq
        return fresh


class ListSocket(Connection):
    """Follows the list of runs. There is no cursor: it begins with the list as it is, which comes again to who is too slow."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(exchange, ("follow",))

    def changes(self) -> Iterator[bool]:
        """Of each message, whether runs may have changed by it; the others are about workers only. The list has no end."""
        for message in self.messages():
            yield message.get("type") == "snapshot" or any(message.get(key) for key in ("runs", "removed", "counts"))
        raise ServerUnreachable(f"The server {self._url} has closed the connection.")


def event_of(given: dict[str, Any]) -> Event:
    """The event that `codec.to_json` wrote. KeyError, TypeError, ValueError."""
    return Event(
        given["run_id"],
        given["seq"],
        codec.seconds(given["at"]),
        given["type"],
        given["data"],
        given.get("cell_id"),
        given.get("attempt"),
    )
