"""The store, once it can be used: a server whose store cannot be opened says why, and opens it when that has changed."""

from __future__ import annotations

from jupyter_runt.errors import RuntError, StoreError
from jupyter_runt.server.context import Context

KEY = "runt_opening"
"""Where tornado's settings keep it."""


class Opening:
    """One server's way to its store. Until `open` has gone well, everybody who asks for the context hears why not."""

    def __init__(self, url: str, *, start_worker: bool) -> None:
        """`url` is the store's; '' for the one that every command of this user finds."""
        self._url, self._start_worker = url, start_worker
        self._context: Context | None = None
        self.trouble = StoreError("The store has not been opened yet.", remedy="Ask again in a moment.")

    @property
    def is_open(self) -> bool:
        return self._context is not None

    @property
    def context(self) -> Context:
        """StoreError, which answers 503, as long as the store cannot be used."""
        if self._context is None:
            raise type(self.trouble)(self.trouble.message, remedy=self.trouble.remedy)
        return self._context

    def open(self) -> bool:
        """Tries to open it, unless that has been done; whether it is open now. Blocks: a store may be locked for seconds."""
        if self._context is None:
            try:
                context = Context.of_store(self._url)
                context.starter.enabled = context.client.start_workers = self._start_worker
                self._context = context
            except StoreError as error:
                self.trouble = error
            except (RuntError, OSError) as error:  # a faulty configuration is the server's fault, not its client's
                self.trouble = StoreError(getattr(error, "message", str(error)), remedy=getattr(error, "remedy", ""))
        return self._context is not None
