"""`POST …/signals` and `POST …/inputs/{input_id}`: what is asked of a run, and what it asked for."""

from __future__ import annotations

from jupyter_runt.server import identity
from jupyter_runt.server.access import may
from jupyter_runt.server.base import RuntHandler


class SignalsHandler(RuntHandler):
    """Cancel, interrupt, kill, pause, resume. 202: noted; the run's events tell when it is handled."""

    @may("execute")
    async def post(self, run_id: str) -> None:
        kind = (await self.body())["kind"]
        by, _ = identity.requested_by(self)
        await self.call(self.client.signal, run_id, kind, by)
        self.reply({"run_id": run_id, "kind": kind, "accepted": True}, 202)


class InputHandler(RuntHandler):
    """The answer to one question. It goes to the worker, and into no table."""

    @may("execute")
    async def post(self, run_id: str, input_id: str) -> None:
        text = (await self.body())["text"]
        by, _ = identity.requested_by(self)
        await self.call(self.client.store.run, run_id)
        answered = await self.call(self.client.reply, run_id, text, input_id, by)
        self.reply({"run_id": run_id, "input_id": answered, "accepted": True}, 202)
