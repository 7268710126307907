"""Ways in which a secret gets out, as cells, and the search for it afterwards."""

from __future__ import annotations

import base64
import html
import json
import os
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from tests.cli.runt import Runt

PLAIN = "tr0ub4dor-and-3-horses"
NASTY = "q'uo\"te\\back <tag> & gr\u00fc\u00dfe/\u65e5\u672c +1%\U0001f511"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIBVwIBADANBgkqhkiG9w0BAQEFAASCAT\nlwkYqnJbT2fMnq8Zt9hK0sP1vYd4XxWm3\n-----END PRIVATE KEY-----\n"
SECRETS = [PLAIN, NASTY, KEY]
PARAMETERS: dict[str, Any] = {
    "parameters": {"plain": None, "nasty": None, "key": None},
    "parameter_schema": {name: {"type": "string", "x-secret": True} for name in ("plain", "nasty", "key")},
}
BEGIN = "SECRETS = [plain, nasty, key]"

STREAMS = """
import os, subprocess, sys, threading, time, warnings, logging
for secret in SECRETS:
    print(secret); print(secret, file=sys.stderr)
    for character in secret:
        sys.stdout.write(character); sys.stdout.flush()
    print(); print(secret[:9], end="", flush=True); time.sleep(0.06); print(secret[9:])
    sys.stdout.buffer.write(secret.encode()) if hasattr(sys.stdout, "buffer") else None
    os.write(1, secret.encode()); os.write(2, secret.encode())
    os.write(1, secret[:5].encode()); time.sleep(0.06); os.write(1, secret[5:].encode() + b"\\n")
    subprocess.run(["cat"], input=secret.encode()); subprocess.run(["cat", "/proc/self/fd/0"], input=secret.encode(), stdout=2)
    if os.fork() == 0:
        print(secret, "from the child", flush=True); os._exit(0)
    os.wait()
    warnings.warn(secret); logging.warning("%s", secret); logging.warning("%r", secret)
    def late(secret=secret):
        for character in secret:
            sys.stdout.write(character); time.sleep(0.002)
        print(" (late)")
    threading.Thread(target=late).start()
"""

SPELT = """
import base64, html, json, urllib.parse, pprint
for secret in SECRETS:
    print(repr(secret), ascii(secret), [secret], {"k": secret}, secret.encode(), ValueError(secret))
    print(json.dumps(secret), json.dumps({"k": [secret]}, ensure_ascii=False), html.escape(secret), html.escape(secret, quote=False))
    print(urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.urlencode({"token": secret}))
    for user in ("", "a:", "me:"):
        print(base64.b64encode((user + secret).encode()).decode(), base64.urlsafe_b64encode((user + secret + "!").encode()).decode())
    print(f"https://host/path?token={urllib.parse.quote(secret, safe='')}&x=1"); print(*secret.splitlines(), sep="\\n  ")
    pprint.pprint({"a": secret}); print(In, _i1)
%history
%who_ls
"""

DISPLAYS = """
from IPython.display import display, HTML, JSON, Markdown, update_display
class Thing:
    def __init__(self, text): self.text = text
    def __repr__(self): return self.text
    def _repr_html_(self): return html.escape(self.text)
    def _repr_mimebundle_(self, **kw): return {"text/latex": self.text, "application/x-thing": {"a": [self.text]}}
import html, json, collections
Pair = collections.namedtuple("Pair", "a b")
for secret in SECRETS:
    display(HTML(f"<b>{html.escape(secret)}</b>"), JSON({secret: [secret]}), Markdown(secret), Thing(secret))
    display({"text/plain": secret, "image/svg+xml": secret, "application/json": {"pair": Pair(secret, 1)}}, raw=True)
    display({"image/png": secret.encode(), "text/plain": Thing(secret)}, raw=True)
    display({"text/plain": "x"}, raw=True, display_id="d", metadata={"m": secret})
    update_display({"text/plain": secret}, raw=True, display_id="d")
    try:
        import ipywidgets
        display(ipywidgets.Text(value=secret, description=secret), ipywidgets.Image(value=secret.encode()))
    except ImportError:
        from ipykernel.comm import Comm
        Comm(target_name="t", data={"state": {"v": secret}}, buffers=[secret.encode()]).send({"method": "update", "state": {"v": secret}})
Thing(plain)
"""

FAILURES = [
    "raise ValueError(nasty)",
    "def f(secret):\n    1 / 0\nf(key)",
    "%xmode Verbose",
    "def f(secret, other=nasty, third=key):\n    return 1 / 0\nf(plain)",
    "%xmode Context",
    "try:\n    raise KeyError(nasty)\nexcept KeyError as error:\n    raise RuntimeError(key) from error",
    "import traceback\ntry:\n    raise KeyError(nasty)\nexcept KeyError:\n    traceback.print_exc()\n    get_ipython().showtraceback()",
    "class D:\n    def __del__(self): raise ValueError(plain)\nD(); import gc; gc.collect()",
    "import threading; t = threading.Thread(target=lambda: 1 / int(plain)); t.start(); t.join()",
    "assert False, nasty",
]


def ways(secret: str) -> dict[str, bytes]:
    """Each spelling that must be nowhere, by name. A key's first lines say nothing; its middle does."""
    core = secret.splitlines()[1] if "\n" in secret else secret
    texts = {
        "verbatim": core,
        "repr": repr(core)[1:-1],
        "ascii": ascii(core)[1:-1],
        "double quoted": core.replace("\\", "\\\\").replace('"', '\\"'),
        "bytes": repr(core.encode())[2:-1],
        "json": json.dumps(core)[1:-1],
        "json, unicode": json.dumps(core, ensure_ascii=False)[1:-1],
        "html": html.escape(core),
        "html of text": html.escape(core, quote=False),
        "url": quote(core),
        "url, all": quote(core, safe=""),
        "form": quote_plus(core),
    }
    found = {name: text.encode() for name, text in texts.items()}
    for shift in range(3):
        coded = base64.b64encode(bytes(shift) + core.encode())
        found[f"base64, {shift}"] = coded[4 if shift else 0 : len(coded) // 4 * 4 - 4]
    return found


class Search:
    """Looks for secrets in files and texts, and in every process's arguments while `with` lasts."""

    def __init__(self, runt: Runt, *secrets: str) -> None:
        self.runt, self.seen = runt, set[str]()
        self.wanted = [(f"{secret[:12]!r} as {name}", way) for secret in secrets for name, way in ways(secret).items()]
        self._over = threading.Event()
        self._watch = threading.Thread(target=self._sample)

    def __enter__(self) -> Search:
        self._watch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._watch.join()

    def _sample(self) -> None:
        while not self._over.wait(0.1):
            self.processes()

    def processes(self) -> None:
        for pid, arguments in self.runt.processes().items():
            self.text(f"the arguments of {pid}", arguments)

    def text(self, where: str, data: bytes | str) -> None:
        data = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
        self.seen.update(f"{where}: {name}" for name, way in self.wanted if way in data)

    def files(self, *but: str) -> None:
        for folder, _, names in os.walk(self.runt.home):
            for name in names:
                path = Path(folder, name)
                if name not in but and path.is_file():
                    try:
                        self.text(str(path.relative_to(self.runt.home)), path.read_bytes())
                    except FileNotFoundError:
                        continue  # a journal's segment that was read to its end
