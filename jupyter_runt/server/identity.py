"""Who asks, as runs record it."""

from __future__ import annotations

from typing import Any

from jupyter_server.auth.identity import IdentityProvider
from jupyter_server.base.handlers import JupyterHandler

from jupyter_runt.client.request import os_user

STOCK = ("get_user", "_get_user", "get_user_token", "generate_anonymous_user")
"""The methods of jupyter_server's own provider by which a token, or nothing, becomes a made-up user."""


def requested_by(handler: JupyterHandler) -> tuple[str, str]:
    """The name of who asks, and by what no more than that is known: `token`; `open` where the server asks nobody; else ''.

    The server's own token says that somebody may, not who: jupyter_server makes up another user for each such request, so
    the name is that of the account whose server it is. A browser keeps its made-up user in a cookie, and with it the name
    that its page shows. A provider that knows its users (JupyterHub's) has named them.
    """
    user: Any = handler.current_user
    if not _is_made_up(user, handler.identity_provider):
        return str(user.username), ""
    if _has_cookie(handler):
        return str(user.display_name or user.name or user.username), ""
    return os_user(), "token" if handler.token_authenticated else "open"


def own_names(handler: JupyterHandler) -> list[str]:
    """The names under which runs of who asks are recorded, and no other person's.

    With jupyter_server's own provider whoever is let in acts for the account whose server it is: what was submitted at its
    command line, by its notebooks or with the server's token is theirs, too. Another one that makes up users may let in
    anybody: then no name is certain.
    """
    user: Any = handler.current_user
    if not _is_made_up(user, handler.identity_provider):
        return [str(user.username)]
    return sorted({requested_by(handler)[0], os_user()}) if _is_stock(handler.identity_provider) else []


def _is_made_up(user: Any, provider: IdentityProvider) -> bool:
    """A random id, 32 hex digits, which some directories give to people too: then their provider is no stock one."""
    random = len(user.username) == 32 and all(digit in "0123456789abcdef" for digit in user.username)
    return random and (_is_stock(provider) or str(user.name).startswith("Anonymous "))


def _is_stock(provider: IdentityProvider) -> bool:
    return all(getattr(type(provider), name) is getattr(IdentityProvider, name) for name in STOCK)


def _has_cookie(handler: JupyterHandler) -> bool:
    provider = handler.identity_provider
    name = provider.get_cookie_name(handler)
    return bool(handler.get_secure_cookie(name, **provider.get_secure_cookie_kwargs))
