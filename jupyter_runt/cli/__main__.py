"""`python -m jupyter_runt.cli`: the same as `jupyter-runt`."""

import sys

from jupyter_runt.cli.main import main

sys.exit(main())
