"""What to run: notebooks, their two file formats, and their parameters. Only `library` reads and writes files."""

from jupyter_runt.notebook.model import Cell, Notebook

__all__ = ["Cell", "Notebook"]
