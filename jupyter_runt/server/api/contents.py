"""A notebook by its path, read as everything else of this Jupyter server is: through its contents manager."""

from __future__ import annotations

import os
from typing import Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.utils import ApiPath, to_os_path
from tornado import web

from jupyter_runt.errors import NotebookError, NotFound, Problem
from jupyter_runt.notebook.values import shorten
from jupyter_runt.server.access import is_allowed
from jupyter_runt.server.api.submissions import File


async def read(handler: JupyterHandler, path: str) -> File:
    """The file's text, if the caller may read contents; NotFound and NotebookError say why there is none."""
    if not await is_allowed(handler, "read", "contents"):
        raise web.HTTPError(403, "User is not authorized to read on resource: contents.")
    manager: Any = handler.contents_manager
    try:
        model = await ensure_async(manager.get(path.strip("/"), type="file", format="text"))
    except web.HTTPError as error:
        told = _reason(error)
        if error.status_code == 404:
            remedy = "Paths begin at the server's root folder, as in its file browser."
            raise NotFound(f"There is no file {path!r:.300}: {told}", remedy=remedy) from error
        if error.status_code >= 500:
            raise
        raise NotebookError([Problem(f"cannot be read: {told}", shorten(path, 300))]) from error
    except (OSError, ValueError) as error:  # a name that no file of this system can have
        raise NotebookError([Problem(f"cannot be read: {error}", shorten(path, 300))]) from error
    return File(path.strip("/"), model["content"], _file(path.strip("/"), manager.root_dir))


def _file(path: str, root: str) -> str:
    """The file of this machine that the manager has under this path; '' when it keeps them elsewhere."""
    found = to_os_path(ApiPath(path), root)
    return found if os.path.isfile(found) else ""


def root_folder(handler: JupyterHandler) -> str:
    """The server's root folder, or the user's home where that is no folder of this machine. (Not the contents manager's:
    `/` where that keeps its files elsewhere.)"""
    root = os.path.expanduser(handler.settings["serverapp"].root_dir)
    return root if os.path.isdir(root) else os.path.expanduser("~")


def _reason(error: web.HTTPError) -> str:
    told = (error.log_message or "") % error.args
    return shorten(told or error.reason or f"status {error.status_code}", 300)
