"""Runs played by hand, as views: what their cells show goes through the same stages as in a worker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jupyter_runt.events import Draft, codec
from jupyter_runt.run.outputs import OutputStage
from jupyter_runt.run.policy import Policy
from jupyter_runt.run.view import view_of
from tests.run.driving import OK, Driver


class Played(Driver):
    """A run whose kernel speaks when it is told to; large values lie in `blobs`."""

    def __init__(self, *cells: Mapping[str, Any], policy: Policy | None = None, **submitted: Any) -> None:
        """`submitted` replaces parts of the first event: title, name."""
        self.stage, self.blobs, self.fetched = OutputStage(), dict[str, bytes](), list[str]()
        self._submitted = submitted
        super().__init__(*cells, policy=policy)

    def record(self, draft: Draft, *, known: bool = False) -> None:
        if draft.type == "run.submitted":
            draft = replace(draft, data={**draft.data, **self._submitted})
        else:  # the first event is whole for whoever folds
            draft = codec.externalise(draft, self.blobs)
        super().record(draft, known=known)
        self.stage.apply(draft)

    # -- what its cells show -----------------------------------------------------------------------------------------

    def text(self, text: str, name: str = "stdout") -> None:
        parent, self.now = self.msg_id, self.now + 1
        for draft in self.stage.text(name, text, parent, self.now) or self.stage.flush(self.now):
            self.record(draft)

    def message(self, kind: str, **content: Any) -> None:
        parent, self.now = self.msg_id, self.now + 1
        for draft in [*self.stage.message(kind, parent, content, (), self.now), *self.stage.flush(self.now)]:
            self.record(draft)

    def display(self, **data: Any) -> None:
        """With `_` in place of `/` and `__` of `+` in the MIME types."""
        bundle = {name.replace("__", "+").replace("_", "/", 1): value for name, value in data.items()}
        self.message("display_data", data=bundle, metadata={}, transient={})

    def error(self, name: str, value: str, *traceback: str) -> None:
        self.message("error", ename=name, evalue=value, traceback=list(traceback))

    def ended(self, reply: Mapping[str, Any] = OK) -> Played:
        """After the running cell's reply, that of all others, and the kernel's end."""
        self.reply(dict(reply))
        while self.state.current is not None:
            self.reply()
        self.exit(0)
        assert self.state.ended
        return self

    # -- as faces see it ---------------------------------------------------------------------------------------------

    @property
    def view(self) -> dict[str, Any]:
        return view_of("r1", self.log)

    def blob(self, sha256: str) -> bytes:
        self.fetched.append(sha256)
        return self.blobs[sha256]
