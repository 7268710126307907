"""A front end whose boxes stay open, as JupyterLab's do, when somebody else has answered what they ask."""

from __future__ import annotations

from typing import Any

from tests.cli.runt import Runt
from tests.magics.session import Session


class Boxes(Session):
    """Each question has a box of its own; what is typed into it names the request that it replies to."""

    def __init__(self, runt: Runt) -> None:
        super().__init__(runt)
        self.headers: list[dict[str, Any]] = []

    def _take(self, message: dict[str, Any]) -> None:
        if message["msg_type"] == "input_request":
            self.headers.append(message["header"])
        super()._take(message)

    def enter(self, box: int, text: str) -> None:
        """Types into the box of this question, counted from 0."""
        self._client.stdin_channel.send(
            self._client.session.msg("input_reply", {"value": text, "status": "ok"}, parent=self.headers[box])
        )


def test_what_is_typed_into_an_old_box_answers_no_other_question(runt):
    notebook = runt.cells("print('first', input('first? '))", "print('second', input('second? '))")
    front_end = Boxes(runt)
    try:
        front_end("%load_ext jupyter_runt")
        cell = front_end.start(f"run = %runt run {notebook} --wait", answer=lambda prompt, password: None)
        front_end.until(lambda: len(front_end.headers) == 1, "the first question")
        runt("reply", "last", "elsewhere")
        front_end.until(lambda: len(front_end.headers) == 2, "the second question")
        front_end.enter(0, "stale")
        front_end.enter(1, "fresh")
        front_end.end(cell)
        assert "'first?' needs no answer any more. Where its box is still open, press Enter in it" in cell.text
        assert front_end.value("run.outputs.text") == "first elsewhere\nsecond fresh\n"
    finally:
        front_end.close()
