"""`jupyter_runt.result`: called by user code inside a kernel, it gives a value a name under which others can fetch it.

All it does is to display the value with a word in the display's metadata, so it needs no store, no agent and no server.
Whoever drives the run makes the named result of it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from jupyter_runt.errors import UsageError
from jupyter_runt.run.results import LONGEST_NAME, OURS, TABLE, is_name


def record(name: str, value: object, *, mime: bool) -> None:
    """See `jupyter_runt.result`."""
    if not isinstance(name, str) or not is_name(name):
        raise UsageError(
            f"No name of a result: {name!r:.80}", remedy=f"A name is 1 to {LONGEST_NAME} printable characters."
        )
    interactive = shell()
    bundle, metadata = (_checked(name, value), {}) if mime else _bundle(interactive, value)
    if interactive is None:
        sys.stdout.write(f"{name}: {bundle.get('text/plain', ', '.join(bundle))}\n")
        return
    publish(bundle, {**metadata, OURS: {"result": name}})


def publish(data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
    """Displays a MIME bundle as an output of the cell that runs."""
    from IPython.display import publish_display_data

    # IPython publishes no types of its own (`str` stays unknown to mypy where IPython is not installed).
    display: Any = publish_display_data
    display(data=dict(data), metadata=dict(metadata))


def shell() -> Any:
    """The IPython that runs us, if one does: code that nobody imported IPython for runs in none."""
    interactive = sys.modules.get("IPython")
    return None if interactive is None else interactive.get_ipython()


def _bundle(interactive: Any, value: object) -> tuple[dict[str, Any], dict[str, Any]]:
    """The value as IPython would show it, and as JSON when it is JSON."""
    shown, metadata = ({}, {}) if interactive is None else interactive.display_formatter.format(value)
    bundle = {"text/plain": repr(value), **shown}
    with suppress(TypeError, ValueError, RecursionError):  # else its rich forms, or its repr, are what there is
        # There and back, so that what is published is what was checked; NaN is no JSON.
        bundle["application/json"] = json.loads(json.dumps(value, allow_nan=False, default=_plain))
    if "pandas" in sys.modules:
        from jupyter_runt.kernel import frames

        table = frames.written(value)
        if table is not None:
            bundle[TABLE] = table
    return bundle, dict(metadata)


def _plain(value: Any) -> Any:
    """The Python number inside a scalar of numpy or its kin."""
    if getattr(value, "shape", None) == ():
        return value.item()
    raise TypeError


def _checked(name: str, value: object) -> dict[str, Any]:
    """A MIME bundle that can be sent: texts, the bytes of pictures, JSON for JSON types."""
    if not isinstance(value, Mapping) or not value:
        raise UsageError(f"The result {name!r} is no MIME bundle: {type(value).__name__}", remedy=_EXAMPLE)
    for kind, content in value.items():
        if not isinstance(kind, str) or not 0 < kind.find("/") < len(kind) - 1:
            raise UsageError(f"The result {name!r} has a key that is no MIME type: {kind!r:.80}", remedy=_EXAMPLE)
        if not isinstance(content, str | bytes) and not kind.endswith("json"):
            raise UsageError(f"The result {name!r} holds no text or bytes as {kind}", remedy=_EXAMPLE)
        try:
            if not isinstance(content, bytes):
                json.dumps(content, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise UsageError(f"The result {name!r} holds no JSON as {kind}: {error}") from error
    return dict(value)


_EXAMPLE = "A bundle is like {'text/plain': 'three', 'application/json': 3}."
