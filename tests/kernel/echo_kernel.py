"""A kernel of the tests' own that cannot carry the agent. Its language has one command a line:

print TEXT · count N (N numbered lines) · sleep SECONDS · stubborn SECONDS (ignores SIGINT) · error · input PROMPT ·
display TEXT · clear · die STATUS · mute (never says idle again)
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session


class Echo:
    def __init__(self, connection_file: str) -> None:
        info = json.loads(Path(connection_file).read_text())
        self.session = Session(key=info["key"].encode(), signature_scheme=info["signature_scheme"])
        self.context = zmq.Context()
        self.shell, self.control, self.stdin = (
            self.socket(zmq.ROUTER, info, port) for port in ("shell_port", "control_port", "stdin_port")
        )
        self.iopub = self.socket(zmq.PUB, info, "iopub_port")
        self.count = 0
        self.mute = False

    def socket(self, kind: int, info: dict[str, Any], port: str) -> Any:
        socket = self.context.socket(kind)
        socket.linger = 1000
        if kind == zmq.ROUTER:
            socket.router_handover = 1
        socket.bind(f"tcp://{info['ip']}:{info[port]}")
        return socket

    def serve(self) -> None:
        poller = zmq.Poller()
        poller.register(self.shell, zmq.POLLIN)
        poller.register(self.control, zmq.POLLIN)
        while True:
            try:
                for socket, _ in poller.poll():
                    self.handle(socket, *self.receive(socket))
            except KeyboardInterrupt:
                continue

    def receive(self, socket: Any) -> tuple[Any, dict[str, Any]]:
        ident, message = self.session.recv(socket, 0)
        assert message is not None
        return ident, message

    def handle(self, socket: Any, ident: Any, request: dict[str, Any]) -> None:
        kind = request["msg_type"]
        if kind == "shutdown_request":
            self.session.send(socket, "shutdown_reply", {"status": "ok", "restart": False}, request, ident)
            self.context.destroy(1000)
            sys.exit(0)
        self.say("status", {"execution_state": "busy"}, request)
        if kind == "kernel_info_request":
            content = {"status": "ok", "protocol_version": "5.3", "language_info": {"name": "echo"}, "banner": ""}
            self.session.send(socket, "kernel_info_reply", content, request, ident)
        elif kind == "execute_request":
            self.count += 1
            self.session.send(socket, "execute_reply", self.execute(request, ident), request, ident)
        if not self.mute:
            self.say("status", {"execution_state": "idle"}, request)

    def say(self, kind: str, content: dict[str, Any], request: dict[str, Any]) -> None:
        self.session.send(self.iopub, kind, content, request)

    def execute(self, request: dict[str, Any], ident: Any) -> dict[str, Any]:
        try:
            for line in request["content"]["code"].splitlines():
                command, _, rest = line.partition(" ")
                getattr(self, f"do_{command}")(rest, request, ident)
        except (KeyboardInterrupt, ZeroDivisionError) as error:
            told = {"ename": type(error).__name__, "evalue": str(error), "traceback": [f"Echo: {error!r}"]}
            self.say("error", told, request)
            return {"status": "error", "execution_count": self.count, **told}
        return {"status": "ok", "execution_count": self.count, "user_expressions": {}}

    def do_print(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        self.say("stream", {"name": "stdout", "text": rest + "\n"}, request)

    def do_count(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        for number in range(int(rest)):
            self.do_print(str(number), request, ident)

    def do_sleep(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        time.sleep(float(rest))

    def do_stubborn(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        time.sleep(float(rest))

    def do_error(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        raise ZeroDivisionError("no")

    def do_input(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        if not request["content"]["allow_stdin"]:
            raise ZeroDivisionError("no input")
        self.session.send(self.stdin, "input_request", {"prompt": rest, "password": False}, request, ident)
        _, reply = self.receive(self.stdin)
        self.do_print(f"got {reply['content']['value']}", request, ident)

    def do_display(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        self.say("display_data", {"data": {"text/plain": rest}, "metadata": {}, "transient": {}}, request)

    def do_clear(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        self.say("clear_output", {"wait": rest == "wait"}, request)

    def do_die(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        self.context.destroy(1000)
        os._exit(int(rest))

    def do_mute(self, rest: str, request: dict[str, Any], ident: Any) -> None:
        self.mute = True


if __name__ == "__main__":
    Echo(sys.argv[1]).serve()
