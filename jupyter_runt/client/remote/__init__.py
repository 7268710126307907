"""The client of a server with jupyter-runt: HTTP for what is asked once, a WebSocket for what is followed."""

from jupyter_runt.client.remote.client import RemoteClient

__all__ = ["RemoteClient"]
