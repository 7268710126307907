"""`python -m jupyter_runt.server`, which `jupyter runt serve` becomes; its options are those of `jupyter server`."""

from __future__ import annotations

from jupyter_runt.server.bare import BareApp

if __name__ == "__main__":
    BareApp.launch_instance()  # type: ignore[no-untyped-call]
