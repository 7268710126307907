"""HTTP endpoints: asked all at once, and judged by status, latency, content and certificate.

Nothing is asked through a proxy: what is judged is the endpoint itself.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from jupyter_runt.errors import UsageError
from jupyter_runt.monitoring.health import Group, Health
from jupyter_runt.monitoring.http_exchange import Answer, Asked, ask, trust
from jupyter_runt.monitoring.parallel import in_parallel
from jupyter_runt.monitoring.values import duration, shortened
from jupyter_runt.notebook.report import did_you_mean

DAY = 86400.0
AT_ONCE = 32
PATIENCE = 1.25
"""An endpoint that takes longer by this factor than it may is not waited for any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What is asked, and what is wanted of the answer. Times are in seconds."""

    url: str
    name: str = ""
    """'' is the URL without its query."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    status: Sequence[int] = ()
    """The status codes that are well; none: all below 400."""
    contains: str = ""
    """Text that the first MiB of the answer must hold."""
    timeout: float = 10.0
    latency_warning: float | None = None
    latency_critical: float | None = None
    certificate_warning_days: float = 21.0
    certificate_critical_days: float = 7.0
    """What is critical is a warning, too, wherever that begins."""
    verify: bool = True
    """false: a certificate that nobody vouches for is no fault. It may be looked at all the same."""
    ca_file: str = ""
    """Whose certificates are trusted, in place of the system's."""
    weight: float = 1.0


def endpoints(given: Sequence[str | Mapping[str, Any]], **defaults: Any) -> list[Endpoint]:
    """A notebook's list, each a URL or a mapping with `url`; `defaults` hold where one says nothing. UsageError."""
    found = [_endpoint(each, defaults) for each in given]
    names: dict[str, int] = {}
    for number, each in enumerate(found):
        names[each.name] = names.get(each.name, 0) + 1
        if names[each.name] > 1:
            found[number] = replace(each, name=f"{each.name} ({names[each.name]})")
    return found


def examine(health: Health, asked: Sequence[Endpoint], *, clock: Callable[[], float] = time.time) -> None:
    """Asks all of them at once; each becomes a group of the health."""
    rounds = -(-len(asked) // AT_ONCE)
    longest = max((each.timeout for each in asked), default=0.0) * PATIENCE * rounds
    answers = in_parallel([_asking(each) for each in asked], at_most=AT_ONCE, seconds=longest)
    for endpoint, future in zip(asked, answers, strict=True):
        with health.group(endpoint.name, weight=endpoint.weight) as group:
            judge(group, endpoint, _answer(future), clock())


def _answer(future: Future[Answer]) -> Answer:
    try:
        return future.result()
    except TimeoutError as error:  # it dripped
        return Answer(failed=str(error))


def judge(group: Group, endpoint: Endpoint, answer: Answer, now: float) -> None:
    """What the answer says of the endpoint, as checks. Without an answer there is nothing to say of status and content."""
    group.check(
        "answers", not answer.failed, detail=answer.failed, type="availability", advice=_advice(endpoint, answer)
    )
    if not answer.failed:
        well = list(endpoint.status) or [answer.status if answer.status < 400 else 200]
        group.check("status", answer.status, expected=well, type="status", detail=answer.reason)
        group.check(
            "latency", answer.seconds, unit="s", type="latency",
            warn=_milder(min, endpoint.latency_warning, endpoint.latency_critical), critical=endpoint.latency_critical,
        )  # fmt: skip
    if not answer.failed and endpoint.contains:
        missing = f"{shortened(endpoint.contains)!r} is not in the {len(answer.body):,} bytes of the answer"
        group.check("content", lambda: endpoint.contains in answer.text, detail=missing, type="content")
    if answer.expires_at is not None:
        left = (answer.expires_at - now) / DAY
        said = f"it expires in {duration(left * DAY)}" if left > 0 else f"it expired {duration(-left * DAY)} ago"
        group.check(
            "certificate", left, unit="d", worse="lower", type="certificate", detail=said, advice="Renew the certificate.",
            warn=_milder(max, endpoint.certificate_warning_days, endpoint.certificate_critical_days), critical=endpoint.certificate_critical_days,
        )  # fmt: skip


def _milder(choose: Callable[[float, float], float], warn: float | None, critical: float | None) -> float | None:
    return warn if warn is None or critical is None else choose(warn, critical)


def _advice(endpoint: Endpoint, answer: Answer) -> str:
    if answer.untrusted and endpoint.verify:
        return "Have an authority sign the certificate, name yours by `ca_file`, or, where nobody else listens, say `verify: false`."
    return ""


def _asking(endpoint: Endpoint) -> Callable[[], Answer]:
    asked = Asked(
        endpoint.url, endpoint.method, dict(endpoint.headers), endpoint.timeout, endpoint.verify, endpoint.ca_file
    )
    return lambda: ask(asked)


_KINDS: Mapping[str, tuple[type, ...]] = {
    "url": (str,), "name": (str,), "method": (str,), "headers": (dict,), "status": (int, list, tuple), "contains": (str,),
    "verify": (bool,), "ca_file": (str,),
    **dict.fromkeys(
        ("timeout", "latency_warning", "latency_critical", "certificate_warning_days", "certificate_critical_days", "weight"),
        (int, float),
    ),
}  # fmt: skip
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
"""What a method, or a header's name, is made of."""
_CONTENT = re.compile(r"[\t -~\xa0-\xff]*")
"""What a header may hold."""


def _endpoint(given: Any, defaults: Mapping[str, Any]) -> Endpoint:
    own = {"url": given} if isinstance(given, str) else given
    if not isinstance(own, Mapping) or not isinstance(own.get("url"), str):
        raise UsageError(f"An endpoint is a URL, or a mapping with `url`, not {given!r:.80}")
    said: dict[str, Any] = {**defaults, **{key: value for key, value in own.items() if value is not None}}
    name = _plain(said["url"])
    _refuse_slips(name, said)
    status, headers = said.get("status", ()), {**defaults.get("headers", {}), **said.get("headers", {})}
    said["status"] = (status,) if isinstance(status, int) else tuple(status)
    said["headers"] = {str(key): str(value) for key, value in headers.items()}
    said["name"] = shortened(said.get("name") or name)
    found = Endpoint(**said)
    _refuse_unsendable(name, found)
    return found


def _refuse_slips(name: str, said: Mapping[str, Any]) -> None:
    known = list(Endpoint.__dataclass_fields__)
    for key, value in said.items():
        if key not in known:
            hint = did_you_mean(key, known) if isinstance(key, str) else ""
            raise UsageError(f"{name}: unknown key {key!r:.80}", remedy=hint or f"Known are {', '.join(known)}.")
        kinds = _KINDS.get(key)
        if kinds and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
            raise UsageError(f"{name}: {key} cannot be a {type(value).__name__}")
    if not said.get("timeout", 1) > 0:
        raise UsageError(f"{name}: timeout must be above 0")


def _refuse_unsendable(name: str, endpoint: Endpoint) -> None:
    """What nobody could be asked is no fault of the endpoint's. A header's value may be secret, and is not told."""
    if not _TOKEN.fullmatch(endpoint.method):
        raise UsageError(f"{name}: {endpoint.method!r:.80} is no method")
    for key, value in endpoint.headers.items():
        if not _TOKEN.fullmatch(key):
            raise UsageError(f"{name}: {key!r:.80} is no name of a header")
        if not _CONTENT.fullmatch(value):
            raise UsageError(f"{name}: the header {key} holds the end of a line, or letters that no header can hold")
    try:
        trust(endpoint.ca_file, verify=endpoint.verify)
    except OSError as error:
        raise UsageError(f"{name}: ca_file {endpoint.ca_file!r:.80} cannot be read: {error.strerror}") from error


def _plain(url: str) -> str:
    """The URL without what may be secret: query and fragment. UsageError for what is no URL of a website."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port, or an address, that cannot be
        fits = False
    if not fits:
        shown = url.partition("?")[0].rpartition("@")[2]
        raise UsageError(f"{shown!r:.80} is no URL of a website", remedy="Write https://host/path.")
    if parts.username is not None or parts.password is not None:
        raise UsageError(
            f"{parts.hostname}: a URL with a password in it would be shown",
            remedy="Give an Authorization header by `headers`, from a secret parameter.",
        )
    return shortened(f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}")
